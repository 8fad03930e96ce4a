"""Session: one connection's part in the chat, and all that a protocol sees of the chat.

A protocol reads a command, checks its form, asks the session, and answers. `permissions` decides what is allowed:
here before work is queued, where the hub knows enough, and in the writer's transaction for whatever changes a room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from chatstore.chat.changes.accounts import MarkSeen, SetPersistence, SetReplay
from chatstore.chat.changes.membership import ChangeNick, QuitRooms
from chatstore.chat.changes.people import LogInGuest, NotePresence, SetRealname
from chatstore.chat.changes.tokens import UseToken
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.origins import Origin
from chatstore.chat.model.accounts import Account, Persistence, Replay
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import new_person_name, person_name
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, PASSWORD_CHANGED, REMOVED, is_token
from chatstore.chat.ports import Change, Renderer
from chatstore.chat.rules import permissions
from chatstore.chat.rules.flood import Pace
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.accounts import Accounts
from chatstore.chat.session.actors import account_actor, guest_actor, reclaim_name
from chatstore.chat.session.delivered import Delivered
from chatstore.chat.session.history import History
from chatstore.chat.session.invitations import Invitations
from chatstore.chat.session.logins import network_of
from chatstore.chat.session.metadata import Metadata
from chatstore.chat.session.monitor import MonitorList
from chatstore.chat.session.operator import Operator
from chatstore.chat.session.rooms import Rooms
from chatstore.chat.session.sending import Sending
from chatstore.chat.session.state import Chat, Receiver, SessionState, Unit
from chatstore.chat.session.tokens import Tokens
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket

__all__ = ["Chat", "Receiver", "Session", "Unit"]

BYTES_A_LINE = 32_768
"""How many bytes of an answer from the history count as much as one line that was heard."""
_USERNAME = 20
"""Characters of a username; more are cut."""


class Session(SessionState):
    """One connection. It has an account once it has logged in, and a person once it takes part (`enter`).

    Its parts: `sees` is what it may know of, `sending` is for what it says, `rooms` for what it does in rooms,
    `history` for what was said before, `metadata` for what clients keep of people and rooms, `monitor` for the
    nicks whose coming and going it is told. `accounts`, `tokens` and `invitations` look after accounts,
    `server_operator` after the server.

    What a call gives back:

    - A question returns a value that does not change (views.py), or raises ChatError. If it reads the database, it
      says that it blocks.
    - A call that changes something returns a Ticket. Its `result()` blocks until the change is stored and everybody
      has been told. It returns what the call says, or raises ChatError. The call itself raises what can be refused
      at once; where it hashes or reads the database first, it says that it blocks.
    - `sending` makes Units for `submit()`, so that several messages share a commit.
    - Coming in takes several of both, each decided by the one before. So `log_in`, `register`, `enter` and
      `take_account` block, and return when all of it is done.
    """

    def __init__(self, chat: Chat, receiver: Receiver, address: str, *, local: bool, renderer: Renderer) -> None:
        super().__init__(chat, receiver, address, local=local, renderer=renderer)
        self.sees = Visibility(self)
        self.monitor = MonitorList(self)
        self.history = History(self, self.sees)
        self.sending = Sending(self, self.sees, self.history)
        self.rooms = Rooms(self, self.sees)
        self.metadata = Metadata(self, self.sees, self.monitor)
        self.server_operator = Operator(self, self.sees)
        self.accounts = Accounts(self)
        self.tokens = Tokens(self)
        self.invitations = Invitations(self)
        self.delivered = Delivered(self)
        self._pace = Pace(chat.flood)
        self._told: Mapping[int, int] = {}
        """What it had been told when it left."""
        chat.hub.user_counts.connected(self)

    # What its protocol may know of it and of the chat.

    @property
    def policy(self) -> Policy:
        """What holds now. It is replaced, never changed, when the configuration is read again."""
        return self.chat.policy

    @property
    def takes_part(self) -> bool:
        """Whether it has entered. It is still true after it has left."""
        return self.person is not None

    @property
    def nick(self) -> str:
        """Of who takes part; empty before that."""
        return self.person.nick if self.person is not None else ""

    @property
    def realname(self) -> str:
        """Of who takes part, as they gave it; empty where they gave none."""
        return self.present.realname

    @property
    def modes(self) -> frozenset[str]:
        """Of who takes part; see change_modes."""
        return self.present.modes

    def clock(self) -> float:
        """Seconds since 1970 UTC."""
        return self.chat.clock()

    def monotonic(self) -> float:
        """Seconds since some start, for measuring how long something takes."""
        return self.chat.flood.clock()

    def stays_by(self, policy: Policy) -> bool:
        """Whether the person would remain in their rooms by that policy; see stays."""
        return permissions.stays(self.account, always_on=policy.accounts.always_on)

    # How what it is told is written, and where it goes.

    def change_renderer(self, renderer: Renderer) -> None:
        """Write what it is told in another way from now on."""
        self.chat.hub.change_renderer(self, renderer)

    def answer_by(self, tell: Callable[[bytes], None] | None) -> None:
        """Send what this session is told of what it submits from here on by `tell`, which must not block; None: as
        everything else."""
        self.origin = Origin(self, tell) if tell is not None else self

    # How fast it may be heard.

    def too_soon(self, *, question: bool = False) -> float:
        """Seconds that the next line has to wait, of somebody who says too much at once; 0: it may be heard.
        `question`: it only reads, which has a budget of its own."""
        return self._pace.wait(self.account, question=question)

    def heard(self, cost: float = 1.0, *, question: bool = False) -> None:
        """A line was heard that counts as so many."""
        self._pace.take(self.account, cost, question=question)

    def worked(self, seconds: float) -> None:
        """Answering its questions took so much of a processor's time. In the I/O thread, as the two above."""
        self._pace.worked(self.account, seconds)

    def answered(self, size: int) -> None:
        """What was heard last has an answer of so many bytes, of which many count as further lines."""
        if size >= BYTES_A_LINE:
            self._pace.owe(size // BYTES_A_LINE)

    # Who it is.

    def speaks_for(self, address: str, *, secure: bool) -> None:
        """It is a gateway's, for somebody at this address: who is therefore not at this machine, and whose
        certificate it is not that was shown."""
        self.address, self.local, self.secure, self.certificate = address, False, secure, ""

    def give_server_password(self, password: str, *, counted: bool = True) -> bool:
        """Whether it is the server's password, which admits whoever has no account to log in to. See
        Logins.admits."""
        self.admitted = self.admitted or self.chat.logins.admits(password, self.address, counted=counted)
        return self.admitted and bool(self.chat.policy.password)

    @property
    def may_register(self) -> bool:
        """Whether an account may be made from here, by the invitation that was given, if one was."""
        registration, invited = self.chat.policy.accounts.registration, self.invitations.given is not None
        return permissions.may_register(registration, local=self.local, invited=invited)

    def log_in(self, name: str, password: str) -> Account:
        """By a password (which hashes: for a password worker) or a device token. Blocks. See check_password."""
        if is_token(password):
            self.need_encryption()
            self.account, self.token = self.chat.logins.check_token(name, password, self.address)
        else:
            self.account, self.by_password = self.check_password(name, password), True
        return self.account

    def log_in_by_certificate(self, name: str = "") -> Account:
        """To the account whose certificate the client has shown. Blocks. See Logins.check_certificate."""
        self.account = self.chat.logins.check_certificate(self.certificate, name, self.address)
        self.came_by_certificate = self.certificate
        return self.account

    def payers(self, name: str = "") -> tuple[str, str]:
        """On whose account a hash is computed, which is slow: the account's (of this session, or the one that it
        wants to log in to), and the address's. Those who ask for many wait for those who ask for few."""
        try:
            folded = self.account.folded if self.account is not None else person_name(name).folded
        except ChatError:
            folded = ""
        return f"account {folded}", f"address {network_of(self.address)}"

    def register(self, name: str, password: str) -> Account:
        """Make an account and log in to it; by the invitation that was given, if one was. Blocks, and hashes.
        ENCRYPTION_REQUIRED; see Logins.register."""
        self.need_encryption()
        given = self.invitations.given
        if not self.admitted and self.person is None and given is None:
            raise ChatError(Code.SERVER_PASSWORD, "this server has a password: give it first", name)
        other = self.chat.hub.person(person_name(name).folded)
        if other is not None and other is not self.person:
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", name)
        register = self.chat.logins.register
        try:
            self.account = register(name, password, self.address, local=self.local, invitation=given)
        except ChatError as error:
            if error.code is Code.INVALID_CODE:
                self.invitations.given = None
            raise
        self.invitations.given = None
        self.by_password = True
        return self.account

    def enter(self, nick: str, realname: str) -> list[int]:
        """Take part as a guest under this nick; with an account too where people choose theirs and no connection of
        it is open, otherwise under the nick of the account. Blocks.

        Returns the ids of the rooms the person is in already. The session is held in each of them, and in
        its direct conversations, until release() and release_direct_conversations(). Raises LOGIN_REQUIRED,
        SERVER_PASSWORD, INVALID_NAME, NAME_TAKEN, SUSPENDED.
        """
        actor = account_actor(self, nick) if self.account is not None else guest_actor(self, nick)
        person, rooms = self.chat.hub.attach(self, actor, one_line(realname), self.chat.clock())
        news: list[Change] = [NotePresence(person.actor, origin=self)]
        if realname and realname != person.realname:
            news.append(SetRealname(person.actor, realname, asked=False, origin=self))
        if self.account is not None:
            # What the other connections have seen is marked first. One that is lost, which nobody knows yet, has
            # not acknowledged what it was sent since then.
            news.append(MarkSeen(self.account.id, self._seen_by_others()))
        if self.token is not None:
            news.append(UseToken(self.token))
        outcomes = self.submit(news).wait()
        if self.account is not None:
            self._look_for_missed()
            token_gone = self.token is not None and outcomes[-1] is False
            # What ended the account's sessions between the login and here found no session to end.
            refusal = self._access_lost(self.account, token_gone=token_gone)
            if refusal is not None:
                self.leave(refusal.text)
                raise refusal
        return rooms

    def leave(self, reason: str) -> Ticket:
        """Take no part any more. The person stays in their rooms, away, if they have
        an account and accounts are always on; otherwise the rooms see them quit."""
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
        return self.submit([*news, NotePresence(person.actor)])

    def close(self, reason: str, *, received: Callable[[], bool]) -> None:
        """The connection is gone: leave(), for good.

        `received`: whether all that was sent to this session is known to have arrived; asked when nothing more is
        sent to it. Otherwise what is not known to have arrived counts as missed: to be told something again is
        better than never.
        """
        self.metadata.forget()
        self.leave(reason)
        if self.person is not None and self.account is not None:
            arrived = self.delivered.at_the_end(self._told, all_of_it=received())
            self.submit([MarkSeen(self.account.id, arrived)])
        self.chat.hub.user_counts.disconnected(self)

    @property
    def stays(self) -> bool:
        """Whether the person remains in their rooms when the last connection goes."""
        return self.stays_by(self.chat.policy)

    def set_persistence(self, persistence: Persistence) -> Ticket:
        """What this account wants of that. Its result says whether it is new."""
        assert self.account is not None
        always_on = self.chat.policy.accounts.always_on
        return self.submit([SetPersistence(self.account.id, persistence, always_on, origin=self)])

    @property
    def replay(self) -> Literal["on", "off", "missed"]:
        """What a client that asks for no history is shown of rooms; see Account.replay."""
        choice = self.account.replay if self.account is not None else "default"
        if choice == "bot" or (choice == "default" and self.present.bot):
            return "off"
        return "missed" if choice == "default" else choice

    def set_replay(self, replay: Replay) -> Ticket:
        assert self.account is not None
        return self.submit([SetReplay(self.account.id, replay, origin=self)])

    def change_nick(self, nick: str) -> Ticket:
        """Be shown as `nick`. The result says whether that is new. INVALID_NAME, NAME_FIXED, NAME_TAKEN."""
        person, name = self.present, person_name(nick)
        if name.shown == person.nick:
            return Ticket.of(False)
        own = person_name(person.actor.account).folded if person.actor.account is not None else None
        if own is not None and self.chat.policy.accounts.nick_must_be_account and name.folded != own:
            raise ChatError(Code.NAME_FIXED, f"your nick is your account's name, {person.nick}", nick)
        if name.folded != own:
            new_person_name(nick, self.chat.policy.limits.nick_length)
        if not self.chat.hub.claim(name.folded, person):
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", nick)
        ticket = self.submit([ChangeNick(person.actor, name, origin=self)])
        ticket.when_done(lambda: self.chat.hub.unclaim(name.folded, person))
        return ticket.giving(lambda _: True)

    def set_away(self, message: str) -> Ticket:
        """Away with a message, or back with an empty one: on this connection, and so the person (see
        Person.away_message). Before they take part it is kept until they do."""
        self.away, self.away_at = one_line(message), self.chat.clock()
        if self.person is None:
            return Ticket.of(None)
        return self.submit([NotePresence(self.actor, origin=self)])

    def set_realname(self, realname: str) -> Ticket:
        """INVALID_TEXT; its result raises BANNED."""
        return self.submit([SetRealname(self.actor, one_line(realname), origin=self)])

    def take_account(self) -> None:
        """A guest that takes part has logged in, and is the account's person from now on. Blocks. SUSPENDED.

        The session is held in rooms of the account that it was not in, and in direct conversations, until
        release() and release_direct_conversations().
        """
        guest, account, hub = self.present, self.account, self.chat.hub
        assert account is not None
        reclaim_name(self, account)
        keeps_nick = not self.chat.policy.accounts.nick_must_be_account
        is_here = partial(_is_here, hub, account.id)
        change = LogInGuest(guest.actor, account.id, keeps_nick, guest.realname, is_here, origin=self)
        change.metadata, change.most_keys = guest.metadata, self.chat.policy.limits.metadata_keys
        news: list[Change] = [change, MarkSeen(account.id, self._seen_by_others())]
        if self.token is not None:
            news.append(UseToken(self.token))
        ticket = self.submit(news)
        try:
            ticket.result()
        except ChatError:
            self.account = None  # still the guest, who leaves the rooms with this connection
            raise
        token_gone = self.token is not None and ticket.wait()[-1] is False
        refusal = self._access_lost(account, token_gone=token_gone)
        if refusal is not None:
            raise refusal
        self._look_for_missed()

    def set_username(self, name: str) -> None:
        """What they call themselves besides; see Actor.called."""
        self.chat.hub.call(
            self.present, "".join(each for each in name if each.isalnum() or each in "._-")[:_USERNAME]
        )

    def change_modes(self, *, add: str = "", remove: str = "") -> None:
        """The person's own modes (Person.modes), a letter each."""
        self.chat.hub.change_modes(self.present, (self.present.modes | set(add)) - set(remove))

    def release(self, room_id: int, after: int) -> None:
        """Everything of the room up to seq `after` was shown: from here on, live."""
        self.chat.hub.release(self, room_id, after)

    def lay_down_operator(self) -> None:
        """Be no operator of the server any more."""
        self.operator = False
        self.chat.hub.user_counts.changed(self.present)

    def release_direct_conversations(self, shown: dict[int, int]) -> None:
        self.chat.hub.release_direct_conversations(self, shown)

    # Behind these.

    def _access_lost(self, account: Account, *, token_gone: bool) -> ChatError | None:
        """Why what this session logged in by is good no more."""
        store, now = self.chat.store, self.chat.store.accounts.by_id(account.id)
        if now is None or not permissions.may_log_in(now, self.now):
            return ChatError(Code.SUSPENDED, "this account is suspended", account.nick)
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
        self.missed = {each.room.id: each for each in self.chat.store.messages.unseen(self.account.id)}

    def _seen_by_others(self) -> dict[int, int]:
        seen: dict[int, int] = {}
        for other in self.present.sessions:
            if other is not self and isinstance(other, Session):
                for room, seq in other.delivered.arrived().items():
                    seen[room] = max(seen.get(room, 0), seq)
        return seen


def _is_online(hub: Hub, key: int | str) -> bool:
    person = hub.person_keyed(key)
    return person is not None and person.online


def _is_here(hub: Hub, account_id: int) -> bool:
    return hub.person_keyed(account_id) is not None
