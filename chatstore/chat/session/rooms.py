"""What somebody does in rooms and with them. All of it is decided in the writer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatstore.chat.changes.membership import InvitePerson, JoinRoom, KickMember, LeaveRoom
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.rooms import ConfigureRoom, RenameRoom, SetTopic, TransferRoom
from chatstore.chat.names import person_name, room_name
from chatstore.chat.rooms import ROLE_MODES, ModeChange, Reach
from chatstore.chat.text import one_line
from chatstore.chat.ticket import Ticket

if TYPE_CHECKING:
    from chatstore.chat.session import Session


class Rooms:
    """`session.rooms`. Everything returns a Ticket at once; `result()` blocks until it is stored and told."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def join(self, room: str, key: str = "") -> Ticket:
        """Its result is the MemberJoined; the session is then held in the room until release()."""
        session = self._session
        person, most = session.present, session.chat.policy.limits.rooms_per_account
        defaults = session.chat.policy.new_rooms
        return session.submit(
            [JoinRoom(person.actor, room_name(room), key, most, person.realname, defaults, session)]
        )

    def part(self, room: str, reason: str) -> Ticket:
        session = self._session
        return session.submit([LeaveRoom(session.actor, self._id(room), one_line(reason), session)])

    def set_topic(self, room: str, topic: str) -> Ticket:
        session = self._session
        return session.submit([SetTopic(session.actor, self._id(room), one_line(topic), session)])

    def set_modes(self, room: str, changes: Sequence[ModeChange]) -> Ticket:
        """Its result is the list of ChatErrors of those that could not be done."""
        session, targets = self._session, {}
        for change in changes:
            person = session.sees.find(change.argument) if change.mode in ROLE_MODES else None
            if person is not None:
                targets[change.argument] = person.actor
        most = session.chat.policy.limits.bans_per_room
        return session.submit([SetModes(session.actor, self._id(room), changes, targets, most, session)])

    def kick(self, room: str, nick: str, reason: str) -> Ticket:
        session = self._session
        target = session.sees.person(nick).actor
        return session.submit([KickMember(session.actor, self._id(room), target, one_line(reason), session)])

    def invite(self, nick: str, room: str) -> Ticket:
        """The person need not be here: the invitation waits. Blocks where they aren't."""
        session, room_id = self._session, self._id(room)
        target = session.sees.online(nick) or session.sees.absent(nick)
        return session.submit([InvitePerson(session.actor, room_id, target, session)])

    def invitations(self) -> Sequence[str]:
        """The names of the rooms that this person is invited to. Blocks."""
        return self._session.chat.store.invitations(self._session.actor)

    def rename(self, room: str, name: str, reason: str = "") -> Ticket:
        """Its result is the RoomRenamed."""
        session = self._session
        change = RenameRoom(session.actor, self._id(room), room_name(name), one_line(reason), session)
        return session.submit([change])

    def settings(
        self,
        room: str,
        *,
        history: Reach | None = None,
        retention_days: int | None = None,
        motd: str | None = None,
    ) -> Ticket:
        """Set what is given. Its result is the RoomConfigured, or None when all of it is so already."""
        session = self._session
        said = one_line(motd) if motd is not None else None
        return session.submit(
            [ConfigureRoom(session.actor, self._id(room), history, retention_days, said, session)]
        )

    def transfer(self, room: str, account: str) -> Ticket:
        """Give the room to an account. Its result is the FounderChanged, or None when it is theirs already."""
        session = self._session
        return session.submit([TransferRoom(session.actor, self._id(room), person_name(account), session)])

    def _id(self, room: str) -> int:
        return self._session.sees.room(room).room.id
