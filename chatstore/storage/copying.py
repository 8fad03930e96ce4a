"""Copy a database into an empty one, of the same or of another kind.

Nobody writes the source meanwhile. Rows keep their ids, and no id is given out twice: the counters of ids are
copied, too. Then both are read again, and compared: each table by the number and the SHA-256 of its rows, and
each room by its first and last seq and the SHA-256 of its events in the order of their seqs.

Until all that is done, the revision in the target's `alembic_version` is migrate.UNFINISHED, which no chatstore
knows. So nothing serves it, nor reads it, whatever ended the copy.

The incarnation (see docs/glossary.md) is left out, as it is in a backup: source and copy may both be served from
now on, and give the same number to different messages. What servers of PostgreSQL know of each other, the
index of words and the previews of links are left out, because they are made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, Table

from chatstore.storage import backends, drivers, migrate, schema
from chatstore.storage.backend import Place
from chatstore.storage.engine import open_engine
from chatstore.storage.errors import StorageError

PAGE = 5_000
"""Rows that are read, and stored in one transaction, at once."""
_LEFT_OUT = {"incarnations", "nodes", "presence", "nicks", "server_bans_version", "link_previews"}
TABLES = [table for table in schema.metadata.sorted_tables if table.name not in _LEFT_OUT]
"""What is copied, each table after those that it refers to."""
COUNTED = [table for table in TABLES if table.dialect_options["sqlite"]["autoincrement"]]
"""The tables whose ids are never given out twice."""

Report = Callable[[str, int, int], None]
"""Is told what is done (`copying`, `checking`), how many rows of it are, and how many there are."""
Row = tuple[Any, ...]


class Copied(NamedTuple):
    source: str
    target: str
    rows: int
    rooms: int
    messages: int
    files: int
    """The contents of files, which are not in the database: they stay where they are."""
    unsafe: str
    """Why no server would serve the target as it is; empty if one would."""


class _State(NamedTuple):
    """What a database has: count and digest of its tables by name, and of its rooms by id the first and last seq,
    and the digest of the events; and the last ids."""

    tables: Mapping[str, tuple[int, str]]
    rooms: Mapping[int, tuple[int, int, str]]
    last_ids: Mapping[str, int]


def copy(source_url: str, target_url: str, report: Report = lambda _what, _done, _all: None) -> Copied:
    """Copy everything from one database to another, which must be empty; raises StorageError otherwise, or if the
    source is in use, or the copy is not as its source. `report` is called again and again."""
    with opened(source_url, create=False) as source, opened(target_url, create=True) as target:
        migrate.check(source.engine, source.place)
        revision, _ = migrate.known_revision(target.engine, target.place)
        if revision is not None:
            raise StorageError(f"{target.place.name} is not empty: name a new one")
        with ExitStack() as held:
            source.connection = held.enter_context(source.read_locked())
            target.place.prepare()
            migrate.create_unfinished(target.place)
            counts = source.counts()
            total = sum(counts)
            with target.bulk_load():
                _fill(source, target, lambda done: report("copying", done, total))
                done = 0

                def checked(rows: int) -> None:
                    nonlocal done
                    done += rows
                    report("checking", done, 2 * total)

                wanted, found = source.state(checked), target.state(checked)
                arrived = target.counts()
            if differences := _differences(wanted, found):
                raise StorageError(
                    f"the copy is not as its source, and can't be used; it differs in {', '.join(differences)}"
                )
            if arrived != counts:
                raise StorageError("the copy has not as many rows as its source, and can't be used")
        migrate.complete(target.place)
        events, contents = wanted.tables["messages"][0], wanted.tables["blobs"][0]
        return Copied(
            source.place.name, target.place.name, total, len(wanted.rooms), events, contents, target.place.unsafe()
        )


def _fill(source: Side, target: Side, done: Callable[[int], None]) -> None:
    count = 0
    done(0)
    for table in TABLES:
        for rows in source.pages(table):
            target.fill(table, rows)
            count += len(rows)
            done(count)
    target.set_last_ids(source.last_ids())
    target.analyze()


class Side:
    """One of the two databases. Its errors are StorageErrors that name it."""

    connection: Connection

    def __init__(self, engine: Engine, place: Place) -> None:
        self.engine, self.place = engine, place
        self._driver = drivers.of(engine)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except self._driver.ERRORS as error:
            raise StorageError(f"{self.place.name}: {self._driver.why(error)}") from None

    @contextmanager
    def read_locked(self) -> Iterator[Connection]:
        with ExitStack() as held:
            with self._named():
                connection = held.enter_context(self.place.read_locked())
            yield connection

    @contextmanager
    def bulk_load(self) -> Iterator[None]:
        with ExitStack() as held:
            with self._named():
                self.connection = held.enter_context(self.place.bulk_load())
            yield

    def counts(self) -> list[int]:
        return [int(self._run(f'SELECT count(*) FROM "{table.name}"')[0][0]) for table in TABLES]

    def pages(self, table: Table) -> Iterator[Sequence[Row]]:
        """The rows of a table, in the order of their keys."""
        select = f'SELECT {_columns(table)} FROM "{table.name}"'
        key = [column.name for column in table.primary_key.columns]
        if not key:
            yield self._run(select)
            return
        names, places = ", ".join(f'"{name}"' for name in key), [[*table.c.keys()].index(name) for name in key]
        end = f"ORDER BY {names} LIMIT {PAGE}"
        rows = self._run(f"{select} {end}")
        while rows:
            yield rows
            last = [rows[-1][place] for place in places]
            rows = self._run(f"{select} WHERE ({names}) > ({', '.join('?' * len(key))}) {end}", last)

    def fill(self, table: Table, rows: Sequence[Row]) -> None:
        with self._named(), self.connection.begin():
            self._driver.fill(self.connection, table, rows)

    def analyze(self) -> None:
        with self._named(), self.connection.begin():
            self._driver.analyze(self.connection, TABLES)

    def last_ids(self) -> Mapping[str, int]:
        with self._named():
            return self._driver.last_ids(self.connection, TABLES)

    def set_last_ids(self, last: Mapping[str, int]) -> None:
        with self._named(), self.connection.begin():
            self._driver.set_last_ids(self.connection, COUNTED, last)

    def rooms_with_gaps(self) -> list[str]:
        """The rooms, at most five by key, that lack an event between their first seq and their last."""
        found = self._run(
            "SELECT key, first_seq, last_seq, count(seq), min(seq), max(seq) FROM rooms"
            " LEFT JOIN messages ON room_id = rooms.id"
            " GROUP BY rooms.id, key, first_seq, last_seq ORDER BY rooms.id"
        )
        return [
            key
            for key, first, last, count, least, most in found
            if count != last - first + 1 or (count and (least, most) != (first, last))
        ][:5]

    def state(self, read: Callable[[int], None]) -> _State:
        """What there is. `read` is told how many rows were read since it was called last."""
        with self._transaction():
            tables = {table.name: self._table(table, read) for table in TABLES if table is not schema.messages}
            events = self._events(read)
            tables["messages"] = (sum(count for count, _ in events.values()), "")
            seqs = self._run('SELECT id, first_seq, last_seq FROM "rooms"')
            rooms = {id_: (first, last, events.get(id_, (0, ""))[1]) for id_, first, last in seqs}
            last = self.last_ids()
        return _State(tables, rooms, {table.name: last.get(table.name, 0) for table in COUNTED})

    def _transaction(self) -> AbstractContextManager[Any]:
        """One that is open, or a new one."""
        return ExitStack() if self.connection.in_transaction() else self.connection.begin()

    def _table(self, table: Table, read: Callable[[int], None]) -> tuple[int, str]:
        count, digest = 0, hashlib.sha256()
        for rows in self.pages(table):
            digest.update(_lines(rows))
            count += len(rows)
            read(len(rows))
        return count, digest.hexdigest()

    def _events(self, read: Callable[[int], None]) -> Mapping[int, tuple[int, str]]:
        """Count and digest of the events of each room that has some."""
        found: dict[int, tuple[int, Any]] = {}
        room, seq = [[*schema.messages.c.keys()].index(name) for name in ("room_id", "seq")]
        select = f"SELECT {_columns(schema.messages)} FROM messages WHERE (room_id, seq) > (?, ?)"
        after = (0, 0)
        while rows := self._run(f"{select} ORDER BY room_id, seq LIMIT {PAGE}", after):
            for id_, of_room in groupby(rows, lambda row: row[room]):
                events = [*of_room]
                count, digest = found.get(id_) or (0, hashlib.sha256())
                digest.update(_lines(events))
                found[id_] = count + len(events), digest
            after = rows[-1][room], rows[-1][seq]
            read(len(rows))
        return {id_: (count, digest.hexdigest()) for id_, (count, digest) in found.items()}

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._named():
            return self._driver.run(self.connection, sql, parameters)


@contextmanager
def opened(url: str, *, create: bool) -> Iterator[Side]:
    engine = open_engine(url, 1, create=create)
    place = backends.named(engine.dialect.name).place(engine)
    try:
        yield Side(engine, place)
    finally:
        engine.dispose()
        if create:
            place.remove_leftovers()
        place.close()


def _columns(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in table.c.keys())  # noqa: SIM118 - not a dict


def _lines(rows: Sequence[Row]) -> bytes:
    """Rows as bytes, which tell apart what is not the same. It does not matter how they are cut into pages."""
    return msgspec.json.Encoder().encode_lines(rows)


def _differences(wanted: _State, found: _State) -> list[str]:
    """What differs, in words: at most five things."""
    words = [
        f"{name} ({wanted.tables[name][0]} and {found.tables[name][0]} rows)"
        for name in wanted.tables
        if wanted.tables[name] != found.tables[name]
    ]
    words += [
        f"the events of room {id_}"
        for id_ in sorted(wanted.rooms.keys() | found.rooms.keys())
        if wanted.rooms.get(id_) != found.rooms.get(id_)
    ]
    words += [f"the last id of {name}" for name in wanted.last_ids if wanted.last_ids[name] != found.last_ids[name]]
    return [*words[:5], *(["more"] if len(words) > 5 else [])]
