"""The desk at which a person sits: the state, where they are, and what they have selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatstore.client.items import Failure, Info
from chatstore.client.state import ChatState
from chatstore.client.targets import fold, is_room


@dataclass
class Desk:
    """One person at the client: the state, the room or person that what they type goes to, and whether they
    have had enough. `now`: ms since 1970 UTC. `selected`: the msgid of a message that they have chosen."""

    state: ChatState
    current: str = ""
    now: int = 0
    done: bool = False
    farewell: str = ""
    selected: str = ""

    def at(self, name: str, selected: str = "") -> Desk:
        """The same desk, where the person is in this room or conversation now, and has selected this message."""
        self.current, self.selected = name, selected
        return self

    def leave(self, farewell: str) -> None:
        self.done, self.farewell = True, farewell

    def info(self, text: str) -> None:
        self.state.show(Info("", self.now, text))

    def fail(self, text: str) -> None:
        self.state.show(Failure("", self.now, text))

    def talk_to(self, name: str) -> None:
        """From now on what is typed goes to this room or person."""
        if name != self.current:
            self.current = name
            self.state.look(name)
            self.info(f"now talking {'in' if is_room(name) else 'to'} {name}")

    def follow(self) -> None:
        """When the current room has been left, or can't be entered, go on in another one."""
        target = self.state.targets.get(fold(self.current))
        if target is None or not target.room or target.wanted:
            return
        joined = [one.name for one in self.state.targets.values() if one.room and one.joined]
        if joined:
            self.talk_to(joined[0])
        else:
            self.current = ""
            self.info("you are not in a room any more: /join ROOM")

    def room(self) -> str:
        """The current room; "", after saying so, when there is none."""
        if is_room(self.current):
            return self.current
        self.fail("this is not a room: /join ROOM")
        return ""

    def connected(self) -> bool:
        """Whether something can be asked of the server; it is told when not."""
        if not self.state.connected:
            self.fail("not connected")
        return self.state.connected


@dataclass(frozen=True)
class Command:
    """A slash command. `secret`: what stands behind it must not be kept, in no history of what was typed."""

    name: str
    usage: str
    help: str
    run: Callable[[Desk, str], None]
    secret: bool = False


def usage(desk: Desk, command: str) -> None:
    """Say how a command is used: `command` as in its Command.usage."""
    desk.fail(f"usage: {command}")


def channel(room: str) -> str:
    """`#main` for `main` and `#main`."""
    return room if is_room(room) else f"#{room}"
