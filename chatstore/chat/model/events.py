"""Events: what has happened. A RoomEvent has a place in a room's history, its `seq`; the others are told and
not stored.

A RoomEvent is one row of the database and, rendered, the same line live, in a replay and in an export,
whatever the protocol. `time` is milliseconds since 1970 UTC and strictly rises with `seq` in one room.

The id of a message (`msgid`) is made of its room, its `seq` and its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from chatstore.chat.model import room_settings
from chatstore.chat.model.accounts import Persistence, Replay
from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.rooms import Room

NO_TAGS: Mapping[str, str] = MappingProxyType({})

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
"""Two digits at a time: every message has an id in what most clients are shown."""


@dataclass(frozen=True, init=False)
class RoomEvent:
    """One event of one room. `body` and `tags` are what is stored; subclasses name what they mean."""

    room: int
    seq: int
    time: int
    actor: Actor
    body: str
    tags: Mapping[str, str]
    audience: str = ""
    """Who may read it: empty for everybody who may read the room, otherwise one of AUDIENCES."""

    kind: ClassVar[str] = ""

    def __init__(
        self,
        room: int,
        seq: int,
        time: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] = NO_TAGS,
        audience: str = "",
    ) -> None:
        # What dataclass would write, in less than half of its time: every message is one, and every row of a page.
        values = self.__dict__
        values["room"], values["seq"], values["time"] = room, seq, time
        values["actor"], values["body"], values["tags"] = actor, body, tags
        if audience:
            values["audience"] = audience


AUDIENCES = "@+"
"""`@`: the operators of a room. `+`: those with voice, too. (IRC's STATUSMSG.)"""


class Said(RoomEvent):
    """What somebody says, and what takes it back: who said it is told it only as an echo."""


class MessagePosted(Said):
    kind = "message"


class NoticePosted(MessagePosted):
    kind = "notice"


class TagsPosted(Said):
    """Tags without a message that are kept (TAGMSG): a reaction. The body is empty."""

    kind = "tags"


class MessageRedacted(Said):
    """A message was taken back; the body is the reason. The message itself is a RemovedMessage from then on."""

    kind = "redact"

    @property
    def target_seq(self) -> int:
        """The seq of the message."""
        return int(self.tags["seq"])

    @property
    def target_time(self) -> int | None:
        """When the message was stored (ms); None where an earlier version noted the redaction."""
        time = self.tags.get("time")
        return int(time) if time is not None else None


class RemovedMessage(RoomEvent):
    """What is left of a message: who said it, when, and who took it back. It is told to nobody."""

    kind = "redacted"


class MemberJoined(RoomEvent):
    kind = "join"


class RoomMoved(MemberJoined):
    """Only told: somebody is in a room under its new name. For renderers that follow no renames; see
    live/room.py."""


class MemberLeft(RoomEvent):
    """Left on purpose; the body is the reason."""

    kind = "part"


class MemberQuit(RoomEvent):
    """Left because the last connection is gone and nothing keeps the membership; the body is the reason."""

    kind = "quit"


class MemberKicked(RoomEvent):
    """The body is the reason."""

    kind = "kick"

    @property
    def target(self) -> str:
        """The nick of who was removed."""
        return self.tags["target"]

    @property
    def target_key(self) -> int | str:
        """Who was removed, whatever they are called."""
        return person_key(self.tags["target-key"])


class TopicChanged(RoomEvent):
    """The body is the new topic; empty means none."""

    kind = "topic"


class ModesChanged(RoomEvent):
    """The body is the change in MODE's own notation, e.g. `+o-k bob *`."""

    kind = "mode"

    @property
    def target_keys(self) -> list[int | str]:
        """Whose role changes, in the order of the `o` and `v` in the body."""
        return [person_key(text) for text in self.tags.get("target-keys", "").split(",") if text]


class NickChanged(RoomEvent):
    """The actor is shown as before; the body is the new nick."""

    kind = "nick"


class RoomRenamed(RoomEvent):
    """The body is the room's new name; everything in it stays."""

    kind = "rename"

    @property
    def before(self) -> str:
        """The name it had."""
        return self.tags.get("before", "")

    @property
    def reason(self) -> str:
        return self.tags.get("reason", "")


class RoomConfigured(RoomEvent):
    """The body is what was set: `history=members retention_days=30 motd`; texts are in the tags."""

    kind = "settings"

    @property
    def values(self) -> dict[str, Any]:
        """By field of RoomSettings."""
        return room_settings.decode(self.body, self.tags)


class FounderChanged(RoomEvent):
    """The body is the name of the account that the room belongs to from now on."""

    kind = "founder"

    @property
    def founder_id(self) -> int:
        return int(self.tags["founder-id"])


_STORED: tuple[type[RoomEvent], ...] = (
    MessagePosted, NoticePosted, TagsPosted,
    MessageRedacted, RemovedMessage,
    MemberJoined, MemberLeft, MemberQuit, MemberKicked, TopicChanged, ModesChanged, NickChanged, RoomRenamed,
    RoomConfigured, FounderChanged,
)  # fmt: skip
EVENT_KINDS: Mapping[str, type[RoomEvent]] = {event.kind: event for event in _STORED}


@dataclass(frozen=True)
class RoomOpened:
    """A room that is to be known from now on: a new one, or a direct conversation (with its two persons) in
    which something is said."""

    room: Room
    persons: tuple[Actor, ...] = ()


@dataclass(frozen=True)
class RoomRemoved:
    room: int


@dataclass(frozen=True)
class RoomPruned:
    """What lay before seq `first` is erased, because the room keeps nothing for so long."""

    room: int
    first: int


@dataclass(frozen=True)
class PersonRenamed:
    """The person behind `actor` (shown as before) is `nick` from now on. Their rooms have a NickChanged
    each."""

    actor: Actor
    nick: str
    time: int = 0


@dataclass(frozen=True)
class PersonInvited:
    """Told to the person."""

    room: int
    actor: Actor
    target: Actor
    time: int = 0


@dataclass(frozen=True)
class RoomOffered:
    """Told to the person: the actor would give them the room, if they accept it."""

    room: int
    actor: Actor
    target: Actor
    time: int = 0


@dataclass(frozen=True)
class TagsSent:
    """Told, never stored: tags without a message (typing). `target` has who it is for where there is no
    conversation of the two yet; `room` is 0 then. `id` is a message id of no message; `audience`: see
    RoomEvent."""

    room: int
    actor: Actor
    time: int
    tags: Mapping[str, str]
    id: str
    target: Actor | None = None
    audience: str = ""


@dataclass(frozen=True)
class ReadMarked:
    """Told to the person's own sessions, and to nobody else: up to this time they have read the room, or what
    was said with `target`."""

    room: int
    actor: Actor
    time: int
    target: Actor | None = None


@dataclass(frozen=True)
class PersonEvent:
    """What is told of a person and not stored: person_events.py."""

    actor: Actor
    time: int


@dataclass(frozen=True)
class MetadataChanged:
    """Told to who wants to know, never part of a history: `key` of a room or of a person (`of`) has this
    value from now on; empty: none. `name` is how the room (with its `#`) or the person is shown to those who
    are told."""

    room: int | None
    of: Actor | None
    actor: Actor
    time: int
    key: str
    value: str
    name: str = ""


# What is told of a person and not stored.


@dataclass(frozen=True)
class AwayChanged(PersonEvent):
    """An empty message: they are back."""

    message: str


@dataclass(frozen=True)
class RealnameChanged(PersonEvent):
    """`asked`: by SETNAME, which this confirms; otherwise a connection came with it."""

    realname: str
    asked: bool = True


@dataclass(frozen=True)
class AccountChanged(PersonEvent):
    """The person has logged in to this account."""

    account: str


@dataclass(frozen=True)
class HostChanged(PersonEvent):
    """The person is `after` from now on, by user and host."""

    after: Actor


@dataclass(frozen=True)
class SeenToQuit(HostChanged):
    """The same for views that can't be told of a new host: that the person quit …"""


@dataclass(frozen=True)
class SeenToJoin(PersonEvent):
    """… has joined each of their rooms …"""

    realname: str
    away: str


@dataclass(frozen=True)
class SeenToBePromoted(PersonEvent):
    """… and has been given their role there by the actor: these letters of MODE."""

    nick: str
    modes: str


@dataclass(frozen=True)
class LoggedIn(PersonEvent):
    """A guest (the actor) that took part is `after` from now on. `merged`: who has a person here already, whom
    the guest's connection joins; otherwise the guest's own person stays."""

    after: Actor
    merged: bool


class PresenceMoved(PersonEvent):
    """A person came, went, or is away on one of their connections, perhaps: who wants to know is to look."""


class PersonOnline(PersonEvent):
    """To who watches the nick."""


class PersonOffline(PersonEvent):
    """To who watches the nick that the actor had."""


@dataclass(frozen=True)
class PersonKilled(PersonEvent):
    """The actor, an operator of the server, closes every connection of the target."""

    target: Actor
    reason: str

    @property
    def why(self) -> str:
        """As the target's rooms are told."""
        return f"Killed ({self.actor.nick} ({self.reason}))"


@dataclass(frozen=True)
class OperatorsTold(PersonEvent):
    """A notice for operators of the server, and for others who want such notices (user mode w)."""

    text: str


@dataclass(frozen=True)
class InviteNoticed(PersonInvited):
    """The same, as it is told to those of the room who may invite."""


# Of an account, which is no part of a room's history: its own sessions are told, or end.


@dataclass(frozen=True)
class PersistenceChanged:
    """The account wants something else of what happens when its last connection goes. `stays`: what will."""

    account_id: int
    persistence: Persistence
    stays: bool


@dataclass(frozen=True)
class ReplayChanged:
    """The account chose another replay: what clients are shown of the history."""

    account_id: int
    replay: Replay


@dataclass(frozen=True)
class AccountEnded:
    """The account was suspended or removed: its sessions end."""

    account_id: int
    reason: str


@dataclass(frozen=True)
class TokensRemoved:
    """Sessions of the account that came by one of these device tokens end, but for the one that removed
    them."""

    account_id: int
    tokens: frozenset[int]


@dataclass(frozen=True)
class CertificatesRemoved:
    """Sessions of the account that came by one of these certificates end, but for the one that removed them."""

    account_id: int
    fingerprints: frozenset[str]


@dataclass(frozen=True)
class PasswordChanged:
    """The account has another password. Its sessions of an earlier epoch end, but for the one that set it;
    that one has `token` from now on, if it came by a token."""

    account_id: int
    epoch: int
    token: int | None


@dataclass(frozen=True)
class RoleChanged:
    """The account is an admin's from now on, or no more."""

    account_id: int
    admin: bool


@dataclass(frozen=True)
class AccessLeft:
    """How one can log in, after another process has changed something: all device tokens and certificates
    that there are, the epochs of the passwords (those that are not 0), and whose accounts are admins.
    Sessions that came by what is gone end."""

    tokens: frozenset[int]
    certificates: frozenset[str]
    epochs: Mapping[int, int]
    admins: frozenset[int]


Event = (
    RoomEvent
    | RoomOpened
    | RoomRemoved
    | RoomPruned
    | PersonRenamed
    | PersonInvited
    | RoomOffered
    | PersonEvent
    | TagsSent
    | PersistenceChanged
    | ReplayChanged
    | ReadMarked
    | AccountEnded
    | TokensRemoved
    | CertificatesRemoved
    | PasswordChanged
    | RoleChanged
    | AccessLeft
    | MetadataChanged
)
Published = tuple[Event, object]
"""A committed event with the session that caused it (None: nobody who is connected here)."""


# The ids of messages.


def msgid(room: int, seq: int, time: int | None = None) -> str:
    """The id of a message: room, seq and a stamp of the time at which it was stored (ms), in base 36 and joined by
    hyphens. The stamp (`time` modulo 36**4, 28 minutes) tells a message from another one that had its seq before an
    older backup was put back. Without a time it is the form of earlier versions, which stays valid."""
    place = f"{_base36(room)}-{_base36(seq)}"
    return f"{place}-{_stamp(time)}" if time is not None else place


def is_id_of(text: str, time: int) -> bool:
    """Whether an id that `message_place` has read is that of a message stored at this time (ms)."""
    stamp = text.split("-")[2:]
    return not stamp or stamp[0] == _stamp(time)


def _stamp(time: int) -> str:
    return _PAIRS[time // len(_PAIRS) % len(_PAIRS)] + _PAIRS[time % len(_PAIRS)]


def message_place(text: str) -> tuple[int, int] | None:
    """(room, seq) of a msgid, with a stamp or without; None for a text that is none. `is_id_of` says whether the
    message there is the one that is meant."""
    parts = text.split("-")
    if len(parts) not in (2, 3) or len(text) > 40 or not set("".join(parts)) <= set(_DIGITS) or not all(parts):
        return None
    if len(parts) == 3 and len(parts[2]) != 4:
        return None
    place = int(parts[0], 36), int(parts[1], 36)
    return place if msgid(*place) == "-".join(parts[:2]) and all(0 < number < 2**63 for number in place) else None


def _base36(number: int) -> str:
    text = ""
    while number >= len(_PAIRS):
        number, pair = divmod(number, len(_PAIRS))
        text = _PAIRS[pair] + text
    return (_PAIRS[number] + text).lstrip("0") or "0"
