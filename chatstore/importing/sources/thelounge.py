"""The Lounge: the SQLite database of one of its people, `logs/NAME.sqlite3`.

Format: server/plugins/messageStorage/sqlite.ts of <https://github.com/thelounge/thelounge>: `messages` has
the network's id, the channel's name in small letters, the time in ms, the type, and the rest as JSON. A
channel without `#` is a conversation with that nick. People are nicks: The Lounge does not store accounts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chatstore.importing.reading import times
from chatstore.importing.reading.databases import Database
from chatstore.importing.reading.fields import mapping
from chatstore.importing.reading.files import UnreadableError
from chatstore.importing.reading.reader import Reader
from chatstore.importing.reading.text import clean, short
from chatstore.importing.source import Item, MadeIds, Message, Options, Place, Problem, Room, Skipped, Source

_SAID = {"message", "action", "notice"}
_NOT_SAID = {
    "join": "joined",
    "part": "left",
    "quit": "left",
    "kick": "kicked somebody",
    "nick": "changed their name",
    "topic": "changed the topic",
    "topic_set_by": "changed the topic",
    "mode": "changed modes",
    "mode_channel": "changed modes",
    "mode_user": "changed modes",
    "away": "went away",
    "back": "went away",
    "chghost": "changed their host",
    "invite": "invited somebody",
    **dict.fromkeys("ctcp ctcp_request error login logout monospace_block motd".split(), "from the program itself"),
    **dict.fromkeys("ban_list list plugin raw unhandled wallops whois".split(), "from the program itself"),
}


def open_source(path: Path, options: Options) -> Source:
    return TheLoungeReader(Database(path, "database of The Lounge", ["messages"]), options, path.name)


class TheLoungeReader(Reader[Database]):
    tells_private = False

    def __init__(self, database: Database, options: Options, title: str) -> None:
        super().__init__(database, options)
        self.title = f"The Lounge's database {title}"
        self._name = title
        self._made = MadeIds()
        self._speakers: dict[tuple[str, str], dict[str, str]] = {}
        self._owners: dict[str, str] = {}
        """By network: the last nick of whom the database is of."""
        self._told_rooms: set[str] = set()

    def items(self) -> Iterator[Item]:
        query = (
            "SELECT rowid, network, channel, time, type, msg FROM messages ORDER BY network, channel, time, rowid"
        )
        try:
            count = self.files.one("SELECT count(*) FROM messages") or 0
            self._find_speakers()
            self.files.read = 0
            for row, network, channel, at, kind, message in self.files.rows(query, count=count):
                place = Place(f"{self._name}, row {row}")
                try:
                    yield from self._row(clean(network), clean(channel), at, clean(kind), message, place)
                except (ValueError, RecursionError) as error:
                    why = (
                        "its JSON can't be read"
                        if isinstance(error, json.JSONDecodeError | RecursionError)
                        else error
                    )
                    yield Problem(str(why), place)
        except UnreadableError as error:
            yield Problem(str(error), Place(self._name))

    def _find_speakers(self) -> None:
        """Who speaks in each conversation; in each room if all are to be private."""
        query = "SELECT network, channel, msg FROM messages WHERE type IN ('message', 'action', 'notice')"
        for network, channel, message in self.files.rows(query):
            room = (clean(network), clean(channel))
            if _is_direct(room[1]) or self.options.private:
                try:
                    fields = mapping(json.loads(message))
                    nick = _nick(fields)
                except (ValueError, TypeError, RecursionError):
                    continue  # it is reported when it is read
                if nick:
                    self._speakers.setdefault(room, {}).setdefault(_person(room[0], nick), nick)
                    if fields.get("self") is True:
                        self._owners[room[0]] = nick

    def _row(self, network: str, channel: str, at: object, kind: str, message: str, place: Place) -> Iterator[Item]:
        if kind in _NOT_SAID:
            yield Skipped(_NOT_SAID[kind], place)
            return
        if kind not in _SAID:
            raise ValueError(f"an unknown type of message: {short(kind)}")
        if not isinstance(message, str):
            raise ValueError("it has no JSON")
        fields = mapping(json.loads(message))
        nick, text, when = _nick(fields), clean(fields.get("text")), times.from_number(at, 1000)
        if not nick or not channel:
            raise ValueError("nobody is named who said it, or no room where")
        if not text.strip():
            yield Skipped("had no text", place)
            return
        room, person = f"{network}/{channel}", _person(network, nick)
        yield from self._room(network, channel, place)
        if not self.knows(person):
            yield from self.meet(person, nick, place=place)
        yield Message(
            self._made(room, when, person, text),
            room,
            person,
            when,
            text,
            action=kind == "action",
            notice=kind == "notice",
            place=place,
        )

    def _room(self, network: str, channel: str, place: Place) -> Iterator[Item]:
        room = f"{network}/{channel}"
        if room in self._told_rooms:
            return
        self._told_rooms.add(room)
        members = self._speakers.get((network, channel), {})
        if _is_direct(channel):
            members.setdefault(_person(network, channel), channel)
            owner = self.options.more.get("me") or self._owners.get(network, "unknown")
            if len(members) == 1:
                members.setdefault(_person(network, owner), owner)
        for person, nick in members.items():
            yield from self.meet(person, nick, place=place)
        direct = _is_direct(channel) and len(members) <= 2  # more if somebody changed their nick
        yield Room(
            room,
            channel,
            kind="direct" if direct else "room",
            private=_is_direct(channel) or self.options.private,
            members=tuple(members),
            place=place,
        )


def _nick(fields: Mapping[str, Any]) -> str:
    """Who said it: older versions stored a nick, newer ones an object."""
    sender = fields.get("from")
    return clean(sender) if isinstance(sender, str) else clean(mapping(sender).get("nick"))


def _is_direct(channel: str) -> bool:
    return channel[:1] not in tuple("#&!+")


def _person(network: str, nick: str) -> str:
    return f"{network}/{nick.lower()}"
