"""Who caused an event, and where the answer to them goes.

The origin of an event is a session. Where the client has marked its command and wants the outcome marked too (IRC's
labels), it is an Origin of that session. Everybody else is told as ever, rendered once; what the session itself is
told goes to the Origin's `tell`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatstore.chat.live.listener import Listener


@dataclass(frozen=True, eq=False)
class Origin:
    """`tell` takes the place of the session's `send` for the events that have this origin. It must not block."""

    session: Listener
    tell: Callable[[bytes], None]


def session_of(origin: object) -> object:
    """The session that caused an event; None where nobody who is connected here did."""
    return origin.session if isinstance(origin, Origin) else origin


def send(session: Listener, data: bytes, origin: object) -> None:
    """Send a session what it is told of an event with this origin."""
    if isinstance(origin, Origin) and origin.session is session:
        origin.tell(data)
    else:
        session.send(data)
