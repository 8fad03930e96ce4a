"""The questions before the chat: a name and a password; for a new name a new password, twice.

Each answer leads to the next question, so the state is the open question. If this address may not register
accounts, and guests are not allowed, the questions do not reveal which accounts exist. The code of an
invitation is accepted as the answer to any question.
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
from chatstore.plain.commands import all_commands
from chatstore.plain.show import look_ahead, show_arrival
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.plain.client import Client

log = logging.getLogger(__name__)

TRIES = 3
"""Wrong passwords that one connection may send."""
BACK = "/back"
"""The answer that goes back to the first question."""
LEAVE = (".q", "/quit")
HELP = ("/help", "?")
GOODBYE = "goodbye"
"""The goodbye to a person who leaves."""

_ABOUT_COMMANDS = f"Commands work after you have logged in. Here there are {BACK} (another name), /help and /quit."
_HELP = (
    "An account's name asks for its password; a name that is new here is yours to register, or to be a guest with.",
    "The code or link of an invitation answers any question.",
    _ABOUT_COMMANDS,
)

Answer = Callable[[str], "Ticket | None"]


class Login:
    """Asks the questions, until it is `done` and the person takes part."""

    __slots__ = ("_answered", "_client", "_name", "_new_password", "_question", "_wrong", "done")

    def __init__(self, client: Client) -> None:
        self._client = client
        self.done = False
        self._question = ""
        self._answered: Answer = self._name_given
        self._name: Name | None = None
        self._new_password = ""
        self._wrong = 0

    def greet(self) -> None:
        """Ask the first question. Closes the connection if nobody could log in over it."""
        session = self._client.session
        if not (session.policy.accounts.guests or session.may_send_password):
            self._client.quit(PASSWORDS_NEED_TLS)
            return
        self._client.say(f"This is {self._client.server.network}, a chat server. Type .q to leave.")
        self._ask_name()

    def answer(self, text: str) -> Ticket | None:
        """Handle an answer. Leaving, going back and an invitation's code work at every question."""
        if not text:
            return None
        if text.strip() in LEAVE:
            self._client.quit(GOODBYE)
            return None
        if text.strip() == BACK:
            self._ask_name()
            return None
        if text.strip() in HELP:
            self._client.tell(*_HELP)
            self.ask_again()
            return None
        if code_in(text):
            return Work(lambda: self._invited(text))
        return self._answered(text)

    def ask_again(self) -> None:
        """Repeat the open question."""
        self._client.say(self._question)

    def _ask(self, question: str, answered: Answer) -> None:
        self._question, self._answered = question, answered
        self._client.say(question)

    def _wrong_password(self, text: str) -> bool:
        """Tell the person, and count the attempt. False after TRIES attempts: then the connection is
        closed."""
        self._client.tell(text)
        self._wrong += 1
        if self._wrong < TRIES:
            return True
        self._client.quit("too many wrong passwords")
        return False

    # The name.

    def _ask_name(self) -> None:
        self._name = None
        self._new_password = ""
        self._ask("What is your name?", self._name_given)

    def _name_given(self, text: str) -> Ticket | None:
        """No name begins with a slash; `help` could be one, but nobody who types it means it so."""
        if text.startswith("/") or text.strip().casefold() == "help":
            self._client.tell(*(_HELP if not text.startswith("/") else [_ABOUT_COMMANDS]))
            self._ask_name()
            return None
        try:
            self._name = person_name(text.strip())
        except ChatError as error:
            self._client.tell(error.text)
            self._ask_name()
            return None
        return Work(self._look_up)

    def _look_up(self) -> Ticket | None:
        """In a worker: find out what to ask under this name."""
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
        """Continue with a name that is no account: as a guest if the server allows it, otherwise as a new
        account."""
        if self._client.session.policy.accounts.guests:
            return Work(self._enter)
        self._ask_new_password()
        return None

    # An account's password.

    def _may_be_asked(self) -> bool:
        """Whether this connection may send a password. If not, the person is told, and asked for a name
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
        """In a password worker: check the password."""
        try:
            account = self._client.session.log_in(self._known_name.shown, password)
        except ChatError as error:
            if error.code in (Code.SUSPENDED, Code.SERVER_BANNED, Code.ACCOUNT_WAITING):
                self._client.quit(error.text)
            elif self._wrong_password(error.text):
                if _looks_like_command(password):
                    self._client.tell(_ABOUT_COMMANDS)
                self.ask_again()
            return None
        log.info(
            "%(account)s logged in from %(address)s",
            {"event": "login", "account": account.name, "address": self._client.session.address},
        )
        return Work(self._enter)

    # A new account.

    def _invited(self, text: str) -> Ticket | None:
        """In a worker: accept an invitation, and continue with its name if it has one."""
        try:
            given = self._client.session.invitations.give(text)
        except ChatError as error:
            if self._wrong_password(error.text):
                self.ask_again()
            return None
        if given.account_id is not None:
            self._name = person_name(given.name)
            self._client.tell(f"This link sets a new password of {given.name}.")
            self._ask_password_for_link()
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

    def _ask_password_for_link(self) -> None:
        self._ask(
            f"Choose a new password (visible as you type; {BACK}: another name):",
            self._new_password_given,
        )

    def _new_password_given(self, text: str) -> Ticket | None:
        if _looks_like_command(text):
            self._client.tell("a password can't begin like a command", _ABOUT_COMMANDS)
            self._ask_new_password()
            return None
        return Work(lambda: self._judge(text), password=True, account=self._known_name.shown)

    def _judge(self, password: str) -> None:
        """In a password worker: a password is refused before it is asked for again."""
        try:
            self._client.session.check_new_password(self._known_name.shown, password)
        except ChatError as error:
            self._client.tell(error.text)
            self._ask_new_password()
            return
        self._new_password = password
        self._ask("Repeat the password:", self._repeated)

    def _repeated(self, text: str) -> Ticket | None:
        if text != self._new_password:
            self._client.tell("the passwords do not match")
            self._ask_new_password()
            return None
        return Work(lambda: self._register(text), password=True, account=self._known_name.shown)

    def _register(self, password: str) -> Ticket | None:
        """In a password worker: create the account and log in."""
        try:
            account = self._client.session.register(self._known_name.shown, password)
        except ChatError as error:
            if error.code is Code.ACCOUNT_WAITING:
                self._client.quit(f"Your account was made: {error.text}")
                return None
            self._client.tell(error.text)
            if error.code in (Code.BAD_PASSWORD, Code.WEAK_PASSWORD):
                self._ask_new_password()
            else:
                self._ask_name()
            return None
        log.info(
            "%(account)s created an account and logged in from %(address)s",
            {"event": "registered", "account": account.name, "address": self._client.session.address},
        )
        return Work(self._enter)

    # The chat.

    def _enter(self) -> None:
        """In a worker: take part in the chat, and show the rooms."""
        client, session = self._client, self._client.session
        look_ahead(client)
        try:
            rooms = session.enter("" if session.account is not None else self._known_name.shown, "")
        except ChatError as error:
            if session.account is not None or error.code is Code.SERVER_BANNED:
                client.quit(error.text)
            else:
                client.tell(error.text)
                self._ask_name()
            return
        self.done = True
        if session.account is None:
            log.info(
                "%(nick)s connected as a guest from %(address)s",
                {"event": "guest", "nick": session.actor.nick, "address": session.address},
            )
        client.look_at(client.renderer.current)  # again, because only now a guest has a key
        show_arrival(client, rooms)

    @property
    def _known_name(self) -> Name:
        assert self._name is not None
        return self._name


def _looks_like_command(text: str) -> bool:
    """Whether a password was probably meant as a command: it begins with one's name. Others may begin with a
    slash."""
    return text.startswith("/") and text[1:].partition(" ")[0].casefold() in all_commands()
