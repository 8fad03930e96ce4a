"""The thread that keeps the index of words. It works behind the commits, and out of their way.

It reads committed messages, also those that another process committed, a slice at a time. After each slice it rests
for as long as the slice took, and longer while something waits for the writer. While people talk it *stands back*:
it rests for as long as eight slices. Searches read the rows that are not indexed, so that has an end: when there
are too many of them, or it was not done for a minute, it *insists*, and stands back no more until it is done. The
index is a file of its own, so nobody waits for its locks or its disk. It holds the GIL for the Python part of a
slice (about a millisecond). If it fails, chat goes on.

It indexes, in this order:

1. the newest messages, twice a second: searches read those that are not indexed yet;
2. shards (see `full_text`) with words of redacted messages or removed rooms: they are rebuilt without these;
3. shards with edited messages, each at most once a minute: until then they are found by their earlier words, and
   what is found is compared with the text of today;
4. incomplete shards, newest first: so in an older database, search is soon fast where people look;
5. shards with words of messages that were too old to keep, each at most once an hour.

The file is the only state: the transaction that fills a shard also notes how far it is. A file that is
damaged, was made by another version, belongs to another copy of the database (its newest shard doesn't know
the messages here) or was deleted is rebuilt.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from chatstore.chat.model.room_events import MESSAGE_KINDS, MessageEdited, MessageRedacted
from chatstore.chat.ports import Clock
from chatstore.storage.errors import StorageError
from chatstore.storage.schema import messages, rooms
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite.full_text import (
    STALE,
    STALE_A_LITTLE,
    STALE_EDITED,
    Damaged,
    IndexWriter,
    Shard,
    Text,
    first_id,
    number_of,
    remove,
)

log = logging.getLogger(__name__)

Reading = Callable[[], AbstractContextManager[Connection]]
SLICE = 256
"""Rows that are indexed at once."""
COMMIT_EVERY = 8
"""Slices in one transaction of the index. Every commit makes a piece of its own, which must be merged later."""
LOOK = 0.5
"""Seconds between two looks for new messages."""
_SURVEY = 30.0
"""Seconds between two looks for messages that were pruned, or removed with their room."""
_PATIENCE, _POLL = 0.05, 0.005
"""Seconds that a slice waits, at most, for the writer to become idle; and between two looks whether it is."""
_MAX_REST = 0.1
"""Seconds between two slices while there is more to do."""
_STANDING_BACK, _LONG_REST = 8, 0.4
"""The rest after a slice while people talk: so many times the slice, and the most seconds; shorter than LOOK."""
_FAR, _LATE = 20_000, 60.0
"""Rows that are not indexed, and seconds since all was done, with which it stands back no more. A search that finds
nothing reads so many rows in 63 ms."""
_TROUBLE = 30.0
"""Seconds after which the indexer tries again after a failure."""
_MINUTE = 60 * 1000
_REST = {STALE_A_LITTLE: 60 * _MINUTE, STALE_EDITED: _MINUTE, STALE: 0}
"""Milliseconds that a shard stays as it is, at least, before it is rebuilt because it is stale."""
_NEVER = float("-inf")

_LAST = select(func.max(messages.c.id))
_NEXT = """
    SELECT id, room_id, seq, sent_at, nick, kind, audience, body FROM messages
    WHERE id >= ? AND id < ? ORDER BY id LIMIT ?
"""
"""Without SQLAlchemy, whose rows cost a quarter of what reading them takes."""
_CHANGED = (
    select(messages.c.room_id, messages.c.kind, messages.c.tags)
    .where(messages.c.id > bindparam("seen"), messages.c.id <= bindparam("last"))
    .where(messages.c.kind.in_([MessageRedacted.kind, MessageEdited.kind]))
)
_ID = select(messages.c.id).where(messages.c.room_id == bindparam("room"), messages.c.seq == bindparam("seq"))
_ROOMS = select(rooms.c.id, rooms.c.first_seq)
_PLACE = select(messages.c.room_id, messages.c.seq).where(messages.c.id == bindparam("id_"))


class Indexer:
    """The thread that keeps the index; start and stop it. `reading` opens a connection to the database. A
    search sets `doubted` if it found the index damaged. `busy` says whether work waits for the writer. `timer`
    measures what slices and rests take, in seconds."""

    def __init__(
        self,
        path: Path,
        reading: Reading,
        clock: Clock,
        doubted: threading.Event,
        busy: Callable[[], bool] = lambda: False,
        timer: Clock = time.monotonic,
    ) -> None:
        self._path = path
        self._reading = reading
        self._clock = clock
        self._doubted = doubted
        self._busy = busy
        self._timer = timer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._index: IndexWriter | None = None
        self._live: dict[int, Shard] = {}
        self._new: Shard | None = None
        """The shard that is being rebuilt."""
        self._unfinished: list[int] = []
        """The numbers of incomplete shards older than the newest, ascending."""
        self._head = 0
        """The number of the newest shard."""
        self._slices = 0
        """Slices since the last commit."""
        self._looked = self._surveyed = _NEVER
        self._wanted = 0
        """The id of the newest message at the last look."""
        self._news = False
        """Whether something was stored between the last two looks."""
        self._whole_at = timer()
        """When there was nothing left to do."""
        self._insisting = False
        self.behind: int | None = None
        """About how many rows are not indexed, as of the last slice; None before, and if the index has failed."""
        self._to_survey: list[int] = []
        self._rooms: dict[int, int] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the current slice. What is not indexed yet will be after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._close()

    def _run(self) -> None:
        rest = 0.0
        while not self._stopping.wait(rest):
            until = time.monotonic() + _PATIENCE
            while self._busy() and time.monotonic() < until and not self._stopping.wait(_POLL):
                pass
            try:
                rest = self.work()
            except Exception:
                log.exception(
                    "the search index failed: searches read messages one by one until the next start",
                    {"event": "index-failed"},
                )
                self.behind = None
                self._close(keep=False)
                return

    def catch_up(self) -> None:
        """Do everything there is to do now, without rest and in this thread; for benchmarks and tests."""
        for _ in range(2):  # the second round rebuilds a file that can't be used
            self._looked = self._surveyed = _NEVER
            while self.work() < LOOK:
                pass

    def work(self) -> float:
        """Do one slice. Returns how many seconds to rest after it."""
        begun = self._timer()
        try:
            if self._index is None or not self._is_there():
                self._open()
            more = self._one_slice()
        except Damaged as error:
            log.warning(
                "%(file)s can't be used and is made again: %(why)s",
                {"event": "index-damaged", "file": self._path, "why": error},
            )
            self._close(keep=False)
            remove(self._path)
            self._doubted.clear()
            return LOOK
        except Exception as error:
            if not _passes(error):
                raise
            log.warning(
                "%(file)s could not be written: %(why)s",
                {"event": "index-file-not-written", "file": self._path, "why": error},
            )
            self._close(keep=False)
            return _TROUBLE
        if not more:
            return LOOK
        took = self._timer() - begun
        return min(_STANDING_BACK * took, _LONG_REST) if self._stands_back() else min(took, _MAX_REST)

    def _stands_back(self) -> bool:
        """Whether people talk, and it does not insist."""
        return (self._news or self._busy()) and not self._insisting

    # The file.

    def _is_there(self) -> bool:
        try:
            return self._index is not None and self._index.file == sqlite.identity(str(self._path))
        except OSError:
            return False

    def _open(self) -> None:
        self._close()
        with self._reading() as connection:
            last = connection.execute(_LAST).scalar_one_or_none() or 0
        self._wanted = last
        self._index = index = IndexWriter(self._path, last)
        live = [shard for shard in index.shards() if shard.last_id]
        wrong = [shard for shard in live if not self._knows(shard)]
        if wrong and wrong[-1] is live[-1]:
            raise Damaged("it was made from other messages")
        for shard in wrong:
            index.drop(shard)
        index.commit()
        self._live = {shard.number: shard for shard in index.shards()}
        self._head = number_of(last)
        self._unfinished = [number for number in range(self._head) if not self._whole(number)]

    def _knows(self, shard: Shard) -> bool:
        """Whether the last row that the shard has seen is in the database."""
        with self._reading() as connection:
            row = connection.execute(_PLACE, {"id_": shard.last_id}).one_or_none()
        return row is not None and tuple(row) == (shard.last_room, shard.last_seq)

    def _close(self, *, keep: bool = True) -> None:
        """Close the file. `keep` commits what was done since the last commit; a failed slice must not be
        kept."""
        index, self._index = self._index, None
        self._live, self._new, self._to_survey, self._slices = {}, None, [], 0
        if index is not None:
            index.close(keep=keep)

    # A slice.

    def _one_slice(self) -> bool:
        """Do one slice. Returns whether there is more to do at once."""
        index = self._there
        if self._doubted.is_set():
            raise Damaged("a search could not read it")
        now = self._timer()
        if now - self._looked >= LOOK:
            self._looked = now
            self._look()
        if now - self._surveyed >= _SURVEY and not self._to_survey:
            self._surveyed = now
            self._begin_survey()
        shard = self._next()
        self.behind = self._lacking()
        self._insisting = shard is not None and self._insists(now)
        if shard is None:
            self._whole_at = now
        if shard is not None:
            self._advance(shard)
            self._slices += 1
        elif self._to_survey:
            self._survey(self._to_survey.pop())
        if shard is None or self._slices >= COMMIT_EVERY:
            index.commit()
            index.forget()
            self._slices = 0
        return shard is not None or bool(self._to_survey)

    def _insists(self, now: float) -> bool:
        """Whether it is so far behind, or so late, that it works whatever others do, until all is done."""
        return self._insisting or (self.behind or 0) > _FAR or now - self._whole_at > _LATE

    def _look(self) -> None:
        """Look for new messages, and for those that were redacted or edited."""
        with self._reading() as connection:
            last = connection.execute(_LAST).scalar_one_or_none() or 0
        self._news, self._wanted = last > self._wanted, last
        self._forget_taken_back(last)

    def _next(self) -> Shard | None:
        """The shard to index next; None if all is done."""
        head = number_of(self._wanted)
        if head > self._head:
            self._unfinished += [number for number in range(self._head, head) if not self._whole(number)]
            self._head = head
        newest = self._live.get(head)
        upto = newest.upto if newest is not None else first_id(head)
        if upto <= self._wanted:
            return newest or self._begin(head)
        stale = self._with_words_to_forget(STALE) or self._with_words_to_forget(STALE_EDITED)
        if self._new is None and stale is not None:
            self._new = self._there.begin(stale.number, self._now(), live=False)
        if self._new is not None:
            return self._new
        if self._unfinished:
            return self._live.get(self._unfinished[-1]) or self._begin(self._unfinished[-1])
        if (stale := self._with_words_to_forget(STALE_A_LITTLE)) is not None:
            self._new = self._there.begin(stale.number, self._now(), live=False)
        return self._new

    def _lacking(self) -> int:
        """How many rows of the last look are not indexed."""
        lacking = 0
        for number in {*self._unfinished, self._head}:
            shard = self._live.get(number)
            first, end = first_id(number), min(first_id(number + 1), self._wanted + 1)
            lacking += max(0, end - (shard.upto if shard is not None else first))
        return lacking

    def _begin(self, number: int) -> Shard:
        shard = self._live[number] = self._there.begin(number, self._now(), live=True)
        return shard

    def _advance(self, shard: Shard) -> None:
        """Index the next rows of a shard."""
        index = self._there
        end = min(shard.end, self._wanted + 1)
        with self._reading() as connection:
            rows = sqlite.run(connection, _NEXT, (shard.upto, end, SLICE))
        texts: list[Text] = []
        times: list[int] = []
        for id_, room, seq, sent_at, nick, kind, audience, body in rows:
            if kind in MESSAGE_KINDS and not audience:
                texts.append((id_, room, seq, nick, body))
                times.append(sent_at)
        index.add(shard, texts)
        shard = _further(shard, rows, times, upto=rows[-1][0] + 1 if len(rows) == SLICE else end)
        index.keep(shard)
        if shard.live:
            self._live[shard.number] = shard
        else:
            self._new = shard
        if shard.upto == shard.end:
            index.finish(shard)
            if self._unfinished and self._unfinished[-1] == shard.number:
                self._unfinished.pop()
        if not shard.live and shard.upto == end:
            self._live[shard.number] = index.put_in_place(shard)
            self._new = None

    # Forgetting.

    def _forget_taken_back(self, last: int) -> None:
        """Mark the shards that have words of messages that were redacted or edited since the last look."""
        index = self._there
        seen = index.seen
        if last <= seen:
            return
        with self._reading() as connection:
            found = connection.execute(_CHANGED, {"seen": seen, "last": last}).all()
            for row in found:
                seq = json.loads(row.tags)["seq"]
                id_ = connection.execute(_ID, {"room": row.room_id, "seq": int(seq)}).scalar_one_or_none()
                if id_ is not None:
                    self._forget(number_of(id_), id_, STALE_EDITED if row.kind == MessageEdited.kind else STALE)
        index.saw(last)

    def _forget(self, number: int, id_: int, stale: int) -> None:
        shard = self._live.get(number)
        if shard is not None and id_ < shard.upto and shard.stale < stale:
            self._mark(shard, stale)
        if self._new is not None and self._new.number == number and id_ < self._new.upto:
            self._there.drop(self._new)
            self._new = None

    def _begin_survey(self) -> None:
        with self._reading() as connection:
            self._rooms = {row.id: row.first_seq for row in connection.execute(_ROOMS).all()}
        self._to_survey = sorted(self._live)

    def _survey(self, number: int) -> None:
        """Mark a shard that has messages which their rooms no longer keep."""
        shard = self._live.get(number)
        if shard is None:
            return
        stale = 0
        for room, first in self._there.places(shard):
            if room not in self._rooms:
                stale = STALE
            elif self._rooms[room] > first:
                stale = max(stale, STALE_A_LITTLE)
        if stale > shard.stale:
            self._mark(shard, stale)

    def _mark(self, shard: Shard, stale: int) -> None:
        self._live[shard.number] = replace(shard, stale=stale)
        self._there.keep(self._live[shard.number])

    def _with_words_to_forget(self, stale: int) -> Shard | None:
        now = self._now()
        for shard in self._live.values():
            if shard.stale == stale and not 0 <= now - shard.made_at < _REST[stale]:
                return shard
        return None

    def _whole(self, number: int) -> bool:
        shard = self._live.get(number)
        return shard is not None and shard.upto == shard.end

    @property
    def _there(self) -> IndexWriter:
        assert self._index is not None
        return self._index

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _further(shard: Shard, rows: Sequence[Any], times: Sequence[int], *, upto: int) -> Shard:
    """A shard once it has these rows of _NEXT. `times`: of those that are messages."""
    shard = replace(
        shard,
        upto=upto,
        messages=shard.messages + len(times),
        first_sent=min([shard.first_sent, *times]),
        last_sent=max([shard.last_sent, *times]),
    )
    if rows:
        last_id, last_room, last_seq, *_ = rows[-1]
        shard = replace(shard, last_id=last_id, last_room=last_room, last_seq=last_seq)
    return shard


def _passes(error: Exception) -> bool:
    """Whether the error may pass: the disk is full, the database is locked, or a file can't be opened."""
    return isinstance(error, (sqlite3.Error, OSError, StorageError))
