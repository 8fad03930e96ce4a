"""Mutants of the network, of the clock, of languages and of coming back; the table is as in `mutants.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, update

from chatstore.chat import directs, hub, live
from chatstore.chat.live import Hold, LiveRoom
from chatstore.chat.session import Session
from chatstore.irc.commands import chathistory
from chatstore.irc.conversation import IrcConversation
from chatstore.storage import messages
from chatstore.storage.schema import rooms
from tests.faults.mutants import Mutant

# The clock.


def believe_the_clock() -> None:
    """Messages have the clock's time, also when it has stepped back."""
    take = messages.take_seqs

    def believing(connection: Connection, room: int, n: int, now: int) -> tuple[int, int] | None:
        connection.execute(update(rooms).where(rooms.c.id == room).values(last_sent_at=0))
        return take(connection, room, n, now)

    messages.take_seqs = believing


# Coming back.


def forget_to_hold() -> None:
    """Who is shown history isn't held, but listens at once; release() gives nothing."""

    def hold(self: Any, session: Any) -> bool:
        with self._lock:
            if session in self._listeners.get(session.view, {}):
                return False
            self._listeners.setdefault(session.view, {})[session] = None
            return True

    LiveRoom.hold = hold  # type: ignore[method-assign]


def keep_nothing_while_held() -> None:
    """What is delivered while somebody is shown history is lost to them."""

    def keep(self: Hold, session: Session, seq: int, data: bytes) -> None:
        pass

    Hold.keep = keep  # type: ignore[method-assign]


def release_everything_kept() -> None:
    """Who was shown history is told again what is in it and came meanwhile."""

    def everything(kept: Iterable[tuple[int, bytes]], after: int) -> bytes:
        return b"".join(data for _, data in kept)

    live.beyond = hub.beyond = everything  # type: ignore[attr-defined]


def believe_that_everything_arrived() -> None:
    """What was sent to a connection that was lost counts as read."""
    close = Session.close

    def trusting(self: Session, reason: str, *, received: Callable[[], bool]) -> None:
        close(self, reason, received=lambda: True)

    Session.close = trusting  # type: ignore[method-assign]


def say_half_lines() -> None:
    """What has no line end when a connection is lost is taken for a line."""
    IrcConversation.patience = 3600.0


def leave_out_the_first_of_a_page() -> None:
    """CHATHISTORY AFTER begins one message too late."""
    up_to = chathistory._Reader._up_to

    def too_far(self: Any, selector: str) -> int:
        return up_to(self, selector) + 1

    chathistory._Reader._up_to = too_far  # type: ignore[method-assign]


def begin_a_page_with_the_last() -> None:
    """CHATHISTORY AFTER begins with the message that it is to begin behind."""
    up_to = chathistory._Reader._up_to

    def too_near(self: Any, selector: str) -> int:
        return up_to(self, selector) - 1

    chathistory._Reader._up_to = too_near  # type: ignore[method-assign]


def tell_direct_messages_twice() -> None:
    """What is said between two is told twice."""
    deliver = directs.Directs.deliver

    def twice(self: Any, event: Any, origin: object) -> None:
        deliver(self, event, origin)
        deliver(self, event, origin)

    directs.Directs.deliver = twice  # type: ignore[method-assign]


RECONNECT = "test_reconnect"

NET: dict[str, Mutant] = {
    "believe-the-clock": Mutant(believe_the_clock, {"test_clock:changing_clock": "do not rise"}),
    "forget-to-hold": Mutant(forget_to_hold, {"test_reconnect:old_device": "told again|gap"}),
    "keep-nothing-while-held": Mutant(keep_nothing_while_held, {"test_reconnect:old_device": "gap"}),
    "release-everything-kept": Mutant(release_everything_kept, {"test_reconnect:old_device": "told again"}),
    "believe-that-everything-arrived": Mutant(
        believe_that_everything_arrived, {"test_reconnect:old_device": "olga missed"}
    ),
    "say-half-lines": Mutant(say_half_lines, {"test_reconnect:points_in_turn": "nobody said"}),
    "leave-out-the-first-of-a-page": Mutant(
        leave_out_the_first_of_a_page,
        {"test_reconnect:points_in_turn": "dora missed", "test_clock:changing_clock": "pages after"},
    ),
    "begin-a-page-with-the-last": Mutant(
        begin_a_page_with_the_last,
        {"test_reconnect:points_in_turn": "a page from before", "test_clock:changing_clock": "AFTER|pages after"},
    ),
    "tell-direct-messages-twice": Mutant(
        tell_direct_messages_twice, {"test_reconnect:several_devices": "told again"}
    ),
}
