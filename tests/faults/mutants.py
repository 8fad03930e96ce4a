"""The promises, broken on purpose: one thing each, patched into a server's process by `tests.faults.server`.

The table at the end says of each mutant which fault test must catch it, and by which words. `test_mutants.py` runs
those tests against the mutated server, and fails if one of them does not notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event, update

from chatstore.chat.changes.hooks import NoteSent
from chatstore.chat.changes.once import PostOnce
from chatstore.chat.live import direct_conversations, hub
from chatstore.chat.live import room as live
from chatstore.chat.live.room import Hold, LiveRoom
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.events import Published
from chatstore.chat.model.hooks import Sent
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.room_events import EVENT_KINDS, RoomEvent
from chatstore.chat.ports import Change
from chatstore.chat.rules import permissions
from chatstore.chat.session import Session
from chatstore.chat.ticket import Ticket
from chatstore.irc import line as irc_line
from chatstore.irc.commands import chathistory
from chatstore.irc.keepalive import Keepalive
from chatstore.irc.protocol import IrcProtocol
from chatstore.net import outbox
from chatstore.net.connection import Connection as NetConnection
from chatstore.net.outbox import Outbox
from chatstore.storage.batch import Batch, Job
from chatstore.storage.errors import CommitUnknownError, NotStoredError
from chatstore.storage.schema import rooms
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.writer import Writer
from chatstore.webhooks.outgoing import Outgoing

Stored = tuple[list[Published], list[list[Any]]]
"""What Writer.store gives back."""


@dataclass(frozen=True)
class Mutant:
    """`apply` breaks it; its docstring says what, for the table in docs/durability.md. `caught_by`: the fault tests
    that must catch it, `module:function` under tests.faults, each with words that it then says."""

    apply: Callable[[], None]
    caught_by: Mapping[str, str]

    @property
    def what(self) -> str:
        return str(self.apply.__doc__)


# Durability.


def forget_requests() -> None:
    """It is not noted which request a message was made for."""
    PostOnce.apply = lambda self, tx: self.post.apply(tx)  # type: ignore[method-assign]


def deliver_before_commit() -> None:
    """Everybody is told while the transaction is still open."""
    commit, publish = Writer.commit, Writer.publish
    told: list[Sequence[Published]] = []

    def tell_first(self: Writer, batch: Batch) -> None:
        publish(self, batch.published)
        told[:] = [batch.published]
        commit(self, batch)

    def unless_told(self: Writer, published: Sequence[Published]) -> None:
        if not (told and told[0] is published):
            publish(self, published)

    Writer.commit = tell_first  # type: ignore[method-assign]
    Writer.publish = unless_told  # type: ignore[method-assign]


def synchronous(level: str) -> Callable[[], None]:
    """COMMIT returns before the disk has it."""

    def apply() -> None:
        configure = sqlite.configure

        def weaker(engine: Engine) -> None:
            configure(engine)

            @event.listens_for(engine, "connect")
            def on_connect(connection: Any, _record: Any) -> None:
                connection.execute(f"PRAGMA synchronous={level}")

        sqlite.configure = weaker

    apply.__doc__ = f"COMMIT returns before the disk has it (`synchronous={level}`)."
    return apply


def go_on_behind_the_old_log() -> None:
    """A start appends to the write-ahead log that it finds, whatever became of what stands there."""
    sqlite.start_log_anew = lambda _connection: None


# Refusals.


def swallow_a_store_error() -> None:
    """What could not be stored is told to everybody all the same, the sender included."""
    store, last = Writer.store, dict[int, RoomEvent]()

    def swallowing(self: Writer, jobs: Sequence[Job]) -> Stored:
        try:
            published, outcomes = store(self, jobs)
        except ChatError:
            published, outcomes = [], []
            for job in jobs:
                outcomes.append([])
                for unit in job.units:
                    told = as_if_stored(unit) if isinstance(unit, Draft) else None
                    outcomes[-1].append(told)
                    if told is not None:
                        published.append((told, unit.origin))
        last.update({event.room: event for event, _ in published if isinstance(event, RoomEvent) and event.seq})
        return published, outcomes

    def as_if_stored(draft: Draft) -> RoomEvent:
        before = last.get(draft.room)
        seq, time = (before.seq + 1, before.time + 1) if before is not None else (1, 1)
        return EVENT_KINDS[draft.kind](draft.room, seq, time, draft.actor, draft.body, draft.tags)

    Writer.store = swallowing  # type: ignore[method-assign]


def refuse_silently() -> None:
    """Nobody is told of what could not be stored, and its sender isn't either."""
    store = Writer.store

    def silent(self: Writer, jobs: Sequence[Job]) -> Stored:
        try:
            return store(self, jobs)
        except ChatError:
            return [], [[None] * len(job.units) for job in jobs]

    Writer.store = silent  # type: ignore[method-assign]


def answer_an_unknown_commit() -> None:
    """A COMMIT that failed is answered by "not stored", and the server goes on."""
    commit = Writer.commit

    def sure(self: Writer, batch: Batch) -> None:
        try:
            commit(self, batch)
        except CommitUnknownError as error:
            self._database.roll_back()
            raise NotStoredError(str(error)) from error

    Writer.commit = sure  # type: ignore[method-assign]


def stop_when_the_disk_is_full() -> None:
    """SQLITE_FULL is taken for any other error of a COMMIT."""
    sqlite.out_of_space = lambda _error: False


# What waits.


def drop_when_busy() -> None:
    """The writer's queue takes two jobs, and what comes then is dropped as if it were stored."""
    submit = Writer.submit

    def dropping(self: Writer, units: Sequence[Draft | Change]) -> Ticket:
        if self.queued < 2 or not all(isinstance(unit, Draft) for unit in units):
            return submit(self, units)
        ticket = Ticket()
        ticket.resolve([None] * len(units))
        return ticket

    Writer.submit = dropping  # type: ignore[method-assign]


# Numbers, order and time.


def skip_a_number() -> None:
    """Every seventh time, a room's row is moved on by one too many."""
    take, taken = sqlite.take_seqs, [0]

    def skipping(connection: Connection, wanted: Mapping[int, int], now: int) -> dict[int, tuple[int, int]]:
        taken[0] += 1
        more = 0 if taken[0] % 7 else 1
        return take(connection, {room: n + more for room, n in wanted.items()}, now)

    sqlite.take_seqs = skipping


def repeat_a_number() -> None:
    """The messages of one transaction in one room are all shown by the number of the first."""
    deliver = LiveRoom.deliver

    def repeating(self: LiveRoom, published: Sequence[Published]) -> None:
        first = published[0][0]
        same = [
            (
                type(told)(told.room, first.seq, told.time, told.actor, told.body, told.tags, told.audience)
                if isinstance(first, RoomEvent) and isinstance(told, RoomEvent)
                else told,
                by,
            )
            for told, by in published
        ]
        deliver(self, same)

    LiveRoom.deliver = repeating  # type: ignore[method-assign]


def deliver_in_another_order() -> None:
    """The messages of one transaction in one room are told last first."""
    deliver = LiveRoom.deliver

    def backwards(self: LiveRoom, published: Sequence[Published]) -> None:
        deliver(self, list(reversed(published)))

    LiveRoom.deliver = backwards  # type: ignore[method-assign]


# The clock.


def believe_the_clock() -> None:
    """Messages have the clock's time, also when it has stepped back."""
    take = sqlite.take_seqs

    def believing(connection: Connection, wanted: Mapping[int, int], now: int) -> dict[int, tuple[int, int]]:
        connection.execute(update(rooms).where(rooms.c.id.in_(wanted)).values(last_sent_at=0))
        return take(connection, wanted, now)

    sqlite.take_seqs = believing


# Coming back.


def forget_to_hold() -> None:
    """A session that is shown history is not held: it gets live events at once, and release() gives it nothing."""

    def hold(self: Any, session: Any) -> bool:
        with self._lock:
            if session in self._listeners.get(session.renderer, {}):
                return False
            self._listeners.setdefault(session.renderer, {})[session] = None
            return True

    LiveRoom.hold = hold  # type: ignore[method-assign]


def keep_nothing_while_held() -> None:
    """Events that are delivered while a session is shown history never reach it."""

    def keep(self: Hold, session: Session, seq: int, data: bytes) -> None:
        pass

    Hold.keep = keep  # type: ignore[method-assign]


def release_everything_kept() -> None:
    """After history, a session gets again what was in it and was delivered meanwhile."""

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
    IrcProtocol.partial_line_timeout = 3600.0


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
    deliver = direct_conversations.DirectConversations.deliver

    def twice(self: Any, event: Any, origin: object) -> None:
        deliver(self, event, origin)
        deliver(self, event, origin)

    direct_conversations.DirectConversations.deliver = twice  # type: ignore[method-assign]


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
    """Connections that are silent, or never log in, are not closed."""

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
    """Anybody may read a room and its history."""

    def may_read(*_: object, **__: object) -> bool:
        return True

    permissions.may_read = may_read  # type: ignore[assignment]


def tell_everybody() -> None:
    """What is said between two is told to all who are here."""
    deliver = direct_conversations.DirectConversations.deliver

    def to_all(self: Any, event: Any, origin: object) -> None:
        deliver(self, event, origin)
        for session in [*self._readers]:
            session.send(session.renderer.render(event, "", "you"))

    direct_conversations.DirectConversations.deliver = to_all  # type: ignore[method-assign]


def fail_at_a_backslash() -> None:
    """A tag whose value ends in a backslash is an exception that nobody expects."""
    unescape = irc_line.unescape

    def failing(value: str) -> str:
        if value.endswith("\\"):
            raise IndexError("no character is left")
        return unescape(value)

    irc_line.unescape = failing


def move_before_sending() -> None:
    """The place of an outgoing webhook is stored before what lies up to it was sent."""
    send_some = Outgoing._send_some

    def hasty(self: Outgoing, work: Any) -> None:
        room = self._chat.store.rooms.by_id(work.hook.room_id)
        if room is not None:
            self._chat.store.submit([NoteSent(work.hook.id, Sent(room.last_seq))]).result()
        send_some(self, work)

    Outgoing._send_some = hasty  # type: ignore[method-assign]


KILL, POWER, FULL = "test_kill:kill_9", "test_power:power_cut", "test_full:full_disk"
IO, FAILED_FLUSH = "test_io_errors:io_errors", "test_power:flush_that_failed"

MUTANTS: dict[str, Mutant] = {
    "deliver-before-commit": Mutant(deliver_before_commit, {KILL: "was shown", POWER: "of .* images"}),
    "synchronous-normal": Mutant(synchronous("NORMAL"), {POWER: "of .* images"}),
    "synchronous-off": Mutant(synchronous("OFF"), {POWER: "of .* images"}),
    "swallow-a-store-error": Mutant(swallow_a_store_error, {FULL: "was shown"}),
    "refuse-silently": Mutant(refuse_silently, {FULL: "no answer"}),
    "go-on-behind-the-old-log": Mutant(go_on_behind_the_old_log, {FAILED_FLUSH: "of .* images"}),
    "answer-an-unknown-commit": Mutant(answer_an_unknown_commit, {IO: "was refused this, and it is stored"}),
    "stop-when-the-disk-is-full": Mutant(stop_when_the_disk_is_full, {FULL: "the server ended"}),
    "drop-when-busy": Mutant(drop_when_busy, {KILL: "no answer"}),
    "forget-requests": Mutant(forget_requests, {"test_posting_once:posting_once": "posted twice"}),
    "skip-a-number": Mutant(skip_a_number, {KILL: "not numbered"}),
    "repeat-a-number": Mutant(repeat_a_number, {KILL: "was shown"}),
    "deliver-in-another-order": Mutant(deliver_in_another_order, {KILL: "in another order"}),
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
    "move-before-sending": Mutant(move_before_sending, {"test_webhooks:kill_with_a_full_queue": "never sent"}),
    "tell-direct-messages-twice": Mutant(
        tell_direct_messages_twice, {"test_reconnect:several_devices": "told again"}
    ),
}
