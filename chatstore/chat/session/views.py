"""What a session may see of rooms and people, as values that do not change.

The writer and other connections change rooms and people while a worker looks at them. So a protocol gets
views instead: what its person may know, as it was at one moment. All views are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chatstore.chat.live.listener import NOT_CONNECTED, Person
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_settings import STORED, Value, values_of
from chatstore.chat.model.rooms import Ban, Role, Room
from chatstore.chat.rules import permissions


@dataclass(frozen=True)
class RoomView:
    """A room as one person may know it. `role` is that person's role; None for an outsider. `members` is the
    number of members, including invisible ones. Times are ms since 1970 UTC."""

    _room: Room = field(repr=False)
    role: Role | None
    members: int = field(compare=False)

    @classmethod
    def of(cls, live: LiveRoom, key: int | str) -> RoomView:
        """The view of a room for the person with this Actor.key. If they may not know of the room (`visible`),
        it has no more than the id and the name."""
        # The room first: a member who leaves in between then sees it as it was before they left.
        room, role = live.room, live.role(key)
        if not permissions.may_see(room, role):
            room = Room(id=room.id, kind=room.kind, key=room.key, name=room.name, created_at=0, flags="s")
            return cls(room, None, 0)
        return cls(room, role, len(live.members))

    @property
    def visible(self) -> bool:
        """Whether the person may know of the room: its name, topic and members."""
        return permissions.may_see(self._room, self.role)

    @property
    def id(self) -> int:
        return self._room.id

    @property
    def name(self) -> str:
        """The name without the `#`."""
        return self._room.name

    @property
    def key(self) -> str:
        """`#` and the folded name, which is the same for all spellings of the name (see room_key)."""
        return self._room.key

    @property
    def created_at(self) -> int:
        return self._room.created_at

    @property
    def topic(self) -> str:
        return self._room.topic

    @property
    def topic_by(self) -> str:
        """The nick of the person who set the topic; `*` for the server itself."""
        return self._room.topic_by

    @property
    def topic_at(self) -> int:
        return self._room.topic_at

    @property
    def flags(self) -> str:
        """The letters of the modes without an argument that are set (model/rooms.py, FLAGS)."""
        return self._room.flags

    @property
    def password(self) -> str:
        """The key that opens the room (mode `k`). Outsiders see `*`; empty if there is none."""
        return self._room.password if self.inside or not self._room.password else "*"

    @property
    def member_limit(self) -> int:
        """The most members that the room may have; 0 means no limit."""
        return self._room.member_limit

    @property
    def motd(self) -> str:
        """The message of the day; empty for outsiders."""
        return self._room.motd if self.inside else ""

    @property
    def founder_id(self) -> int | None:
        """The id of the account that the room belongs to."""
        return self._room.founder_id

    @property
    def settings(self) -> dict[str, Value]:
        """The room's settings by field (model/room_settings.py), under the rule of motd."""
        return {**values_of(self._room, STORED), "motd": self.motd}

    @property
    def inside(self) -> bool:
        """Whether the person is a member."""
        return self.role is not None

    @property
    def may_set_modes(self) -> bool:
        return permissions.may_set_modes(self.role)

    def has(self, flag: str) -> bool:
        return flag in self._room.flags

    def entries(self, mode: str) -> Sequence[Ban]:
        """The entries of the list `b`, `e` or `I`, in the order they were made. Raises NOT_A_MEMBER for
        outsiders."""
        if not permissions.may_list_bans(self.role):
            raise ChatError(Code.NOT_A_MEMBER, "you are not in this room", self.name)
        return self._room.list(mode)


class PersonView(NamedTuple):
    """A person, as everybody may see them. `role` is their role in the room where they were looked up, if
    any."""

    actor: Actor
    user: str
    """The username that they gave (`~name`), or what stands for it in their mask."""
    realname: str
    """Empty if they gave none."""
    away: str
    """Their away message; NOT_CONNECTED if they have no open connection; empty while they are here."""
    online: bool
    """Whether they have an open connection."""
    operator: bool
    """Whether they are an operator of the server."""
    secure: bool
    """Whether all of their connections are encrypted."""
    bot: bool
    signed_on: float
    """When they connected, in seconds since 1970 UTC."""
    idle: int
    """Seconds since they last did something."""
    role: Role | None = None

    @classmethod
    def of(cls, person: Person, now: float, role: Role | None = None) -> PersonView:
        """The view of a person at `now`, in seconds since 1970 UTC. Hold the hub's lock if all fields must be
        of one moment."""
        actor, sessions = person.actor, person.sessions
        elsewhere = person.elsewhere
        operator, secure = False, bool(sessions or elsewhere)
        # As Person.operator and Person.secure do, in half the time: WHO reads thousands.
        for session in sessions:
            operator = operator or session.operator
            secure = secure and session.secure
        for there in elsewhere.values() if elsewhere else ():
            operator = operator or there.operator
            secure = secure and there.secure
        return cls(
            actor,
            actor.called or actor.user,
            person.realname,
            person.away_message,
            bool(sessions or elsewhere),
            operator,
            secure,
            "B" in person.modes,
            person.signed_on,
            person.idle(now),
            role,
        )

    @property
    def nick(self) -> str:
        return self.actor.nick

    @property
    def shown_realname(self) -> str:
        """The realname, or the nick if they gave none."""
        return self.realname or self.nick

    @property
    def connected(self) -> bool:
        """Whether a connection counts as theirs, so that they are not away merely for lack of one."""
        return self.away != NOT_CONNECTED


class ConversationView(NamedTuple):
    """A room or direct conversation that a person may read."""

    id: int
    key: str
    """A unique key; see Room.key."""
    name: str
    """The room's name without the `#`, or the other person's nick."""
    direct: bool
    first_seq: int
    """Everything from this seq on is stored."""

    @classmethod
    def of(cls, room: Room, name: str) -> ConversationView:
        return cls(room.id, room.key, name, room.direct, room.first_seq)

    @property
    def room(self) -> str:
        """The room's name; empty for a direct conversation."""
        return "" if self.direct else self.name


class Recent(NamedTuple):
    """A conversation with the time of its latest message, in ms since 1970 UTC."""

    conversation: ConversationView
    latest: int


class Missed(NamedTuple):
    """A conversation with events after seq `after`, the last one that was delivered to the person."""

    conversation: ConversationView
    after: int


class Membership(NamedTuple):
    """A person's membership of a room, with their role."""

    room: str
    role: Role


class Monitored(NamedTuple):
    """A nick on a session's list (IRCv3 monitor), as it was given, and the person who was online under it."""

    nick: str
    online: Actor | None


class MonitorAnswer(NamedTuple):
    """The answer about some nicks. The session hears nothing newer about them until `begin()`, so that the
    answer is sent first."""

    nicks: Sequence[Monitored]
    begin: Callable[[], None]
