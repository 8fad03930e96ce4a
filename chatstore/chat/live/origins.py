"""Who caused an event, and where the answer to them goes.

The origin of an event is a session. If the client labelled its command, and wants the answer labelled too
(IRC's labels), it is an Origin of that session. Everybody else is told as always, rendered once; what the
session itself is told goes to the Origin's `tell`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatstore.chat.live.listener import Listener


@dataclass(frozen=True, eq=False)
class Origin:
    """An origin with its own sink: `tell` replaces the session's `send` for events of this origin. It must
    not block."""

    session: Listener
    tell: Callable[[bytes], None]


def session_of(origin: object) -> object:
    """The session that caused an event; None if no session did."""
    return origin.session if isinstance(origin, Origin) else origin


def send(session: Listener, data: bytes, origin: object) -> None:
    """Send a session what it is told of an event of this origin."""
    if isinstance(origin, Origin) and origin.session is session:
        origin.tell(data)
    else:
        session.send(data)
