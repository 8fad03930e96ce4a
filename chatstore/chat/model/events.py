"""Events: what has happened. A RoomEvent has a place in a room's history, its `seq`; the others are told and
not stored.

A RoomEvent is one row of the database and, rendered, the same line live, in a replay and in an export,
whatever the protocol. `time` is milliseconds since 1970 UTC and strictly rises with `seq` in one room.

The id of a message (`msgid`) is made of its room, its `seq` and its time.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from chatstore.chat.model import room_settings
from chatstore.chat.model.accounts import Persistence, Replay
from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.notifications import AccountNotifications, ConversationNotifications
from chatstore.chat.model.peace import Peace
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.previews import Preview
from chatstore.chat.model.rooms import Room
from chatstore.chat.model.server_bans import ServerBan

NO_TAGS: Mapping[str, str] = MappingProxyType({})

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_FIRST = [pair.lstrip("0") or "0" for pair in _PAIRS]
"""All pairs of digits, to convert two at a time; as the first of a number without a zero in front."""


@dataclass(frozen=True, init=False)
class RoomEvent:
    """An event of one room. `body` and `tags` are stored as they are; subclasses say what they mean."""

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
        # As a dataclass would write it, in less than half of the time: every message and every row of a page is
        # one.
        values = self.__dict__
        values["room"], values["seq"], values["time"] = room, seq, time
        values["actor"], values["body"], values["tags"] = actor, body, tags
        if audience:
            values["audience"] = audience


AUDIENCES = "@+"
"""`@`: the operators of a room. `+`: those with voice, too. (IRC's STATUSMSG.)"""


class Said(RoomEvent):
    """A message, notice or kept tags, or a redaction. Its author is sent it only as an echo."""


class MessagePosted(Said):
    kind = "message"


class NoticePosted(MessagePosted):
    kind = "notice"


class TagsPosted(Said):
    """Tags without a message that are stored (TAGMSG): a reaction. The body is empty."""

    kind = "tags"


class MessageRedacted(Said):
    """A message was redacted; the body is the reason. The message itself becomes a RemovedMessage.

    The tags that are stored with it: `seq`, `time` (ms) and `nick` of the message, and `was`, its kind with
    its audience appended: `message`, `notice+`, `tags`, `message@`.
    """

    kind = "redact"

    @property
    def target_seq(self) -> int:
        """The seq of the redacted message."""
        return int(self.tags["seq"])

    @property
    def target_time(self) -> int | None:
        """When the redacted message was stored, in ms since 1970 UTC; None if an earlier version stored the
        redaction."""
        time = self.tags.get("time")
        return int(time) if time is not None else None


class MessageEdited(Said):
    """The author has changed the text of a message; the body is the new text. The message itself has it from now
    on, and the notes EDITED and EDITS.

    The tags that are stored with it: `seq` and `time` (ms) of the message, `was` as in a MessageRedacted, and
    EARLIER, the text until then, if the room keeps it. An edit whose text was erased, because another one came
    after it or the message was redacted, has an empty body: it is shown to nobody.
    """

    kind = "edit"

    @property
    def target_seq(self) -> int:
        """The seq of the edited message."""
        return int(self.tags["seq"])

    @property
    def target_time(self) -> int:
        """When the edited message was stored, in ms since 1970 UTC."""
        return int(self.tags["time"])

    @property
    def target_id(self) -> str:
        """The id of the edited message."""
        return msgid(self.room, self.target_seq, self.target_time)

    def as_message(self) -> MessagePosted:
        """The edit as a message of its own, for clients that know no edits: a reply to the one that it changes."""
        kind = NoticePosted if self.tags["was"].startswith(NoticePosted.kind) else MessagePosted
        action = self.body.startswith(_ACTION)
        body = f"{_ACTION}{_EDITED}{self.body[len(_ACTION) :]}" if action else f"{_EDITED}{self.body}"
        tags = {"+draft/reply": self.target_id}
        return kind(self.room, self.seq, self.time, self.actor, body, tags, self.audience)


EDITED, EDITS = "edited", "edits"
"""Notes with an edited message: when it was edited last (ms since 1970 UTC), and the seqs of its edits, joined by
commas."""
EARLIER = "earlier"
"""The note with an edit that has the text until then."""
_ACTION = "\x01ACTION "
_EDITED = "(edited) "

WITH_ACCOUNT = "account erased"
"""The reason of what is erased because its author's account is: whoever did that is in the audit log."""


class RemovedMessage(RoomEvent):
    """What is left of a redacted message: who said it and when, and who redacted it. It is delivered to
    nobody.

    The tags that are stored with it: `by`, the nick of who redacted it, `reason` if there is one, and `was` as
    in a MessageRedacted.
    """

    kind = "redacted"


class MemberJoined(RoomEvent):
    kind = "join"

    @property
    def since(self) -> int:
        """The seq from which they are a member: this one, or the first of a room that was imported and that they
        were in where it comes from."""
        return int(self.tags.get("since", self.seq))


class RoomMoved(MemberJoined):
    """A session is in a room under the room's new name; delivered and not stored. It is for renderers that
    can't show a rename; see live/room.py."""


class MemberLeft(RoomEvent):
    """A member left by choice; the body is the reason."""

    kind = "part"


class MemberQuit(RoomEvent):
    """A member left because their last connection ended and nothing keeps the membership; the body is the
    reason."""

    kind = "quit"


class MemberKicked(RoomEvent):
    """A member was kicked; the body is the reason."""

    kind = "kick"

    @property
    def target(self) -> str:
        """The nick of the kicked member."""
        return self.tags["target"]

    @property
    def target_key(self) -> int | str:
        """The Actor.key of the kicked member, which survives a change of nick."""
        return person_key(self.tags["target-key"])


class TopicChanged(RoomEvent):
    """The topic changed; the body is the new topic, empty for none."""

    kind = "topic"


class MessagePinned(RoomEvent):
    """An operator pinned a message: it is in the room's list of what everybody should find. The tags that are
    stored with it: `seq`, `time` (ms) and `nick` of the message."""

    kind = "pin"

    @property
    def target_id(self) -> str:
        """The id of the pinned message."""
        return msgid(self.room, int(self.tags["seq"]), int(self.tags["time"]))


class MessageUnpinned(MessagePinned):
    """A message is not pinned any more."""

    kind = "unpin"


class ModesChanged(RoomEvent):
    """Modes changed; the body is the change in MODE's notation, such as `+o-k bob *`."""

    kind = "mode"

    @property
    def target_keys(self) -> list[int | str]:
        """The Actor.keys of those whose role changes, in the order of `o` and `v` in the body."""
        return [person_key(text) for text in self.tags.get("target-keys", "").split(",") if text]


class NickChanged(RoomEvent):
    """A member changed their nick; the body is the new nick, and the actor has the old one."""

    kind = "nick"


class RoomRenamed(RoomEvent):
    """The room was renamed; the body is its new name. Everything in it stays."""

    kind = "rename"

    @property
    def before(self) -> str:
        """The name before."""
        return self.tags.get("before", "")

    @property
    def reason(self) -> str:
        return self.tags.get("reason", "")


class RoomConfigured(RoomEvent):
    """Settings changed; the body is what was set: `history=members retention_days=30 motd`. Texts are in the
    tags."""

    kind = "settings"

    @property
    def values(self) -> dict[str, Any]:
        """The new values by field of RoomSettings."""
        return room_settings.decode(self.body, self.tags)


class FounderChanged(RoomEvent):
    """The room has another founder; the body is the name of that account."""

    kind = "founder"

    @property
    def founder_id(self) -> int:
        return int(self.tags["founder-id"])


class Unshown(RoomEvent):
    """An event that has its place and is shown to nobody: it is for the server."""


class GuestLoggedIn(Unshown):
    """A guest who is a member has logged in, and their membership is the account's from now on. The actor is the
    guest, the body is the name of the account. It is stored in each of their rooms, so that another server of the
    database, or the next start, knows whose membership it is. (LoggedIn is what people are told of.)"""

    kind = "login"

    @property
    def after(self) -> Actor:
        """The account's person, with the nick from before."""
        return Actor(self.actor.nick, self.body, int(self.tags["account-id"]), bot=self.actor.bot)


class UnknownEvent(Unshown):
    """An event of a kind that only a newer version knows."""


_STORED: tuple[type[RoomEvent], ...] = (
    MessagePosted, NoticePosted, TagsPosted,
    MessageRedacted, RemovedMessage, MessageEdited,
    MemberJoined, MemberLeft, MemberQuit, MemberKicked, TopicChanged, ModesChanged, NickChanged, RoomRenamed,
    RoomConfigured, FounderChanged, GuestLoggedIn, MessagePinned, MessageUnpinned,
)  # fmt: skip
EVENT_KINDS: Mapping[str, type[RoomEvent]] = {event.kind: event for event in _STORED}


@dataclass(frozen=True)
class RoomOpened:
    """A room exists from now on: a new room, or a direct conversation (with its two persons) that begins."""

    room: Room
    persons: tuple[Actor, ...] = ()


@dataclass(frozen=True)
class RoomRemoved:
    room: int


@dataclass(frozen=True)
class RoomPruned:
    """Retention erased everything before seq `first`."""

    room: int
    first: int


@dataclass(frozen=True)
class RoomImported:
    """The events `first` to `last` of a room (seqs) were imported. They are history, and delivered to nobody."""

    room: int
    first: int
    last: int


@dataclass(frozen=True)
class PersonRenamed:
    """The person behind `actor` has the nick `nick` from now on; the actor has the old one. Each of their
    rooms has a NickChanged."""

    actor: Actor
    nick: str
    time: int = 0


@dataclass(frozen=True)
class PersonInvited:
    """A person was invited to a room. It is delivered to them."""

    room: int
    actor: Actor
    target: Actor
    time: int = 0


@dataclass(frozen=True)
class RoomOffered:
    """The actor offers a room to a person. It is delivered to that person."""

    room: int
    actor: Actor
    target: Actor
    time: int = 0


@dataclass(frozen=True)
class TagsSent:
    """Tags without a message (typing), which are delivered and not stored. `target` is the recipient of a direct
    one; `room` is 0 if the two have no direct conversation yet. `id` is a message id of no message; for `audience`
    see RoomEvent."""

    room: int
    actor: Actor
    time: int
    tags: Mapping[str, str]
    id: str
    target: Actor | None = None
    audience: str = ""


@dataclass(frozen=True)
class ReadMarked:
    """A person has read the room, or the direct conversation with `target`, up to this time (ms since 1970
    UTC). It is delivered to the person's own sessions only."""

    room: int
    actor: Actor
    time: int
    target: Actor | None = None


@dataclass(frozen=True)
class LinkPreviewed:
    """There is a preview of the link in the message with this seq and time. `person`: of those in a direct
    conversation, whom it is delivered to; None for everybody in a room."""

    room: int
    seq: int
    time: int
    preview: Preview
    person: Actor | None = None


@dataclass(frozen=True)
class PersonEvent:
    """Something about a person that is delivered and not stored; see live/person_delivery.py."""

    actor: Actor
    time: int


@dataclass(frozen=True)
class MetadataChanged:
    """A metadata `key` of a room or person (`of`) has this value from now on; empty means none. It is
    delivered to subscribers and never stored in a history. `name` is how they see the room (with its `#`) or
    the person."""

    room: int | None
    of: Actor | None
    actor: Actor
    time: int
    key: str
    value: str
    name: str = ""


# Events about a person that are delivered and not stored.


@dataclass(frozen=True)
class AwayChanged(PersonEvent):
    """A person is away with this message; an empty one means that they are back."""

    message: str


@dataclass(frozen=True)
class RealnameChanged(PersonEvent):
    """A person has another realname. `asked`: SETNAME asked for it, which this confirms; otherwise a
    connection brought it."""

    realname: str
    asked: bool = True


@dataclass(frozen=True)
class AccountChanged(PersonEvent):
    """A person has logged in to this account."""

    account: str


@dataclass(frozen=True)
class HostChanged(PersonEvent):
    """The person has become `after`, with another user and host."""

    after: Actor


@dataclass(frozen=True)
class SeenToQuit(HostChanged):
    """The same for renderers that can't show a new host: the person is seen to quit …"""


@dataclass(frozen=True)
class SeenToJoin(PersonEvent):
    """… to join each of their rooms …"""

    realname: str
    away: str


@dataclass(frozen=True)
class SeenToBePromoted(PersonEvent):
    """… and to get their role there from the actor, by these letters of MODE."""

    nick: str
    modes: str


@dataclass(frozen=True)
class LoggedIn(PersonEvent):
    """A guest who took part (the actor) has logged in and is `after` from now on. `merged`: the account has a
    person here already, whom the guest's connection joins; otherwise the guest's own person stays."""

    after: Actor
    merged: bool


@dataclass(frozen=True)
class PresenceMoved(PersonEvent):
    """A person may have come, gone, or changed their away state on one connection. Delivery looks what has
    changed.

    Where a database has several servers, `presence` is what is known of them at the server `node` from now on;
    None: they have no connection there any more."""

    node: str = ""
    presence: Presence | None = None


@dataclass(frozen=True)
class UserModesChanged(PersonEvent):
    """A person has exactly these modes from now on, on every connection; see Person.modes."""

    modes: str


class PersonOnline(PersonEvent):
    """A monitored nick is online."""


class PersonOffline(PersonEvent):
    """The monitored nick of the actor is offline."""


@dataclass(frozen=True)
class PersonKilled(PersonEvent):
    """The actor, a server operator, closes every connection of the target."""

    target: Actor
    reason: str

    @property
    def why(self) -> str:
        """The quit reason that the target's rooms are told."""
        return f"Killed ({self.actor.nick} ({self.reason}))"


@dataclass(frozen=True)
class OperatorsTold(PersonEvent):
    """A notice for server operators, and for others who asked for such notices (user mode w)."""

    text: str


@dataclass(frozen=True)
class InviteNoticed(PersonInvited):
    """Somebody was invited to a room. It is delivered to the members who hear of invites."""


# Events about several servers of one database.


@dataclass(frozen=True)
class PresencesAre:
    """All presences at the other servers, read from the database: whatever was told of them before is void.
    `killed` has the reasons by person (the text of their Actor.key) for those whom an operator has killed here."""

    time: int
    presences: tuple[Presence, ...]
    killed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrongGuess:
    """Somebody gave a wrong password for the account of this folded name, at the server `node`. `network` is
    where they are; see session/logins.py."""

    node: str
    folded: str
    network: str


@dataclass(frozen=True)
class ServerBansAre:
    """The server-wide bans are these now: connections that they cover are closed. `version` rises with each change;
    what another server tells may come after what is newer."""

    bans: tuple[ServerBan, ...]
    version: int = 0


@dataclass(frozen=True)
class WaitingForAdmins:
    """How much waits for an administrator's decision: accounts for approval, and open reports."""

    accounts: int
    reports: int


# Events about an account, which are in no room's history: they are delivered to its own sessions, or end these.


@dataclass(frozen=True)
class PersistenceChanged:
    """The account changed whether it stays in its rooms without a connection. `stays` is the new answer."""

    account_id: int
    persistence: Persistence
    stays: bool


@dataclass(frozen=True)
class ReplayChanged:
    """The account chose another replay: what of the history its clients are shown."""

    account_id: int
    replay: Replay


@dataclass(frozen=True)
class NotificationsChanged:
    """The account wants to be told of something else: in all conversations (`account`), or in the one that it
    sees as `shown` (`conversation`)."""

    account_id: int
    shown: str = "*"
    account: AccountNotifications | None = None
    conversation: ConversationNotifications | None = None


@dataclass(frozen=True)
class FavouriteChanged:
    """The conversation that the account sees as `shown` is one of its favourites, or no more."""

    account_id: int
    shown: str
    favourite: bool


@dataclass(frozen=True)
class PeaceIs:
    """This is whom the account ignores, and from whom it takes direct messages, now. `what` was changed (ADD,
    REMOVE or DIRECT), `about` whom or what: a nick, with the name of the `account` if it has one, or a value
    of DirectFrom."""

    account_id: int
    peace: Peace
    what: str
    about: str
    account: str = ""


@dataclass(frozen=True)
class PeacesAre:
    """What all accounts have set of that, by account."""

    all: Mapping[int, Peace]


@dataclass(frozen=True)
class AccountEnded:
    """The account was suspended or removed: its sessions end."""

    account_id: int
    reason: str


@dataclass(frozen=True)
class TokensRemoved:
    """These device tokens were removed: sessions that logged in by them end, except the one that removed
    them."""

    account_id: int
    tokens: frozenset[int]


@dataclass(frozen=True)
class CertificatesRemoved:
    """These certificates were removed: sessions that logged in by them end, except the one that removed them."""

    account_id: int
    fingerprints: frozenset[str]


@dataclass(frozen=True)
class PasswordChanged:
    """The account's password changed. Its sessions of an earlier epoch end, except the one that changed it.
    That session has `token` from now on, if it had logged in by a token."""

    account_id: int
    epoch: int
    token: int | None


@dataclass(frozen=True)
class RoleChanged:
    """The account is an admin's from now on, or no longer is."""

    account_id: int
    admin: bool


@dataclass(frozen=True)
class AccessLeft:
    """The valid logins after another process has changed something: all device tokens and certificates, the
    epochs of the passwords (except 0), and the admins' accounts. Sessions whose login is no longer valid end.
    `accounts`: it speaks of these alone, which had sessions here when it was read; None: of all."""

    tokens: frozenset[int]
    certificates: frozenset[str]
    epochs: Mapping[int, int]
    admins: frozenset[int]
    accounts: frozenset[int] | None = None


Event = (
    RoomEvent
    | RoomOpened
    | RoomRemoved
    | RoomPruned
    | RoomImported
    | PersonRenamed
    | PersonInvited
    | RoomOffered
    | PersonEvent
    | PresencesAre
    | WrongGuess
    | ServerBansAre
    | WaitingForAdmins
    | TagsSent
    | PersistenceChanged
    | ReplayChanged
    | NotificationsChanged
    | FavouriteChanged
    | PeaceIs
    | PeacesAre
    | ReadMarked
    | AccountEnded
    | TokensRemoved
    | CertificatesRemoved
    | PasswordChanged
    | RoleChanged
    | AccessLeft
    | MetadataChanged
    | LinkPreviewed
)
Published = tuple[Event, object]
"""A committed event with its origin; None if nobody who is connected here caused it."""


def is_ignored(event: Event, people: Container[int | str]) -> bool:
    """Whether one of these people said it or reacted with it. What they redact goes for everybody."""
    own = isinstance(event, (Said, TagsSent)) and event.actor.key in people
    return own and not isinstance(event, MessageRedacted)


# The ids of messages.


def msgid(room: int, seq: int, time: int | None = None) -> str:
    """The id of a message: its room, its seq and a stamp of the time (ms) when it was stored, in base 36 and
    joined by hyphens. The stamp (`time` modulo 36**4 ms, 28 minutes) distinguishes the message from one that
    had its seq before an older backup was restored. An id without a stamp is the form of earlier versions,
    which stays valid."""
    place = f"{_base36(room)}-{_base36(seq)}"
    return f"{place}-{_stamp(time)}" if time is not None else place


def is_id_of(text: str, time: int) -> bool:
    """Whether an id that `message_place` has parsed belongs to a message stored at this time (ms)."""
    stamp = text.split("-")[2:]
    return not stamp or stamp[0] == _stamp(time)


def _stamp(time: int) -> str:
    return _PAIRS[time // len(_PAIRS) % len(_PAIRS)] + _PAIRS[time % len(_PAIRS)]


def message_place(text: str) -> tuple[int, int] | None:
    """The (room, seq) of a msgid, with or without a stamp; None if the text is not a msgid. `is_id_of` tells
    whether the message there is the one that the id means."""
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
        text, number = _PAIRS[number % len(_PAIRS)] + text, number // len(_PAIRS)
    return _FIRST[number] + text


MESSAGE_KINDS = (MessagePosted.kind, NoticePosted.kind)
REDACTABLE_KINDS = (*MESSAGE_KINDS, TagsPosted.kind)
SHOWN_KINDS = (*MESSAGE_KINDS, RemovedMessage.kind)
"""The kinds that people are shown of the history: messages, and the places of removed ones."""
