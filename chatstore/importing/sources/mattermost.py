"""Mattermost: the bulk export, as JSONL or as the ZIP with it.

Format: <https://docs.mattermost.com/onboard/bulk-loading-data-format.html>. A line is an object: `version`,
then `team`, `channel`, `user`, `post`, `direct_channel`, `direct_post`, in that order of kinds. A room is a
team's channel, or the people of a direct conversation; a person is a username. Answers stand in the post that
they answer.

Posts have no ids, and a later export may have another text of one. So an id is made of room, time and person.

An attachment is a path: of a file in `data/` of the ZIP, or beside the JSONL file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chatstore.importing.reading import emojis, times
from chatstore.importing.reading.fields import items_of, mapping
from chatstore.importing.reading.files import Files, UnreadableError, open_files
from chatstore.importing.reading.reader import FilesReader
from chatstore.importing.reading.sorting import sorted_messages
from chatstore.importing.reading.text import clean, lines, short
from chatstore.importing.source import (
    Attachment,
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
    person_mark,
    room_mark,
)

_SAID = {"", "me", "slack_attachment", "burn_on_read"}
_IGNORED = {"version", "info", "role", "scheme", "emoji", "team", "bot"}
_OLD_SYSTEM = re.compile(r"\S+ (joined|left|added to|removed from) the (?:team|channel)(?: by \S+)?\.")
"""What older versions exported of joins and such, as posts without a type."""
_OLD_KINDS = {"joined": "joined", "left": "left", "added to": "joined", "removed from": "left"}
_SYSTEM_KINDS = {
    **dict.fromkeys(("join_channel", "guest_join_channel", "add_to_channel", "add_guest_to_chan"), "joined"),
    **dict.fromkeys(("join_team", "add_to_team"), "joined"),
    **dict.fromkeys(("leave_channel", "remove_from_channel", "leave_team", "remove_from_team"), "left"),
    **dict.fromkeys(("header_change", "purpose_change"), "changed the topic"),
    "displayname_change": "renamed the room",
    **dict.fromkeys(("channel_deleted", "channel_restored"), "archived the room"),
    **dict.fromkeys(("change_chan_privacy", "convert_channel", "move_channel"), "changed the room's settings"),
}
"""The types of posts that tell what was done, without "system_"; those that are not here are told as they are."""
_ROOM_KINDS = {"channel", "user", "direct_channel"}
_FOLDERS = ("data", "bulk-export-attachments")
"""Where attachments are; the second one is that of other programs that write this format."""
_NAMED = re.compile(r"(?<![\w@~/])([@~])([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)


def open_source(path: Path, options: Options) -> Source:
    files = open_files(path, _FOLDERS)
    found = [name for name in files.names() if name.endswith((".jsonl", ".json"))] or files.names()[:1]
    for name in sorted(found, key=lambda name: name.count("/")):  # what is deeper may be somebody's attachment
        if (line := _first_line(files, name)) is not None and line.get("type") == "version":
            return MattermostReader(files, options, name, path.name, line)
    files.close()
    raise SourceError(
        f'{path} is no bulk export of Mattermost: its first line is not of the type "version". Make one by '
        "`mmctl export create`, and name the ZIP or the JSONL file"
    )


def _first_line(files: Files, name: str) -> dict[str, Any] | None:
    for _, file in files.each(lambda other: other == name):
        try:
            line = json.loads(next(iter(lines(file)), "") or "")
        except (ValueError, UnreadableError, RecursionError):
            return None
        return line if isinstance(line, dict) else None
    return None


class MattermostReader(FilesReader):
    def __init__(self, files: Files, options: Options, name: str, title: str, version: Mapping[str, Any]) -> None:
        super().__init__(files, options)
        self._name, self.title = name, f"the Mattermost export {title}"
        self._folder = name[: name.rfind("/") + 1]
        self._made = MadeIds()
        self._rooms: dict[str, Room] = {}
        self._members: dict[str, dict[str, None]] = {}
        """By room: the people that its users' lines name."""
        self._told_rooms = False
        self._by_name: dict[str, str] = {}
        """The room of a channel's name, for links to it."""
        if (number := version.get("version")) != 1:
            raise SourceError(f"{title} has version {short(number)} of Mattermost's format, and only 1 is known")

    def items(self) -> Iterator[Item]:
        self.files.read = 0
        return sorted_messages(self._items())

    def _items(self) -> Iterator[Item]:
        for _, file in self.files.each(lambda name: name == self._name):
            number = 0
            try:
                for number, line in enumerate(lines(file), 1):
                    yield from self._line(line, Place(self._name, number))
            except UnreadableError as error:
                yield Problem(str(error), Place(self._name, number + 1))
        yield from self._rooms_now()

    def _line(self, line: str | None, place: Place) -> Iterator[Item]:
        if line is not None and not line.strip():
            return
        try:
            record = json.loads(line or "")
        except (ValueError, RecursionError):
            yield Problem("this line is not JSON", place)
            return
        kind = mapping(record).get("type")
        kind = kind if isinstance(kind, str) else str(kind)
        fields = mapping(record).get(kind)
        if kind in _IGNORED:
            return
        if kind not in (*_ROOM_KINDS, "post", "direct_post") or not isinstance(fields, dict):
            yield Problem(f"an unknown type of line: {short(kind)}", place)
            return
        try:
            if kind == "channel":
                self._channel(fields, place)
            elif kind == "user":
                yield from self._user(fields, place)
            else:
                yield from self._rooms_now()
                yield from self._said(kind, fields, place)
        except ValueError as error:
            yield Problem(str(error), place, lost=kind not in _ROOM_KINDS)

    # -- people and rooms -----------------------------------------------------------------------

    def _channel(self, fields: Mapping[str, Any], place: Place) -> None:
        team, name = _text(fields, "team"), _text(fields, "name")
        room = f"{team}/{name}"
        topic = clean(fields.get("header")) or clean(fields.get("purpose"))
        private = fields.get("type") != "O" or self.options.private
        title = clean(fields.get("display_name")) if _is_made(name) else name
        self._rooms[room] = Room(room, title or name, private=private, topic=topic, place=place)
        self._by_name.setdefault(name, room)

    def _user(self, fields: Mapping[str, Any], place: Place) -> Iterator[Person]:
        who = _text(fields, "username")
        full = f"{clean(fields.get('first_name'))} {clean(fields.get('last_name'))}".strip()
        yield from self.meet(who, who, clean(fields.get("nickname")), full, place=place)
        for team in map(mapping, items_of(fields.get("teams"))):
            for channel in map(mapping, items_of(team.get("channels"))):
                self._members.setdefault(f"{team.get('name')}/{channel.get('name')}", {})[who] = None

    def _rooms_now(self) -> Iterator[Room]:
        """The channels, once all users and with them all members are known."""
        if not self._told_rooms:
            self._told_rooms = True
            for key, room in self._rooms.items():
                members = tuple(self._members.get(key, ()))
                yield Room(key, room.name, room.kind, room.private, room.topic, members, (), room.place)

    def _room(self, kind: str, fields: Mapping[str, Any], place: Place) -> tuple[str, list[Item]]:
        if kind == "post":
            room = f"{_text(fields, 'team')}/{_text(fields, 'channel')}"
            if room in self._rooms:
                return room, []
            problem = Problem(
                f"no line names the channel {short(room)}: it becomes a private room", place, lost=False
            )
            self._rooms[room] = Room(room, room.partition("/")[2], private=True, place=place)
            return room, [problem, self._rooms[room]]
        key = "channel_members" if kind == "direct_post" else "members"
        people = [
            mapping(one).get("username", one) for one in items_of(fields.get(key) or fields.get("participants"))
        ]
        members = sorted({clean(person) for person in people} - {""})
        if not members:
            raise ValueError("a direct conversation without members")
        room = "direct:" + ",".join(members)
        if room in self._rooms:
            return room, []
        told = [person for member in members for person in self._person(member, place)]
        direct = len(members) <= 2
        self._rooms[room] = Room(
            room,
            "-".join(members),
            kind="direct" if direct else "room",
            private=True,
            topic=clean(fields.get("header")),
            members=members,
            place=place,
        )
        return room, [*told, self._rooms[room]]

    def _person(self, who: str, place: Place, bot: bool = False) -> Iterator[Person]:
        if not self.knows(who):
            yield from self.meet(who, who.removeprefix("webhook:"), bot=bot, place=place)

    # -- what was said --------------------------------------------------------------------------

    def _said(self, kind: str, fields: Mapping[str, Any], place: Place) -> Iterator[Item]:
        room, told = self._room(kind, fields, place)
        yield from told
        if kind == "direct_channel":
            return
        post, found = self._message(room, fields, place, "")
        yield from found
        for reply in items_of(fields.get("replies")):
            try:
                yield from self._message(room, mapping(reply), place, post)[1]
            except ValueError as error:
                yield Problem(f"an answer: {error}", place)

    def _message(self, room: str, fields: Mapping[str, Any], place: Place, answers: str) -> tuple[str, list[Item]]:
        kind, props = clean(fields.get("type")), mapping(fields.get("props"))
        if kind.startswith("system_"):
            return "", [Skipped(_SYSTEM_KINDS.get(kind[7:], kind[7:].replace("_", " ")), place)]
        if kind not in _SAID and not kind.startswith("custom_"):
            return "", [Problem(f"an unknown type of post: {short(kind)}", place)]
        if "type" not in fields and (old := _OLD_SYSTEM.fullmatch(clean(fields.get("message")))):
            return "", [Skipped(_OLD_KINDS[old[1]], place)]
        at, who = times.from_number(fields.get("create_at"), 1000), _text(fields, "user")
        hook = clean(props.get("override_username")) if props.get("from_webhook") else ""
        who, bot = (f"webhook:{hook}" if hook else who), bool(props.get("from_webhook") or props.get("from_bot"))
        made = self._made(room, at, who, "")
        text = self._plain(clean(fields.get("message")))
        if kind == "me":
            text = text.removeprefix("*").removesuffix("*")
        text = "\n".join(part for part in (text, _attached(props)) if part)
        attachments = [self._attachment(mapping(one)) for one in items_of(fields.get("attachments"))]
        if not text and not attachments:
            return made, [Skipped("had no text", place)]
        reactions = [
            Reaction(emojis.from_name(clean(one.get("emoji_name"))), (clean(one.get("user")),))
            for one in map(mapping, items_of(fields.get("reactions")))
            if clean(one.get("emoji_name")) and clean(one.get("user"))
        ]
        people = [person for reaction in reactions for one in reaction.who for person in self._person(one, place)]
        said = Message(
            made,
            room,
            who,
            at,
            text,
            answers=answers,
            reactions=reactions,
            attachments=attachments,
            edited=bool(fields.get("edit_at")),
            bot=bot,
            action=kind == "me",
            place=place,
        )
        return made, [*self._person(who, place, bot), *people, said]

    def _attachment(self, fields: Mapping[str, Any]) -> Attachment:
        path = clean(fields.get("path")).replace("\\", "/")
        file = self.there(f"{self._folder}data/{path}", self._folder + path)
        return Attachment(path.rpartition("/")[2] or "file", file=file)

    def may_be_attached(self, name: str) -> bool:
        return name.startswith(tuple(f"{self._folder}{folder}/" for folder in _FOLDERS))

    def _plain(self, text: str) -> str:
        return emojis.in_text(_NAMED.sub(self._named, text) if "@" in text or "~" in text else text)

    def _named(self, found: re.Match[str]) -> str:
        sign, name = found[1], found[2].lower()
        rest = name[len(name.rstrip("._-")) :]
        for candidate, behind in ((name, ""), (name.rstrip("._-"), rest)):
            if sign == "@" and self.knows(candidate):
                return f"@{person_mark(candidate)}{behind}"
            if sign == "~" and candidate in self._by_name:
                return room_mark(self._by_name[candidate]) + behind
        return found[0]


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = clean(fields.get(key))
    if not value:
        raise ValueError(f"it has no {key}")
    return value


def _is_made(name: str) -> bool:
    """Whether a channel's name is 26 characters that Mattermost made up, as for names that have no Latin
    letters."""
    return len(name) == 26 and name.isalnum()


def _attached(props: Mapping[str, Any]) -> str:
    found: list[str] = []
    for one in map(mapping, items_of(props.get("attachments"))):
        fields = [
            f"{clean(field.get('title'))}: {clean(field.get('value'))}"
            for field in map(mapping, items_of(one.get("fields")))
        ]
        parts = [clean(one.get(key)) for key in ("pretext", "title", "title_link", "text")]
        found += [part for part in (*parts, *fields) if part.strip()] or [clean(one.get("fallback"))]
    return "\n".join(part for part in found if part)
