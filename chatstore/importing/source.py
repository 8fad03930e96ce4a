"""What a reader gives: the one interface between the formats of other chats and the writing.

A reader is a module of `sources/` with a function `open_source(path, options)` that returns a Source. It
streams: an export may be larger than memory. It knows nothing of chatstore's names, ids and rules; it says
what the export says. What it can't read is a Problem, and what it leaves out on purpose is Skipped; neither
ends the run. It raises SourceError only where nothing of the export can be read.

    for item in source:
        Person, Room    before the first message that names them; again if more became known
        Message         those of one room in the order in which they were said; rooms may take turns
        Skipped         what is no message, such as "joined"
        Problem         what could not be read, and where
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Literal, Protocol


class SourceError(Exception):
    """Nothing of the export can be read: the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is in the export: a file, as a person would find it, and a line from 1; 0 where a file
    has no lines (then `file` may say more, as in `general/2024-01-02.json, message 3`)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has written, or was a member. `id`: what the source calls them for good; it never changes
    and nobody else has it. `name`: what they are called, which may be any text; the importer makes an
    account's name of it. `other_names`: tried if nothing of `name` can be kept, as `Ana María`."""

    id: str
    name: str
    other_names: Sequence[str] = ()
    bot: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, a group or a direct conversation.

    `id`: as a person's. `name`: any text, with or without `#`; not used if direct. `kind`: `direct` has the
    one or two people of `members`, and is the conversation of these two; more people are a private room.
    `private`: only `members` may know of it and read it. `members`: ids of people; empty if that is not
    known. `operators`: those of them who may change it.
    """

    id: str
    name: str
    kind: Literal["room", "direct"] = "room"
    private: bool = False
    topic: str = ""
    members: Sequence[str] = ()
    operators: Sequence[str] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Reaction:
    """`value`: an emoji, or a name in colons (`:shipit:`) where Unicode has none. `who`: ids of people."""

    value: str
    who: Sequence[str]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file: it becomes a line `name: url` below the text. Either may be empty.

    `file`: the name by which Source.attached gives the bytes; empty if the export does not have them; None for
    what has none there (it was deleted, or is a link to elsewhere). Where they are taken, the line has the URL
    that the file gets here, behind the words `alt`. `inline`: the part of the message's text that stands for
    the file, if there is one: then the text says where it is, and there is no line unless the bytes are taken.
    """

    name: str
    url: str = ""
    file: str | None = None
    alt: str = ""
    inline: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said. Those of one room come in the order in which they were said: a format that has
    another order is sorted by its reader.

    `id`: never another message's, in any room of this source, and the same in each export that has it. Where
    the format has no ids, MadeIds makes some. `room`, `who`: ids. `at`: ms since 1970 UTC. `text`: plain
    text, its lines apart by `\\n`; other people and rooms in it are marked by person_mark and room_mark.
    `answers`: the id of the message that it answers (of a thread: its first message), which has come before
    it. `edited`: the text is not the first one. `action`: as by `/me`. `notice`: as a NOTICE.
    """

    id: str
    room: str
    who: str
    at: int
    text: str
    answers: str = ""
    reactions: Sequence[Reaction] = ()
    attachments: Sequence[Attachment] = ()
    edited: bool = False
    bot: bool = False
    action: bool = False
    notice: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Skipped:
    """Left out on purpose. `what`: a few words for the summary, which counts the same ones: `joined`, `pinned a
    message`."""

    what: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or not whole. `why`: one line. `lost`: a message is missing because
    of it; false if only a part of it is, such as a reaction."""

    why: str
    place: Place
    lost: bool = True


Item = Person | Room | Message | Skipped | Problem


@dataclass(frozen=True)
class Options:
    """What the person at the command line says about the export; each reader takes what it needs.

    `format`: which of several formats (`--format`). `encoding`: of text files; empty: UTF-8, and what is not
    is read as Windows-1252. `timezone`: of times without one, as an IANA name; empty: this machine's. `room`:
    the name of the room where the export does not say it. `private`: treat every room as private. `more`:
    `--option NAME=VALUE`, for what only one reader needs.
    """

    format: str = ""
    encoding: str = ""
    timezone: str = ""
    room: str = ""
    private: bool = False
    more: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """An export that is open. It is read once, from its beginning to its end."""

    @property
    def scope(self) -> str:
        """What its ids belong to: the workspace's, guild's or server's own id or address, the same in each
        export of it. Two sources of one kind with other scopes have nothing in common. Empty if the export
        does not say."""

    @property
    def title(self) -> str:
        """What it is, for the first line of the summary: `the Slack workspace Example`."""

    @property
    def progress(self) -> tuple[int, int]:
        """How many bytes were read, and how many there are, about. Asked for again and again while it is
        read."""

    def __iter__(self) -> Iterator[Item]: ...

    def attached(self, name: str, most: int) -> IO[bytes]:
        """The bytes of an attachment, which the caller closes. It reads `most` bytes and one more at most: more
        need not be there. Raises UnreadableError (reading/files.py), also while it is read."""

    def close(self) -> None: ...


_PERSON, _ROOM, _END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Characters that Unicode keeps for a program's own use, and that no message has."""
_MARK = re.compile(f"([{_PERSON}{_ROOM}])([^{_PERSON}-{_END}]*){_END}?")
_LEFTOVER = re.compile(f"[{_PERSON}-{_END}]")


def person_mark(person: str) -> str:
    """Stands in a text for the name that this person (an id) gets here."""
    return f"{_PERSON}{person}{_END}"


def room_mark(room: str) -> str:
    """Stands in a text for the name that this room (an id) gets here."""
    return f"{_ROOM}{room}{_END}"


def without_marks(text: str, person: Callable[[str], str], room: Callable[[str], str]) -> str:
    """The text with the names that people and rooms (ids) have here in place of their marks."""
    if _LEFTOVER.search(text) is None:
        return text
    found = _MARK.sub(lambda mark: person(mark[2]) if mark[1] == _PERSON else room(mark[2]), text)
    return _LEFTOVER.sub("", found)


class MadeIds:
    """Makes ids for the messages of a format that has none: of the room, the time, the person and the text,
    so that another export of the same talk has the same ones. What is the same in all of that, and follows
    each other, is told apart by its number."""

    def __init__(self) -> None:
        self._now: dict[str, tuple[int, dict[bytes, int]]] = {}
        """By room: the time of its last message, and how often what was said then."""

    def __call__(self, room: str, at: int, who: str, text: str) -> str:
        digest = hashlib.sha256("\0".join((room, str(at), who, text)).encode("utf-8", "surrogatepass")).digest()[
            :12
        ]
        time, said = self._now.get(room, (at, {}))
        if time != at:
            said = {}
        said[digest] = said.get(digest, 0) + 1
        self._now[room] = at, said
        return f"{at // 1000:09x}.{digest.hex()}.{said[digest]}"  # what is near in time is near in an index
