"""Slack: the ZIP of a workspace's export, or the folder that was unpacked from it.

Format: <https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports>. `users.json` has the
people; `channels.json`, `groups.json`, `mpims.json` and `dms.json` the public and private channels and the
direct conversations; each has a folder of its name (a direct conversation: of its id) with a JSON array for
each day.

A message's id is its room's with its `ts`, which is unique there. An answer in a thread answers the thread's
first message.

Slack's export has links to files. Programs that fetch them put them beside: `__uploads/ID/name`, or
`ROOM/attachments/ID-name`, as in source/filestorage.go of <https://github.com/rusq/slackdump>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chatstore.importing.reading import emojis, times
from chatstore.importing.reading.fields import items_of, mapping
from chatstore.importing.reading.files import Files, UnreadableError, one, open_files, top
from chatstore.importing.reading.json_stream import BrokenJsonError, JsonStream
from chatstore.importing.reading.mrkdwn import as_markdown
from chatstore.importing.reading.reader import FilesReader
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

_SAID = {
    "",
    "bot_message",
    "me_message",
    "file_share",
    "file_comment",
    "file_mention",
    "thread_broadcast",
    "reply_broadcast",
    "slackbot_response",
    "document_mention",
}
_NOT_SAID = {
    "channel_join": "joined",
    "group_join": "joined",
    "channel_leave": "left",
    "group_leave": "left",
    "channel_topic": "changed the topic",
    "group_topic": "changed the topic",
    "channel_purpose": "changed the topic",
    "group_purpose": "changed the topic",
    "channel_name": "renamed the room",
    "group_name": "renamed the room",
    "channel_archive": "archived the room",
    "group_archive": "archived the room",
    "channel_unarchive": "archived the room",
    "group_unarchive": "archived the room",
    "channel_convert_to_private": "changed the room's settings",
    "channel_convert_to_public": "changed the room's settings",
    "channel_posting_permissions": "changed the room's settings",
    "pinned_item": "pinned a message",
    "unpinned_item": "pinned a message",
    "bot_add": "added or removed a bot",
    "bot_remove": "added or removed a bot",
    "bot_enable": "added or removed a bot",
    "bot_disable": "added or removed a bot",
    "app_conversation_join": "joined",
    "app_conversation_leave": "left",
    "bot_app_conversation_join": "joined",
    "reminder_add": "set a reminder",
    "reminder_delete": "set a reminder",
    "tombstone": "was deleted",
    "message_deleted": "was deleted",
    "message_changed": "a record of a change",
    "message_replied": "a record of a change",
    "huddle_thread": "a call",
    "sh_room_created": "a call",
    "sh_room_shared": "a call",
    "ekm_access_denied": "was withheld by Slack",
}
_LINK = re.compile(r"<([^<>\n]+)>")
_DAY = re.compile(r"[^/]+/\d{4}-\d\d-\d\d\.json")
_FILE = re.compile(r"__uploads/([A-Za-z0-9]+)/[^/]+|[^/]+/attachments/([A-Za-z0-9]+)-[^/]+")
_GONE = ("tombstone", "hidden_by_limit")


def open_source(path: Path, options: Options) -> Source:
    files = open_files(path)
    names = files.names()
    folder = top(names, "users.json", "channels.json", "groups.json", "mpims.json", "dms.json")
    if folder is None or f"{folder}users.json" not in names:
        files.close()
        raise SourceError(
            f"{path} is no export of Slack: there is no users.json in it. Name the ZIP that Slack made, or the "
            "folder that was unpacked from it"
        )
    return SlackReader(files, options, folder, path.name)


@dataclass(frozen=True, slots=True)
class _User:
    name: str
    others: tuple[str, ...]
    bot: bool


class SlackReader(FilesReader):
    def __init__(self, files: Files, options: Options, folder: str, title: str) -> None:
        super().__init__(files, options)
        self._folder, self.title = folder, f"the Slack export {title}"
        self._problems: list[Problem] = []
        self._users: dict[str, _User] = {}
        self._rooms: dict[str, Room] = {}
        """By the name of their folder."""
        for user, _ in self._records("users.json"):
            self._note_user(user)
        self._read_rooms()
        self._room_names = {room.id: room.name for room in self._rooms.values()}
        self._file_names = self._find_files()

    # -- people and rooms -----------------------------------------------------------------------

    def _records(self, name: str) -> Iterator[tuple[dict[str, Any], Place]]:
        full = self._folder + name
        if full not in self.files.names():
            return
        try:
            with one(self.files, full) as file:
                for number, record in enumerate(JsonStream(file).elements(), 1):
                    place = Place(f"{full}, entry {number}")
                    if isinstance(record, dict) and clean(record.get("id")):
                        yield record, place
                    else:
                        self._problems.append(Problem("this is no entry with an id", place, lost=False))
        except (UnreadableError, BrokenJsonError) as error:
            self._problems.append(Problem(f"the rest can't be read: {error}", Place(full), lost=False))

    def _note_user(self, user: Mapping[str, Any]) -> None:
        profile = mapping(user.get("profile"))
        names = [clean(user.get("name")), clean(profile.get("display_name")), clean(profile.get("real_name"))]
        found = [name for name in (*names, clean(user.get("real_name"))) if name.strip()] or [user["id"]]
        self._users[user["id"]] = _User(found[0], tuple(found[1:]), bool(user.get("is_bot")))
        self.scope = self.scope or clean(user.get("team_id"))

    def _read_rooms(self) -> None:
        for name, private in (
            ("channels.json", False),
            ("groups.json", True),
            ("mpims.json", True),
            ("dms.json", True),
        ):
            for record, place in self._records(name):
                members = tuple(dict.fromkeys(filter(None, map(clean, items_of(record.get("members"))))))
                direct = name == "dms.json" and 1 <= len(members) <= 2
                title = clean(record.get("name")) or record["id"]
                folder = record["id"] if name == "dms.json" else title
                if name == "mpims.json" or (name == "dms.json" and not direct):
                    title = "-".join(self._name_of(member) for member in members) or title
                creator = record.get("creator")
                self._rooms[folder] = Room(
                    record["id"],
                    title,
                    kind="direct" if direct else "room",
                    private=private or self.options.private,
                    topic=_topic(record) if name in ("channels.json", "groups.json") else "",
                    members=members,
                    operators=(creator,) if creator in members and not direct else (),
                    place=place,
                )

    def _name_of(self, user: str) -> str:
        return self._users[user].name if user in self._users else user

    def _person(self, user: str, place: Place) -> Iterator[Person]:
        if user in self._users:
            known = self._users[user]
            yield from self.meet(user, known.name, *known.others, bot=known.bot, place=place)
        elif not self.knows(user):
            name = "slackbot" if user == "USLACKBOT" else user
            yield from self.meet(user, name, bot=user == "USLACKBOT", place=place)

    # -- what was said --------------------------------------------------------------------------

    def items(self) -> Iterator[Item]:
        yield from self._problems
        self.files.read = 0
        for room in self._rooms.values():
            for member in room.members:
                yield from self._person(member, room.place)
            yield room
        for name, file in self.files.each(self._is_day):
            room_folder = name[len(self._folder) :].rpartition("/")[0]
            if room_folder not in self._rooms:
                yield from self._unlisted(room_folder, name)
            try:
                yield from self._day(self._rooms[room_folder], name, JsonStream(file))
            except UnreadableError as error:
                yield Problem(str(error), Place(name))

    def _is_day(self, name: str) -> bool:
        return name.startswith(self._folder) and bool(_DAY.fullmatch(name[len(self._folder) :]))

    def _unlisted(self, folder: str, name: str) -> Iterator[Item]:
        """A folder that no list has, as if the list was lost: nobody knows who may read it, so it is
        private."""
        place = Place(name)
        room = Room(f"folder:{folder}", folder, private=True, place=place)
        self._rooms[folder] = room
        yield Problem(
            f"no list of rooms has '{short(folder)}': it becomes a private room without members", place, lost=False
        )
        yield room

    def _day(self, room: Room, name: str, stream: JsonStream) -> Iterator[Item]:
        said: list[Message] = []
        number = 0
        try:
            for number, record in enumerate(stream.elements(), 1):
                for item in self._record(room, record, Place(f"{name}, message {number}")):
                    if isinstance(item, Message):
                        said.append(item)
                    else:
                        yield item
        except BrokenJsonError as error:
            yield Problem(f"the rest of the file can't be read: {error}", Place(f"{name}, message {number + 1}"))
        said.sort(key=lambda message: message.at)  # other programs write answers behind what they answer
        yield from said

    def _record(self, room: Room, record: object, place: Place) -> Iterator[Item]:
        if not isinstance(record, dict) or record.get("type", "message") != "message":
            kind = record.get("type") if isinstance(record, dict) else record
            yield Problem(f"an unknown type: {short(kind)}", place)
            return
        kind = clean(record.get("subtype"))
        if kind in _NOT_SAID:
            yield Skipped(_NOT_SAID[kind], place)
        elif record.get("hidden") is True:
            yield Skipped("was hidden", place)
        elif kind not in _SAID:
            yield Problem(f"an unknown kind of message: {short(kind)}", place)
        else:
            try:
                yield from self._message(room, kind, record, place)
            except ValueError as error:
                yield Problem(str(error), place)

    def _message(self, room: Room, kind: str, record: dict[str, Any], place: Place) -> Iterator[Item]:
        at = times.from_number(record.get("ts"))
        who, person = self._author(record, place)
        if not who:
            yield Problem("nobody is named who said it", place)
            return
        yield from person
        thread = clean(record.get("thread_ts"))
        bot = kind == "bot_message" or bool(record.get("bot_id"))
        text = self._plain(clean(record.get("text")))
        attachments = list(self._files(record))
        more = self._attached(record) if bot or not text else ""
        reactions = []
        for reaction in self._reactions(record):
            for user in reaction.who:
                yield from self._person(user, place)
            reactions.append(reaction)
        text = "\n".join(part for part in (text, more) if part)
        if not text and not attachments:
            yield Skipped("had no text", place)
            return
        yield Message(
            f"{room.id}:{record['ts']}",
            room.id,
            who,
            at,
            text,
            answers=f"{room.id}:{thread}" if thread and thread != str(record["ts"]) else "",
            reactions=reactions,
            attachments=attachments,
            edited=isinstance(record.get("edited"), dict),
            bot=bot,
            action=kind == "me_message",
            place=place,
        )

    def _author(self, record: Mapping[str, Any], place: Place) -> tuple[str, Iterator[Person]]:
        user, bot = record.get("user"), record.get("bot_id")
        if isinstance(user, str) and user:
            profile = mapping(record.get("user_profile"))
            if user not in self._users and profile:  # somebody of another workspace
                self._note_user({"id": user, "profile": profile, "name": profile.get("name")})
            return user, self._person(user, place)
        name = clean(record.get("username")) or clean(mapping(record.get("bot_profile")).get("name"))
        comment = mapping(record.get("comment")).get("user")
        if not name and not bot and isinstance(comment, str):
            return comment, self._person(comment, place)
        name = name or (f"bot-{bot}" if bot else "")
        who = f"bot:{bot or ''}/{name}" if name else ""
        return who, self.meet(who, name, bot=True, place=place)

    def _reactions(self, record: Mapping[str, Any]) -> Iterator[Reaction]:
        for reaction in items_of(record.get("reactions")):
            name, users = mapping(reaction).get("name"), items_of(mapping(reaction).get("users"))
            if isinstance(name, str) and name:
                yield Reaction(emojis.from_name(name), tuple(filter(None, map(clean, users))))

    def _files(self, record: Mapping[str, Any]) -> Iterator[Attachment]:
        for file in [*items_of(record.get("files")), record.get("file")]:
            fields = mapping(file)
            if not fields:
                continue
            name = clean(fields.get("name")) or clean(fields.get("title")) or "file"
            if fields.get("mode") in _GONE:
                yield Attachment(f"{name} (deleted)")
                continue
            link = self._link(clean(fields.get("url_private")) or clean(fields.get("permalink")))
            known = self._file_names.get(clean(fields.get("id")), [])
            exact = [path for path in known if path.endswith((f"/{name}", f"-{name}"))]
            file = next(iter(exact or known), "")
            elsewhere = fields.get("is_external") is True and not file
            yield Attachment(name, link, None if elsewhere else file, clean(fields.get("alt_txt")))

    def _find_files(self) -> dict[str, list[str]]:
        """The names of files that are there, by their ids."""
        found: dict[str, list[str]] = {}
        for name in filter(self.may_be_attached, self.files.attachments()):
            match = _FILE.fullmatch(name[len(self._folder) :])
            assert match is not None
            found.setdefault(match[1] or match[2], []).append(name)
        return found

    def may_be_attached(self, name: str) -> bool:
        return name.startswith(self._folder) and _FILE.fullmatch(name[len(self._folder) :]) is not None

    def _link(self, link: str) -> str:
        """Without the token that an export puts into links to files: with it, everybody could read them."""
        if self.options.more.get("file-tokens") == "keep" or "t=xox" not in link:
            return link
        try:
            parts = urlsplit(link)
        except ValueError:
            return ""
        return urlunsplit(parts._replace(query=urlencode([one for one in parse_qsl(parts.query) if one[0] != "t"])))

    def _attached(self, record: Mapping[str, Any]) -> str:
        """The text of what programs attach to a message; not of previews, whose link is in the message
        itself."""
        found = []
        for attachment in map(mapping, items_of(record.get("attachments"))):
            if attachment.get("from_url") and clean(record.get("text")):
                continue
            fields = [
                f"{clean(field.get('title'))}: {clean(field.get('value'))}"
                for field in map(mapping, items_of(attachment.get("fields")))
            ]
            parts = [clean(attachment.get(key)) for key in ("pretext", "title", "text")]
            lines = [self._plain(part) for part in (*parts, *fields) if part.strip()]
            link = clean(attachment.get("title_link"))
            found += lines or [self._plain(clean(attachment.get("fallback")))]
            found += [link] if link and lines else []
        return "\n".join(line for line in found if line)

    def _plain(self, text: str) -> str:
        """Slack's text as people see it: names, links and emoji in place of what stands for them, and the signs
        that mean bold and struck text here."""
        text = as_markdown(text)
        if "<" in text:
            text = _LINK.sub(self._reference, text)
        return emojis.in_text(unescape(text) if "&" in text else text)

    def _reference(self, found: re.Match[str]) -> str:
        what, _, label = found[1].partition("|")
        if what.startswith("@"):
            return "@" + person_mark(what[1:]) if self._told_or_known(what[1:]) else f"@{label or what[1:]}"
        if what.startswith("#"):
            known = what[1:] in self._room_names
            return room_mark(what[1:]) if known else f"#{label or what[1:]}"
        if what.startswith("!"):
            return label or "@" + what[1:].partition("^")[0]
        if not label or label == what or what.partition(":")[2].lstrip("/").rstrip("/") == label:
            return what if what.startswith(("http", "ftp")) else what.partition(":")[2] or what
        return f"{label} ({what})"

    def _told_or_known(self, user: str) -> bool:
        return self.knows(user) or user in self._users


def _topic(record: Mapping[str, Any]) -> str:
    values = [clean(mapping(record.get(key)).get("value")) for key in ("topic", "purpose")]
    return unescape(next((value for value in values if value.strip()), ""))
