"""Zulip: the export of an organization, as the tarball or the folder that was unpacked from it.

Format: zerver/lib/export.py of <https://github.com/zulip/zulip>. `realm.json` has a table for each kind of
object: users, streams, subscriptions, recipients, reactions; `messages-000001.json` and its followers have a
thousand messages each.

A *recipient* is a person (type 1), a stream (2) or a group of people (3). chatstore has no topics: a
message's topic stands before its text in brackets. `--option topics=none` leaves it out.

A file is a link in the text, `[name](/user_uploads/2/ab/x/name)`; its bytes are `uploads/2/ab/x/name`.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import unquote

from chatstore.importing.reading import emojis, times
from chatstore.importing.reading.fields import items_of, mapping
from chatstore.importing.reading.files import Files, UnreadableError, one, open_files, top
from chatstore.importing.reading.json_stream import BrokenJsonError, JsonStream
from chatstore.importing.reading.reader import FilesReader
from chatstore.importing.reading.sorting import sorted_messages
from chatstore.importing.reading.text import clean, short
from chatstore.importing.source import (
    Attachment,
    Item,
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
    person_mark,
    room_mark,
)

_PERSON, _STREAM, _GROUP = 1, 2, 3
_MENTION = re.compile(r"@(_?)\*\*([^*\n]+?)\*\*|#\*\*([^*\n]+?)\*\*")
_UPLOAD = re.compile(r"\]\((/user_uploads/[^)\s]+)\)")
_LINKED = re.compile(r"!?\[([^\]\n]*)\]\((?:(https?://[^/)\s]+))?/user_uploads/([^)\s]+)\)")
_MESSAGES = re.compile(r"messages-\d+\.json")


def open_source(path: Path, options: Options) -> Source:
    files = open_files(path)
    folder = top(files.names(), "realm.json")
    if folder is None:
        files.close()
        raise SourceError(
            f"{path} is no export of Zulip: there is no realm.json in it. Name the tarball that Zulip made, or "
            "the folder that was unpacked from it"
        )
    try:
        return ZulipReader(files, options, folder)
    except (UnreadableError, BrokenJsonError) as error:
        files.close()
        raise SourceError(f"{path}: realm.json can't be read: {error}") from None


class _Reactions:
    """Who has reacted to which message: there may be millions, so a few bytes each."""

    def __init__(self) -> None:
        self._messages, self._people, self._values = array("q"), array("q"), array("L")
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._order = array("L")

    def add(self, row: Mapping[str, Any]) -> None:
        message, person = row.get("message"), row.get("user_profile")
        name, code = clean(row.get("emoji_name")), clean(row.get("emoji_code"))
        if _is_id(message) and _is_id(person) and name:
            plain = row.get("reaction_type", "unicode_emoji") == "unicode_emoji"
            value = emojis.from_code(code, name) if plain and code else emojis.from_name(name)
            if value not in self._numbers:
                self._numbers[value] = len(self._names)
                self._names.append(value)
            self._messages.append(message)
            self._people.append(person)
            self._values.append(self._numbers[value])

    def sort(self) -> None:
        self._order = array("L", sorted(range(len(self._messages)), key=self._messages.__getitem__))

    def of(self, message: int) -> list[Reaction]:
        at = bisect_left(self._order, message, key=self._messages.__getitem__)
        found: dict[str, list[str]] = {}
        while at < len(self._order) and self._messages[self._order[at]] == message:
            row = self._order[at]
            found.setdefault(self._names[self._values[row]], []).append(str(self._people[row]))
            at += 1
        return [Reaction(value, people) for value, people in found.items()]


class ZulipReader(FilesReader):
    def __init__(self, files: Files, options: Options, folder: str) -> None:
        super().__init__(files, options)
        self._folder = folder
        self._people: dict[int, tuple[str, str, bool]] = {}
        self._system: set[int] = set()
        """Zulip's own bots: the welcome bot, the notification bot."""
        self._streams: dict[int, Mapping[str, Any]] = {}
        self._recipients: dict[int, tuple[int, int]] = {}
        self._members: dict[int, list[int]] = {}
        """By recipient: who is subscribed to it."""
        self._reactions = _Reactions()
        self._rooms: dict[str, str] = {}
        self._problems: list[Problem] = []
        with one(files, f"{folder}realm.json") as file:
            self._read_realm(JsonStream(file))
        self._reactions.sort()
        self._by_name = {name: person for person, (name, _, _) in self._people.items()}
        self._stream_named = {clean(row.get("name")): f"stream:{stream}" for stream, row in self._streams.items()}

    # -- the tables -----------------------------------------------------------------------------

    def _read_realm(self, stream: JsonStream) -> None:
        tables = {
            "zerver_realm": self._note_realm,
            "zerver_userprofile": self._note_person,
            "zerver_userprofile_mirrordummy": self._note_person,
            "zerver_userprofile_crossrealm": self._note_system,
            "zerver_stream": self._note_stream,
            "zerver_recipient": self._note_recipient,
            "zerver_subscription": self._note_subscription,
            "zerver_reaction": self._reactions.add,
        }
        for key in stream.object_keys():
            if key not in tables or not stream.is_array():
                stream.skip()
                continue
            for number, row in enumerate(stream.elements(), 1):
                try:
                    tables[key](row)
                except (AttributeError, KeyError, TypeError, ValueError):
                    place = Place(f"{self._folder}realm.json, {key}, entry {number}")
                    self._problems.append(Problem("this entry can't be read", place, lost=False))

    def _note_realm(self, row: Mapping[str, Any]) -> None:
        self.scope = clean(row.get("uuid")) or clean(row.get("string_id"))
        self.title = f"the Zulip organization {short(clean(row.get('name')) or self.scope)}"

    def _note_person(self, row: Mapping[str, Any]) -> None:
        email = clean(row.get("delivery_email")) or clean(row.get("email"))
        name = clean(row.get("full_name")) or email.partition("@")[0] or str(row["id"])
        self._people[int(row["id"])] = (name, email.partition("@")[0], bool(row.get("is_bot")))

    def _note_system(self, row: Mapping[str, Any]) -> None:
        self._system.add(int(row["id"]))

    def _note_stream(self, row: Mapping[str, Any]) -> None:
        kept = ("name", "description", "invite_only", "deactivated")
        self._streams[int(row["id"])] = {key: row.get(key) for key in kept}

    def _note_recipient(self, row: Mapping[str, Any]) -> None:
        self._recipients[int(row["id"])] = (int(row["type"]), int(row["type_id"]))

    def _note_subscription(self, row: Mapping[str, Any]) -> None:
        if row.get("active", True):
            self._members.setdefault(int(row["recipient"]), []).append(int(row["user_profile"]))

    # -- rooms and people -----------------------------------------------------------------------

    def items(self) -> Iterator[Item]:
        self.files.read = 0
        return sorted_messages(self._items())

    def _items(self) -> Iterator[Item]:
        yield from self._problems
        for recipient, (kind, number) in self._recipients.items():
            if kind == _STREAM and number in self._streams:
                yield from self._stream(recipient, number)
        try:
            for name, file in self.files.each(self._has_messages):
                yield from self._file(name, JsonStream(file))
        except UnreadableError as error:
            yield Problem(str(error), Place(self._folder))

    def _has_messages(self, name: str) -> bool:
        return name.startswith(self._folder) and bool(_MESSAGES.fullmatch(name[len(self._folder) :]))

    def _stream(self, recipient: int, number: int) -> Iterator[Item]:
        row, place = self._streams[number], Place(f"{self._folder}realm.json")
        members = [str(member) for member in self._members.get(recipient, ())]
        for member in self._members.get(recipient, ()):
            yield from self._person(member, place)
        name = self._rooms[f"stream:{number}"] = clean(row.get("name")) or f"stream-{number}"
        private = bool(row.get("invite_only")) or self.options.private
        topic = clean(row.get("description"))
        yield Room(f"stream:{number}", name, private=private, topic=topic, members=members, place=place)

    def _conversation(self, recipient: int, sender: int, place: Place) -> Iterator[Item | str]:
        """The id of the room that a message went to, behind the room if it was not told yet."""
        kind, number = self._recipients.get(recipient, (0, 0))
        if kind == _STREAM and f"stream:{number}" in self._rooms:
            yield f"stream:{number}"
            return
        if kind not in (_PERSON, _GROUP):
            raise ValueError(f"it went to {recipient}, which is no stream and nobody")
        found = {sender, number} if kind == _PERSON else {sender, *self._members.get(recipient, ())}
        people = sorted(found)
        room = "direct:" + ",".join(map(str, people))
        if room not in self._rooms:
            for person in people:
                yield from self._person(person, place)
            name = self._rooms[room] = "-".join(self._name_of(person) for person in people)
            direct = len(people) <= 2
            members = [str(person) for person in people]
            yield Room(room, name, "direct" if direct else "room", private=True, members=members, place=place)
        yield room

    def _name_of(self, person: int) -> str:
        return self._people[person][0] if person in self._people else str(person)

    def _person(self, person: int, place: Place) -> Iterator[Person]:
        name, other, bot = self._people.get(person, (f"user{person}", "", False))
        yield from self.meet(str(person), name, other, bot=bot, place=place)

    # -- what was said --------------------------------------------------------------------------

    def _file(self, name: str, stream: JsonStream) -> Iterator[Item]:
        number = 0
        try:
            for key in stream.object_keys():
                if key != "zerver_message" or not stream.is_array():
                    stream.skip()
                    continue
                for number, row in enumerate(stream.elements(), 1):
                    place = Place(f"{name}, message {number}")
                    try:
                        yield from self._message(mapping(row), place)
                    except ValueError as error:
                        yield Problem(str(error), place)
        except (BrokenJsonError, UnreadableError) as error:
            yield Problem(f"the rest of the file can't be read: {error}", Place(f"{name}, message {number + 1}"))

    def _message(self, row: Mapping[str, Any], place: Place) -> Iterator[Item]:
        said, sender, recipient = row.get("id"), row.get("sender"), row.get("recipient")
        if not isinstance(said, int) or not isinstance(sender, int) or not isinstance(recipient, int):
            raise ValueError("it has no id, sender or recipient")
        if sender in self._system:
            yield Skipped("from Zulip's own bots", place)
            return
        at, text = times.from_number(row.get("date_sent")), clean(row.get("content")).strip("\n")
        room = ""
        for item in self._conversation(recipient, sender, place):
            if isinstance(item, str):
                room = item
            else:
                yield item
        yield from self._person(sender, place)
        if not text:
            yield Skipped("had no text", place)
            return
        reactions = self._reactions.of(said)
        for reaction in reactions:
            for person in reaction.who:
                yield from self._person(int(person), place)
        action = text.startswith("/me ")
        plain = self._topic(room, row) + self._plain(text[4:] if action else text)
        yield Message(
            str(said),
            room,
            str(sender),
            at,
            plain,
            reactions=reactions,
            attachments=[*self._linked(plain)] if "/user_uploads/" in plain else (),
            edited=_was_edited(row),
            bot=self._people.get(sender, ("", "", False))[2],
            action=action,
            place=place,
        )

    def _topic(self, room: str, row: Mapping[str, Any]) -> str:
        topic = clean(row.get("subject")).strip()
        wanted = room.startswith("stream:") and self.options.more.get("topics") != "none"
        return f"[{topic}] " if topic and wanted else ""

    def _plain(self, text: str) -> str:
        if "**" in text:
            text = _MENTION.sub(self._mention, text)
        url = self.options.more.get("url", "").rstrip("/")
        if url and "/user_uploads/" in text:
            text = _UPLOAD.sub(rf"]({url}\1)", text)
        return emojis.in_text(text)

    def _linked(self, text: str) -> Iterator[Attachment]:
        """The files that a text has links to."""
        url = self.options.more.get("url", "").rstrip("/")
        for link in _LINKED.finditer(text):
            label, host, path = link.groups()
            if host in (None, url):
                name = unquote(path.rpartition("/")[2])
                places = (f"{self._folder}uploads/{path}", f"{self._folder}uploads/{unquote(path)}")
                alt = label if label != name else ""
                yield Attachment(label or name, file=self.there(*places), alt=alt, inline=link[0])

    def may_be_attached(self, name: str) -> bool:
        return name.startswith(f"{self._folder}uploads/")

    def _mention(self, found: re.Match[str]) -> str:
        if stream := found[3]:
            name, _, topic = stream.partition(">")
            mark = room_mark(self._stream_named[name]) if name in self._stream_named else f"#{name}"
            return f"{mark} > {topic}" if topic else mark
        name, _, number = found[2].partition("|")
        person = int(number) if number.isdecimal() else self._by_name.get(name)
        return "@" + (person_mark(str(person)) if person in self._people and self.knows(str(person)) else name)


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value < 1 << 63


def _was_edited(row: Mapping[str, Any]) -> bool:
    """Whether the text was changed; a move to another topic is no change of it."""
    history = row.get("edit_history")
    if not isinstance(history, str) or not history:
        return bool(row.get("last_edit_time"))
    try:
        return any("prev_content" in mapping(entry) for entry in items_of(json.loads(history)))
    except (ValueError, RecursionError):
        return True
