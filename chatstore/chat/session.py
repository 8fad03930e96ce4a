"""Session: one connection's part in the chat, and the only thing that a door talks to.

A door reads a command, checks its form, asks the session, and answers. What is allowed is decided by
`permissions`, here before the work is queued where the hub knows enough, and in the writer's transaction
for everything that changes a room. Methods that block say so; the others only queue work and return.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstore.chat import permissions
from chatstore.chat.accounts import Account
from chatstore.chat.changes.accounts import MarkSeen
from chatstore.chat.changes.membership import (
    ChangeNick,
    InvitePerson,
    JoinRoom,
    KickMember,
    LeaveRoom,
    QuitRooms,
)
from chatstore.chat.changes.posting import PostDirect, SendTags
from chatstore.chat.changes.rooms import SetModes, SetTopic
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.events import NO_TAGS, Actor, MemberJoined
from chatstore.chat.hub import Hub
from chatstore.chat.live import LiveRoom, Person
from chatstore.chat.logins import Logins
from chatstore.chat.messages import Draft, HistoryQuery, Page
from chatstore.chat.names import person_name, room_name
from chatstore.chat.policy import Policy
from chatstore.chat.ports import Change, Clock, Conversation, Store, Unseen, View
from chatstore.chat.rooms import ModeChange, Room, direct_key, room_key
from chatstore.chat.ticket import Ticket


@dataclass(frozen=True)
class Chat:
    """The running chat: what every session of it shares. `clock`: seconds since 1970 UTC."""

    hub: Hub
    store: Store
    logins: Logins
    policy: Policy
    clock: Clock


class Door(Protocol):
    """What a session tells the door it belongs to. Called by the writer: none of these may block."""

    def send(self, data: bytes) -> None: ...

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """The person joined a room; the session is held there until the door releases it."""

    def ended(self, reason: str) -> None:
        """The session is over (its account was suspended or removed): say so and close."""


class Session:
    """One connection. It has an account when it logged in, and a person once it takes part (`enter`)."""

    def __init__(self, chat: Chat, door: Door, address: str, *, local: bool, view: View) -> None:
        self.chat = chat
        self.address = address
        self.local = local
        self.view = view
        self.account: Account | None = None
        self.person: Person | None = None
        self.missed: Mapping[int, Unseen] = {}
        """By room: conversations with something that no connection of this account was shown. Empty when
        another one was open as this session came."""
        self._door = door
        self._admitted = not chat.policy.server_password
        self.send = door.send
        self.entered = door.entered
        self.end = door.ended

    @property
    def actor(self) -> Actor:
        return self._present().actor

    # Who it is.

    def give_server_password(self, password: str) -> bool:
        """Whether it is the server's password, which admits whoever has no account to log in to."""
        self._admitted = self._admitted or self.chat.logins.admits(password, self.address)
        return self._admitted and bool(self.chat.policy.server_password)

    def log_in(self, name: str, password: str) -> Account:
        """Blocks, and hashes: for a password worker. See Logins.check for what it raises."""
        self.account = self.chat.logins.check(name, password, self.address)
        return self.account

    def register(self, name: str, password: str) -> Account:
        """Make an account and log in to it. Blocks, and hashes. See Logins.register."""
        if not self._admitted and self.person is None:
            raise ChatError(Code.SERVER_PASSWORD, "this server has a password: give it first", name)
        other = self.chat.hub.person(person_name(name).folded)
        if other is not None and other is not self.person:
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", name)
        self.account = self.chat.logins.register(name, password, self.address, local=self.local)
        return self.account

    def enter(self, nick: str, realname: str) -> list[int]:
        """Take part under the account's nick, or as a guest under this one. Blocks.

        Returns the ids of the rooms the person is in already. The session is held in each of them, and in
        its direct conversations, until release() and release_directs(). Raises LOGIN_REQUIRED,
        SERVER_PASSWORD, INVALID_NAME, NAME_TAKEN, SUSPENDED.
        """
        actor = self._account_actor() if self.account is not None else self._guest_actor(nick)
        self.person, rooms = self.chat.hub.attach(self, actor, one_line(realname), self.chat.clock())
        if self.account is not None:
            if self.person.sessions == [self]:
                # The last connection before may have gone a moment ago: what it saw is marked first.
                self.chat.store.submit([MarkSeen(self.account.id)]).wait()
                self.missed = {each.room.id: each for each in self.chat.store.unseen(self.account.id)}
            # A suspension between the password and here found no session to end.
            now = self.chat.store.account_named(self.account.folded)
            if now is None or not permissions.may_log_in(now):
                self.leave("suspended")
                raise ChatError(Code.SUSPENDED, "this account is suspended", actor.nick)
        return rooms

    def leave(self, reason: str, *, received: bool = True) -> None:
        """Take no part any more. The person stays in their rooms, away, if they have an account and
        accounts are always on; otherwise the rooms see them quit.

        `received`: what was sent to this session is known to have arrived. Otherwise it counts as missed: to be
        told something again is better than never.
        """
        if self.person is None:
            return
        person, stays = self.person, self.person.actor.account is not None and self.chat.policy.always_on
        seen = self.chat.hub.detach(self, stays=stays)
        if seen is None:
            return
        if person.actor.account_id is not None:
            self.chat.store.submit([MarkSeen(person.actor.account_id, seen if received else {})])
        if not stays and person.rooms:
            self.chat.store.submit([QuitRooms(person.actor, reason)])

    def change_nick(self, nick: str) -> Ticket | None:
        """Be shown as `nick`; None when that is so already. INVALID_NAME, NAME_FIXED, NAME_TAKEN."""
        person, name = self._present(), person_name(nick)
        if name.shown == person.nick:
            return None
        own = person_name(person.actor.account).folded if person.actor.account is not None else None
        if own is not None and self.chat.policy.nick_must_be_account and name.folded != own:
            raise ChatError(Code.NAME_FIXED, f"your nick is your account's name, {person.nick}", nick)
        if not self.chat.hub.claim(name.folded, person):
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", nick)
        ticket = self.chat.store.submit([ChangeNick(person.actor, name, self)])
        ticket.when_done(lambda: self.chat.hub.unclaim(name.folded, person))
        return ticket

    def set_away(self, message: str) -> None:
        """Away with a message, or back with an empty one: the whole person, on every connection."""
        self._present().away = one_line(message)

    # What it says.

    def draft(self, target: str, kind: str, body: str, tags: Mapping[str, str] = NO_TAGS) -> Draft | Change:
        """A message to `#room` or to a person, ready for submit(); whatever is refused at once is raised."""
        self._check_body(body)
        self._present().last_active = self.chat.clock()
        room_id = self._target(target)
        if room_id is not None:
            return Draft(room_id, self.actor, kind, body, tags, self)
        person = self._online(target)
        return PostDirect(self.actor, person or person_name(target).folded, kind, body, tags, self)

    def tags_only(self, target: str, tags: Mapping[str, str]) -> Change | None:
        """Tags without a message; None where there is no conversation that they could be part of."""
        room_id = self._target(target)
        if room_id is None and self._online(target) is None:
            raise _nobody(target)
        return SendTags(self.actor, room_id, tags, self) if room_id is not None else None

    def submit(self, units: Sequence[Draft | Change]) -> Ticket:
        return self.chat.store.submit(units)

    # Rooms.

    def join(self, room: str, key: str = "") -> Ticket:
        """Its result is the MemberJoined; the session is then held in the room until release()."""
        most = self.chat.policy.limits.rooms_per_account
        person = self._present()
        return self.submit([JoinRoom(person.actor, room_name(room), key, most, person.realname, self)])

    def part(self, room: str, reason: str) -> Ticket:
        return self.submit([LeaveRoom(self.actor, self._room(room).room.id, one_line(reason), self)])

    def set_topic(self, room: str, topic: str) -> Ticket:
        return self.submit([SetTopic(self.actor, self._room(room).room.id, one_line(topic), self)])

    def set_modes(self, room: str, changes: Sequence[ModeChange]) -> Ticket:
        """Its result is the list of ChatErrors of those that could not be done."""
        targets = {}
        for change in changes:
            person = self._find(change.argument) if change.mode in "ov" else None
            if person is not None:
                targets[change.argument] = person.actor
        most = self.chat.policy.limits.bans_per_room
        return self.submit([SetModes(self.actor, self._room(room).room.id, changes, targets, most, self)])

    def kick(self, room: str, nick: str, reason: str) -> Ticket:
        return self.submit(
            [KickMember(self.actor, self._room(room).room.id, self._person(nick).actor, one_line(reason), self)]
        )

    def invite(self, nick: str, room: str) -> Ticket:
        """The person need not be here: the invitation waits. Blocks where they aren't."""
        live = self._room(room)
        person = self._find(nick)
        return self.submit(
            [InvitePerson(self.actor, live.room.id, person.actor if person else self._absent(nick), self)]
        )

    def release(self, room_id: int, after: int) -> None:
        """Everything of the room up to seq `after` was shown: from here on, live."""
        self.chat.hub.release(self, room_id, after)

    def release_directs(self, shown: dict[int, int]) -> None:
        self.chat.hub.release_directs(self, shown)

    # What it sees.

    def visible_room(self, room: str) -> LiveRoom:
        """A room whose name, topic and members this person may know; NO_SUCH_ROOM for all others."""
        return self._room(room)

    def visible_rooms(self) -> list[LiveRoom]:
        key = self._present().actor.key
        return [live for live in self.chat.hub.rooms() if permissions.may_see(live.room, live.role(key))]

    def visible_person(self, nick: str) -> Person:
        return self._person(nick)

    def away_message(self, nick: str) -> str:
        """Why a message to somebody may have to wait; empty when they are here."""
        person = self._find(nick)
        return person.away_message if person is not None else "not connected"

    def find_conversation(self, target: str) -> tuple[Room, str]:
        """The room or direct conversation behind `#room` or a nick, and the room's name or the other person's
        nick, if this person may read it; otherwise NO_SUCH_ROOM or NO_SUCH_PERSON, whether it exists or not.
        Blocks."""
        actor = self.actor
        if target.startswith("#"):
            live = self.chat.hub.room_keyed(room_key(room_name(target).folded))
            if live is not None and permissions.may_read(live.room, live.role(actor.key), actor):
                return live.room, live.name
            raise _no_room(target)
        person = self._find(target)
        other = person.actor if person is not None else self._absent(target, removed=True)
        room = self.chat.store.room_keyed(direct_key(actor.key, other.key))
        if room is None or not permissions.may_read(room, None, actor):
            raise _nobody(target)
        return room, other.nick

    def page(self, query: HistoryQuery) -> Page:
        """A page of a conversation that find_conversation() or join() gave; nothing of a room that the person
        is no longer in. Blocks.

        Asked after reading: what is said after a kick is stored only when the hub knows of the kick.
        """
        page = self.chat.store.page(query)
        live, actor = self.chat.hub.room(query.room), self.actor
        if live is not None and not permissions.may_read(live.room, live.role(actor.key), actor):
            return Page((), page.last_seq)
        return page

    def first_seq_from(self, room_id: int, time: int) -> int:
        """Blocks; see Store.first_seq_from."""
        return self.chat.store.first_seq_from(room_id, time)

    def conversations(self, after: int, before: int, limit: int) -> Sequence[Conversation]:
        """Blocks; see Store.conversations."""
        return self.chat.store.conversations(self.actor, after, before, limit)

    # Behind these.

    def _present(self) -> Person:
        if self.person is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        return self.person

    def _account_actor(self) -> Actor:
        """As the account was shown last; by its own name when somebody else is shown so now."""
        assert self.account is not None
        account = self.account
        here = self.chat.hub.person(person_name(account.nick).folded)
        taken = here is not None and here.actor.account_id != account.id
        return Actor(account.name if taken else account.nick, account.name, account.id)

    def _guest_actor(self, nick: str) -> Actor:
        actor = Actor(person_name(nick).shown, guest="g" + secrets.token_hex(8))
        if not permissions.may_take_part(actor, guests=self.chat.policy.guests):
            raise ChatError(Code.LOGIN_REQUIRED, "this server is for accounts: log in first", nick)
        if not self._admitted:
            raise ChatError(Code.SERVER_PASSWORD, "this server has a password", nick)
        if self.chat.store.account_named(person_name(nick).folded) is not None:
            raise ChatError(Code.NAME_TAKEN, "that name belongs to an account: log in, or take another", nick)
        return actor

    def _check_body(self, body: str) -> None:
        if not one_line(body):
            raise ChatError(Code.EMPTY_MESSAGE, "there is nothing to send")
        if len(body.encode("utf-8")) > self.chat.policy.limits.message_length:
            most = self.chat.policy.limits.message_length
            raise ChatError(Code.MESSAGE_TOO_LONG, f"a message has at most {most} bytes")

    def _target(self, target: str) -> int | None:
        """The id of a room this person may post to, or of a direct conversation known here; else None."""
        if target.startswith("#"):
            live = self.chat.hub.room_keyed(room_key(room_name(target).folded))
            key = self.actor.key
            if live is None or not (permissions.may_see(live.room, live.role(key)) or not live.room.has("n")):
                raise _no_room(target)
            if not permissions.may_post(live.room, live.role(key), self.actor):
                raise ChatError(Code.CANNOT_POST, "you may not speak in this room", live.name)
            return live.room.id
        other = self._online(target)
        return self.chat.hub.direct(direct_key(self.actor.key, other.key)) if other is not None else None

    def _online(self, nick: str) -> Actor | None:
        person = self._find(nick)
        return person.actor if person is not None else None

    def _find(self, nick: str) -> Person | None:
        try:
            return self.chat.hub.person(person_name(nick).folded)
        except ChatError:
            raise _nobody(nick) from None

    def _person(self, nick: str) -> Person:
        person = self._find(nick)
        if person is None:
            raise _nobody(nick)
        return person

    def _absent(self, nick: str, *, removed: bool = False) -> Actor:
        """Somebody who has an account (or had one) and no connection. Blocks."""
        account = self.chat.store.account_named(person_name(nick).folded)
        if account is None or (account.status == "removed" and not removed):
            raise _nobody(nick)
        return Actor(account.nick, account.name, account.id)

    def _room(self, room: str) -> LiveRoom:
        try:
            live = self.chat.hub.room_keyed(room_key(room_name(room).folded))
        except ChatError:
            raise _no_room(room) from None
        if live is None or not permissions.may_see(live.room, live.role(self._present().actor.key)):
            raise _no_room(room)
        return live


def one_line(text: str) -> str:
    """The text, if it can be part of a line at every door; INVALID_TEXT otherwise."""
    if "\n" in text or "\r" in text or "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "a text can't contain line ends or NUL here")
    return text


def _no_room(room: str) -> ChatError:
    return ChatError(Code.NO_SUCH_ROOM, "there is no such room", room)


def _nobody(nick: str) -> ChatError:
    return ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", nick)
