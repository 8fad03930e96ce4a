"""Client: what a command or a question of the login needs of its connection.

PlainProtocol (protocol.py), which reads lines and dispatches commands, is a Client. Commands know only this
class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

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
"""For some errors, the command that helps."""


@dataclass(eq=False)
class PlainServer:
    """What all plain-text connections of one server share. `page`: the URL of its page, or empty. That and `motd`
    may change while the server runs."""

    network: str
    motd: str
    chat: Chat
    pools: Pools
    page: str = ""


@dataclass(slots=True)
class Shown:
    """How much of one room or direct conversation this connection has shown.

    Everything from seq `first` on has been shown, and events after seq `last` are shown as they come. `past`: the
    connection also showed the usual number of earlier messages.
    """

    first: int
    last: int
    past: bool = False


class Client:
    """The commands' side of one connection. `send` and `close` are the connection's (net.connection). The
    protocol sets `session`."""

    __slots__ = ("_close", "leaving", "send", "server", "session", "shown", "worked")

    session: Session

    def __init__(self, server: PlainServer, *, send: Callable[[bytes], None], close: Callable[[str], None]) -> None:
        self.server = server
        self.send = send
        self.shown: dict[int, Shown] = {}
        self.leaving = False
        """The person was told goodbye: further lines are ignored."""
        self.worked = 0.0
        """Seconds of processor time that questions took and that are not charged yet (turns.CommandRunner)."""
        self._close = close

    @property
    def renderer(self) -> PlainRenderer:
        return cast("PlainRenderer", self.session.renderer)

    @property
    def here(self) -> RoomView:
        """The current room. Raises ChatError (NOT_A_MEMBER) if there is none, or the person has left it."""
        if not self.renderer.current:
            raise ChatError(
                Code.NOT_A_MEMBER, "you have no current room: /join ROOM goes to one (/rooms lists yours)"
            )
        return self.session.sees.own_room(self.renderer.current)

    def say(self, *lines: str) -> None:
        """Send lines to the person, in one piece."""
        self.send(encoded(lines))

    def tell(self, *lines: str) -> None:
        """Send lines of the server's own, marked with `--`."""
        self.send(server_lines(*lines))

    def refuse(self, command: str, error: ChatError) -> None:
        """Answer with the reason of a refusal, and with the command that helps. `command` is not repeated,
        because the refused line stands above on the screen."""
        self.tell(refusal(error))

    def quit(self, why: str) -> None:
        """Say goodbye and close the connection."""
        self.say_goodbye(why)
        self._close(why)

    def say_goodbye(self, why: str) -> None:
        """Send the reason of the end. Only the first call does."""
        if not self.leaving:
            self.leaving = True
            self.tell(why)

    def look_at(self, room_id: int) -> None:
        """Make this the current room (0: none) and change the renderer accordingly. Call it only in a turn of
        this connection."""
        account, session = self.session.account, self.session
        own = account.id if account is not None else session.actor.key if session.takes_part else ""
        self.session.change_renderer(PlainRenderer(room_id, own))


def server_lines(*lines: str) -> bytes:
    """Return lines of the server's own as bytes, each marked with `--`."""
    return encoded(f"-- {line}" for line in lines)


def refusal(error: ChatError) -> str:
    """Return the reason of a refusal, with the command that helps if there is one."""
    text, hint = explained(error), _HINTS.get(error.code, "")
    return f"{text} ({hint})" if hint and hint not in text else text
