"""What is told of people in the writer's order: presence, realnames, and guests who log in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chatstore.chat.changes.required import claim_nick, required_active, required_guest_nick, touching_person
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import (
    LoggedIn,
    MetadataChanged,
    PersonRenamed,
    PresenceMoved,
    RealnameChanged,
    UserModesChanged,
    WrongGuess,
)
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import person_name
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import (
    GuestLoggedIn,
    MemberJoined,
    MemberKicked,
    MemberQuit,
    ModesChanged,
    NickChanged,
)
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.model.scopes import CONNECTION, WRITE
from chatstore.chat.ports import Change, StoredMember, Touched, Transaction
from chatstore.chat.rules import permissions

HereNow = Callable[[int | str], Presence | None]
"""Hub.presence: what is known of a person's connections to this server at this moment, by their Actor.key."""


@dataclass
class NotePresence(Change):
    """A person came, went, or changed their away state on one connection. Delivery tells the others the
    difference to what they were told last. Where the database has several servers, this one writes what is true
    when it is applied, so it may come late and more than once."""

    actor: Actor
    here: HereNow = lambda _: None
    leaves = True
    deferrable = True
    of_presence = True
    needs = CONNECTION

    def apply(self, tx: Transaction) -> Any:
        self._note(tx, new=False)

    def _note(self, tx: Transaction, *, new: bool) -> None:
        node = tx.presences.node
        if not node:
            tx.announce(PresenceMoved(self.actor, tx.now))
            return
        presence = self.here(self.actor.key)
        if presence is not None:
            tx.presences.put(presence, new=new)
        else:
            tx.presences.remove(self.actor)
        tx.announce(PresenceMoved(presence.actor if presence is not None else self.actor, tx.now, node, presence))


@dataclass
class TakePart(NotePresence):
    """A person comes, by a new connection, and has their nick. Raises NAME_TAKEN if somebody else has it.

    It locks the account, as whatever ends the memberships of somebody who has gone does: one comes second. If it is
    asked for `rooms`, it returns the ids of those that the person is in: another server may have ended that, and
    this one may not have heard of it.

    With `come`, it is a guest whose nick nobody has judged yet. If no account has one like it, `come` is called in
    the writer's turn, and brings the guest online. It must not block, and may raise ChatError; it may be called
    again. What it has done stays if the commit fails."""

    rooms: bool = False
    come: Callable[[], None] | None = None
    leaves = False

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.actor.account_id] if self.actor.account_id is not None else [])

    def apply(self, tx: Transaction) -> Collection[int] | None:
        if self.come is not None:
            required_guest_nick(tx.accounts, person_name(self.actor.nick))
        claim_nick(tx, self.actor)
        if self.come is not None:
            self.come()
        self._note(tx, new=True)
        return {*tx.members.rooms_of(self.actor)} if self.rooms else None


@dataclass
class SetUserModes(Change):
    """Set a person's own modes to exactly these; see Person.modes."""

    actor: Actor
    modes: str

    def apply(self, tx: Transaction) -> None:
        tx.presences.describe(self.actor, modes=self.modes)
        tx.announce(UserModesChanged(self.actor, tx.now, self.modes))


@dataclass
class TellWrongGuess(Change):
    """Tell the other servers of the database that somebody gave a wrong password."""

    folded: str
    network: str
    deferrable = True
    needs = CONNECTION

    def apply(self, tx: Transaction) -> None:
        tx.announce(WrongGuess(tx.presences.node, self.folded, self.network))


@dataclass
class SetRealname(Change):
    """Change a realname. `asked` says that the person asked for it and may be refused (BANNED); otherwise
    another of their connections brought the name."""

    actor: Actor
    realname: str
    asked: bool = True

    def touches(self, tx: Transaction) -> Touched:
        return touching_person(self.actor) if self.asked else Touched()

    def apply(self, tx: Transaction) -> None:
        for member in tx.members.of_person(self.actor) if self.asked else ():
            room = tx.rooms.by_id(member.room)
            if room is not None and not permissions.may_be_renamed(room, member.role, self.actor):
                raise ChatError(Code.BANNED, f"you are banned from #{room.name}", room.name)
        tx.presences.describe(self.actor, realname=self.realname)
        tx.announce(RealnameChanged(self.actor, tx.now, self.realname, self.asked))


@dataclass
class LogInGuest(Change):
    """Log in a guest who takes part.

    If nobody of the account is here, the guest's person becomes the account's: its memberships move, each
    with what it has seen. Otherwise there are two persons, and they become one: the guest quits, and the
    account joins the rooms that it is not in. In both cases, rooms that ban the account remove them first,
    and a role that the account has in a room is kept. `is_here` and `here` are called in the writer's turn. The
    guest's `metadata` becomes the account's, as far as it fits. Raises NAME_TAKEN.
    """

    guest: Actor
    account_id: int
    keeps_nick: bool
    realname: str
    is_here: Callable[[], bool]
    here: HereNow = lambda _: None
    metadata: Mapping[str, str] = field(default_factory=dict)
    most_keys: int = 0
    ends_batch = True
    needs = WRITE

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id], people=[self.guest])

    def apply(self, tx: Transaction) -> None:
        account = tx.accounts.by_id(self.account_id)
        assert account is not None, "an account is never deleted"
        shown = account.nick if person_name(account.nick).folded == account.folded else account.name
        after = Actor(shown, account.name, account.id, bot=self.guest.bot, called=self.guest.called)
        required_active(tx, after)
        merged = self.is_here() or bool(tx.members.of_person(after)) or bool(tx.presences.elsewhere(account.id))
        if merged:
            after = replace(after, nick=account.nick)
        elif self.keeps_nick:
            after = replace(after, nick=self.guest.nick)
        tx.nicks.release(self.guest)
        claim_nick(tx, after)
        rooms = self._remaining(tx, after)
        tx.announce(LoggedIn(self.guest, tx.now, after, merged))
        if merged:
            self._join(tx, after, account, rooms)
        else:
            self._move(tx, after, account, rooms)
        tx.invites.move(self.guest, after)
        self._move_metadata(tx, after, merged=merged)
        self._move_presence(tx, after, merged=merged)

    def _remaining(self, tx: Transaction, after: Actor) -> list[tuple[Room, StoredMember]]:
        """The guest's rooms, without those that ban the account."""
        remaining = []
        for member in tx.members.of_person(self.guest):
            room = tx.rooms.by_id(member.room)
            assert room is not None, "a membership is of a room"
            if permissions.may_stay(room, member.role, after):
                remaining.append((room, member))
            else:
                tx.members.remove(room.id, self.guest)
                tags = {"target": self.guest.nick, "target-key": str(self.guest.key)}
                tx.record(MemberKicked, room.id, SERVER, f"{after.account} is banned", tags)
        return remaining

    def _move(
        self, tx: Transaction, after: Actor, account: Account, rooms: list[tuple[Room, StoredMember]]
    ) -> None:
        tx.accounts.update(account.id, nick=after.nick)
        before = replace(after, nick=self.guest.nick)
        for room, member in rooms:
            tx.members.move(room.id, self.guest, after)
            tx.record(GuestLoggedIn, room.id, self.guest, account.name, {"account-id": str(account.id)})
            first = permissions.first_role(room, after, created=False, admin=account.admin)
            if first.operator and not member.role.operator:
                tx.members.put(room.id, after, member.role.changed("o", True), member.joined_seq)
                tx.record(ModesChanged, room.id, SERVER, f"+o {before.nick}", {"target-keys": str(after.key)})
        if after.nick != before.nick:
            for room, _ in rooms:
                tx.record(NickChanged, room.id, before, after.nick)
            tx.announce(PersonRenamed(before, after.nick, tx.now))

    def _move_metadata(self, tx: Transaction, after: Actor, *, merged: bool) -> None:
        """Move the guest's metadata to the account, and tell the subscribers what differs from what they
        know."""
        subject = Subject(after.nick, actor=after)
        own = tx.metadata.of(subject)
        items = {**own}
        for key, value in self.metadata.items():
            if key in items or len(items) < self.most_keys:
                items[key] = value
                tx.metadata.put(subject, key, value)
        known = own if merged else self.metadata
        for key in sorted({*known, *items}):
            if known.get(key) != items.get(key):
                tx.announce(MetadataChanged(None, after, after, tx.now, key, items.get(key, "")))

    def _move_presence(self, tx: Transaction, after: Actor, *, merged: bool) -> None:
        """Turn the guest's presence into the account's. If they become one person, the others hear of the guest no
        more; otherwise LoggedIn tells them who the guest is."""
        node, presence = tx.presences.node, self.here(self.guest.key)
        if not node or presence is None:
            return
        now = replace(presence, actor=after, metadata={})
        tx.presences.remove(self.guest)
        tx.presences.put(now, new=True)
        if merged:
            tx.announce(PresenceMoved(self.guest, tx.now, node, None))
        tx.announce(PresenceMoved(after, tx.now, node, now))

    def _join(
        self, tx: Transaction, after: Actor, account: Account, rooms: list[tuple[Room, StoredMember]]
    ) -> None:
        for room, _ in rooms:
            tx.members.remove(room.id, self.guest)
            tx.record(MemberQuit, room.id, self.guest, f"logged in as {account.name}")
        for room, member in rooms:
            if tx.members.get(room.id, after) is not None:
                continue
            role = Role(member.role | permissions.first_role(room, after, created=False, admin=account.admin))
            tags = {"role": role.name.lower()} if role > Role.MEMBER else {}
            if self.realname and self.realname != after.nick:
                tags["realname"] = self.realname
            joined = tx.record(MemberJoined, room.id, after, tags=tags)
            tx.members.put(room.id, after, role, joined.seq)
