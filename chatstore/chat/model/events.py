"""Events: what has happened. A RoomEvent has a place in a room's history, and is stored; those of this module are
told and not stored.

Servers of one database tell them each other as JSON, by their fields: see encoding.py.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from chatstore.chat.model.accounts import Persistence, Replay
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.notifications import AccountNotifications, ConversationNotifications
from chatstore.chat.model.peace import Peace
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.previews import Preview
from chatstore.chat.model.room_events import MessageRedacted, RoomEvent, Said
from chatstore.chat.model.rooms import Room
from chatstore.chat.model.server_bans import ServerBan


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
