"""The state that all parts of a session share: its chat, its account and person, and how it submits work.

The parts (rooms, history, sending and so on) are built on a SessionState. Session has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatstore.chat.changes.granted import Refused
from chatstore.chat.changes.people import NotePresence
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Person
from chatstore.chat.long_work import LongWork
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import Hook
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.passwords import PASSWORDS_NEED_TLS
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.model.scopes import EVERYTHING, WRITE, Grant, Scope, outside_scope
from chatstore.chat.ports import Change, Clock, Renderer, Store
from chatstore.chat.rules import permissions
from chatstore.chat.rules.files import Reservations
from chatstore.chat.rules.flood import Flood
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.logins import Logins
from chatstore.chat.session.views import Missed
from chatstore.chat.ticket import Ticket
from chatstore.server_warnings import Warnings
from chatstore.urls import read_url

Unit = Draft | Change
"""Work for the writer. session.sending makes it, and submit() takes it."""
_NONE_MISSED: Mapping[int, Missed] = {}
"""Of most sessions; one object for all of them saves memory."""


@dataclass(eq=False)
class Chat:
    """What all sessions of the running chat share. `clock` returns seconds since 1970 UTC. `apply_policy` may
    replace the policy while the chat runs; nothing else changes."""

    hub: Hub
    store: Store
    logins: Logins
    policy: Policy
    clock: Clock
    flood: Flood
    searching: dict[int | str, object] = field(default_factory=dict)
    """The session that is searching, by its person's key. A person has one search at a time."""

    exporting: dict[int, tuple[object, float]] = field(default_factory=dict)
    """Who fetches the data of an account, by its id, and when the last part was asked for (time.monotonic). An
    account has one export at a time."""

    unnoted: dict[int | str, tuple[Actor, Sequence[Change]]] = field(default_factory=dict)
    """The people of whose presence the others could not be told, by key, and what is changed before that. It
    is done later."""
    reservations: Reservations = field(default_factory=Reservations)
    """What files that are being uploaded may need."""
    warnings: Warnings = field(default_factory=Warnings)
    """What is wrong with the server now."""
    long_work: LongWork = field(default_factory=LongWork)
    push_key: str = ""
    """The public key by which push services know this server; empty before the start has made or read it."""
    hooks_changed: Callable[[], None] = lambda: None
    """Told that webhooks were changed. It does not block."""
    judge_url: Callable[[str], object] = read_url
    """Judges the URL of an outgoing webhook. Raises UrlError."""
    test_hook: Callable[[Hook], str] = lambda _hook: "this server sends no webhooks"
    """Sends something by an outgoing webhook. Returns why that failed; empty if it did not. Blocks."""

    def __post_init__(self) -> None:
        self.hub.refresh = self._refresh

    def note_presence(self, actor: Actor, first: Sequence[Change] = (), origin: object = None) -> Ticket:
        """Have the others told what has become of a person's presence, after the changes `first`. If that is
        refused, it is done later; for an account without the changes, so that who comes back is in their rooms."""
        ticket = self.store.submit([*first, NotePresence(actor, self.hub.presence, origin=origin)])
        again = first if actor.guest is not None else ()
        if self.hub.node or again:
            ticket.when_refused(lambda: self.unnoted.update({actor.key: (actor, again)}))
        return ticket

    def _refresh(self, actor: Actor) -> None:
        if self.hub.node:
            self.note_presence(actor)

    def note_again(self) -> None:
        """Tell of those of whom the others could not be told."""
        for actor, first in [self.unnoted.pop(key) for key in [*self.unnoted]]:
            self.note_presence(actor, first)

    def apply_policy(self, policy: Policy) -> None:
        self.policy = policy
        self.logins.apply_policy(policy)
        self.flood.apply_limits(policy.limits)


class Receiver(Protocol):
    """What a session tells the protocol of its connection. The writer calls these methods: none may block."""

    def send(self, data: bytes) -> None: ...

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """The person joined a room. The session is held there until the protocol releases it."""

    def came_online(self, nick: str) -> None:
        """The session has been told that a monitored person is online."""

    def ended(self, reason: str) -> None:
        """The session is over, for example because its account was suspended or removed. Tell the client, and
        close."""


class SessionState:
    """One connection's part in the chat, as the parts of the session see it. It has an account after login,
    and a person while it takes part. It is a Listener of that person's rooms."""

    __slots__ = (
        "_receiver",
        "account",
        "address",
        "admitted",
        "away",
        "away_at",
        "by_password",
        "came_by_certificate",
        "certificate",
        "chat",
        "grant",
        "local",
        "lost",
        "missed",
        "operator",
        "operator_account",
        "origin",
        "person",
        "progress",
        "renderer",
        "secure",
        "send",
        "token",
        "visitor",
    )

    def __init__(self, chat: Chat, receiver: Receiver, address: str, *, local: bool, renderer: Renderer) -> None:
        self.chat = chat
        self.address = address
        self.local = local
        """Whether the client runs on this machine."""
        self.renderer = renderer
        self.account: Account | None = None
        self.person: Person | None = None
        self.visitor: Person | None = None
        """Who acts by it, if it visits (Session.visit), while the hub knows nobody with that account."""
        self.away = ""
        """The away message of this connection; empty while somebody is there. See Person.away_message."""
        self.away_at = 0.0
        self.operator = False
        """Whether it has proved, by OPER, to be an administrator's; see session.operator."""
        self.operator_account: Account | None = None
        """The account of that administrator at that time. It counts only while `operator` is true."""
        self.secure = False
        """Whether the connection is encrypted; its protocol sets it."""
        self.token: int | None = None
        """The id of the device token that it logged in with."""
        self.grant: Grant = EVERYTHING
        """What that token allows."""
        self.came_by_certificate = ""
        """The fingerprint of the certificate that it logged in with."""
        self.lost = ""
        """Why this session may be here no longer, after a change that it made itself: its connection is closed
        behind the answer to that."""
        self.by_password = False
        """Whether it has shown the password of its account."""
        self.certificate = ""
        """The SHA-256 of the client's certificate in lower-case hex; empty if the client showed none."""
        self.admitted = not chat.policy.password
        """Whether it has shown the server's password, or the server has none."""
        self.missed: Mapping[int, Missed] = _NONE_MISSED
        """The conversations, by room, of which something may not have reached any connection of this account
        when this session entered."""
        self.progress: Callable[[], tuple[int, int] | None] = _unknown
        """How many bytes were sent to the client, and how many of these its system has acknowledged; None if
        that says nothing. The protocol sets it."""
        self.origin: object = self
        """The origin of later submissions: this session, or an Origin of it."""
        self.send: Callable[[bytes], None] = receiver.send
        """Sends the client lines. The protocol may put a shorter way to the same connection in its place."""
        self._receiver = receiver

    @property
    def entered(self) -> Callable[[int, MemberJoined], None]:
        return self._receiver.entered

    @property
    def came_online(self) -> Callable[[str], None]:
        return self._receiver.came_online

    @property
    def end(self) -> Callable[[str], None]:
        return self._receiver.ended

    @property
    def present(self) -> Person:
        """The person who takes part, or visits. Raises LOGIN_REQUIRED before that."""
        if self.person is not None:
            return self.person
        if self.visitor is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        return self.chat.hub.person_keyed(self.visitor.actor.key) or self.visitor

    @property
    def here(self) -> bool:
        """Whether it takes part or visits still."""
        person = self.person
        return self.visitor is not None or (person is not None and self in person.sessions)

    @property
    def actor(self) -> Actor:
        return self.present.actor

    @property
    def own_account(self) -> Account:
        """The account of this session. Raises LOGIN_REQUIRED without one."""
        if self.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        return self.account

    @property
    def now(self) -> int:
        """The current time in ms since 1970 UTC."""
        return int(self.chat.clock() * 1000)

    def submit(self, units: Sequence[Unit]) -> Ticket:
        if self.origin is not self:
            for unit in units:
                if unit.origin is self:
                    unit.origin = self.origin
        if self.token is not None:
            units = [self._granted(unit) for unit in units]
        return self.chat.store.submit(units)

    # What its token allows.

    def need(self, scope: Scope, room: int | None = None, about: str = "") -> None:
        """Raise OUTSIDE_SCOPE unless the session may do this in the room (None: in no room, or in a direct
        conversation)."""
        if not self.grant.covers(scope, room):
            raise outside_scope((scope,), about)

    def _granted(self, unit: Unit) -> Unit:
        """The unit, or what refuses it."""
        if isinstance(unit, Draft):
            return unit if self.grant.covers("write", unit.room) else Refused(outside_scope(WRITE))
        if not self.grant.covers_any(unit.needs, self._place(unit)):
            return Refused(outside_scope(unit.needs), origin=unit.origin)
        unit.grant, unit.by_token = self.grant, self.token
        return unit

    def _place(self, change: Change) -> int | None:
        place = change.place()
        if isinstance(place, str):
            live = self.chat.hub.room_keyed(place)
            return live.room.id if live is not None else None
        return place

    def note_presence(self) -> Ticket:
        """Have the others told what has become of this person's presence."""
        return self.chat.note_presence(self.actor, origin=self.origin)

    def changed(self) -> None:
        """This connection became an operator's, or is one no more."""
        self.chat.hub.user_counts.changed(self.present)
        self.chat.hub.refresh(self.actor)

    # What may be done with passwords here.

    @property
    def may_send_password(self) -> bool:
        allowed = self.chat.policy.accounts.unencrypted_passwords
        return permissions.may_send_password(allowed, secure=self.secure, local=self.local)

    def need_encryption(self) -> None:
        """Raise ENCRYPTION_REQUIRED if the client may not send passwords over this connection."""
        if not self.may_send_password:
            raise ChatError(Code.ENCRYPTION_REQUIRED, PASSWORDS_NEED_TLS)

    def need_welcome(self, actor: Actor | None = None) -> None:
        """Raise SERVER_BANNED if this address, or this person, is banned from the server."""
        bans = self.chat.hub.bans
        if not bans.all:
            return
        ban = bans.of_address(self.address, self.now) if not self.local else None
        if ban is None and actor is not None:
            ban = bans.of_person(actor, self.now)
        if ban is not None:
            bans.hits[ban.id] += 1
            raise ChatError(Code.SERVER_BANNED, ban.sentence)

    def need_password(self) -> None:
        """Raise PASSWORD_REQUIRED if this session has not shown the password. Call it before adding another
        way to log in."""
        if not permissions.may_grant_access(by_password=self.by_password):
            way = "a device token" if self.token is not None else "a certificate"
            text = f"this needs your password, and you logged in by {way}: log in with the password first"
            raise ChatError(Code.PASSWORD_REQUIRED, text)

    def check_password(self, name: str, password: str) -> Account:
        """The account with this name and password; a device token does not count as a password here. Blocks,
        and hashes. Raises ENCRYPTION_REQUIRED, and what Logins.check raises."""
        self.need_encryption()
        return self.chat.logins.check(name, password, self.address)


def _unknown() -> tuple[int, int] | None:
    """SessionState.progress of a connection that can't tell."""
    return None
