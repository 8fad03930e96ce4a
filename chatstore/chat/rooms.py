"""Rooms, their modes and the roles in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal, NamedTuple

from chatstore.chat.events import person_key

FLAGS = "imnst"
"""The modes without an argument: invite-only, moderated, no messages from outside, secret, topic locked."""
DEFAULT_FLAGS = "nt"


class Role(IntEnum):
    """A member's standing in one room, lowest first."""

    MEMBER = 0
    VOICE = 1
    OPERATOR = 2


class Ban(NamedTuple):
    """A mask `nick!user@host` with `*` and `?`; nobody it matches joins, or speaks without voice."""

    mask: str
    set_by: str
    set_at: int


@dataclass(frozen=True)
class Room:
    """A room as it is stored, or a direct conversation (no name, two members). Times: ms since 1970 UTC."""

    id: int
    kind: Literal["room", "direct"]
    key: str
    """Unique: `#` and the folded name of a room; `@` and both persons' keys of a direct conversation."""
    name: str
    created_at: int
    last_seq: int = 0
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    flags: str = DEFAULT_FLAGS
    password: str = ""
    member_limit: int = 0
    founder_id: int | None = None
    bans: tuple[Ban, ...] = ()
    history: Literal["everyone", "members"] = "everyone"
    """Who may read what was said before they joined."""
    first_seq: int = 1
    """The pruning mark: what lies before it is gone."""

    @property
    def direct(self) -> bool:
        return self.kind == "direct"

    def has(self, flag: str) -> bool:
        return flag in self.flags


class ModeChange(NamedTuple):
    """One letter of a MODE command: set or unset, with its argument (empty where there is none)."""

    adding: bool
    mode: str
    argument: str = ""


def room_key(folded_name: str) -> str:
    return f"#{folded_name}"


def direct_key(one: int | str, other: int | str) -> str:
    """The key of the conversation of two persons, whoever began it."""
    first, second = sorted((one, other), key=lambda key: (isinstance(key, str), key))
    return f"@{first},{second}"


def direct_persons(key: str) -> tuple[int | str, int | str]:
    """The keys of both persons of a direct conversation."""
    first, _, second = key.removeprefix("@").partition(",")
    return person_key(first), person_key(second)


def spell_modes(changes: Iterable[ModeChange]) -> str:
    """The changes in MODE's notation: signs once, letters, then the arguments: `+ov-k bob eve *`."""
    letters, arguments, sign = "", [], ""
    for change in changes:
        wanted = "+" if change.adding else "-"
        letters += (wanted if wanted != sign else "") + change.mode
        sign = wanted
        if change.argument:
            arguments.append(change.argument)
    return " ".join([letters, *arguments])


def parse_modes(text: str) -> list[ModeChange]:
    """The reverse of spell_modes."""
    letters, *arguments = text.split(" ")
    changes, adding = [], True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
        else:
            takes = letter in "ovb" or letter == "k" or (letter == "l" and adding)
            changes.append(ModeChange(adding, letter, arguments.pop(0) if takes and arguments else ""))
    return changes


def with_modes(room: Room, changes: Iterable[ModeChange], by: str, now: int) -> Room:
    """The room after the changes to its flags, key, limit and bans; roles are the members', not the room's."""
    for change in changes:
        if change.mode in FLAGS:
            flags = set(room.flags) - {change.mode} | ({change.mode} if change.adding else set())
            room = replace(room, flags="".join(sorted(flags)))
        elif change.mode == "k":
            room = replace(room, password=change.argument if change.adding else "")
        elif change.mode == "l":
            room = replace(room, member_limit=int(change.argument) if change.adding else 0)
        elif change.mode == "b":
            others = tuple(ban for ban in room.bans if ban.mask != change.argument)
            room = replace(room, bans=(*others, Ban(change.argument, by, now)) if change.adding else others)
    return room
