"""Mutants of the network, of the clock, of languages and of coming back; the table is as in `mutants.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import update

from chatstore.chat.live.room import Hold, LiveRoom, hub
from chatstore.chat.live.room import direct_conversations as directs
from chatstore.chat.live.room import room as live
from chatstore.chat.rules import permissions
from chatstore.chat.session import Session
from chatstore.irc import line as irc_line
from chatstore.irc.commands import chathistory
from chatstore.irc.keepalive import Keepalive
from chatstore.irc.protocol import IrcProtocol
from chatstore.net import outbox
from chatstore.net.connection import Connection as NetConnection
from chatstore.net.outbox import Outbox
from chatstore.storage.messages import Messages
from chatstore.storage.schema import rooms
from tests.faults.mutants import Mutant

# The clock.


def believe_the_clock() -> None:
    """Messages have the clock's time, also when it has stepped back."""
    take = Messages.take_seqs

    def believing(self: Messages, room: int, n: int) -> tuple[int, int] | None:
        self._connection.execute(update(rooms).where(rooms.c.id == room).values(last_sent_at=0))
        return take(self, room, n)

    Messages.take_seqs = believing  # type: ignore[method-assign]


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
    IrcProtocol.patience = 3600.0


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


# Slow, silent, mad.


def drop_when_slow() -> None:
    """An outbox that has something waiting drops what comes, instead of keeping it."""

    def keep(self: Any, data: Any) -> None:
        if not self._waiting:  # the rest of a line that was begun
            self._waiting.append(data)
            self._bytes += len(data)

    Outbox._keep = keep  # type: ignore[method-assign]


def keep_for_who_never_reads() -> None:
    """An outbox keeps what comes, however much it is and however long nothing of it is read."""
    outbox.MAX_BACKLOG_FACTOR, outbox.STALLED = 10**9, 1e9


def read_without_end() -> None:
    """A connection is read while its commands have to wait."""
    put = NetConnection._put

    def putting(self: NetConnection, items: list[Any]) -> None:
        self._receive_queue = 10**9
        put(self, items)

    NetConnection._put = putting  # type: ignore[method-assign]


def wait_for_the_silent() -> None:
    """Who gives no sign of life, or never comes in, may stay."""

    def tick(*_: object) -> None:
        pass

    Keepalive.tick = tick  # type: ignore[method-assign, assignment]


def leave_sockets_open() -> None:
    """The socket of a connection that is reset stays open."""
    finish, kept = NetConnection._finish, []

    def leaving(self: NetConnection) -> None:
        kept.append(self._socket.dup())
        finish(self)

    NetConnection._finish = leaving  # type: ignore[method-assign]


# Who may know what, and what may be said.


def let_everybody_read() -> None:
    """Whoever asks may read a room, its history too."""

    def may_read(*_: object, **__: object) -> bool:
        return True

    permissions.may_read = may_read  # type: ignore[assignment]


def tell_everybody() -> None:
    """What is said between two is told to all who are here."""
    deliver = directs.Directs.deliver

    def to_all(self: Any, event: Any, origin: object) -> None:
        deliver(self, event, origin)
        for session in [*self._readers]:
            session.send(session.view.render(event, "", "you"))

    directs.Directs.deliver = to_all  # type: ignore[method-assign]


def fail_at_a_backslash() -> None:
    """A tag whose value ends in a backslash is an exception that nobody expects."""
    unescape = irc_line.unescape

    def failing(value: str) -> str:
        if value.endswith("\\"):
            raise IndexError("no character is left")
        return unescape(value)

    irc_line.unescape = failing


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
    "let-everybody-read": Mutant(let_everybody_read, {"test_fuzz:fuzz": "was told '.*secret"}),
    "tell-everybody": Mutant(tell_everybody, {"test_fuzz:fuzz": "was told '.*secret"}),
    "fail-at-a-backslash": Mutant(fail_at_a_backslash, {"test_fuzz:fuzz": "an exception reached the log"}),
    "drop-when-slow": Mutant(drop_when_slow, {"test_hostile:readers_that_stop": "who read late was told"}),
    "keep-for-who-never-reads": Mutant(
        keep_for_who_never_reads, {"test_hostile:readers_that_stop": "who read nothing are still here"}
    ),
    "read-without-end": Mutant(
        read_without_end, {"test_hostile:talkers_without_end": "everything that a flooder says"}
    ),
    "wait-for-the-silent": Mutant(wait_for_the_silent, {"test_hostile:silent_ones": "are still here"}),
    "leave-sockets-open": Mutant(
        leave_sockets_open, {"test_hostile:resets_without_end": "were reset are still open|vanished"}
    ),
    "tell-direct-messages-twice": Mutant(
        tell_direct_messages_twice, {"test_reconnect:several_devices": "told again"}
    ),
}
