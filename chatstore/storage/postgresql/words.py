"""Search on PostgreSQL: the words of each message as a tsvector, found by a GIN index.

The words are ours (chat.model.phrases), with one for the room and one for the author; nothing is given to
PostgreSQL's own parser, which finds other words. indexing.py fills the table behind the commits; a search reads
the messages that are not in it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine

from chatstore.chat.model.messages import Found, Search
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.ports import Clock
from chatstore.storage import search as searching
from chatstore.storage.backend import Reading
from chatstore.storage.postgresql import driver, lexemes
from chatstore.storage.postgresql.indexing import Filler
from chatstore.storage.search import ENDLESS, Part, Question

_WIDEST = 16
"""The most blocks that are asked at once: so a step is short, whatever plan PostgreSQL has."""
_MAX_ROOMS = 128
"""The most rooms that a question may name."""

_RANGE = "SELECT first, upto FROM message_word_range WHERE format = :format"
_BLOCKS = "SELECT number FROM message_word_blocks WHERE last_sent >= :after AND first_sent <= :before"
_SHARE = "SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM rooms WHERE id = ANY(:rooms)"
_IDS = """
    SELECT id FROM message_words
    WHERE words @@ CAST(%(question)s AS tsquery) AND id >= %(low)s AND id < %(high)s
    ORDER BY id {} LIMIT %(most)s
"""

_FORGET_WORDS = """
    INSERT INTO message_words (id, words)
    SELECT id, CAST('' AS tsvector) FROM messages WHERE room_id = :room AND seq = :seq
    ON CONFLICT (id) DO UPDATE SET words = excluded.words
"""

_CHANGE_WORDS = f"""
    INSERT INTO message_words (id, words)
    SELECT id, array_to_tsvector(string_to_array(:words, chr({ord(lexemes.BETWEEN)})))
    FROM messages WHERE room_id = :room AND seq = :seq
    ON CONFLICT (id) DO UPDATE SET words = excluded.words
"""


class PostgresWords:
    """Words."""

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self._reading = reading
        self.filler = Filler(engine)

    def start(self, clock: Clock, busy: Callable[[], bool], leads: Callable[[], bool]) -> None:
        self.filler.start(busy, leads)

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return searching.search(self._reading, search, go_on, self._asking)

    @contextmanager
    def _asking(self) -> Iterator[Lookup]:
        yield Lookup(self._reading)

    @property
    def behind(self) -> int | None:
        return self.filler.behind

    def close(self) -> None:
        self.filler.stop()


class Lookup:
    """An Index."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def parts(self, question: Question) -> Sequence[Part]:
        """The range that is indexed, in parts that grow with the distance from where the search begins: what is
        common is found in the first, and what is rare needs few. A part's key: the rooms to ask for."""
        with self._reading() as connection:
            found = driver.run(connection, _RANGE, {"format": lexemes.FORMAT})
            if not found or found[0][0] >= found[0][1]:
                return []
            [(first, upto)] = found
            rooms = _worth_asking(connection, question, upto - first)
            there = None
            if question.after > -ENDLESS or question.before < ENDLESS:
                times = {"after": question.after, "before": question.before}
                there = {number for (number,) in driver.run(connection, _BLOCKS, times)}
        return [part._replace(key=rooms) for part in _parts(first, upto, there, newest=question.newest)]

    def ids(self, part: Part, question: Question, between: tuple[int, int], most: int) -> list[int] | None:
        low, high = between
        asked = {
            "question": lexemes.tsquery(question.words, question.author, part.key),
            "low": low,
            "high": high,
        }
        statement = _IDS.format("DESC" if question.newest else "ASC")
        with self._reading() as connection:
            try:
                [(first, upto)] = driver.run(connection, _RANGE, {"format": lexemes.FORMAT}) or [(0, 0)]
                if not first <= low < high <= upto:  # the index is being made again
                    return None
                database: Any = connection.connection.dbapi_connection
                # Each question has its own plan: that for a rare word is wrong for a common one.
                rows = database.execute(statement, {**asked, "most": most}, prepare=False).fetchall()
            except psycopg.Error:
                return None
        return [id_ for (id_,) in rows]


def forget(connection: Connection, room: int, seq: int) -> None:
    """Empty the row of the message. If it has none yet, it gets an empty one: whoever fills the index just now, and
    has read the text before, finds that and leaves it."""
    driver.run(connection, _FORGET_WORDS, {"room": room, "seq": seq})


def reword(connection: Connection, message: RoomEvent, body: str) -> None:
    """Give the message the words of another text. If it has none yet, it gets them now; for whoever fills the index
    just now see forget()."""
    words = lexemes.BETWEEN.join(sorted(lexemes.of_message(body, message.actor.nick, message.room)))
    driver.run(connection, _CHANGE_WORDS, {"room": message.room, "seq": message.seq, "words": words})


def _worth_asking(connection: Connection, question: Question, messages: int) -> Sequence[int]:
    """The rooms, if they have less than half of the messages, and are few."""
    rooms = list(question.rooms)
    if len(rooms) > _MAX_ROOMS:
        return ()
    [(share,)] = driver.run(connection, _SHARE, {"rooms": rooms})
    return rooms if 2 * share < messages else ()


def _parts(first: int, upto: int, there: set[int] | None, *, newest: bool) -> list[Part]:
    """Cut a range into parts, ascending. `there`: the numbers of the blocks that can have what is asked for; None:
    all of them."""
    parts: list[Part] = []
    numbers = range(first // lexemes.BLOCK, (upto - 1) // lexemes.BLOCK + 1)
    wide = 1
    run: list[tuple[int, bool]] = []
    for number in reversed(numbers) if newest else numbers:
        empty = there is not None and number not in there
        if run and (empty != run[0][1] or (len(run) == wide and not empty)):
            parts.append(_part(run, first, upto))
            wide, run = min(4 * wide, _WIDEST), []
        run.append((number, empty))
    parts.append(_part(run, first, upto))
    return parts[::-1] if newest else parts


def _part(run: Sequence[tuple[int, bool]], first: int, upto: int) -> Part:
    low, high = min(run)[0], max(run)[0] + 1
    return Part(max(first, low * lexemes.BLOCK), min(upto, high * lexemes.BLOCK), empty=run[0][1])
