"""What a session may see of rooms and people, as values that do not change.

The writer and other connections change a room and its people while a worker looks at them. So a protocol is never
given these, but views of them: what its person may know, as it was at one moment. All views are made here.
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
    """A room as one person may know it. `role`: what that person is in it; None for outsiders. `members`: how many
    people are in it, the invisible ones too. Times are ms since 1970 UTC."""

    _room: Room = field(repr=False)
    role: Role | None
    members: int = field(compare=False)

    @classmethod
    def of(cls, live: LiveRoom, key: int | str) -> RoomView:
        """For the person with this Actor.key."""
        return cls(live.room, live.role(key), len(live.members))

    @property
    def id(self) -> int:
        return self._room.id

    @property
    def name(self) -> str:
        """Without the `#`."""
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
        """The nick of who set the topic; `*` for the server itself."""
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
        """The key that opens the room (mode `k`), `*` instead of it for outsiders; empty where there is none."""
        return self._room.password if self.inside or not self._room.password else "*"

    @property
    def member_limit(self) -> int:
        """0: none."""
        return self._room.member_limit

    @property
    def motd(self) -> str:
        """The message of the day; outsiders see none."""
        return self._room.motd if self.inside else ""

    @property
    def founder_id(self) -> int | None:
        """The id of the account that the room belongs to."""
        return self._room.founder_id

    @property
    def settings(self) -> dict[str, Value]:
        """The room's settings by field (model/room_settings.py); see motd."""
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
        """The entries of one of the lists `b`, `e` and `I`, in the order they were made; NOT_A_MEMBER for
        outsiders."""
        if not permissions.may_list_bans(self.role):
            raise ChatError(Code.NOT_A_MEMBER, "you are not in this room", self.name)
        return self._room.list(mode)


class MemberView(NamedTuple):
    """A member of a room. Rooms may have many, so this has no more than a list of names needs."""

    actor: Actor
    role: Role

    @property
    def nick(self) -> str:
        return self.actor.nick


class PersonView(NamedTuple):
    """Somebody as everybody may see them. `role`: in the room where they were looked up, if it was one."""

    actor: Actor
    user: str
    """What they call themselves (`~name`), or what their mask has in its place."""
    realname: str
    """Empty where they have given none."""
    away: str
    """Why they are not here, NOT_CONNECTED where no connection of theirs is open; empty while they are here."""
    online: bool
    """Whether a connection of theirs is open."""
    operator: bool
    """Whether they are an operator of the server."""
    secure: bool
    """Whether all of their connections are encrypted."""
    bot: bool
    signed_on: float
    """Seconds since 1970 UTC."""
    idle: int
    """Seconds since they did something."""
    role: Role | None = None

    @classmethod
    def of(cls, person: Person, now: float, role: Role | None = None) -> PersonView:
        """`now`: seconds since 1970 UTC. Under the hub's lock, if it is to be of one moment."""
        actor, sessions = person.actor, person.sessions
        operator, secure = False, bool(sessions)
        for (
            session
        ) in sessions:  # as Person.operator and Person.secure do, in half the time: WHO asks for thousands
            operator = operator or session.operator
            secure = secure and session.secure
        return cls(
            actor,
            actor.called or actor.user,
            person.realname,
            person.away_message,
            bool(sessions),
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
        """The nick where they have given none."""
        return self.realname or self.nick

    @property
    def connected(self) -> bool:
        """Not away for the reason alone that no connection counts."""
        return self.away != NOT_CONNECTED


class Membership(NamedTuple):
    """That somebody is in a room, as what."""

    room: str
    role: Role


class Monitored(NamedTuple):
    """A nick on a session's list (IRCv3 monitor), as it was asked for, and who was online under it."""

    nick: str
    online: Actor | None


class MonitorAnswer(NamedTuple):
    """What to answer about some nicks. The session is told nothing more about them until `begin()`, so that the
    answer can be sent before anything newer."""

    nicks: Sequence[Monitored]
    begin: Callable[[], None]
