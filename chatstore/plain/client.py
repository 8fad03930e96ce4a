"""Client: what a command or a question of the login needs of its connection.

The protocol that reads lines and dispatches commands (protocol.py) is a Client; commands know only this
class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.refusals import explained
from chatstore.chat.session import Chat, Session
from chatstore.chat.session.views import RoomView
from chatstore.plain.renderer import PlainRenderer, encoded
from chatstore.turns import Pools

_HINTS = {
    Code.WRONG_KEY: "/join ROOM KEY",
    Code.NOT_A_MEMBER: "/join ROOM",
}


@dataclass(eq=False)
class PlainServer:
    """What all plain-text connections of one server share. `motd` may change while it runs."""

    network: str
    motd: str
    chat: Chat
    pools: Pools


@dataclass
class Shown:
    """Of one conversation: everything from seq `first` on has been shown here, live from `live` + 1 on.

    `past`: some of what lies before this connection came was shown too, as far as that is the custom.
    """

    first: int
    live: int
    past: bool = False


class Client:
    """One connection's. `send` and `close` are the connection's (net.connection). The protocol sets
    `session`."""

    session: Session

    def __init__(self, server: PlainServer, *, send: Callable[[bytes], None], close: Callable[[str], None]) -> None:
        self.server = server
        self.send = send
        self.renderer = PlainRenderer()
        self.shown: dict[int, Shown] = {}
        self.leaving = False
        """It was told goodbye: nothing more is heard of it."""
        self.worked = 0.0
        """Seconds of processor time that questions took and that are not charged yet (turns.Speaker)."""
        self._close = close

    @property
    def here(self) -> RoomView:
        """The current room; NOT_A_MEMBER when there is none, or the person is in it no more."""
        if not self.renderer.current:
            raise ChatError(
                Code.NOT_A_MEMBER, "you have no current room: /join ROOM goes to one (/rooms lists yours)"
            )
        return self.session.sees.own_room(self.renderer.current)

    def say(self, *lines: str) -> None:
        """Tell the person something, in one piece."""
        self.send(encoded(lines))

    def tell(self, *lines: str) -> None:
        """The same, marked as the server's own words."""
        self.send(told(*lines))

    def refuse(self, command: str, error: ChatError) -> None:
        """Say why not, and what helps. The line that was refused stands above it, so `command` is not
        repeated."""
        self.tell(refusal(error))

    def quit(self, why: str) -> None:
        """Say goodbye and close."""
        self.say_goodbye(why)
        self._close(why)

    def say_goodbye(self, why: str) -> None:
        """Once."""
        if not self.leaving:
            self.leaving = True
            self.tell(why)

    def look_at(self, room_id: int) -> None:
        """Make this the current room (0: none), with how its lines and the others' look. In one's own
        turn."""
        account, session = self.session.account, self.session
        own = account.id if account is not None else session.actor.key if session.takes_part else ""
        self.renderer = PlainRenderer(room_id, own)
        self.session.change_renderer(self.renderer)


def told(*lines: str) -> bytes:
    """Lines of the server's own, as they go out."""
    return encoded(f"-- {line}" for line in lines)


def refusal(error: ChatError) -> str:
    """Why not, and the command that helps where there is one."""
    text, hint = explained(error), _HINTS.get(error.code, "")
    return f"{text} ({hint})" if hint and hint not in text else text
