"""Rooms, their modes and the roles in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal, NamedTuple

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.room_settings import RoomSettings

FLAGS = "imnst"
"""The modes without an argument: invite-only, moderated, no messages from outside, secret, topic locked."""
DEFAULT_FLAGS = "nt"


class Role(IntEnum):
    """A member's role in one room, lowest first. Operator and voice are independent (Modern, "Channel
    Membership Prefixes"): somebody who stops being operator may still have voice."""

    MEMBER = 0
    VOICE = 1
    OPERATOR = 2
    VOICED_OPERATOR = 3

    @property
    def operator(self) -> bool:
        return self >= Role.OPERATOR

    @property
    def voiced(self) -> bool:
        return self in (Role.VOICE, Role.VOICED_OPERATOR)

    @property
    def words(self) -> str:
        """The role for people: `operator`, `operator, voice`; empty for a plain member."""
        return ", ".join(word for word, held in (("operator", self.operator), ("voice", self.voiced)) if held)

    def changed(self, mode: str, adding: bool) -> Role:
        """The role after MODE's `o` or `v`."""
        bit = int(ROLE_MODES[mode])
        return Role(self | bit if adding else self & ~bit)


ROLE_MODES = {"o": Role.OPERATOR, "v": Role.VOICE}

LISTS = "beI"
"""The modes that are lists of masks: bans, ban exceptions, invite exceptions."""
MUTE = "m:"
"""The prefix of a mask of `b` or `e` that mutes, or lifts a mute, and does not affect joining."""
ACCOUNT = "a:"
"""The prefix of an account's name in a mask (IRCv3 account-extban); the name may have `*` and `?`."""


class Ban(NamedTuple):
    """An entry of a list: a mask `nick!user@host` with `*` and `?`, or `a:account`. After `m:` it is a mute."""

    mask: str
    set_by: str
    set_at: int


class Invite(NamedTuple):
    """An invite to a room, which is kept until it is used. `inviter` is the sender's key (empty if unknown),
    `invited_by` their nick. `at` is ms since 1970 UTC. `opens` says that an operator sent it, so that it lets
    its owner join."""

    person: Actor
    invited_by: str
    inviter: int | str
    at: int
    opens: bool

    def by(self, actor: Actor) -> bool:
        return bool(self.inviter) and self.inviter == actor.key


class Offer(NamedTuple):
    """A room that its founder offers to an account. `at` is ms since 1970 UTC."""

    room: int
    name: str
    account: int
    account_name: str
    by: int
    by_name: str
    at: int


OFFER_DAYS = 14
"""Days after which an offer is void."""


@dataclass(frozen=True)
class Room(RoomSettings):
    """A room or direct conversation (no name, two members) as it is stored. Times are ms since 1970 UTC. A room of
    the kind `import` is being filled, and nobody can know of it."""

    id: int
    kind: Literal["room", "direct", "import"]
    key: str
    """A unique key: `#` and the folded name of a room; `@` and both persons' keys of a direct conversation."""
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
    exceptions: tuple[Ban, ...] = ()
    welcome: tuple[Ban, ...] = ()
    """The invite exceptions."""
    first_seq: int = 1
    """The pruning mark: everything from this seq on is stored."""
    imported_people: int = 0
    """1 if some people were in it where it was imported from, and so have rights here; see Imports.former."""

    @property
    def direct(self) -> bool:
        return self.kind == "direct"

    def has(self, flag: str) -> bool:
        return flag in self.flags

    def list(self, mode: str) -> tuple[Ban, ...]:
        """The entries of one of LISTS, in the order they were made."""
        return {"b": self.bans, "e": self.exceptions, "I": self.welcome}[mode]

    def entry(self, mode: str, mask: str) -> Ban | None:
        """The entry of a list for this mask, whatever its case."""
        folded = mask.casefold()
        return next((ban for ban in self.list(mode) if ban.mask.casefold() == folded), None)

    def with_list(self, mode: str, entries: Iterable[Ban]) -> Room:
        field = {"b": "bans", "e": "exceptions", "I": "welcome"}[mode]
        return replace(self, **{field: tuple(entries)})  # type: ignore[arg-type]


class ModeChange(NamedTuple):
    """One letter of a MODE command: set or unset, with its argument (empty if it takes none)."""

    adding: bool
    mode: str
    argument: str = ""


def role_changes(now: Role, wanted: Role, nick: str) -> list[ModeChange]:
    """The changes of modes by which the member with this nick gets another role."""
    changes = (("o", wanted.operator, now.operator), ("v", wanted.voiced, now.voiced))
    return [ModeChange(to, mode, nick) for mode, to, has in changes if to is not has]


def room_key(folded_name: str) -> str:
    return f"#{folded_name}"


def direct_key(one: int | str, other: int | str) -> str:
    """The key of the direct conversation of two persons, in either order."""
    first, second = sorted((one, other), key=lambda key: (isinstance(key, str), key))
    return f"@{first},{second}"


def direct_persons(key: str) -> tuple[int | str, int | str]:
    """The keys of the two persons of a direct conversation."""
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


HIDDEN_KEY = "*"
"""Is stored in the place of the key of a room."""


def sets_key(body: str) -> bool:
    """Whether changes in MODE's notation set the key of a room."""
    return "k" in body.partition(" ")[0] and any(each.mode == "k" and each.adding for each in parse_modes(body))


def with_key(body: str, key: str) -> str:
    """The changes with `key` in the place of the key of a room that they set, if they set one. What is stored has
    a `*` there: events are read, searched and exported by more people than may know a key."""
    if not sets_key(body):
        return body
    changes = parse_modes(body)
    return spell_modes(
        [each._replace(argument=key) if each.mode == "k" and each.adding else each for each in changes]
    )


def parse_modes(text: str) -> list[ModeChange]:
    """Parse MODE's notation; the reverse of spell_modes."""
    letters, *arguments = text.split(" ")
    changes, adding = [], True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
        else:
            takes = letter in "ovk" or letter in LISTS or (letter == "l" and adding)
            changes.append(ModeChange(adding, letter, arguments.pop(0) if takes and arguments else ""))
    return changes


def with_modes(room: Room, changes: Iterable[ModeChange], by: str, now: int) -> Room:
    """The room after the changes to its flags, key, limit and lists. `now` is ms since 1970 UTC. Roles belong
    to the members, so changes of `o` and `v` have no effect here."""
    for change in changes:
        if change.mode in FLAGS:
            flags = set(room.flags) - {change.mode} | ({change.mode} if change.adding else set())
            room = replace(room, flags="".join(sorted(flags)))
        elif change.mode == "k":
            room = replace(room, password=change.argument if change.adding else "")
        elif change.mode == "l":
            room = replace(room, member_limit=int(change.argument) if change.adding else 0)
        elif change.mode in LISTS:
            others = [ban for ban in room.list(change.mode) if ban.mask.casefold() != change.argument.casefold()]
            added = [Ban(change.argument, by, now)] if change.adding else []
            room = room.with_list(change.mode, [*others, *added])
    return room
