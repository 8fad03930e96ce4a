"""Logs of IRC clients, bouncers and bots: one file, or a folder or archive of them. Lines:
reading/irc_lines.py.

The room is in the path: `libera/#club.log`, `irc.libera.#club.weechatlog`, `libera/#club/2024-01-31.log`;
what has no `#` is a conversation with that nick (with a bot's log: a room). People are nicks: a log does not
know that `ada_` is `ada`. Logs have no ids, so these are made; and no time zone, so `timezone` of the options
says it.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import islice
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatstore.importing.reading import irc_lines
from chatstore.importing.reading.files import Files, UnreadableError, one, open_files
from chatstore.importing.reading.irc_lines import FORMATS, UNKNOWN, Line
from chatstore.importing.reading.reader import Reader
from chatstore.importing.reading.text import clean, lines, short
from chatstore.importing.source import (
    Item,
    MadeIds,
    Message,
    Options,
    Place,
    Problem,
    Room,
    Skipped,
    Source,
    SourceError,
    person_mark,
)

_BOTS = {"eggdrop", "energymech"}
_KINDS = re.compile(r"(?i)\.(gz|bz2|xz)$|\.(log|weechatlog|txt|irc)(\.\d{1,3})?(?=$|\.)")
_DATES = re.compile(r"[._-]?(?<!\d)(?:\d{4}[-_.]?\d\d(?:[-_.]?\d\d)?|\d\d[A-Z][a-z]{2}\d{4})(?!\d)")
_CHANNEL = re.compile(r"[#&!+].*")
_OWN = re.compile(r"(?:core\.weechat|irc\.server\.[^/]+|relay\.[^/]+)\.weechatlog")
_ADDRESSED = re.compile(r"([^\s:,]{1,64})([:,])(?=\s)")
_LOOKED_AT = 200
"""Lines of a file by which its format is found."""


def open_source(path: Path, options: Options) -> Source:
    if options.format and options.format not in FORMATS:
        raise SourceError(
            f"there is no format '{short(options.format)}' of IRC logs: it is one of {', '.join(FORMATS)}"
        )
    try:
        codecs.lookup(options.encoding or "utf-8")
    except LookupError:
        raise SourceError(
            f"there is no encoding '{short(options.encoding)}'; others are latin-1 and cp1251"
        ) from None
    files = open_files(path)
    names = [
        name for name in files.names() if not _OWN.search(name) and not name.rpartition("/")[2].startswith(".")
    ]
    guesses = (irc_lines.guess(name, _first_lines(files, name, options)) for name in names)
    found = options.format or next(filter(None, guesses), "")
    if not found:
        files.close()
        raise SourceError(
            f"{path} has no log in a known form. Known are the logs of {', '.join(FORMATS)}, with their default "
            "settings; --format says which it is"
        )
    return IrcLogsReader(files, options, found, names, path)


def _first_lines(files: Files, name: str, options: Options) -> list[str]:
    try:
        with one(files, name) as file:
            return [line or "" for line in islice(lines(file, options.encoding), _LOOKED_AT)]
    except UnreadableError:
        return []


@dataclass(frozen=True, slots=True)
class _Log:
    name: str
    network: str
    room: str
    direct: bool
    day: date | None

    @property
    def room_id(self) -> str:
        return f"{self.network}/{self.room.lower()}"


def log_of(name: str, form: str, options: Options) -> _Log:
    """What the path of a log says."""
    *folders, plain = name.split("/")
    day = irc_lines.day_in_name(plain)
    if plain.endswith(".weechatlog") and plain.count(".") >= 3:  # irc.NETWORK.BUFFER
        stem = plain[: -len(".weechatlog")].partition(".")[2]
        at = stem.find(".#") if ".#" in stem else stem.rfind(".")
        folders, stem = [stem[:at]], stem[at + 1 :]
    else:
        stem = _DATES.sub("", _KINDS.sub("", _KINDS.sub("", plain))).strip("._-")
        stem = stem or (folders.pop() if folders else "log")
    if (found := _CHANNEL.search(stem)) and found.start():  # USER_NETWORK_#CHANNEL
        folders, stem = [stem[: found.start()].strip("_.")], found[0]
    network = options.more.get("network", folders[-1] if folders else "")
    direct = not found and form not in _BOTS and not options.room
    return _Log(name, network, options.room or stem, direct, day)


class IrcLogsReader(Reader[Files]):
    tells_private = False

    def __init__(self, files: Files, options: Options, form: str, names: list[str], path: Path) -> None:
        super().__init__(files, options)
        self._form, self._parse = form, FORMATS[form]
        self.title = f"{form}'s logs {path.name}"
        self._zone = _zone(options.timezone)
        self._made = MadeIds()
        self._logs = {name: log_of(name, form, options) for name in names}
        if names == [path.name] and self._logs[path.name].room == "log":  # the day is its whole name
            self._logs[path.name] = replace(
                log_of(f"{path.absolute().parent.name}/{path.name}", form, options), name=path.name
            )
        self._told_rooms: set[str] = set()
        self._at: tuple[date, int, int] = (date.min, 0, 0)
        self._minute: tuple[int, int] = (0, 0)

    def items(self) -> Iterator[Item]:
        by_room: dict[str, list[_Log]] = {}
        for log in self._logs.values():
            by_room.setdefault(log.room_id, []).append(log)
        speakers = {room: self._speakers(logs) for room, logs in by_room.items() if self._is_private(logs[0])}
        self._add_the_owner(by_room, speakers)
        began = {name: log.day or self._first_day(log) for name, log in self._logs.items()}
        known = {name for name, log in self._logs.items() if self._is_log(log)}
        self.files.read = 0
        for room, logs in by_room.items():
            logs.sort(key=lambda log: (began[log.name] or date.max, log.name))
            for log in logs:
                self._at = (date.min, 0, 0)
                if log.name not in known:
                    yield Problem(f"this file is no log of {self._form}", Place(log.name))
                    continue
                try:
                    with one(self.files, log.name) as file:
                        yield from self._file(log, file, speakers.get(room, {}))
                except UnreadableError as error:
                    yield Problem(str(error), Place(log.name))

    # -- rooms and people -----------------------------------------------------------------------

    def _is_private(self, log: _Log) -> bool:
        return log.direct or self.options.private

    def _lines(self, file: IO[bytes], log: _Log) -> Iterator[tuple[int, Line]]:
        """The lines that say something, with their days."""
        day, last = log.day, (0, 0, 0)
        for number, text in enumerate(lines(file, self.options.encoding), 1):
            if text is not None and not text.strip():
                continue
            line = UNKNOWN if text is None else self._parse(text, day)
            if line.day:
                day, last = line.day, (0, 0, 0)
            elif line.time and day and self._form == "eggdrop" and line.time[0] + 12 < last[0]:
                day, last = day + timedelta(1), (0, 0, 0)  # past midnight, and the bot was not there to say so
            last = line.time or last
            yield number, line if line.day or line.kind == "unknown" else _on(line, day)

    def _is_log(self, log: _Log) -> bool:
        first = [line for line in _first_lines(self.files, log.name, self.options) if line.strip()]
        return not first or any(self._parse(line, None).kind != "unknown" for line in first)

    def _first_day(self, log: _Log) -> date | None:
        try:
            with one(self.files, log.name) as file:
                return next((line.day for _, line in self._lines(file, log) if line.day), None)
        except UnreadableError:
            return None

    def _speakers(self, logs: list[_Log]) -> dict[str, str]:
        """Everybody who speaks in these logs, and whom they speak with if it is a conversation: ids and
        nicks."""
        found: dict[str, str] = {}
        for log in logs:
            try:
                with one(self.files, log.name) as file:
                    for _, line in self._lines(file, log):
                        if line.who:
                            found.setdefault(_person(log, line.who), line.who)
            except UnreadableError:
                pass  # it is reported when it is read
        if logs[0].direct:
            found.setdefault(_person(logs[0], logs[0].room), logs[0].room)
        return found

    def _add_the_owner(self, by_room: Mapping[str, list[_Log]], speakers: Mapping[str, dict[str, str]]) -> None:
        """A conversation in which one person alone speaks is with the log's owner: whoever speaks in most of
        the others, or `--option me=NICK`."""
        talks = {room: logs[0] for room, logs in by_room.items() if logs[0].direct}
        seen = Counter(
            (log.network, nick)
            for room, log in talks.items()
            for person, nick in speakers[room].items()
            if person != _person(log, log.room)
        )
        for room, log in talks.items():
            if len(speakers[room]) == 1:
                usual = next((nick for (network, nick), _ in seen.most_common() if network == log.network), "")
                owner = self.options.more.get("me") or usual or "unknown"
                speakers[room].setdefault(_person(log, owner), owner)

    def _room(self, log: _Log, speakers: dict[str, str]) -> Iterator[Item]:
        if log.room_id not in self._told_rooms:
            self._told_rooms.add(log.room_id)
            place = Place(log.name)
            for person, nick in speakers.items():
                yield from self.meet(person, nick, place=place)
            direct = log.direct and len(speakers) <= 2  # more if somebody changed their nick
            yield Room(
                log.room_id,
                log.room,
                kind="direct" if direct else "room",
                private=self._is_private(log),
                members=tuple(speakers),
                place=place,
            )

    # -- what was said --------------------------------------------------------------------------

    def _file(self, log: _Log, file: IO[bytes], speakers: dict[str, str]) -> Iterator[Item]:
        number = 0
        try:
            for number, line in self._lines(file, log):
                place = Place(log.name, number)
                if line.kind == "unknown":
                    yield Problem(f"this line is in none of the forms of {self._form}", place)
                elif line.kind == "skipped":
                    yield Skipped(line.text, place)
                elif line.kind != "day":
                    yield from self._room(log, speakers)
                    yield from self._message(log, line, place)
        except UnreadableError as error:
            yield Problem(str(error), Place(log.name, number + 1))

    def _message(self, log: _Log, line: Line, place: Place) -> Iterator[Item]:
        if not line.day or not line.time:
            yield Problem("no line before it, and not the file's name, says which day it was", place)
            return
        text, person = clean(line.text).replace("\n", " "), _person(log, line.who)
        if not text.strip():
            yield Skipped("had no text", place)
            return
        if not self.knows(person):
            yield from self.meet(person, line.who, place=place)
        at, local = self._time(line.day, line.time)
        made = self._made(log.room_id, local, person, text)
        if (found := _ADDRESSED.match(text)) and self.knows(other := _person(log, found[1])):
            text = person_mark(other) + text[found.end(1) :]
        yield Message(
            made,
            log.room_id,
            person,
            at,
            text,
            action=line.kind == "action",
            notice=line.kind == "notice",
            place=place,
        )

    def _time(self, day: date, time: tuple[int, int, int]) -> tuple[int, int]:
        """When it was, and the same as if the clock showed UTC: ids are made of that, so that they don't
        depend on `timezone`. Of the hour that a clock shows twice, the second is the one that comes after the
        first."""
        hour, minute, second = time
        if self._at != (day, hour, minute):
            naive = datetime(day.year, day.month, day.day, hour, minute)
            local = int(naive.replace(tzinfo=timezone.utc).timestamp()) * 1000
            first, again = (int(naive.replace(fold=fold, tzinfo=self._zone).timestamp()) * 1000 for fold in (0, 1))
            earlier = self._at < (day, hour, minute)
            fold = again > first and self._at[0] == day and (not earlier or self._minute[1] % 1000 == 1)
            self._minute = (again, local + 1) if fold else (first, local)
            self._at = (day, hour, minute)
        return self._minute[0] + second * 1000, self._minute[1] + second * 1000


def _on(line: Line, day: date | None) -> Line:
    return Line(line.kind, line.who, line.text, day, line.time)


def _person(log: _Log, nick: str) -> str:
    return f"{log.network}/{nick.lower()}"


def _zone(name: str) -> tzinfo | None:
    """None for this machine's own."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(f"there is no time zone '{short(name)}'; its name is as Europe/Berlin, or UTC") from None
