"""Changes to membership: join, leave, kick, invite, quit, and the names that members are shown by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chatstore.chat.changes.peace import required_heeded
from chatstore.chat.changes.required import (
    acting_member,
    claim_nick,
    operator_required,
    required_active,
    required_member,
    required_own_look,
    touching_person,
)
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import PersonInvited, PersonRenamed, PresenceMoved, RoomOpened
from chatstore.chat.model.imports import Former, Standing
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_events import (
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    NickChanged,
    RoomEvent,
)
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings
from chatstore.chat.model.rooms import Invite, Role, Room, direct_persons, room_key
from chatstore.chat.model.scopes import CONNECTION, TAKE_PART
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions

_JOIN_REFUSALS = {
    Code.BANNED: "you are banned from this room",
    Code.INVITE_ONLY: "this room is invite only",
    Code.WRONG_KEY: "this room has a key, and this is not it",
    Code.ROOM_FULL: "this room is full",
}


@dataclass
class JoinRoom(Change):
    """Join a room, which is made if it does not exist. Returns the MemberJoined."""

    actor: Actor
    name: Name
    key: str
    most_rooms: int
    realname: str = ""
    settings: RoomSettings = DEFAULTS
    most_founded: int = 0
    needs = TAKE_PART

    def place(self) -> int | str | None:
        return room_key(self.name.folded)

    def touches(self, tx: Transaction) -> Touched:
        account = [self.actor.account_id] if self.actor.account_id is not None else []
        return Touched(account, keys=[room_key(self.name.folded)])

    def apply(self, tx: Transaction) -> RoomEvent:
        about = self.name.shown
        account = required_active(tx, self.actor)
        room = tx.rooms.keyed(room_key(self.name.folded))
        own = tx.members.rooms_of(self.actor)
        if room is not None and room.id in own:
            raise ChatError(Code.ALREADY_A_MEMBER, "you are in this room already", room.name)
        if len(own) >= self.most_rooms:
            raise ChatError(Code.TOO_MANY_ROOMS, f"you are in {self.most_rooms} rooms already", about)
        created = room is None
        if room is None:
            key, founder = room_key(self.name.folded), self.actor.account_id
            if founder is not None and self.most_founded and tx.rooms.count_founded(founder) >= self.most_founded:
                text = f"you have {self.most_founded} rooms already: remove one, or give one away"
                raise ChatError(Code.TOO_MANY_ROOMS, text, about)
            room = tx.rooms.add("room", key, self.name.shown, founder, self.settings)
            tx.announce(RoomOpened(room))
            former = None
        else:
            former = tx.imports.former(room.id, self.actor) if room.imported_people else None
            self._check(tx, room, former)
        role = permissions.first_role(
            room, self.actor, created=created, admin=account is not None and account.admin
        )
        came_along = self._role_elsewhere(room, former)
        role = Role(role | came_along) if came_along is not None else role
        tags = {"role": role.name.lower()} if role > Role.MEMBER else {}
        if self.realname and self.realname != self.actor.nick:
            tags["realname"] = self.realname
        if came_along is not None:
            tags["since"] = "1"
        joined = tx.record(MemberJoined, room.id, self.actor, tags=tags)
        tx.members.add(room.id, self.actor, role, joined.seq if came_along is None else 1)
        if came_along is not None and self.actor.account_id is not None:
            tx.members.mark_seen(self.actor.account_id, {room.id: joined.seq})
        if former is not None and former.standing is Standing.NEW:
            tx.imports.set_standing(room.id, self.actor, Standing.USED)
        tx.invites.remove(room.id, self.actor)
        return joined

    def _check(self, tx: Transaction, room: Room, former: Former | None) -> None:
        members = tx.members.count(room.id) if room.member_limit else 0
        refusal = permissions.join_refusal(room, self.actor, key=self.key, members=members)
        if refusal is not None and (invited_at := self._invited_at(tx, room, former)) is not None:
            refusal = permissions.join_refusal(
                room, self.actor, key=self.key, members=members, invited_at=invited_at
            )
        if refusal is not None:
            raise ChatError(refusal, _JOIN_REFUSALS[refusal], room.name)

    def _role_elsewhere(self, room: Room, former: Former | None) -> Role | None:
        """The role that this person had in a private room where it was imported from, if this is the first time
        that they join it here. Who comes back has no more than anybody else: see permissions.readable_from."""
        first = former is not None and former.standing is Standing.NEW and room.history == "members"
        return former.role if first and former is not None else None

    def _invited_at(self, tx: Transaction, room: Room, former: Former | None) -> int | None:
        """When an operator invited this person, in ms since 1970 UTC; None without an invite that lets them
        in. An invite does not count if its sender's account is suspended or removed. Who was in the room where it
        was imported from needs none."""
        invite = tx.invites.get(room.id, self.actor)
        if invite is None or not invite.opens:
            may = former is not None and former.standing is not Standing.LOST
            return room.created_at if may else None
        if isinstance(invite.inviter, int):
            account = tx.accounts.by_id(invite.inviter)
            if account is None or not permissions.may_log_in(account, tx.now):
                return None
        return invite.at


@dataclass
class LeaveRoom(Change):
    actor: Actor
    room: int
    reason: str
    ends_batch = True
    needs = TAKE_PART

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent:
        required_member(tx, self.room, self.actor)
        tx.members.remove(self.room, self.actor)
        return tx.record(MemberLeft, self.room, self.actor, self.reason)


@dataclass
class KickMember(Change):
    actor: Actor
    room: int
    target: Actor
    reason: str
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent:
        room, role = acting_member(tx, self.room, self.actor)
        if not permissions.may_set_modes(role):
            raise operator_required(room)
        member = tx.members.get(self.room, self.target)
        if member is None:
            raise ChatError(Code.TARGET_NOT_A_MEMBER, "they are not in this room", self.target.nick)
        if not permissions.may_kick(room, role, self.actor, self.target):
            raise ChatError(Code.OPERATOR_REQUIRED, "nobody can remove the founder of this room", room.name)
        tx.members.remove(self.room, self.target)
        if room.imported_people:
            tx.imports.set_standing(self.room, self.target, Standing.LOST)
        tx.invites.remove_by(self.room, self.target)
        # The nick may have changed since it was typed; the key identifies the person.
        tags = {"target": member.actor.nick, "target-key": str(self.target.key)}
        kicked = tx.record(MemberKicked, self.room, self.actor, self.reason, tags)
        about = f"{member.actor.nick}: {self.reason}" if self.reason else member.actor.nick
        tx.audit.note("room.kick", self.actor, f"#{room.name}", about)
        return kicked


@dataclass
class InvitePerson(Change):
    """Invite a person to a room. The invite is kept until it is used, revoked, or its sender loses their
    role. An operator's invite lets the person join once; any other only tells them that they are welcome."""

    actor: Actor
    room: int
    target: Actor

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        room, role = required_member(tx, self.room, self.actor)
        if not permissions.may_invite(room, role):
            raise operator_required(room)
        if tx.members.get(self.room, self.target) is not None:
            raise ChatError(Code.ALREADY_A_MEMBER, "they are in this room already", self.target.nick)
        required_heeded(tx, self.actor, self.target)
        opens, given = permissions.invite_opens(role), tx.invites.get(self.room, self.target)
        if opens or given is None or not given.opens:  # a member's invite does not replace an operator's
            newest_ban = max((ban.set_at for ban in room.bans), default=0)
            at = max(tx.now, newest_ban + 1)  # later than every ban that it overrides, even within one millisecond
            tx.invites.add(self.room, Invite(self.target, self.actor.nick, self.actor.key, at, opens))
        tx.announce(PersonInvited(self.room, self.actor, self.target, tx.now))


@dataclass
class RevokeInvite(Change):
    """Revoke an invite. Operators may revoke any, everybody else their own. Raises NO_SUCH_INVITE."""

    actor: Actor
    room: int
    target: Actor

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        room, role = required_member(tx, self.room, self.actor)
        invite = tx.invites.get(self.room, self.target)
        if not permissions.may_revoke_invite(role, own=invite is not None and invite.by(self.actor)):
            raise operator_required(room)
        if invite is None:
            raise ChatError(Code.NO_SUCH_INVITE, "they are not invited to this room", self.target.nick)
        if room.imported_people and permissions.may_revoke_invite(role, own=False):
            tx.imports.set_standing(self.room, self.target, Standing.LOST)
        tx.invites.remove(self.room, self.target)


@dataclass
class QuitRooms(Change):
    """Leave every room at once, because the last connection has ended and nothing keeps the memberships.

    What guests have said to each other is deleted with the last of them. `is_here` takes an Actor.key, and is
    called in the writer's turn. Somebody who has a connection to another server stays.
    """

    actor: Actor
    reason: str
    is_here: Callable[[int | str], bool] = lambda _: False
    ends_batch = True
    leaves = True
    needs = CONNECTION

    def touches(self, tx: Transaction) -> Touched:
        of_guests = tx.rooms.of_guests(self.actor) if self.actor.guest is not None else ()
        return touching_person(self.actor)._replace(rooms=[room.id for room in of_guests])

    def apply(self, tx: Transaction) -> None:
        if tx.presences.elsewhere(self.actor.key):
            tx.announce(PresenceMoved(self.actor, tx.now, tx.presences.node, None))
            return
        for member in tx.members.of_person(self.actor):
            tx.members.remove(member.room, self.actor)
            tx.record(MemberQuit, member.room, self.actor, self.reason)
        if self.actor.guest is not None:
            for room in tx.rooms.of_guests(self.actor):
                if not any(self.is_here(key) or tx.presences.elsewhere(key) for key in direct_persons(room.key)):
                    tx.rooms.remove(room.id)


@dataclass
class ChangeNick(Change):
    """Change a person's nick. No other account has the new nick, and nobody at another server, which the change
    checks; and nobody at this one, which the session has checked."""

    actor: Actor
    nick: Name
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return touching_person(self.actor)

    def apply(self, tx: Transaction) -> None:
        tx.nicks.reserve(self.nick)
        owner = tx.accounts.named(self.nick.folded)
        if owner is not None and owner.id != self.actor.account_id:
            raise ChatError(Code.NAME_TAKEN, "that name belongs to somebody else", self.nick.shown)
        if owner is None:
            required_own_look(tx, self.nick, self.actor.account_id)
        claim_nick(tx, replace(self.actor, nick=self.nick.shown))
        tx.presences.describe(self.actor, nick=self.nick.shown)
        if self.actor.account_id is not None:
            tx.accounts.update(self.actor.account_id, nick=self.nick.shown)
        else:
            tx.members.rename_guest(self.actor, self.nick.shown)
        for member in tx.members.of_person(self.actor):
            tx.record(NickChanged, member.room, self.actor, self.nick.shown)
        tx.announce(PersonRenamed(self.actor, self.nick.shown, tx.now))
