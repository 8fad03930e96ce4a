"""Discord: the JSON of DiscordChatExporter (`-f Json`), one file for each channel, in a folder or a ZIP.

Format: JsonMessageWriter.cs of <https://github.com/Tyrrrz/DiscordChatExporter>. A thread's messages go to the
channel that it belongs to, and answer the message that began it, whose id is the thread's. A private thread
is a room of its own.

The export does not say who may read a channel: `private` of the options makes every room private, with those
who spoke there as its members. Direct conversations and private threads always are.

With `--media`, the URL of an attachment is the path of a file, from the folder in which the JSON is. Somebody may
have attached JSON: what a message refers to is no channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from chatstore.importing.reading import times
from chatstore.importing.reading.fields import items_of, mapping
from chatstore.importing.reading.files import Files, UnreadableError, one, open_files
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

_SAID = {"Default", "Reply", "20", "23", "ChatInputCommand", "ContextMenuCommand", "ApplicationCommand"}
_NOT_SAID = {
    "RecipientAdd": "joined",
    "RecipientRemove": "left",
    "Call": "a call",
    "ChannelNameChange": "renamed the room",
    "ChannelIconChange": "changed the room's picture",
    "ChannelPinnedMessage": "pinned a message",
    "GuildMemberJoin": "joined",
    "ThreadCreated": "began a thread",
    "ThreadStarterMessage": "began a thread",
    "21": "began a thread",
    **dict.fromkeys(("8", "9", "10", "11"), "boosted the server"),
    **dict.fromkeys(
        ("12", "14", "15", "16", "17", "22", "24", "25", "26", "27", "28", "29", "31", "32"), "from Discord itself"
    ),
    **dict.fromkeys(("36", "37", "38", "39", "44", "46"), "from Discord itself"),
}
_FOLDER = "_Files"
"""Behind the name of a channel's file: the folder with its attachments, unless another one was named."""
_IN_FOLDER = re.compile(rf"\.json{_FOLDER}/", re.IGNORECASE)
_FETCHED = re.compile(r".+-[0-9A-Fa-f]{5}\.json", re.IGNORECASE)
"""The name that DiscordChatExporter gives a JSON file that it has fetched."""
_REFERENCE = re.compile(r"<(@[!&]?|#|a?:[A-Za-z0-9_]+:|t:)(-?\d+)(?::[A-Za-z])?>")
_NO_ONE = "0000"
"""The discriminator of webhooks, of which one may speak under many names, and of deleted people."""


def open_source(path: Path, options: Options) -> Source:
    files = open_files(path, [path.name + _FOLDER])
    channels: list[_Channel] = []
    problems: list[Problem] = []
    found = [name for name in files.names() if name.lower().endswith(".json") and not _IN_FOLDER.search(name)]
    for name in found:
        try:
            with one(files, name) as file:
                channel = _head(name, file)
            channels.append(channel)
        except (UnreadableError, BrokenJsonError, ValueError) as error:
            if not _FETCHED.fullmatch(name):
                problems.append(Problem(f"this is no channel of Discord: {error}", Place(name)))
    if any(_FETCHED.fullmatch(channel.name) for channel in channels):
        channels = _without_attached(files, channels)
    if not channels:
        files.close()
        hint = ": it is not JSON; export again with `-f Json`" if not found else ""
        raise SourceError(f"{path} has no channel that DiscordChatExporter wrote{hint or ': ' + problems[0].why}")
    return DiscordReader(files, options, channels, problems)


@dataclass
class _Channel:
    name: str
    guild: Mapping[str, Any]
    fields: Mapping[str, Any]
    authors: dict[str, str] = field(default_factory=dict)
    """Who speaks there: ids and names."""

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def kind(self) -> str:
        return str(self.fields.get("type"))

    @property
    def folder(self) -> str:
        """In which its file is, as a prefix."""
        return self.name[: self.name.rfind("/") + 1]

    @property
    def parent(self) -> str:
        """The channel whose thread it is; empty if it is none."""
        thread = "Thread" in self.kind and "Private" not in self.kind
        return clean(self.fields.get("categoryId")) if thread else ""


def _head(name: str, file: IO[bytes]) -> _Channel:
    """What the file says before its messages. Raises ValueError if it is another kind of file."""
    guild: Mapping[str, Any] = {}
    channel: Mapping[str, Any] = {}
    stream = JsonStream(file)
    for key in stream.object_keys():
        if key == "messages":
            break
        value = stream.value()
        guild = mapping(value) if key == "guild" else guild
        channel = mapping(value) if key == "channel" else channel
    else:
        raise ValueError("it has no messages")
    if not isinstance(channel.get("id"), str):
        raise ValueError("it does not name its channel")
    return _Channel(name, guild, channel)


def _without_attached(files: Files, channels: list[_Channel]) -> list[_Channel]:
    """Those that are not somebody's attachment."""
    attached = set()
    for channel in channels:
        try:
            with one(files, channel.name) as file:
                for record in _messages(JsonStream(file)):
                    links = (mapping(each).get("url") for each in items_of(mapping(record).get("attachments")))
                    attached |= {path for link in links if (path := _path_of(channel, link)) != channel.name}
        except (UnreadableError, BrokenJsonError):
            pass  # it is reported when it is read
    return [channel for channel in channels if channel.name not in attached]


def _path_of(channel: _Channel, link: object) -> str:
    """The path of an attachment in the export; empty if the link leads to elsewhere."""
    path = clean(link).replace("\\", "/").removeprefix("./")
    return "" if path.startswith(("http:", "https:")) or not path else channel.folder + path


class DiscordReader(FilesReader):
    tells_private = False

    def __init__(self, files: Files, options: Options, channels: list[_Channel], problems: list[Problem]) -> None:
        super().__init__(files, options)
        self._channels = {channel.name: channel for channel in channels}
        self._ids = {channel.id for channel in channels}
        self._problems = problems
        guild = channels[0].guild
        self.scope = clean(guild.get("id"))
        self.title = f"the Discord server {short(clean(guild.get('name')) or self.scope)}"
        self._rooms: set[str] = set()

    def items(self) -> Iterator[Item]:
        self.files.read = 0
        return sorted_messages(self._items())

    def _items(self) -> Iterator[Item]:
        yield from self._problems
        for channel in self._channels.values():
            if self._is_private(channel):
                self._find_authors(channel)
        told: dict[str, dict[str, str]] = {}
        for channel in self._channels.values():  # several files may have parts of one channel
            told.setdefault(channel.id, {}).update(channel.authors)
        self.files.read = 0
        for name, file in self.files.each(self._channels.__contains__):
            channel = self._channels[name]
            yield from self._room(channel, told[channel.id])
            number = 0
            try:
                for number, record in enumerate(_messages(JsonStream(file)), 1):
                    yield from self._record(channel, record, Place(f"{name}, message {number}"))
            except (UnreadableError, BrokenJsonError) as error:
                yield Problem(
                    f"the rest of the file can't be read: {error}", Place(f"{name}, message {number + 1}")
                )

    # -- rooms and people -----------------------------------------------------------------------

    def _is_private(self, channel: _Channel) -> bool:
        return channel.kind.startswith("Direct") or "Private" in channel.kind or self.options.private

    def _find_authors(self, channel: _Channel) -> None:
        try:
            with one(self.files, channel.name) as file:
                for record in _messages(JsonStream(file)):
                    author = mapping(mapping(record).get("author"))
                    if author:
                        channel.authors[_id_of(author)] = clean(author.get("name"))
        except (UnreadableError, BrokenJsonError):
            pass  # it is reported when it is read

    def _room(self, channel: _Channel, authors: Mapping[str, str]) -> Iterator[Item]:
        room, place = channel.parent or channel.id, Place(channel.name)
        if room in self._rooms or (channel.parent and channel.parent in self._ids):
            return
        self._rooms.add(room)
        name = clean(channel.fields.get("category" if channel.parent else "name")) or room
        private = self._is_private(channel)
        members, direct = list(authors), channel.kind == "DirectTextChat" and len(authors) <= 2
        for who in members:
            yield from self.meet(who, authors[who] or who, place=place)
        if direct and len(members) < 2:  # the other one has said nothing
            other = name if name not in authors.values() else "unknown"
            members.append(f"{channel.id}:{other}")
            yield from self.meet(members[-1], other, place=place)
        topic = clean(channel.fields.get("topic")) if not channel.parent else ""
        yield Room(
            room,
            name,
            kind="direct" if direct else "room",
            private=private,
            topic=topic,
            members=members if private else (),
            place=place,
        )

    def _person(self, fields: Mapping[str, Any], place: Place) -> Iterator[Person]:
        who = _id_of(fields)
        name = clean(fields.get("name")) or who
        yield from self.meet(who, name, clean(fields.get("nickname")), bot=fields.get("isBot") is True, place=place)

    # -- what was said --------------------------------------------------------------------------

    def _record(self, channel: _Channel, record: object, place: Place) -> Iterator[Item]:
        fields = mapping(record)
        kind = str(fields.get("type"))
        if kind in _NOT_SAID:
            yield Skipped(_NOT_SAID[kind], place)
        elif kind not in _SAID:
            yield Problem(f"an unknown type of message: {short(kind)}", place)
        else:
            try:
                yield from self._message(channel, kind, fields, place)
            except ValueError as error:
                yield Problem(str(error), place)

    def _message(self, channel: _Channel, kind: str, fields: Mapping[str, Any], place: Place) -> Iterator[Item]:
        author, said = mapping(fields.get("author")), fields.get("id")
        if not author.get("id") or not said:
            yield Problem("it has no id, or nobody is named who said it", place)
            return
        at = times.from_iso(fields.get("timestamp"))
        yield from self._person(author, place)
        for mentioned in map(mapping, items_of(fields.get("mentions"))):
            if mentioned.get("id"):
                yield from self._person(mentioned, place)
        attachments, text = list(self._attachments(channel, fields)), self._plain(clean(fields.get("content")))
        forwarded = mapping(fields.get("forwardedMessage"))
        if forwarded:
            text = "\n".join(
                part for part in (text, "Forwarded:", self._plain(clean(forwarded.get("content")))) if part
            )
            attachments += self._attachments(channel, forwarded)
        if not text or author.get("isBot") is True:
            text = "\n".join(part for part in (text, self._embedded(fields)) if part)
        reactions = []
        for one_reaction in map(mapping, items_of(fields.get("reactions"))):
            people = [person for person in map(mapping, items_of(one_reaction.get("users"))) if person.get("id")]
            for person in people:
                if not self.knows(_id_of(person)):
                    yield from self._person(person, place)
            value = _emoji(mapping(one_reaction.get("emoji")))
            if value:
                reactions.append(Reaction(value, tuple(_id_of(person) for person in people)))
        if not text and not attachments:
            yield Skipped("had no text", place)
            return
        yield Message(
            str(said),
            channel.parent or channel.id,
            _id_of(author),
            at,
            text,
            answers=self._answered(channel, kind, fields),
            reactions=reactions,
            attachments=attachments,
            edited=bool(fields.get("timestampEdited")),
            bot=author.get("isBot") is True,
            place=place,
        )

    def _attachments(self, channel: _Channel, fields: Mapping[str, Any]) -> Iterator[Attachment]:
        for file in map(mapping, items_of(fields.get("attachments"))):
            path = _path_of(channel, file.get("url"))
            name = clean(file.get("fileName")) or path.rpartition("/")[2] or "file"
            yield Attachment(name, _link(file.get("url")), self.there(path) if path else "")
        for sticker in map(mapping, items_of(fields.get("stickers"))):
            yield Attachment(clean(sticker.get("name")) or "sticker", _link(sticker.get("sourceUrl")))

    def may_be_attached(self, name: str) -> bool:
        return name not in self._channels

    def _answered(self, channel: _Channel, kind: str, fields: Mapping[str, Any]) -> str:
        reference = mapping(fields.get("reference"))
        if kind == "Reply" and reference.get("messageId") and reference.get("type") != "Forward":
            return str(reference["messageId"])
        return channel.id if channel.parent and str(fields["id"]) != channel.id else ""

    def _plain(self, text: str) -> str:
        return _REFERENCE.sub(self._reference, text) if "<" in text else text

    def _reference(self, found: re.Match[str]) -> str:
        sign, number = found[1], found[2]
        if sign in ("@", "@!") and self.knows(number):
            return "@" + person_mark(number)
        if sign == "#" and number in self._rooms:
            return room_mark(number)
        if sign.endswith(":") and sign != "t:":
            return sign.removeprefix("a")
        return found[0]

    def _embedded(self, fields: Mapping[str, Any]) -> str:
        found: list[str] = []
        for embed in map(mapping, items_of(fields.get("embeds"))):
            parts = [clean(embed.get(key)) for key in ("title", "url", "description")]
            for part in map(mapping, items_of(embed.get("fields"))):
                parts.append(f"{clean(part.get('name'))}: {clean(part.get('value'))}")
            found += [
                self._plain(part) for part in parts if part.strip() and part not in clean(fields.get("content"))
            ]
        return "\n".join(found)


def _messages(stream: JsonStream) -> Iterator[Any]:
    for key in stream.object_keys():
        if key == "messages":
            yield from stream.elements()
        else:
            stream.value()


def _id_of(person: Mapping[str, Any]) -> str:
    who = str(person["id"]) if person.get("id") else "nobody"
    return (
        f"{who}/{clean(person.get('name'))}"
        if person.get("discriminator") == _NO_ONE and person.get("isBot")
        else who
    )


def _emoji(fields: Mapping[str, Any]) -> str:
    name = clean(fields.get("name"))
    return f":{name.strip(':')}:" if name and (fields.get("id") or name.isascii()) else name


def _link(link: object) -> str:
    return text if (text := clean(link)).startswith(("http:", "https:")) else ""
