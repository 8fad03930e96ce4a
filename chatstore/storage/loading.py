"""Load an export into an empty database: the same rows, with the same ids, in the same order.

The format is in docs/exporting.md, and exporting.py writes it. What an export leaves out is made anew: nobody knows
the passwords of the accounts, nor the keys of rooms that had one; devices have to log in again.

Until everything is loaded and checked, the database's revision is migrate.UNFINISHED, so nothing serves it,
whatever ended the work.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
from sqlalchemy import Table

from chatstore.chat.model.passwords import NOBODYS
from chatstore.storage import copying, exporting, migrate, schema
from chatstore.storage.content_copies import Kept, bring, contents_of, exported_folder
from chatstore.storage.contents import Folder, is_place
from chatstore.storage.errors import StorageError
from chatstore.storage.exporting import EXTRA, Record, Row, parse_time, stored_tags, type_of
from chatstore.storage.sql import Integer

_TABLES = {type_of(table): table for table in copying.TABLES}
_PLACES = {table.name: number for number, table in enumerate(copying.TABLES)}
_PAGE = 5_000
_LONGEST = 16 << 20
"""Bytes of a line, so that a compressed file can't fill the memory."""
_NO_EXPORT = "is not an export of chatstore in JSONL: its first line does not say so"
Report = Callable[[int, int], None]
"""Is told how many bytes of the file are read, and how many it has."""


class Loaded(NamedTuple):
    """What an export has. `records` by type; `skipped` are those that mean nothing without their secret.
    `locked` counts the accounts that need a new password, `keys` the rooms that need a new key, `contents` those
    of files, of which so many are `missing`."""

    of: str
    made_at: str
    records: Mapping[str, int]
    skipped: int
    locked: int
    keys: int
    contents: int = 0
    missing: int = 0


class _Reader:
    """The lines of an export, checked one by one. Its errors are StorageErrors that name the file and the line."""

    def __init__(self, name: str, lines: Iterable[bytes], report: Callable[[int], None]) -> None:
        self._name, self._lines, self._report = name, lines, report
        self.number = 0
        self.head: Record = {}
        self.end: Record = {}
        self.records: dict[str, int] = {}
        self.skipped = self.locked = self.keys = 0
        self._files: dict[str, int] = {}
        """The rows of files, by the ids that these have in URLs."""

    def fail(self, text: str) -> StorageError:
        return StorageError(f"{self._name}, line {self.number}: {text}")

    def rows(self) -> Iterator[tuple[Table, list[Row]]]:
        """Rows of one table, up to _PAGE at a time."""
        table: Table | None = None
        rows: list[Row] = []
        for record in self._parsed():
            one = self._table(record)
            if one is not table or len(rows) >= _PAGE:
                if table is not None and rows:
                    yield table, rows
                if table is not None and _PLACES[one.name] < _PLACES[table.name]:
                    raise self.fail(f"a record of the type {record['type']!r} comes too late")
                table, rows = one, []
                self._report(self.number)
            if one.name in exporting.WITHOUT_SECRET:
                self.skipped += 1
            else:
                rows.append(self._row(one, record))
        if table is not None and rows:
            yield table, rows

    def _parsed(self) -> Iterator[Record]:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        for text in self._lines:
            self.number += 1
            if len(text) > _LONGEST:
                raise self.fail(f"it is longer than {_LONGEST >> 20} MiB: no line of an export is")
            if self.end:
                raise self.fail("something follows the last line of the export")
            try:
                record = decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if self.number == 1:
                    raise StorageError(f"{self._name} {_NO_EXPORT}") from None
                raise self.fail(f"it is damaged or cut off: {error}") from None
            if self.number == 1:
                self._begin(record)
            elif record.get("type") == exporting.END:
                self.end = record
            else:
                yield record
        if not self.head:
            raise StorageError(f"{self._name} {_NO_EXPORT}")
        if not self.end:
            raise StorageError(f"{self._name} is cut off after line {self.number}: its last line is missing")
        if self.end.get("records") != self.records:
            raise StorageError(
                f"{self._name} does not have the records that its last line counts: lines are missing"
            )

    def _begin(self, record: Record) -> None:
        if record.get("type") != exporting.HEAD or not isinstance(record.get("format"), int):
            raise StorageError(f"{self._name} {_NO_EXPORT}")
        version = str(record.get("schema", ""))
        if record["format"] > exporting.FORMAT or version > migrate.newest_revision():
            raise StorageError(
                f"{self._name} was written by a newer chatstore ({record.get('chatstore')}): upgrade this one"
            )
        if record.get("of") not in ("everything", "a part"):
            raise StorageError(f"{self._name} is what one account may read: no database can be made of it")
        self.head = record

    def _table(self, record: Record) -> Table:
        kind = record.get("type")
        table = _TABLES.get(kind) if isinstance(kind, str) else None
        if table is None or not isinstance(kind, str):
            raise self.fail(f"records of the type {kind!r} are unknown")
        self.records[kind] = self.records.get(kind, 0) + 1
        return table

    def _row(self, table: Table, record: Record) -> Row:
        fields = exporting.FIELDS.get(table.name, {})
        known = {fields.get(column.name, column.name) for column in table.columns}
        if unknown := sorted(record.keys() - EXTRA - {"type"} - known):
            raise self.fail(f"a record of the type {record['type']!r} has no {unknown[0]!r}")
        hidden = self._secrets(table, record)
        values: list[Any] = []
        for column in table.columns:
            name = fields.get(column.name, column.name)
            value = hidden.get(column.name, record.get(name))
            if value is None and not column.nullable:
                default: Any = column.server_default
                if default is None:
                    raise self.fail(f"{name!r} is missing")
                value = str(getattr(default.arg, "text", default.arg)).strip("'")
                value = int(value) if column.type is Integer else value
            elif exporting.is_time(column) and isinstance(value, str):
                try:
                    value = parse_time(value)
                except ValueError as error:
                    raise self.fail(f"{name}: {error}") from None
            elif column.name == "tags" and table is schema.messages and value is not None:
                if not _are_tags(value):
                    raise self.fail("'tags' is no object of texts")
                value = stored_tags(value)
            elif table is schema.file_references and column.name == "file_id":
                found = self._files.get(value) if isinstance(value, str) else None
                if found is None:
                    raise self.fail(f"there is no file {value!r:.100}")
                value = found
            if value is not None and not _fits(value, number=column.type is Integer):
                raise self.fail(f"{name!r} is {value!r:.100}, which can't be stored there")
            if column is schema.blobs.c.place and not is_place(value):
                raise self.fail(f"{name!r} is {value!r:.100}, which is the place of no content")
            values.append(value)
        if table is schema.files:
            self._files[record["id"]] = record["number"]
        return tuple(values)

    def _secrets(self, table: Table, record: Record) -> Mapping[str, Any]:
        """What stands for the secrets of a row."""
        if table is schema.accounts:
            nobody = record.get("status") in ("removed", "placeholder")
            self.locked += not nobody
            return {"password": "" if nobody else NOBODYS}
        if table is schema.rooms:
            self.keys += bool(record.get("has_password"))
            return {"password": secrets.token_hex(16) if record.get("has_password") else ""}
        return {}

    def loaded(self) -> Loaded:
        of, made_at = str(self.head.get("of")), str(self.head.get("made_at"))
        return Loaded(of, made_at, self.records, self.skipped, self.locked, self.keys)


def _fits(value: Any, *, number: bool) -> bool:
    """Whether a value can be stored in a column of numbers (64 bits) or of text."""
    return type(value) is int and -(2**63) <= value < 2**63 if number else isinstance(value, str)


def _are_tags(value: Any) -> bool:
    """Whether these are tags, as an object or as the text of one."""
    try:
        tags = msgspec.json.decode(value) if isinstance(value, str) else value
    except msgspec.DecodeError:
        return False
    return isinstance(tags, dict) and all(isinstance(each, str) for each in tags.values())


def check(path: Path, report: Report = lambda _done, _all: None) -> Loaded:
    """Read an export to its end, and write nothing. Raises StorageError."""
    with _lines(path, report) as (lines, told):
        reader = _Reader(str(path), lines, told)
        for _table, _rows in reader.rows():
            pass
        return reader.loaded()


def load(path: Path, url: str, report: Report = lambda _done, _all: None, files: Path | None = None) -> Loaded:
    """Load an export into a database that is empty, and the contents of files that lie beside it into the folder
    `files`. Raises StorageError."""
    with _lines(path, report) as (lines, told), copying.opened(url, create=True) as target:
        revision, _ = migrate.known_revision(target.engine, target.place)
        if revision is not None:
            raise StorageError(f"{target.place.name} is not empty: an export of chatstore needs a new database")
        reader = _Reader(str(path), lines, told)
        pages = reader.rows()
        first = next(pages, None)  # what is no export leaves no database behind
        target.place.prepare()
        migrate.create_unfinished(target.place)
        with target.bulk_load():
            if first is not None:
                _fill(target, reader, *first)
            for table, rows in pages:
                _fill(target, reader, table, rows)
            ids = reader.end.get("last_ids")
            target.set_last_ids(_ids(ids if isinstance(ids, dict) else {}, target.last_ids()))
            target.analyze()
            if wrong := target.rooms_with_gaps():
                raise StorageError(f"{path} lacks events of {', '.join(wrong)}: the database can't be used")
            with target.connection.begin():
                kept = contents_of(target.connection)
        missing = _bring(kept, path, files)
        migrate.complete(target.place)
        return reader.loaded()._replace(contents=len(kept), missing=missing)


def _bring(kept: Sequence[Kept], path: Path, files: Path | None) -> int:
    """Put the contents of files where they belong. Returns how many are missing."""
    if not kept or files is None:
        return len(kept)
    like = next(folder for folder in files.parents if folder.exists())
    try:
        return len(bring(kept, exported_folder(path), Folder(files), like))
    except OSError as error:
        raise StorageError(f"what files contain can't be put into {files}: {error.strerror}") from None


def _ids(said: Mapping[str, Any], there: Mapping[str, int]) -> dict[str, int]:
    """The last ids: as the export says, and not below what is there."""
    return {
        table.name: max(there.get(table.name, 0), said[table.name] if isinstance(said.get(table.name), int) else 0)
        for table in copying.COUNTED
    }


def _fill(target: copying.Side, reader: _Reader, table: Table, rows: list[Row]) -> None:
    try:
        target.fill(table, rows)
    except StorageError as error:
        first = max(1, reader.number - len(rows))
        raise StorageError(
            f"{error} ({type_of(table)} records before line {reader.number + 1}, from {first} on)"
        ) from None


@contextmanager
def _lines(path: Path, report: Report) -> Iterator[tuple[Iterable[bytes], Callable[[int], None]]]:
    """The lines of a file, which may be compressed by gzip; and what to call from time to time."""
    try:
        with open(path, "rb") as raw:
            size = path.stat().st_size
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            unpacked: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
            lines = iter(lambda: unpacked.readline(_LONGEST + 1), b"")
            yield lines, lambda _number: report(raw.tell(), size)
    except OSError as error:  # also gzip.BadGzipFile
        raise StorageError(f"{path} can't be read: {error.strerror or error}") from None
    except EOFError:
        raise StorageError(f"{path} is cut off") from None
