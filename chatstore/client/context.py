"""What a command needs to know of its person: the protocol, where they are, and what they have selected."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.client.events import Failure, Info
from chatstore.client.names import fold, is_room
from chatstore.client.protocol import ClientProtocol


@dataclass
class CommandContext:
    """One person at the client. `current`: the room or person that their messages go to, "" for none. `now`:
    ms since 1970 UTC. `done`: whether they want to leave, and `quit_reason` what they say then. `selected`:
    the msgid of the message that they have selected, "" for none."""

    protocol: ClientProtocol
    current: str = ""
    now: int = 0
    done: bool = False
    quit_reason: str = ""
    selected: str = ""
    thread: tuple[str, str] = ("", "")
    """Where /reply goes in the line client: (key of the room or conversation, msgid of a thread's root)."""

    def at(self, name: str, selected: str = "") -> CommandContext:
        """This context, after the person went to a room or direct conversation and selected a message
        there."""
        self.current, self.selected = name, selected
        return self

    def leave(self, quit_reason: str) -> None:
        self.done, self.quit_reason = True, quit_reason

    def info(self, text: str) -> None:
        self.protocol.show(Info("", self.now, text))

    def fail(self, text: str) -> None:
        self.protocol.show(Failure("", self.now, text))

    def switch_to(self, name: str) -> None:
        """Have messages go to this room or person from now on."""
        if name != self.current:
            self.current = name
            self.protocol.look(name)
            self.info(f"now talking {'in' if is_room(name) else 'to'} {name}")

    def follow(self) -> None:
        """If we have left the current room, or could not join it, switch to another one."""
        target = self.protocol.targets.get(fold(self.current))
        if target is None or not target.room or target.wanted:
            return
        joined = [one.name for one in self.protocol.targets.values() if one.room and one.joined]
        if joined:
            self.switch_to(joined[0])
        else:
            self.current = ""
            self.info("you are not in a room any more: /join ROOM")

    def room(self) -> str:
        """The current room. If there is none, the person is told, and this is ""."""
        if is_room(self.current):
            return self.current
        self.fail("this is not a room: /join ROOM")
        return ""

    def connected(self) -> bool:
        """Whether we are connected. If not, the person is told."""
        if not self.protocol.connected:
            self.fail("not connected")
        return self.protocol.connected
