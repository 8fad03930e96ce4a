"""Session: one connection's part in the chat, and all that a protocol sees of the chat.

A protocol reads a command, checks its form, asks the session, and answers. `permissions` decides what is
allowed. The session asks it before it queues work, if the hub knows enough; a change to a room asks it again
in the writer's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from chatstore.chat.changes.accounts import MarkPresent, MarkSeen, SetPersistence, SetReplay
from chatstore.chat.changes.membership import ChangeNick, QuitRooms
from chatstore.chat.changes.people import LogInGuest, SetRealname, SetUserModes, TakePart
from chatstore.chat.changes.tokens import UseToken
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Origin, Person
from chatstore.chat.model.accounts import Account, Persistence, Replay, ended_because
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.names import new_person_name, person_name
from chatstore.chat.model.networks import network_of
from chatstore.chat.model.scopes import EVERYTHING
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, PASSWORD_CHANGED, REMOVED, is_token
from chatstore.chat.ports import Change, Renderer
from chatstore.chat.rules import permissions
from chatstore.chat.rules.flood import Pace
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.actors import (
    absent_actor,
    account_actor,
    guest_actor,
    reclaim_name,
    unjudged_guest,
)
from chatstore.chat.session.parts import SessionParts
from chatstore.chat.session.state import Chat, Receiver
from chatstore.chat.session.views import ConversationView, Missed
from chatstore.chat.ticket import Ticket

BYTES_A_LINE = 32_768
"""This many bytes of an answer from the history count as one line that was heard."""
_NOT_JUDGED = (Code.NOT_STORED, Code.BUSY, Code.INTERNAL)
"""Why the writer refuses a change without having looked at it, or without having come to an end."""
_NOTED_EVERY = 600_000
"""Milliseconds after which it is noted again that a visiting session uses its account and its token."""
_NOTHING_TOLD: Mapping[int, int] = {}
_USERNAME = 20
"""The most characters of a username; the rest is cut off."""


class Session(SessionParts):
    """One connection. It has an account after login, and a person once it takes part (`enter`).

    What a call returns:

    - A question returns a value that does not change (views.py), or raises ChatError. If it reads the
      database, its docstring says that it blocks.
    - A call that changes something returns a Ticket. Its `result()` blocks until the change is stored and
      everybody has been told. The call's docstring says what `result()` returns; it may raise ChatError. The
      call itself raises what it can refuse at once. If it hashes or reads the database first, its docstring
      says that it blocks.
      `rooms.set_modes` is the exception: changes that fail don't keep the others from being made, so its result
      is the list of their errors.
    - `sending` and `rooms.joining` make Units for `submit()`, so that several messages, or joins, share a commit.
    - Entering takes several steps of both kinds, and each step depends on the one before. So `log_in`,
      `register`, `enter` and `take_account` block until all of them are done.
    """

    __slots__ = ("_pace", "_told")

    def __init__(self, chat: Chat, receiver: Receiver, address: str, *, local: bool, renderer: Renderer) -> None:
        super().__init__(chat, receiver, address, local=local, renderer=renderer)
        self._pace = Pace(chat.flood)
        self._told: Mapping[int, int] = _NOTHING_TOLD
        """The last seq by room that it had been told when it left."""
        chat.hub.user_counts.connected(self)

    # What its protocol may know of it and of the chat.

    @property
    def policy(self) -> Policy:
        """The current policy. A reload of the configuration replaces it and never changes it in place."""
        return self.chat.policy

    @property
    def takes_part(self) -> bool:
        """Whether it has entered. It is still true after it has left."""
        return self.person is not None

    @property
    def nick(self) -> str:
        """The nick of its person; empty before it takes part."""
        return self.present.nick if self.person is not None or self.visitor is not None else ""

    @property
    def realname(self) -> str:
        """The realname that its person gave; empty if they gave none."""
        return self.present.realname

    @property
    def modes(self) -> frozenset[str]:
        """The modes of its person; see change_modes."""
        return self.present.modes

    def clock(self) -> float:
        """Seconds since 1970 UTC."""
        return self.chat.clock()

    def monotonic(self) -> float:
        """Seconds since some start, for measuring how long something takes."""
        return self.chat.flood.clock()

    def stays_by(self, policy: Policy) -> bool:
        """Whether the person would remain in their rooms under that policy; see stays."""
        return permissions.stays(self.account, always_on=policy.accounts.always_on)

    # How what it is told is written, and where it goes.

    def change_renderer(self, renderer: Renderer) -> None:
        """Use this renderer for everything that the session is told from now on."""
        self.chat.hub.change_renderer(self, renderer)

    def answer_by(self, tell: Callable[[bytes], None] | None) -> None:
        """Send what this session is told about its own submissions by `tell`, which must not block. None
        sends it like everything else."""
        self.origin = Origin(self, tell) if tell is not None else self

    # How fast it may be heard.

    def hear(self, cost: float = 1.0, *, question: bool = False) -> float:
        """Count a line as `cost` lines if it may be heard now, and return 0. Otherwise return the seconds until it
        may be heard. A `question` only reads, and has its own budget."""
        return self._pace.hear(self.account, cost, question=question)

    def heard(self, cost: float) -> None:
        """Count so many more lines for the one that was heard."""
        self._pace.take(self.account, cost)

    def worked(self, seconds: float) -> None:
        """Count the processor seconds that answering its questions took. Call it in the I/O thread, like
        hear()."""
        self._pace.worked(self.account, seconds)

    def answered(self, size: int) -> None:
        """Count an answer of so many bytes; a long answer counts as further lines."""
        if size >= BYTES_A_LINE:
            self._pace.owe(size // BYTES_A_LINE)

    # Who it is.

    def speaks_for(self, address: str, *, secure: bool) -> None:
        """Take the address of the person that a gateway connects for. They are not on this machine, and the
        certificate that was shown is the gateway's, not theirs. Raises SERVER_BANNED."""
        self.address, self.local, self.secure, self.certificate = address, False, secure, ""
        self.need_welcome()

    def give_server_password(self, password: str, *, counted: bool = True) -> bool:
        """Whether this is the server's password, which admits people without an account. See Logins.admits."""
        self.admitted = self.admitted or self.chat.logins.admits(password, self.address, counted=counted)
        return self.admitted and bool(self.chat.policy.password)

    @property
    def may_register(self) -> bool:
        """Whether this connection may register an account; the invitation that it gave counts, and so does a link
        that sets the password of an account."""
        registration, given = self.chat.policy.accounts.registration, self.invitations.given
        if given is not None and given.account_id is not None:
            return True
        invited = given is not None
        return permissions.may_register(registration, local=self.local, invited=invited)

    def log_in(self, name: str, password: str) -> Account:
        """Log in by a password or a device token. Blocks. A password is hashed, so call this in a password
        worker. See check_password."""
        if is_token(password):
            self.need_encryption()
            self.account, token = self.chat.logins.check_token(name, password, self.address)
            self.token, self.grant = token.id, token.grant
        else:
            self.account, self.by_password = self.check_password(name, password), True
        return self.account

    def log_in_again(self, name: str, password: str) -> bool:
        """Log in by a password that was right a few minutes ago. Blocks, but hashes nothing. False: only log_in()
        can tell. Raises ENCRYPTION_REQUIRED, and what Logins.check_again raises."""
        self.need_encryption()
        found = self.chat.logins.check_again(name, password, self.address)
        if found is not None:
            self.account, self.by_password = found, True
        return found is not None

    def log_in_by_token(self, token: str) -> Account:
        """Log in by a device token alone, which says whose it is. Blocks. Raises ENCRYPTION_REQUIRED, and what
        Logins.check_token raises."""
        self.need_encryption()
        self.account, found = self.chat.logins.check_token(None, token, self.address)
        self.token, self.grant = found.id, found.grant
        return self.account

    def log_in_by_certificate(self, name: str = "") -> Account:
        """Log in to the account of the certificate that the client has shown. Blocks. See
        Logins.check_certificate."""
        self.account = self.chat.logins.check_certificate(self.certificate, name, self.address)
        self.came_by_certificate = self.certificate
        return self.account

    def payers(self, name: str = "") -> tuple[str, str]:
        """Who pays for computing a hash, which is slow: the account (of this session, or the one that it
        wants to log in to) and the address. Those who ask for many wait for those who ask for few."""
        try:
            folded = self.account.folded if self.account is not None else person_name(name).folded
        except ChatError:
            folded = ""
        return f"account {folded}", f"address {network_of(self.address)}"

    def check_new_password(self, name: str, password: str) -> None:
        """Raise BAD_PASSWORD or WEAK_PASSWORD where an account of this name can't have this password. Takes some
        milliseconds, so call it in a password worker."""
        self.chat.logins.check_new_password(password, name)

    def register(self, name: str, password: str) -> Account:
        """Register an account, by the invitation if one was given, and log in to it. By a one-use link for an
        account, set its password and log in to it. Blocks, and hashes. Raises ENCRYPTION_REQUIRED, and what
        Logins.register and Logins.reset raise."""
        self.need_encryption()
        given = self.invitations.given
        if not self.admitted and self.person is None and given is None:
            raise ChatError(Code.SERVER_PASSWORD, "this server has a password: give it first", name)
        try:
            if given is not None and given.account_id is not None:
                self.account = self.chat.logins.reset(name, password, self.address, given)
            else:
                self.account = self._register_new(name, password, given)
        except ChatError as error:
            if error.code is Code.INVALID_CODE:
                self.invitations.given = None
            raise
        self.invitations.given = None
        self.by_password = True
        return self.account

    def _register_new(self, name: str, password: str, given: AccountInvitation | None) -> Account:
        other = self.chat.hub.person(person_name(name).folded)
        if other is not None and other is not self.person:
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", name)
        guest = self.person.actor.key if self.person is not None else ""
        register = self.chat.logins.register
        return register(name, password, self.address, local=self.local, invitation=given, guest=guest)

    def enter(self, nick: str, realname: str, username: str = "") -> list[int]:
        """Take part under this nick, as a guest or with the account. An account has this nick only if people
        choose their nicks and it has no other open connection; otherwise it keeps its own. For `username` see
        Actor.called. Blocks.

        Returns the ids of the rooms that the person is in already. The session is held in each of them, and
        in its direct conversations, until release() and release_direct_conversations(). Raises
        LOGIN_REQUIRED, SERVER_PASSWORD, SERVER_BANNED, INVALID_NAME, NAME_TAKEN, SUSPENDED; and NOT_STORED,
        if the database has several servers.
        """
        hub, called = self.chat.hub, _called(username)
        actor = account_actor(self, nick) if self.account is not None else guest_actor(self, nick)
        self.need_welcome(replace(actor, called=called))
        person, rooms = hub.attach(self, actor, one_line(realname), self.chat.clock())
        hub.call(person, called)
        may_have_left = bool(hub.node and rooms and not self.stays)
        news: list[Change] = [TakePart(person.actor, hub.presence, may_have_left, origin=self)]
        if realname and realname != person.realname and self.grant.covers("manage"):
            news.append(SetRealname(person.actor, realname, asked=False, origin=self))
        if self.account is not None:
            # Mark first what the other connections have seen. A connection that is lost, without anybody knowing
            # it yet, has not acknowledged what it was sent since then.
            news.append(MarkSeen(self.account.id, self._seen_by_others()))
        if self.token is not None:
            news.append(UseToken(self.token))
        outcomes = self.submit(news).wait()
        if hub.node and isinstance(outcomes[0], ChatError):
            hub.detach(self, stays=self.stays)
            self.person = None
            raise outcomes[0]
        if may_have_left:
            for room_id in {*rooms} - outcomes[0]:
                hub.skip(self, room_id)
            rooms = [room_id for room_id in rooms if room_id in outcomes[0]]
        # A suspension or ban between the login and here found no session to end, so ask again.
        refusal = self._unwelcome()
        if refusal is None and self.account is not None:
            self._look_for_missed()
            token_gone = self.token is not None and outcomes[-1] is False
            refusal = self._access_lost(self.account, token_gone=token_gone)
        if refusal is not None:
            self.leave(refusal.text)
            raise refusal
        return rooms

    def enter_as_guest(self, nick: str, realname: str, username: str = "") -> Ticket | None:
        """The same without blocking: the writer judges the nick, together with what else is queued. None if only
        enter() can do it: for an account, and where the database has several servers.

        Once the ticket is resolved, call entered_as_guest(). Raises LOGIN_REQUIRED, SERVER_PASSWORD, INVALID_NAME.
        """
        if self.account is not None or self.chat.hub.node:
            return None
        actor = unjudged_guest(self, nick, _called(username))

        def come() -> None:
            if self.person is None:
                self.need_welcome(actor)
                self.chat.hub.attach(self, actor, one_line(realname), self.chat.clock())

        news: list[Change] = [TakePart(actor, self.chat.hub.presence, come=come, origin=self)]
        if realname and realname != one_line(realname):
            news.append(SetRealname(actor, realname, asked=False, origin=self))
        return self.submit(news)

    def entered_as_guest(self, outcome: Any) -> bool:
        """Whether the guest takes part now; False if the writer could not tell, and enter() has to. `outcome`: of
        the ticket of enter_as_guest(). Raises SERVER_BANNED, INVALID_NAME, NAME_TAKEN."""
        if self.person is None:
            if isinstance(outcome, ChatError) and outcome.code not in _NOT_JUDGED:
                raise outcome
            return False
        refusal = self._unwelcome()
        if refusal is not None:
            self.leave(refusal.text)
            raise refusal
        return True

    def visit(self) -> None:
        """Act for the account, after a login, without taking part: nobody sees the person online by this session,
        and it hears nothing. What it does in rooms is the account's: a room that it joins has the person as a
        member without a connection. It ends as others do, when its access is lost. Blocks. Raises SERVER_BANNED,
        SUSPENDED, WRONG_CREDENTIALS."""
        self.visitor = Person(absent_actor(self, self.own_account))
        self.chat.hub.user_counts.visits(self)
        self.need_access()

    def may_follow(self, room_id: int | None) -> bool:
        """Whether its token lets it follow what is said in a room; None: in direct conversations."""
        return self.grant.hears(room_id)

    def need_access(self) -> None:
        """Raise SERVER_BANNED, SUSPENDED or WRONG_CREDENTIALS if what this session logged in with is no longer
        valid. Blocks."""
        account = self.own_account
        self.need_welcome(self.actor)
        tokens = self.chat.store.tokens.of_account(account.id) if self.token is not None else ()
        token = next((each for each in tokens if each.id == self.token), None)
        refusal = self._access_lost(account, token_gone=self.token is not None and token is None)
        if refusal is not None:
            raise refusal
        used = account.last_seen_at if token is None else token.last_used_at
        if self.visitor is not None and (used is None or self.now - used > _NOTED_EVERY):
            noted: list[Change] = [MarkPresent([account.id])]
            self.submit([*noted, UseToken(token.id)] if token is not None else noted)

    def leave(self, reason: str) -> Ticket:
        """Stop taking part. A person with an account stays in their rooms, away, if accounts are always on;
        otherwise the rooms see them quit."""
        person = self.person
        if person is None or self not in person.sessions:
            return Ticket.of(None)
        self.chat.hub.monitor.clear(self)
        stays = self.stays
        departure = self.chat.hub.detach(self, stays=stays)
        guest = person.actor.guest is not None
        quits = departure is not None and departure.last and not stays and (person.rooms or guest)
        self._told = departure.told if departure is not None else {}
        is_here = partial(_is_online, self.chat.hub)
        news: list[Change] = [QuitRooms(person.actor, reason, is_here)] if quits else []
        return self.chat.note_presence(person.actor, news)

    def close(self, reason: str, *, received: Callable[[], bool]) -> Ticket:
        """Leave for good, because the connection is gone. The ticket is resolved when the last of it is stored.

        `received` says whether everything that was sent to this session is known to have arrived; it is
        called after the last send. Whatever is not known to have arrived counts as missed: telling something
        twice is better than never.
        """
        self.metadata.forget()
        ticket = self.leave(reason)
        if self.person is not None and self.account is not None:
            arrived = self.delivered.at_the_end(self._told, all_of_it=received())
            ticket = self.submit([MarkSeen(self.account.id, arrived)])
        self.chat.hub.user_counts.disconnected(self)
        return ticket

    @property
    def stays(self) -> bool:
        """Whether the person remains in their rooms after the last connection ends."""
        return self.stays_by(self.chat.policy)

    def set_persistence(self, persistence: Persistence) -> Ticket:
        """Choose whether this account remains in its rooms without a connection. The result says whether that
        is a change."""
        assert self.account is not None
        always_on = self.chat.policy.accounts.always_on
        return self.submit([SetPersistence(self.account.id, persistence, always_on, origin=self)])

    @property
    def replay(self) -> Literal["on", "off", "missed"]:
        """What the server shows of rooms to a client that requests no history; see Account.replay."""
        choice = self.account.replay if self.account is not None else "default"
        if choice == "bot" or (choice == "default" and self.present.bot):
            return "off"
        return "missed" if choice == "default" else choice

    def set_replay(self, replay: Replay) -> Ticket:
        assert self.account is not None
        return self.submit([SetReplay(self.account.id, replay, origin=self)])

    def change_nick(self, nick: str) -> Ticket:
        """Change the nick. The result says whether it is a change. Raises INVALID_NAME, NAME_FIXED,
        NAME_TAKEN."""
        person, name = self.present, person_name(nick)
        if name.shown == person.nick:
            return Ticket.of(False)
        self.need("manage")
        own = person_name(person.actor.account).folded if person.actor.account is not None else None
        if own is not None and self.chat.policy.accounts.nick_must_be_account and name.folded != own:
            raise ChatError(Code.NAME_FIXED, f"your nick is your account's name, {person.nick}", nick)
        if name.folded != own:
            new_person_name(nick, self.chat.policy.limits.nick_length)
        self.need_welcome(replace(person.actor, nick=name.shown))
        if not self.chat.hub.claim(name.folded, person):
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", nick)
        ticket = self.submit([ChangeNick(person.actor, name, origin=self)])
        ticket.when_done(lambda: self.chat.hub.unclaim(name.folded, person))
        return ticket.giving(lambda _: True)

    def set_away(self, message: str) -> Ticket:
        """Set the away message of this connection, or clear it with an empty one. It decides the person's
        away message, too (see Person.away_message). Before the session takes part, it only keeps the message."""
        self.away, self.away_at = one_line(message), self.chat.clock()
        if self.person is None:
            return Ticket.of(None)
        return self.note_presence()

    def set_realname(self, realname: str) -> Ticket:
        """Change the realname. Raises INVALID_TEXT; the result raises BANNED."""
        return self.submit([SetRealname(self.actor, one_line(realname), origin=self)])

    def take_account(self) -> None:
        """Turn the guest who has logged in into the account's person. Blocks. Raises SUSPENDED.

        The session is held in rooms of the account that it was not in, and in direct conversations, until
        release() and release_direct_conversations().
        """
        guest, account, hub = self.present, self.account, self.chat.hub
        assert account is not None
        reclaim_name(self, account)
        keeps_nick = not self.chat.policy.accounts.nick_must_be_account
        is_here = partial(_is_here, hub, account.id)
        change = LogInGuest(guest.actor, account.id, keeps_nick, guest.realname, is_here, hub.presence, origin=self)
        change.metadata, change.most_keys = guest.metadata, self.chat.policy.limits.metadata_keys
        news: list[Change] = [change, MarkSeen(account.id, self._seen_by_others())]
        if self.token is not None:
            news.append(UseToken(self.token))
        ticket = self.submit(news)
        try:
            ticket.result()
        except ChatError:
            # still the guest, who leaves the rooms with this connection
            self.account, self.token, self.grant = None, None, EVERYTHING
            raise
        token_gone = self.token is not None and ticket.wait()[-1] is False
        refusal = self._access_lost(account, token_gone=token_gone)
        if refusal is not None:
            raise refusal
        if hub.node:
            self.note_presence()  # with the account's other connections here
        self._look_for_missed()

    def change_modes(self, *, add: str = "", remove: str = "") -> Ticket:
        """Change the person's own modes (Person.modes); each is one letter."""
        modes = (self.present.modes | set(add)) - set(remove)
        return self.submit([SetUserModes(self.actor, "".join(sorted(modes)), origin=self)])

    def release(self, room_id: int, after: int) -> None:
        """Release the room after showing everything up to seq `after`: from here on it is live."""
        self.chat.hub.release(self, room_id, after)

    def lay_down_operator(self) -> None:
        """Stop being an operator of the server."""
        self.operator = False
        self.changed()

    def release_direct_conversations(self, shown: dict[int, int]) -> None:
        self.chat.hub.release_direct_conversations(self, shown)

    # Behind these.

    def _unwelcome(self) -> ChatError | None:
        """Why the person of this session is banned from the server; None if they are not."""
        try:
            self.need_welcome(self.actor)
        except ChatError as error:
            return error
        return None

    def _access_lost(self, account: Account, *, token_gone: bool) -> ChatError | None:
        """Why the login of this session is no longer valid; None if it still is."""
        store, now = self.chat.store, self.chat.store.accounts.by_id(account.id)
        if now is None:
            return ChatError(Code.SUSPENDED, ended_because("removed"), account.nick)
        if not permissions.may_log_in(now, self.now):
            why = ended_because(now.status, now.status_reason, now.suspended_until)
            return ChatError(Code.SUSPENDED, why, account.nick)
        if token_gone:
            return ChatError(Code.WRONG_CREDENTIALS, REMOVED, account.nick)
        owner = store.accounts.with_certificate(self.came_by_certificate) if self.came_by_certificate else now
        if owner is None or owner.id != account.id:
            return ChatError(Code.WRONG_CREDENTIALS, CERTIFICATE_REMOVED, account.nick)
        if now.epoch != account.epoch:
            return ChatError(Code.WRONG_CREDENTIALS, PASSWORD_CHANGED, account.nick)
        return None

    def _look_for_missed(self) -> None:
        assert self.account is not None
        unseen = self.chat.store.messages.unseen(self.account.id)
        self.missed = {
            each.room.id: Missed(ConversationView.of(each.room, each.name), each.after)
            for each in unseen
            if self.grant.hears(None if each.room.direct else each.room.id)
        }

    def _seen_by_others(self) -> dict[int, int]:
        seen: dict[int, int] = {}
        for other in self.present.sessions:
            if other is not self and isinstance(other, Session):
                for room, seq in other.delivered.arrived().items():
                    seen[room] = max(seen.get(room, 0), seq)
        return seen


def _called(username: str) -> str:
    """Actor.called of the username that somebody gave."""
    name = "".join(each for each in username if each.isalnum() or each in "._-")[:_USERNAME]
    return f"~{name}" if name else ""


def _is_online(hub: Hub, key: int | str) -> bool:
    person = hub.person_keyed(key)
    return person is not None and person.online


def _is_here(hub: Hub, account_id: int) -> bool:
    return hub.person_keyed(account_id) is not None
