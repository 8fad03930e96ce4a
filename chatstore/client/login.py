"""From a new connection to the welcome: capabilities, and a password, a new account or a guest. Without I/O:
lines in, lines out.

Specs: IRCv3 capability-negotiation, sasl (PLAIN, RFC 4616), draft/account-registration.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatstore.irc.line import Line, format_line

CAPS = (
    "message-tags server-time batch echo-message sasl account-tag account-notify extended-join standard-replies "
    "cap-notify draft/chathistory draft/event-playback draft/account-registration userhost-in-names multi-prefix "
    "draft/multiline draft/message-redaction soju.im/search chatstore/accounts chatstore/rooms "
    "draft/message-edit chatstore/pins draft/relaymsg draft/metadata-2"
).split()
UPDATE_CAPS = (
    "away-notify chghost draft/channel-rename draft/read-marker extended-monitor invite-notify setname "
    "chatstore/notify chatstore/ignore"
).split()
"""Capabilities that only a frontend with updates needs."""
ACCOUNTS = "chatstore/accounts"
"""With this capability the server makes device tokens and takes invitations: TOKEN, INVITATION."""
REGISTRATION = "draft/account-registration"
MULTILINE = "draft/multiline"
_CHUNK = 400
_REQ = 400
"""Bytes of capabilities in one CAP REQ: a line has 512."""


@dataclass(frozen=True)
class LoggedIn:
    """`multiline`: the value of the capability draft/multiline, "" without it."""

    nick: str
    caps: frozenset[str]
    multiline: str = ""


@dataclass(frozen=True)
class Refused:
    """`unknown`: the name or the password is wrong (the server doesn't say which), and anybody may create an
    account. `invited_only`: the same, if creating an account takes an invitation. `busy`: try again later."""

    text: str
    unknown: bool = False
    busy: bool = False
    invited_only: bool = False


Outcome = LoggedIn | Refused


class Login:
    """The login on one connection. `outcome` is None until it is decided. `creating`: create the account
    first; if it exists, log in. `refusal`: what the server said when this name and password were tried
    before; if the account exists then, the password is wrong. `invitation`: a code, or a link with one.
    Without a password we are a guest. `updates`: ask for the UPDATE_CAPS, too."""

    def __init__(
        self,
        account: str,
        password: str,
        *,
        creating: bool = False,
        refusal: str = "",
        invitation: str = "",
        updates: bool = False,
    ) -> None:
        self.outcome: Outcome | None = None
        self.created = False
        self._wanted = [*CAPS, *(UPDATE_CAPS if updates else ())]
        self._account = account
        self._password = password
        self._creating = creating
        self._invitation = invitation
        self._refusal = refusal
        self._offered: dict[str, str] = {}
        self._caps: frozenset[str] = frozenset()
        self._unanswered = 0
        """How many CAP REQ the server has not answered."""
        self._step: Literal["caps", "password", "invitation", "account", "welcome"] = "caps"
        self._nick_taken = False
        self._exists = False

    def start(self) -> list[str]:
        """The first lines to send. Raises LineError for a name or a password that cannot be written as a
        line."""
        format_line("REGISTER", self._account, "*", self._password, trailing=True)
        return ["CAP LS 302", format_line("NICK", self._account), format_line("USER", "u", "0", "*", self._account)]

    def receive(self, line: Line) -> list[str]:
        """Take a line. The lines to send."""
        command = line.command
        if command == "PING":
            return [format_line("PONG", *line.params)]
        if not line.params:
            return self._refuse("the server closed the connection") if command == "ERROR" else []
        if command == "CAP":
            return self._cap(line)
        if command == "AUTHENTICATE":
            return self._authenticate() if self._step == "password" else []
        if command == "903" and self._step == "password":
            return self._finish()
        if command in ("REGISTER", "FAIL", "INVITATION"):
            return self._registered(line)
        if command == "001":
            limits = self._offered.get(MULTILINE, "") if MULTILINE in self._caps else ""
            self.outcome = LoggedIn(line.param(0), self._caps, limits)
        elif command in ("902", "904", "905", "906", "908") and self._step == "password":
            return self._password_refused(line)
        elif command == "421" and line.param(1).upper() == "CAP" and self._step == "caps":
            return self._identify()
        elif command == "433" and self._step != "welcome" and self._password:
            self._nick_taken = True  # perhaps by ourselves: the server can't know before the password
        elif command == "ERROR" or (command.isdecimal() and "400" <= command < "500"):
            return self._refuse(line.params[-1])
        return []

    def _cap(self, line: Line) -> list[str]:
        subcommand, more, last = line.param(1).upper(), line.param(2) == "*", line.params[-1]
        if self._step != "caps":
            return []
        if subcommand == "LS":
            for word in last.split():
                name, _, value = word.partition("=")
                self._offered[name] = value
            wanted = [cap for cap in self._wanted if cap in self._offered]
            if more:
                return []
            requests = [format_line("CAP", "REQ", " ".join(some), trailing=True) for some in _lines_of(wanted)]
            self._unanswered = len(requests)
            return requests or self._identify()
        if subcommand == "ACK":
            self._caps |= frozenset(last.split())
        if more or subcommand not in ("ACK", "NAK"):
            return []
        self._unanswered -= 1
        return self._identify() if self._unanswered == 0 else []

    def _identify(self) -> list[str]:
        if not self._password:
            return self._finish()
        if self._creating and self._invitation and ACCOUNTS in self._caps:
            self._step = "invitation"
            return [format_line("INVITATION", self._invitation, trailing=True)]
        if self._creating:
            return self._register()
        mechanisms = self._offered.get("sasl", "")
        if "sasl" not in self._caps or (mechanisms and "PLAIN" not in mechanisms.upper().split(",")):
            text = "this server does not accept passwords (SASL PLAIN); --guest logs in without an account"
            return self._refuse(text)
        self._step = "password"
        return ["AUTHENTICATE PLAIN"]

    def _authenticate(self) -> list[str]:
        secret = base64.b64encode(f"\0{self._account}\0{self._password}".encode()).decode()
        chunks = [secret[start : start + _CHUNK] for start in range(0, len(secret), _CHUNK)]
        if len(chunks[-1]) == _CHUNK:
            chunks.append("+")
        return [f"AUTHENTICATE {chunk}" for chunk in chunks]

    def _password_refused(self, line: Line) -> list[str]:
        text = line.params[-1].removeprefix("SASL authentication failed: ")
        wrong = line.command == "904" and not self._exists
        makes, invited = REGISTRATION in self._caps, ACCOUNTS in self._caps and REGISTRATION not in self._offered
        return self._refuse(text, unknown=wrong and makes, invited_only=wrong and invited)

    def _register(self) -> list[str]:
        if REGISTRATION not in self._caps and self._step != "invitation":
            what = (
                "requires an invitation to create an account"
                if ACCOUNTS in self._caps
                else "does not let you create an account"
            )
            return self._refuse(f"this server {what}", invited_only=ACCOUNTS in self._caps)
        self._step = "account"
        return [format_line("REGISTER", self._account, "*", self._password, trailing=True)]

    def _registered(self, line: Line) -> list[str]:
        if line.command == "FAIL" and line.param(0) == "*":
            return self._refuse(line.params[-1], busy=line.param(1) == "BUSY")
        if self._step == "invitation":
            return self._invited(line)
        if self._step != "account" or (line.command == "FAIL" and line.param(0).upper() != "REGISTER"):
            return []
        if line.command == "REGISTER" and line.param(0).upper() == "SUCCESS":
            self.created = True
            return self._finish()
        if line.command == "FAIL" and line.param(1) == "ACCOUNT_EXISTS":
            if self._refusal:
                return self._refuse(self._refusal)
            self._creating, self._exists = False, True
            return self._identify()
        return self._refuse(line.params[-1])

    def _invited(self, line: Line) -> list[str]:
        """INVITATION code expires role name, or a FAIL that says why the code is not valid."""
        if line.command == "FAIL" and line.param(0).upper() == "INVITATION":
            return self._refuse(line.params[-1])
        return self._register() if line.command == "INVITATION" else []

    def _finish(self) -> list[str]:
        self._step = "welcome"
        return [*([format_line("NICK", self._account)] if self._nick_taken else []), "CAP END"]

    def _refuse(
        self, text: str, *, unknown: bool = False, busy: bool = False, invited_only: bool = False
    ) -> list[str]:
        if self.outcome is None:
            self.outcome = Refused(text, unknown, busy, invited_only)
        return []


def _lines_of(wanted: Sequence[str]) -> list[list[str]]:
    """Capabilities, as many together as one CAP REQ may have."""
    found: list[list[str]] = []
    for cap in wanted:
        if not found or len(" ".join([*found[-1], cap])) > _REQ:
            found.append([])
        found[-1].append(cap)
    return found
