"""What all parts of a session share: the chat that it is in, who it is, and how it submits work.

The parts (rooms, history, sending and so on) are built on a SessionState; Session, at the top, has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Person
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import MemberJoined
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.passwords import PASSWORDS_NEED_TLS
from chatstore.chat.ports import Change, Clock, Renderer, Store, Unseen
from chatstore.chat.rules import permissions
from chatstore.chat.rules.flood import Flood
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.logins import Logins
from chatstore.chat.ticket import Ticket

Unit = Draft | Change
"""Work for the writer, as session.sending makes it and submit() takes it."""


@dataclass(eq=False)
class Chat:
    """The running chat: what all sessions share. `clock`: seconds since 1970 UTC. `apply_policy` may replace the
    policy while the chat runs; nothing else of it changes."""

    hub: Hub
    store: Store
    logins: Logins
    policy: Policy
    clock: Clock
    flood: Flood
    searching: dict[int | str, object] = field(default_factory=dict)
    """By a person's key, the session that searches for them just now: one at a time."""

    def apply_policy(self, policy: Policy) -> None:
        self.policy = policy
        self.logins.apply_policy(policy)
        self.flood.apply_limits(policy.limits)


class Receiver(Protocol):
    """What a session tells the protocol that its connection speaks. The writer calls these: none may block."""

    def send(self, data: bytes) -> None: ...

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """The person joined a room. The session is held there until the protocol releases it."""

    def came_online(self, nick: str) -> None:
        """The session has been told that somebody whom it monitors is here."""

    def ended(self, reason: str) -> None:
        """The session is over, because its account was suspended or removed, say: tell the client and close."""


class SessionState:
    """One connection's part in the chat, as its parts see it. It has an account once it has logged in, and a person
    while it takes part. It is a Listener of the rooms of that person."""

    def __init__(self, chat: Chat, receiver: Receiver, address: str, *, local: bool, renderer: Renderer) -> None:
        self.chat = chat
        self.address = address
        self.local = local
        """Whether the client runs on this machine."""
        self.renderer = renderer
        self.account: Account | None = None
        self.person: Person | None = None
        self.away = ""
        """Why nobody sits behind this connection; empty while somebody does. See Person.away_message."""
        self.away_at = 0.0
        self.operator = False
        """Whether it has shown (OPER) that an administrator of the server is behind it; see session.operator."""
        self.operator_account: Account | None = None
        """The account of that administrator, as it was then. It counts only while `operator` is true."""
        self.secure = False
        """Whether the connection is encrypted; its protocol sets it."""
        self.token: int | None = None
        """The id of the device token that it logged in with."""
        self.came_by_certificate = ""
        """The fingerprint of the certificate that it logged in with."""
        self.by_password = False
        """Whether it has shown the password of its account."""
        self.certificate = ""
        """The SHA-256 of the client's certificate in lower-case hex; empty where the client showed none."""
        self.admitted = not chat.policy.password
        """Whether it has shown the server's password, or the server has none."""
        self.missed: Mapping[int, Unseen] = {}
        """By room, the conversations of which something may not have arrived at any connection of this account when
        this session entered."""
        self.progress: Callable[[], tuple[int, int] | None] = lambda: None
        """How many bytes were sent to the client, and how many of these its system has acknowledged; None where
        that says nothing. The protocol sets it."""
        self.origin: object = self
        """The origin of what is submitted from here on: this session, or an Origin of it."""
        self.send = receiver.send
        self.entered = receiver.entered
        self.came_online = receiver.came_online
        self.end = receiver.ended

    @property
    def present(self) -> Person:
        """Who takes part; LOGIN_REQUIRED before that."""
        if self.person is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        return self.person

    @property
    def actor(self) -> Actor:
        return self.present.actor

    @property
    def own_account(self) -> Account:
        """The account that it is logged in to; LOGIN_REQUIRED where there is none."""
        if self.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        return self.account

    @property
    def now(self) -> int:
        """In ms since 1970 UTC."""
        return int(self.chat.clock() * 1000)

    def submit(self, units: Sequence[Unit]) -> Ticket:
        if self.origin is not self:
            for unit in units:
                if unit.origin is self:
                    unit.origin = self.origin
        return self.chat.store.submit(units)

    # What may be done with passwords here.

    @property
    def may_send_password(self) -> bool:
        allowed = self.chat.policy.accounts.unencrypted_passwords
        return permissions.may_send_password(allowed, secure=self.secure, local=self.local)

    def need_encryption(self) -> None:
        """Raises ENCRYPTION_REQUIRED where a password may not be sent."""
        if not self.may_send_password:
            raise ChatError(Code.ENCRYPTION_REQUIRED, PASSWORDS_NEED_TLS)

    def need_password(self) -> None:
        """Raises PASSWORD_REQUIRED where something is to be added that logs in, and this session has not shown the
        password."""
        if not permissions.may_grant_access(by_password=self.by_password):
            way = "a device token" if self.token is not None else "a certificate"
            text = f"this needs your password, and you logged in by {way}: log in with the password first"
            raise ChatError(Code.PASSWORD_REQUIRED, text)

    def check_password(self, name: str, password: str) -> Account:
        """The account of that name and password; a device token is no password here. Blocks, and hashes.
        ENCRYPTION_REQUIRED, and what Logins.check raises."""
        self.need_encryption()
        return self.chat.logins.check(name, password, self.address)
