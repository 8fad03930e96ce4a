"""The feed: live streams of what is stored, which can be taken up again where they were cut.

The position in a stream is one number for all rooms: the id under which the database stored an event. It rises from
commit to commit, and in a room with its events; inside one commit, the rooms may follow one another. So a client
that says the last id that it has gets exactly what comes after it, however many rooms it follows. A vector of a
place for each room would do the same, in each event, for hundreds of rooms; the msgid of the last message alone
says nothing of the other rooms.

The writer only wakes the feed. One thread reads what is new, once for all streams, and renders each event once.
A stream whose client takes its bytes slowly, or which is taken up again, is *behind*: it is given what it lacks
from the database, a piece whenever its client has taken the last one. So a stream never has more than a few
hundred kilobytes waiting, and misses nothing.

Who may read is asked for each event when it is sent, by what the hub knows then. An event waits until the hub has
heard of everything before it in its room: a kick ends what the kicked person is shown, at once.

Stored on PostgreSQL by several processes, events may become visible in another order than that of their ids. The
feed goes only as far as nothing can come below any more (Horizon).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from chatstore.chat.live.hub import Hub
from chatstore.chat.model.errors import StoreError
from chatstore.chat.model.events import is_ignored
from chatstore.chat.model.message_ids import is_id_of, message_place
from chatstore.chat.model.room_events import MemberKicked, MemberLeft, MemberQuit, Said
from chatstore.chat.model.rooms import direct_persons
from chatstore.chat.ports import Store
from chatstore.chat.ports.feed import Fed
from chatstore.chat.rules import permissions

log = logging.getLogger(__name__)

FULL = 256 * 1024
"""Bytes that may wait for the client of a stream; with more, it falls behind."""
MOST_BEHIND = 200_000
"""Events of all rooms that are looked through for a stream that is taken up again. Whoever was away for longer has
to read the history of its rooms."""
_AT_ONCE = 500
_SPAN = 5_000
"""The events that are read, and the numbers that are looked through, at once."""
_PATIENCE = 10.0
"""Seconds for which an event waits until the hub has heard of it."""
_AGAIN = 0.02
"""Seconds until another look, while something is behind or may come still."""
_IDLE = 5.0
_PAUSE = 1.0
"""Seconds until another attempt, after the database could not be read."""
_OVERLAP = 1_000
"""Numbers that a new stream begins earlier, while the horizon is not known."""


class Sink(Protocol):
    """Where a stream's bytes go; any thread may call it. See net.http.Stream."""

    def send(self, data: bytes) -> bool: ...
    @property
    def waiting(self) -> int: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...


class Shown(NamedTuple):
    """An event to render: `room` without its `#`; empty in a direct conversation, which is with `person`."""

    id: int
    event: Fed
    room: str
    person: str


Render = Callable[[Shown], bytes]


@dataclass(eq=False)
class Stream:
    """One stream of an account. `room`: the id of the one conversation that it follows, which is `direct` or a
    room's; None: all of the account's. `after`: the number up to which everything was sent when it was behind
    last. `goodbye`: the last bytes, for a reason."""

    account_id: int
    sink: Sink
    after: int
    room: int | None = None
    direct: bool = False
    goodbye: Callable[[str], bytes] = lambda _: b""
    allowed: Callable[[int | None], bool] = lambda _: True
    """Whether its token may see the room with this id; None: direct conversations."""
    spared: bool = True
    """Whether what people say whom the account ignores is left out."""
    behind: bool = True
    over: str = field(default="", init=False)
    """Why it has to end."""


class Feed:
    """All streams of this process. Any thread may add streams and end them."""

    def __init__(self, hub: Hub, store: Store, render: Render) -> None:
        self._hub = hub
        self._store = store
        self._render = render
        self._lock = threading.Lock()
        self._streams: dict[Stream, None] = {}
        self._new = threading.Event()
        self._stopped = False
        self._place = 0
        """The number up to which live streams have everything."""
        self._settled = 0
        self._looks: deque[tuple[int, int]] = deque()
        """Looks at the horizon that are not settled: the newest number, and what must be over."""
        self._unheard: dict[int, float] = {}
        """Since when events wait until the hub has heard of them, by number."""
        self._failing = False
        self._feed_thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.sent = 0
        """Events that were sent to streams, in all; the feed's thread counts them."""

    def start(self) -> None:
        self._feed_thread.start()

    def stop(self) -> None:
        """End all streams."""
        self._stopped = True
        self._new.set()
        if self._feed_thread.is_alive():
            self._feed_thread.join()
        with self._lock:
            streams, self._streams = [*self._streams], {}
        for stream in streams:
            stream.sink.close()

    def wake(self) -> None:
        """Something was stored. For the writer: it does not block, and costs nothing without streams."""
        if self._streams:
            self._new.set()

    @property
    def count(self) -> int:
        """The number of open streams. Any thread may ask."""
        return len(self._streams)

    def count_of(self, account_id: int) -> int:
        with self._lock:
            return sum(stream.account_id == account_id for stream in self._streams)

    def newest(self) -> int:
        """The number to begin a stream after: everything that is stored from now on comes after it. Blocks."""
        seen = self._store.feed.horizon()
        return seen.newest if seen.ended >= seen.begun else max(0, seen.newest - _OVERLAP)

    def knows(self, after: int) -> bool:
        """Whether a stream can be taken up after this number. Blocks."""
        newest = self._store.feed.horizon().newest
        return newest - MOST_BEHIND <= after <= newest

    def number_of(self, message: str) -> int | None:
        """The number of the message with this id; None if there is none. Blocks."""
        place = message_place(message)
        found = self._store.feed.number_at(*place) if place is not None else None
        return found[0] if found is not None and is_id_of(message, found[1]) else None

    def add(self, stream: Stream) -> None:
        with self._lock:
            self._streams[stream] = None
        self._new.set()

    def end(self, stream: Stream, why: str = "") -> None:
        """End a stream; `why` is told to its client. It does not block."""
        stream.over = why or "closed"
        with self._lock:
            there = self._streams.pop(stream, stream) is None
        if there and why:
            stream.sink.send(stream.goodbye(why))
        stream.sink.close()

    # The feed's thread.

    def _run(self) -> None:
        while not self._stopped:
            try:
                busy = self._look()
                self._failing = False
            except StoreError as error:
                if not self._failing:
                    log.warning("the streams wait: %(why)s", {"event": "feed-waits", "why": str(error)})
                self._failing = busy = True
                self._new.wait(_PAUSE)
            except Exception:
                if not self._failing:
                    log.exception("the streams can't be fed", {"event": "feed-failed"})
                self._failing = busy = True
                self._new.wait(_PAUSE)
            self._new.wait(_AGAIN if busy else _IDLE)
            self._new.clear()

    def _look(self) -> bool:
        """Feed all streams. Returns whether to look again soon."""
        with self._lock:
            streams = [*self._streams]
        if not streams:
            return False
        self._look_at_horizon()
        live = [stream for stream in streams if not stream.behind]
        if live:
            waits = self._feed_live(live)
        else:
            self._place, waits = self._settled, False
        late = [stream for stream in streams if stream.behind and not stream.over]
        for stream in late:
            self._catch_up(stream)
        for stream in streams:
            self._check(stream)
        return waits or bool(self._looks) or any(stream.behind for stream in late)

    def _look_at_horizon(self) -> None:
        seen = self._store.feed.horizon()
        self._looks.append((seen.newest, seen.begun))
        while self._looks and seen.ended >= self._looks[0][1]:
            self._settled = max(self._settled, self._looks.popleft()[0])
        while len(self._looks) > 2:  # the oldest settles first, and the newest tells of all between
            del self._looks[1]

    def _feed_live(self, live: Sequence[Stream]) -> bool:
        """Send what is new to the streams that have everything else. Returns whether something has to wait."""
        by_account: defaultdict[int, list[Stream]] = defaultdict(list)
        for stream in live:
            by_account[stream.account_id].append(stream)
        while self._place < self._settled and not self._stopped:
            found = self._store.feed.between(self._place, self._settled, _AT_ONCE)
            for fed in found:
                if self._must_wait(fed):
                    return True
                self._send(fed, by_account)
                self._place = fed.id
            if len(found) < _AT_ONCE:
                self._place = self._settled
        return False

    def _must_wait(self, fed: Fed) -> bool:
        """Whether the hub has not heard of an event yet."""
        live = self._hub.room(fed.event.room)
        if fed.direct or (live is not None and live.delivered >= fed.event.seq):
            self._unheard.pop(fed.id, None)
            return False
        if len(self._unheard) > _AT_ONCE:
            self._unheard.clear()
        now = time.monotonic()
        return now - self._unheard.setdefault(fed.id, now) < _PATIENCE  # after that: its room was removed

    def _send(self, fed: Fed, by_account: dict[int, list[Stream]]) -> None:
        rendered: dict[str, bytes] = {}
        for account_id in self._concerned(fed, by_account):
            for stream in by_account.get(account_id, ()):
                if stream.behind or stream.over or not self._may_follow(stream, fed):
                    continue
                self._give(stream, fed, rendered)
                if stream.sink.waiting > FULL:
                    stream.behind, stream.after = True, fed.id

    def _concerned(self, fed: Fed, by_account: dict[int, list[Stream]]) -> Sequence[int]:
        """The accounts with streams that an event may be for."""
        if fed.direct:
            return [key for key in dict.fromkeys(direct_persons(fed.key)) if isinstance(key, int)]
        return [*by_account]

    def _may_follow(self, stream: Stream, fed: Fed) -> bool:
        event, key = fed.event, stream.account_id
        if fed.id <= stream.after or stream.room not in (None, event.room):
            return False
        if not stream.allowed(None if fed.direct else event.room):
            return False
        if stream.spared and is_ignored(event, self._hub.peace(key).ignored):
            return False
        if fed.direct:
            return key in direct_persons(fed.key)
        live = self._hub.room(event.room)
        member = live.members.get(key) if live is not None else None
        if member is None or event.seq < member.joined_seq:
            return _leaves(fed, key)
        own = isinstance(event, Said) and event.actor.key == key
        return own or permissions.may_hear(event.audience, member.role)

    def _give(self, stream: Stream, fed: Fed, rendered: dict[str, bytes]) -> None:
        room, person = self._named(stream, fed)
        data = rendered.get(person)
        if data is None:
            data = rendered[person] = self._render(Shown(fed.id, fed, room, person))
        if data:
            stream.sink.send(data)
            self.sent += 1
        if stream.room is not None and _leaves(fed, stream.account_id):
            self.end(stream, "you are not in this room any more")

    def _named(self, stream: Stream, fed: Fed) -> tuple[str, str]:
        """How the account sees where an event happened: the room's name, or the other person's nick."""
        if not fed.direct:
            live = self._hub.room(fed.event.room)
            return (live.name if live is not None else fed.key.removeprefix("#")), ""
        first, second = direct_persons(fed.key)
        other = second if first == stream.account_id else first
        if other == fed.event.actor.key:
            return "", fed.event.actor.nick
        person = self._hub.person_keyed(other)
        if person is not None:
            return "", person.nick
        account = self._store.accounts.by_id(other) if isinstance(other, int) else None
        return "", account.nick if account is not None else "*"

    def _catch_up(self, stream: Stream) -> None:
        """Give a stream the next piece of what it lacks, if its client has taken the last one."""
        if stream.sink.waiting > FULL // 2:
            return
        upto = min(stream.after + _SPAN, self._place)
        if stream.after < upto:
            rooms = [stream.room] if stream.room is not None else self._rooms_of(stream.account_id)
            found = self._store.feed.between(stream.after, upto, _AT_ONCE, rooms)
            for fed in found:
                if stream.over or stream.sink.waiting > FULL or self._must_wait(fed):
                    return
                if self._may_follow(stream, fed):
                    self._give(stream, fed, {})
                stream.after = fed.id
            if len(found) < _AT_ONCE:
                stream.after = upto
        stream.behind = stream.after < self._place

    def _rooms_of(self, account_id: int) -> list[int]:
        person = self._hub.person_keyed(account_id)
        return [*(person.rooms if person is not None else ()), *self._store.feed.direct_rooms(account_id)]

    def _check(self, stream: Stream) -> None:
        """End a stream whose client has gone, or whose room has."""
        if stream.over:
            return
        if stream.sink.closed:
            self.end(stream)
        elif stream.room is not None and not stream.direct and self._hub.room(stream.room) is None:
            self.end(stream, "the room was removed")
        elif stream.behind and self._place - stream.after > MOST_BEHIND:
            self.end(stream, "too much was said while you were shown what was said before")


def _leaves(fed: Fed, key: int) -> bool:
    """Whether this is how somebody leaves the room."""
    event = fed.event
    if isinstance(event, MemberKicked):
        return event.target_key == key
    return isinstance(event, (MemberLeft, MemberQuit)) and event.actor.key == key
