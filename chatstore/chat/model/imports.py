"""What an import brings: messages that were said elsewhere, as they are to be stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from chatstore.chat.model.files import Content
from chatstore.chat.model.names import Name
from chatstore.chat.model.rooms import Role

PLACEHOLDER = "placeholder"
"""The status of an account that owns what somebody said elsewhere, and that nobody can log in to."""


class Standing(IntEnum):
    """What somebody may do in a private room because they were in it elsewhere. NEW: join it with the role from
    there, and see what was imported. USED: they have joined; since then they are as anybody else, but may come
    back without an invite. LOST: nothing, because somebody has removed them, or taken the invite back."""

    NEW = 0
    USED = 1
    LOST = 2


class Former(NamedTuple):
    """Somebody who was in a private room where it was imported from: their role there, and their standing here."""

    role: Role
    standing: Standing


class ForeignPerson(NamedTuple):
    """Somebody of the source. `id` is the source's; `names` has those to try, the best one first; the last one
    gets numbers. `account_id`: an account that has what they said; None for a placeholder."""

    id: str
    names: Sequence[Name]
    account_id: int | None = None


@dataclass(frozen=True)
class ForeignRoom:
    """A room of the source. `id` is the source's; `names` as a person's. `members`: the roles of those who
    were in a private room, by account. `direct`: the two accounts of a direct conversation, which may be the
    same. `since`: when what is to be stored first was said (ms since 1970 UTC). `named`: somebody has chosen
    the name."""

    id: str
    names: Sequence[Name]
    since: int
    private: bool = False
    topic: str = ""
    members: Mapping[int, Role] = field(default_factory=dict)
    direct: tuple[int, int] | None = None
    named: bool = False


class ForeignReaction(NamedTuple):
    account_id: int
    nick: str
    value: str


class ForeignFile(NamedTuple):
    """An attachment whose content is on disk. `token`: of the URL that a body of its message has."""

    token: str
    name: str
    content: Content


class ForeignMessage(NamedTuple):
    """A message of the source. `id` and `answers` are the source's; `room` is a room here. `at`: ms since
    1970 UTC. `bodies`: more than one for a message that is too long for one here. `files`: its attachments, which
    belong to the account."""

    id: str
    room: int
    account_id: int
    nick: str
    at: int
    bodies: Sequence[str]
    answers: str = ""
    reactions: Sequence[ForeignReaction] = ()
    bot: bool = False
    notice: bool = False
    files: Sequence[ForeignFile] = ()


class Imported(NamedTuple):
    """What became of messages. `stored`, `known` (those that were stored before), `reactions` and
    `unanswered` (the message that they answer is not here) are counts; `moved`: those whose time had to be
    moved by more than a second. `removed`: messages of people whose account was removed, which were not stored.
    `left`: rooms in which people talk now, so that nothing of theirs was stored.
    `again`: the messages for these rooms. `ends`: the last seqs of the other rooms. `by_room`: how many were
    stored in each. `files`: how many attachments were stored, and `file_bytes` of them."""

    stored: int
    known: int
    reactions: int
    unanswered: int
    moved: int
    left: frozenset[int] = frozenset()
    again: frozenset[str] = frozenset()
    ends: Mapping[int, int] = {}
    by_room: Mapping[int, int] = {}
    removed: int = 0
    files: int = 0
    file_bytes: int = 0


class Placed(NamedTuple):
    """Where a message is: its room, seq and time (ms since 1970 UTC)."""

    room: int
    seq: int
    at: int


class End(NamedTuple):
    """The end of a room: its last seq and the time of that (ms since 1970 UTC)."""

    seq: int
    at: int
