"""The questions asked of whoever comes: a name, a password; for a new name a new password, twice.

Each answer leads to the next question, so the state is the question that is open. An account's name is not
told from an unknown one where nobody can make accounts from this address and guests aren't let in: who was
invited to make one gives the code instead of a password, there or wherever else something is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import code_in
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.passwords import PASSWORDS_NEED_TLS
from chatstore.chat.model.tokens import is_token
from chatstore.plain.show import look_ahead, show_arrival
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.plain.client import Client

log = logging.getLogger(__name__)

TRIES = 3
"""Wrong passwords that one connection may give."""
BACK = "/back"
LEAVE = (".q", "/quit")
GOODBYE = "goodbye"
"""What somebody who leaves is told, as others are told why they must."""

Answer = Callable[[str], "Ticket | None"]


class Login:
    """Hears lines until somebody is in: then it is `done`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.done = False
        self._question = ""
        self._answered: Answer = self._name_given
        self._name: Name | None = None
        self._new_password = ""
        self._wrong = 0

    def greet(self) -> None:
        session = self._client.session
        if not (session.policy.accounts.guests or session.may_send_password):
            self._client.quit(PASSWORDS_NEED_TLS)
            return
        self._client.say(f"This is {self._client.server.network}, a chat server. Type .q to leave.")
        self._ask_name()

    def hear(self, text: str) -> Ticket | None:
        """An answer, or what is understood at every question."""
        if not text:
            return None
        if text.strip() in LEAVE:
            self._client.quit(GOODBYE)
            return None
        if text.strip() == BACK:
            self._ask_name()
            return None
        if code_in(text):
            return Work(lambda: self._invited(text))
        return self._answered(text)

    def ask_again(self) -> None:
        self._client.say(self._question)

    def _ask(self, question: str, answered: Answer) -> None:
        self._question, self._answered = question, answered
        self._client.say(question)

    def _wrong_password(self, text: str) -> bool:
        """Say so and count it; False when there were enough of them, and the connection ends."""
        self._client.tell(text)
        self._wrong += 1
        if self._wrong < TRIES:
            return True
        self._client.quit("too many wrong passwords")
        return False

    # Who is it?

    def _ask_name(self) -> None:
        self._name = None
        self._new_password = ""
        self._ask("What is your name?", self._name_given)

    def _name_given(self, text: str) -> Ticket | None:
        try:
            self._name = person_name(text.strip())
        except ChatError as error:
            self._client.tell(error.text)
            self._ask_name()
            return None
        return Work(self._look_up)

    def _look_up(self) -> Ticket | None:
        """In a worker: what to ask under this name."""
        name, session = self._known_name, self._client.session
        policy, invited = session.policy, session.invitations.given is not None
        newcomers = policy.accounts.guests or session.may_register
        if not newcomers or session.accounts.exists(name.shown):
            self._ask_password()
            return None
        if invited:
            self._ask_new_password()
            return None
        if policy.password:
            self._ask(
                "This server has a password for guests and new accounts. What is it?", self._server_password_given
            )
            return None
        return self._newcomer()

    def _server_password_given(self, text: str) -> Ticket | None:
        if self._client.session.give_server_password(text):
            return self._newcomer()
        if self._wrong_password("wrong server password"):
            self.ask_again()
        return None

    def _newcomer(self) -> Ticket | None:
        """The name is nobody's account."""
        if self._client.session.policy.accounts.guests:
            return Work(self._enter)
        self._ask_new_password()
        return None

    # Somebody with an account.

    def _may_be_asked(self) -> bool:
        """Whether a password may be asked for on this connection; if not, it is told, and the name asked
        again."""
        if self._client.session.may_send_password:
            return True
        self._client.tell(f"{self._known_name.shown} has a password, but {PASSWORDS_NEED_TLS}")
        self._ask_name()
        return False

    def _ask_password(self) -> None:
        if not self._may_be_asked():
            return
        session = self._client.session
        invites = not session.may_register and session.policy.accounts.registration != "closed"
        code = ", or your invitation's code" if invites else ""
        self._ask(
            f"Password of {self._known_name.shown}{code} (visible as you type; {BACK}: another name)?",
            self._password_given,
        )

    def _password_given(self, text: str) -> Ticket | None:
        return Work(lambda: self._log_in(text), password=not is_token(text), account=self._known_name.shown)

    def _log_in(self, password: str) -> Ticket | None:
        """In a password worker."""
        try:
            account = self._client.session.log_in(self._known_name.shown, password)
        except ChatError as error:
            if error.code is Code.SUSPENDED:
                self._client.quit(error.text)
            elif self._wrong_password(error.text):
                self.ask_again()
            return None
        log.info("%s logged in from %s", account.name, self._client.session.address)
        return Work(self._enter)

    # Somebody new.

    def _invited(self, text: str) -> Ticket | None:
        """In a worker: the answer has an invitation's code in it."""
        try:
            given = self._client.session.invitations.give(text)
        except ChatError as error:
            if self._wrong_password(error.text):
                self.ask_again()
            return None
        role = "an administrator" if given.role == "admin" else "a member"
        self._client.tell(
            f"Your invitation is valid{f' for {given.name}' if given.name else ''}: you will be {role} here."
        )
        if given.name:
            self._name = person_name(given.name)
        if self._name is None:
            self._ask_name()
            return None
        return self._look_up()

    def _ask_new_password(self) -> None:
        name = self._known_name.shown
        self._ask(
            f"There is no account {name} yet. Choose a password to register it (visible as you type; "
            f"{BACK}: another name):",
            self._new_password_given,
        )

    def _new_password_given(self, text: str) -> None:
        self._new_password = text
        self._ask("Repeat the password:", self._repeated)

    def _repeated(self, text: str) -> Ticket | None:
        if text != self._new_password:
            self._client.tell("the passwords do not match")
            self._ask_new_password()
            return None
        return Work(lambda: self._register(text), password=True, account=self._known_name.shown)

    def _register(self, password: str) -> Ticket | None:
        """In a password worker."""
        try:
            account = self._client.session.register(self._known_name.shown, password)
        except ChatError as error:
            self._client.tell(error.text)
            if error.code in (Code.BAD_PASSWORD, Code.WEAK_PASSWORD):
                self._ask_new_password()
            else:
                self._ask_name()
            return None
        log.info("%s created an account and logged in from %s", account.name, self._client.session.address)
        return Work(self._enter)

    # In.

    def _enter(self) -> None:
        """In a worker: take part, and be shown everything."""
        client, session = self._client, self._client.session
        look_ahead(client)
        try:
            rooms = session.enter("" if session.account is not None else self._known_name.shown, "")
        except ChatError as error:
            if session.account is not None:
                client.quit(error.text)
            else:
                client.tell(error.text)
                self._ask_name()
            return
        self.done = True
        if session.account is None:
            log.info("%s connected as a guest from %s", session.actor.nick, session.address)
        client.look_at(client.renderer.current)  # a guest is known by now
        show_arrival(client, rooms)

    @property
    def _known_name(self) -> Name:
        assert self._name is not None
        return self._name
