"""What a person does in rooms and with them. The writer's transaction decides all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatstore.chat.changes.membership import InvitePerson, JoinRoom, KickMember, LeaveRoom, RevokeInvite
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.pinning import PinMessage
from chatstore.chat.changes.rooms import ConfigureRoom, DeclineRoom, RenameRoom, SetTopic, TransferRoom
from chatstore.chat.live.room import moved_into
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name, ascii_folded, person_name, room_name
from chatstore.chat.model.networks import network_of
from chatstore.chat.model.room_events import RoomMoved, RoomRenamed
from chatstore.chat.model.room_settings import Value
from chatstore.chat.model.rooms import OFFER_DAYS, ROLE_MODES, Invite, ModeChange, Offer
from chatstore.chat.model.text import one_line
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket


class Rooms:
    """`session.rooms`. Every method that changes something returns a Ticket at once; `result()` blocks until
    it is stored and delivered."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees

    def join(self, room: str, key: str = "") -> Ticket:
        """Join a room. The result is the MemberJoined; the session is then held in the room until release()."""
        return self._session.submit([self.joining(room, key)])

    def joining(self, room: str, key: str = "") -> JoinRoom:
        """Make a join ready for submit(), so that several share a commit. Raises what can be refused at once."""
        session, name = self._session, room_name(room)
        person, most = session.present, session.chat.policy.limits.rooms_per_account
        live = self._sees.live_named(room)
        if live is None:
            self._make(name)
        elif live.role(person.actor.key) is None:
            self._come(live.room.key, name)
        join = JoinRoom(person.actor, name, key, most, person.realname, session.chat.policy.rooms, origin=session)
        join.most_founded = self._most_founded
        return join

    def part(self, room: str, reason: str) -> Ticket:
        session = self._session
        return session.submit([LeaveRoom(session.actor, self._id(room), one_line(reason), origin=session)])

    def set_topic(self, room: str, topic: str) -> Ticket:
        session = self._session
        return session.submit([SetTopic(session.actor, self._id(room), one_line(topic), origin=session)])

    def pin(self, room: str, message: str, *, pinned: bool = True) -> Ticket:
        """Pin the message with this id, or take it from the pinned ones. The result raises NO_SUCH_MESSAGE,
        OPERATOR_REQUIRED, LIST_FULL."""
        session = self._session
        return session.submit([PinMessage(session.actor, self._id(room), message, pinned, origin=session)])

    def set_modes(self, room: str, changes: Sequence[ModeChange]) -> Ticket:
        """Change modes. The result is a list of ChatErrors, one for each change that failed."""
        session, targets = self._session, {}
        for change in changes:
            target = self._target(change.argument) if change.mode in ROLE_MODES else None
            if target is not None:
                targets[change.argument] = target
        most = session.chat.policy.limits.bans_per_room
        return session.submit([SetModes(session.actor, self._id(room), changes, targets, most, origin=session)])

    def kick(self, room: str, nick: str, reason: str) -> Ticket:
        session, room_id = self._session, self._id(room)
        target = self._sees.live_person(nick).actor
        return session.submit([KickMember(session.actor, room_id, target, one_line(reason), origin=session)])

    def invite(self, nick: str, room: str) -> Ticket:
        """Invite a person to a room. If they are not online, the invite waits, and the call blocks to look
        them up."""
        session, room_id = self._session, self._id(room)
        target = self._sees.online(nick) or self._sees.absent(nick)
        return session.submit([InvitePerson(session.actor, room_id, target, origin=session)])

    def invites(self) -> Sequence[str]:
        """The names of the rooms that this person is invited to. Blocks."""
        self._session.need("read")
        return self._session.chat.store.invites.of_person(self._session.actor)

    def invited_to(self, room: str) -> Sequence[Invite]:
        """The invites to a room, for its operators. Blocks. Raises OPERATOR_REQUIRED."""
        session = self._session
        live = self._sees.live_room(room)
        role = live.role(session.actor.key)
        if role is None:
            raise ChatError(Code.NOT_A_MEMBER, "you are not in this room", live.name)
        session.need("read", live.room.id, live.name)
        if not permissions.may_list_invites(role):
            raise ChatError(Code.OPERATOR_REQUIRED, "you are not an operator of this room", live.name)
        return session.chat.store.invites.to_room(live.room.id)

    def revoke_invite(self, nick: str, room: str) -> Ticket:
        """Take an invite back. Blocks."""
        session, room_id = self._session, self._id(room)
        target = self._sees.online(nick) or self._sees.absent(nick, removed=True)
        return session.submit([RevokeInvite(session.actor, room_id, target, origin=session)])

    def rename(self, room: str, name: str, reason: str = "") -> Ticket:
        """Rename the room. The result is the RoomRenamed."""
        session = self._session
        change = RenameRoom(session.actor, self._id(room), room_name(name), one_line(reason), origin=session)
        return session.submit([change])

    def moved(self, renamed: RoomRenamed) -> RoomMoved | None:
        """The event that shows this session a renamed room as a new one, for a renderer that can't show a
        rename. None if the renderer can, or if clients see both names as the same."""
        same = ascii_folded(renamed.before) == ascii_folded(renamed.body)
        if same or self._session.renderer.follows_renames or not self._sees.is_in(f"#{renamed.body}"):
            return None
        return moved_into(self._session, renamed)

    def configure(self, room: str, values: Mapping[str, Value]) -> Ticket:
        """Change settings, by field of RoomSettings. The result is the RoomConfigured, or None if nothing
        changes. A text is cut at the length of a topic."""
        session, longest = self._session, self._session.chat.policy.limits.topic_length
        given = {
            name: one_line(value)[:longest] if isinstance(value, str) else value for name, value in values.items()
        }
        return session.submit([ConfigureRoom(session.actor, self._id(room), given, origin=session)])

    def transfer(self, room: str, account: str) -> Ticket:
        """Give the room to an account: at once to the person's own, otherwise when the other accepts. The
        result is the FounderChanged, the RoomOffered, or None if the account owns the room already. Blocks."""
        session = self._session
        if session.account is not None and person_name(account).folded == session.account.folded:
            try:
                return self.accept(room)
            except ChatError:
                pass  # it was not offered: whether they may take it is decided below
        return session.submit(
            [
                TransferRoom(
                    session.actor,
                    self._id(room),
                    person_name(account),
                    origin=session,
                    most_founded=self._most_founded,
                )
            ]
        )

    def offers(self) -> Sequence[Offer]:
        """The rooms that were offered to this person's account, or by it; none for a token that may not accept
        them. Blocks."""
        session = self._session
        if session.account is None or not session.grant.covers("manage"):
            return ()
        since = int(session.chat.clock() * 1000) - OFFER_DAYS * 24 * 60 * 60 * 1000
        return [offer for offer in session.chat.store.offers.of_account(session.account.id) if offer.at >= since]

    def accept(self, room: str) -> Ticket:
        """Accept a room that was offered. The result is the FounderChanged. Blocks. Raises NO_SUCH_ROOM."""
        account = self._session.account
        offered = self._offered(room)
        assert account is not None
        name, most = person_name(account.name), self._most_founded
        return self._session.submit(
            [TransferRoom(self._session.actor, offered.room, name, origin=self._session, most_founded=most)]
        )

    def decline(self, room: str) -> Ticket:
        """Decline a room that was offered. Blocks. Raises NO_SUCH_ROOM."""
        return self._session.submit(
            [DeclineRoom(self._session.actor, self._offered(room).room, origin=self._session)]
        )

    def _offered(self, room: str) -> Offer:
        key, account = room_name(room).folded, self._session.account
        for offer in self.offers():
            if account is not None and offer.account == account.id and room_name(f"#{offer.name}").folded == key:
                return offer
        raise ChatError(Code.NO_SUCH_ROOM, "nobody has offered you that room", room)

    def _make(self, name: Name) -> None:
        """Count a room that is about to be made. Raises TOO_MANY_ROOMS."""
        session = self._session
        who = session.actor.account_id
        if not self._spared and not session.chat.flood.makes_room(
            network_of(session.address) if who is None else who
        ):
            raise ChatError(Code.TOO_MANY_ROOMS, "too many new rooms in an hour: try again later", name.shown)

    def _come(self, key: str, name: Name) -> None:
        """Count a join to an existing room. Raises TOO_OFTEN."""
        session, account = self._session, self._session.account
        if account is not None and session.chat.flood.spares(account):
            return
        if not session.chat.flood.joins(session.actor.key, key):
            text = "you have joined this room too often: wait a minute"
            raise ChatError(Code.TOO_OFTEN, text, name.shown)

    @property
    def _most_founded(self) -> int:
        return 0 if self._spared else self._session.chat.policy.limits.rooms_founded

    @property
    def _spared(self) -> bool:
        """Whether there is no limit for this person: they are on the server's machine, or an administrator."""
        account = self._session.account
        return self._session.local or (account is not None and account.admin)

    def _target(self, nick: str) -> Actor | None:
        """The actor of that nick; None if nobody has it, or if it is not valid. The writer then refuses only
        that change."""
        try:
            return self._sees.online(nick)
        except ChatError:
            return None

    def _id(self, room: str) -> int:
        return self._sees.live_room(room).room.id
