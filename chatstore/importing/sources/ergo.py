"""Ergo: its history, from its SQLite database, a MySQL dump of it, or what HistServ's EXPORT wrote.

Format: irc/history and irc/sqlite, irc/mysql of <https://github.com/ergochat/ergo>: `history` has each item
as JSON, `sequence` which channel it was said in, `conversations` between whom (twice, once for each). A dump
is loaded into a temporary SQLite database first. Ids are Ergo's own. The history does not say which channels
are private (`+i`, `+k`): the option `private` makes all so, with those who spoke there as members.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from chatstore.importing.reading import mysql_dump, times
from chatstore.importing.reading.databases import Database, is_database
from chatstore.importing.reading.fields import items_of, mapping
from chatstore.importing.reading.files import Files, UnreadableError, open_files
from chatstore.importing.reading.reader import Reader
from chatstore.importing.reading.text import clean, lines, short
from chatstore.importing.source import (
    Item,
    MadeIds,
    Message,
    Options,
    Person,
    Place,
    Problem,
    Reaction,
    Room,
    Skipped,
    Source,
    SourceError,
)

_PRIVMSG, _NOTICE, _TAGMSG = 1, 2, 8
_NOT_SAID = {
    3: "joined",
    4: "left",
    5: "kicked somebody",
    6: "left",
    7: "changed modes",
    9: "changed their name",
    10: "changed the topic",
    11: "invited somebody",
}
_ANSWERS, _REACTS = ("+reply", "+draft/reply"), ("+react", "+draft/react")
_SCHEMA = """
    CREATE TABLE history (id INTEGER PRIMARY KEY, data BLOB);
    CREATE TABLE sequence (history_id INTEGER PRIMARY KEY, target TEXT, nanotime INTEGER);
    CREATE TABLE conversations (target TEXT, correspondent TEXT, nanotime INTEGER, history_id INTEGER);
    CREATE INDEX conversations_history ON conversations (history_id);
"""
_IN_ROOMS = """
    SELECT h.id, h.data, s.target, '', s.nanotime FROM history h JOIN sequence s ON s.history_id = h.id
    ORDER BY s.target, s.nanotime, h.id
"""
_IN_CONVERSATIONS = """
    SELECT h.id, h.data,
        CASE WHEN count(DISTINCT c.target) > 1 THEN min(c.target) ELSE min(min(c.target), min(c.correspondent)) END,
        CASE WHEN count(DISTINCT c.target) > 1 THEN max(c.target) ELSE max(min(c.target), min(c.correspondent)) END,
        min(c.nanotime)
    FROM history h JOIN conversations c ON c.history_id = h.id
    GROUP BY h.id ORDER BY 3, 4, 5, 1
"""


def open_source(path: Path, options: Options) -> Source:
    if is_database(path):
        return ErgoReader(Database(path, "history of Ergo", ["history", "sequence"]), options, path.name)
    files = open_files(path)
    loaded = tempfile.NamedTemporaryFile(prefix=".chatstore.", suffix=".part")  # noqa: SIM115
    try:
        problems = _load(files, Path(loaded.name), path)
    except SourceError:
        loaded.close()
        raise
    finally:
        files.close()
    return ErgoReader(Database(Path(loaded.name), "history", []), options, path.name, problems, loaded)


def _load(files: Files, path: Path, given: Path) -> list[Problem]:
    """A dump's or an export's rows as a database with the tables of Ergo's own."""
    problems: list[Problem] = []
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
    count = 0
    for name, file in files.each(lambda name: True):
        start = file.peek(1)[:1] if hasattr(file, "peek") else b""
        rows = _exported(name, file, problems) if start == b"{" else _dumped(name, file, problems)
        try:
            for table, row in rows:
                count += 1
                into = f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
                database.execute(into, list(row.values()))
        except UnreadableError as error:
            problems.append(Problem(str(error), Place(name)))
    database.commit()
    database.close()
    if not count:
        raise SourceError(
            f"{given} is no history of Ergo: name its SQLite database, a dump by mysqldump "
            "of its MySQL database, or what HistServ's EXPORT wrote"
        )
    return problems


def _dumped(name: str, file: IO[bytes], problems: list[Problem]) -> Iterator[tuple[str, dict[str, object]]]:
    wanted = {
        "history": ("id", "data"),
        "sequence": ("history_id", "target", "nanotime"),
        "conversations": ("target", "correspondent", "nanotime", "history_id"),
    }
    for table, row in mysql_dump.rows(file, set(wanted)):
        if not row or not set(wanted[table]).issubset(row):
            problems.append(Problem(f"a row of {table} can't be read", Place(name)))
            continue
        values = {column: row[column] for column in wanted[table]}
        yield table, {column: _as_text(column, value) for column, value in values.items()}


def _as_text(column: str, value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) and column != "data" else value


def _exported(name: str, file: IO[bytes], problems: list[Problem]) -> Iterator[tuple[str, dict[str, object]]]:
    """What HistServ's EXPORT writes: an item on each line, with its channel as `CfCorrespondent`."""
    for number, line in enumerate(lines(file), 1):
        try:
            target = clean(mapping(json.loads(line or "")).get("CfCorrespondent"))
        except (ValueError, RecursionError):
            target = ""
        if target:
            yield "history", {"id": number, "data": line}
            yield "sequence", {"history_id": number, "target": target, "nanotime": number}
        elif line:
            problems.append(Problem("this line is no item of Ergo's history", Place(name, number)))


class ErgoReader(Reader[Database]):
    tells_private = False

    def __init__(
        self,
        database: Database,
        options: Options,
        title: str,
        problems: list[Problem] | None = None,
        loaded: Any = None,
    ) -> None:
        super().__init__(database, options)
        self.title, self._name = f"Ergo's history {title}", title
        self._problems, self._loaded = problems or [], loaded
        self._made = MadeIds()
        self._reactions: dict[str, dict[str, list[str]]] = {}
        self._told_rooms: set[str] = set()

    def close(self) -> None:
        super().close()
        if self._loaded is not None:
            self._loaded.close()

    def items(self) -> Iterator[Item]:
        yield from self._problems
        try:
            yield from self._find_reactions()
            count = self.files.one("SELECT count(*) FROM history") or 0
            self.files.read = 0
            yield from self._rows(_IN_ROOMS, count)
            if "conversations" in self.files.tables():
                yield from self._rows(_IN_CONVERSATIONS, count)
        except UnreadableError as error:
            yield Problem(str(error), Place(self._name))

    def _find_reactions(self) -> Iterator[Item]:
        """They come after what they are about, as messages of their own without text."""
        query = "SELECT id, data FROM history WHERE CAST(data AS TEXT) LIKE '%react%' ORDER BY id"
        for row, data in self.files.rows(query):
            item = _item(data)
            tags = mapping(item.get("Tags"))
            value, about = _tag(tags, _REACTS), _tag(tags, _ANSWERS)
            if item.get("Type") == _TAGMSG and value and about:
                who, name = _who(item)
                if who:
                    yield from self._person(who, name, Place(f"{self._name}, row {row}"))
                    people = self._reactions.setdefault(about, {}).setdefault(value, [])
                    if who not in people:
                        people.append(who)

    def _rows(self, query: str, count: int) -> Iterator[Item]:
        speakers: dict[str, dict[str, str]] = {}
        if self.options.private and query == _IN_ROOMS:
            for _, data, target, _, _ in self.files.rows(query):
                who, name = _who(_item(data))
                if who:
                    speakers.setdefault(clean(target), {})[who] = name
        for row, data, target, other, nanotime in self.files.rows(query, count=count):
            place = Place(f"{self._name}, row {row}")
            try:
                yield from self._row(_item(data), clean(target), clean(other), nanotime, speakers, place)
            except ValueError as error:
                yield Problem(str(error), place)

    def _row(
        self,
        item: Mapping[str, Any],
        target: str,
        other: str,
        nanotime: object,
        speakers: Mapping[str, Mapping[str, str]],
        place: Place,
    ) -> Iterator[Item]:
        kind, message = item.get("Type"), mapping(item.get("Message"))
        if kind in _NOT_SAID:
            yield Skipped(_NOT_SAID[kind], place)
            return
        if kind == _TAGMSG:
            reacts = _tag(mapping(item.get("Tags")), _REACTS)
            yield Skipped("a reaction, which is with its message" if reacts else "had no text", place)
            return
        if kind not in (_PRIVMSG, _NOTICE):
            raise ValueError("its JSON can't be read" if not item else f"an unknown type of item: {short(kind)}")
        who, name = _who(item)
        if not who:
            raise ValueError("nobody is named who said it")
        at = times.from_iso(message["Time"]) if message.get("Time") else times.from_number(nanotime, 10**9)
        text = _text(message)
        action = text.startswith("\x01ACTION ")
        text = text[8:].removesuffix("\x01") if action else text
        if text.startswith("\x01") or not text.strip():
            yield Skipped("a request between programs" if text.startswith("\x01") else "had no text", place)
            return
        room = target if not other else f"{target},{other}"
        yield from self._room(room, target, other, speakers.get(target, {}), place)
        yield from self._person(who, name, place)
        said = clean(message.get("Msgid"))
        yield Message(
            said or self._made(room, at, who, text),
            room,
            who,
            at,
            text,
            answers=_tag(mapping(item.get("Tags")), _ANSWERS),
            reactions=[Reaction(value, people) for value, people in self._reactions.get(said, {}).items()],
            bot=item.get("IsBot") is True,
            action=action,
            notice=kind == _NOTICE,
            place=place,
        )

    def _room(
        self, room: str, target: str, other: str, speakers: Mapping[str, str], place: Place
    ) -> Iterator[Item]:
        if room in self._told_rooms:
            return
        self._told_rooms.add(room)
        members = {target: target, other: other} if other else speakers
        for who, name in members.items():
            yield from self._person(who, name, place)
        yield Room(
            room,
            target,
            kind="direct" if other else "room",
            private=bool(other) or self.options.private,
            members=tuple(members),
            place=place,
        )

    def _person(self, who: str, name: str, place: Place) -> Iterator[Person]:
        if not self.knows(who) or (self._told[who] == who and name != who):  # known in small letters only
            yield from self.meet(who, name, place=place)


def _item(data: object) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(data if isinstance(data, str | bytes) else ""))
    except (ValueError, RecursionError):
        return {}


def _who(item: Mapping[str, Any]) -> tuple[str, str]:
    """The id and name of who said it: the account, or the nick of somebody without one."""
    account, nick = clean(item.get("AccountName")), clean(item.get("Nick")).partition("!")[0]
    name = account if account not in ("", "*") else nick
    return name.lower(), name


def _text(message: Mapping[str, Any]) -> str:
    text = clean(message.get("Message"))
    for number, part in enumerate(map(mapping, items_of(message.get("Split")))):
        text += ("\n" if number and not part.get("Concat") else "") + clean(part.get("Message"))
    return text


def _tag(tags: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((clean(tags[name]) for name in names if tags.get(name)), "")
