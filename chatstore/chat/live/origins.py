"""Who caused a fact: a session, or an Origin, where what that session is told of it goes a way of its own.

A door whose clients can mark a command and want its outcome marked too (IRC's labels) submits with an Origin. Then
everybody else is told as ever, rendered once, and the one session by `tell`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chatstore.chat.live.listener import Listener


@dataclass(frozen=True, eq=False)
class Origin:
    """`tell` stands in for the session's `send`, for the facts that have this origin. It must not block."""

    session: Listener
    tell: Callable[[bytes], None]


def session_of(origin: object) -> object:
    """The session behind the origin of a fact; None where nobody who is connected here caused it."""
    return origin.session if isinstance(origin, Origin) else origin


@contextmanager
def answering(origin: object) -> Iterator[None]:
    """Whatever the origin's own session is sent meanwhile, is sent by `tell`. In the writer's thread: the session
    waits for it, so that nothing of its own is sent at the same time."""
    if not isinstance(origin, Origin):
        yield
        return
    session = origin.session
    usual, session.send = session.send, origin.tell
    try:
        yield
    finally:
        session.send = usual
