"""Client: what a command needs of its connection.

It has the state that a client builds up (registration, capabilities, an open batch) and the ways to answer
it. The protocol that reads lines and dispatches commands (protocol.py) is a Client; commands know only this
class.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.masks import wildcard_matches
from chatstore.chat.model.messages import CUTS
from chatstore.chat.session import Session
from chatstore.irc import numerics as n
from chatstore.irc.errors import fail_code, middle, numeric
from chatstore.irc.line import Line
from chatstore.irc.reply import Answer, Outgoing, Reply, label_of
from chatstore.irc.sasl import MECHANISMS, Response
from chatstore.irc.server import IrcServer

log = logging.getLogger(__name__)

NEED_ACCOUNT = "this server requires an account: log in with SASL, or send ACCOUNT:PASSWORD as the server password"
MAX_PASSED_OVER = 20
"""References of failed batches that are remembered."""
_NO_CAPABILITIES: Set[str] = frozenset()


@dataclass
class Registration:
    """What a client has said of itself before it takes part (Modern, "Connection Registration").

    `negotiating`: CAP LS or CAP REQ came, and CAP END did not yet; `negotiated`: it did, ever. `done`: it was
    welcomed. `warned`: it needs an account to be welcomed, and was told so.
    """

    nick: str = ""
    user: str = ""
    realname: str = ""
    password: str = ""
    negotiating: bool = False
    negotiated: bool = False
    warned: bool = False
    done: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that is needed has been said, and the welcome has not."""
        return bool(self.nick and self.user) and not self.negotiating and not self.done


@dataclass
class SaslExchange:
    """An exchange in progress: the mechanism that was chosen, the chunks so far."""

    mechanism: str = ""
    response: Response = field(default_factory=Response)


@dataclass
class Multiline:
    """A client's batch that is open, and the labelled answer that it is to have (IRCv3 draft/multiline).

    `passed_over`: the references of batches that failed and have not been ended yet; without a `target`,
    there are only these. multiline.py fills it.
    """

    reference: str
    target: str
    tags: Mapping[str, str]
    opened: float
    answer: Answer | None = None
    body: str = ""
    cuts: list[int] = field(default_factory=list)
    lines: int = 0
    passed_over: dict[str, None] = field(default_factory=dict)

    def pass_over(self, reference: str) -> None:
        """Ignore what comes under it from now on. Only the latest are remembered: some clients never end
        them."""
        self.passed_over.pop(reference, None)
        self.passed_over[reference] = None
        if len(self.passed_over) > MAX_PASSED_OVER:
            del self.passed_over[next(iter(self.passed_over))]

    @property
    def kept_tags(self) -> dict[str, str]:
        """Its tags, and where its lines were cut."""
        cuts = {CUTS: ",".join(map(str, self.cuts))} if self.cuts else {}
        return {**self.tags, **cuts}


class Client:
    """One connection's. `send`, `close` and `push` are the connection's (net.connection); `push` puts a job
    of the server's own among the lines that wait, for a worker. The protocol sets `session`."""

    session: Session

    def __init__(
        self,
        server: IrcServer,
        *,
        send: Callable[[bytes], None],
        close: Callable[[str], None],
        push: Callable[[Any], None],
    ) -> None:
        self.server = server
        self.registration = Registration()
        self.sasl = SaslExchange()
        self.multiline: Multiline | None = None
        self.enabled = _NO_CAPABILITIES
        self.cap_version = 301
        self.by_web = False
        self.moved: Callable[[str], bool] = lambda _address: True
        """Count the connection for another address from now on; False when that has too many of them."""
        self.renderer = server.renderer(frozenset())
        self.outgoing = Outgoing(server.name, send)
        self.send = self.outgoing.send
        self.answer: Answer | None = None
        """The labelled answer of the command that runs; None where there is no label."""
        self.reply = Reply(server.name, lambda: self.nick, self.send)
        self.push = push
        self.leaving = False
        """It was told goodbye: nothing more is heard of it."""
        self.worked = 0.0
        """Seconds of a processor's time that questions took and that are not charged yet (turns.Speaker)."""
        self._close = close
        self._batches = 0

    @property
    def nick(self) -> str:
        """How the server addresses the client; `*` as long as it has no nick."""
        return self.session.nick or self.registration.nick or "*"

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that can succeed on this connection."""
        can = {"PLAIN": self.session.may_send_password, "EXTERNAL": bool(self.session.certificate)}
        return tuple(name for name in MECHANISMS if can[name])

    def has(self, capability: str) -> bool:
        return capability in self.enabled

    def quit(self, why: str) -> None:
        """Say goodbye and close."""
        self.reply.flush()
        self.say_goodbye(why)
        self._close(why)

    def say_goodbye(self, why: str) -> None:
        """ERROR, once."""
        if not self.leaving:
            self.leaving = True
            self.reply.to(f"ERROR :Closing link: {why}\r\n".encode())

    def refuse(self, command: str, error: ChatError, about: str = "") -> None:
        """Say why not: by the numeric where IRC has one, otherwise by FAIL (or 400 for clients without
        it)."""
        known = numeric(error, about)
        if known is not None:
            number, params = known
            self.reply.numeric(number, *(middle(param) for param in params), text=error.text)
        elif self.has("standard-replies"):
            self.reply.fail(command, fail_code(error), text=error.text)
        else:
            self.reply.numeric(n.ERR_UNKNOWNERROR, command, text=error.text)

    def is_channel(self, name: str) -> bool:
        """Whether a parameter may name a channel (Modern, "Channels"); otherwise ERR_NOSUCHCHANNEL is said. A
        room's bare name, as other protocols write it, may be somebody's nick here."""
        if name.startswith("#"):
            return True
        self.reply.numeric(n.ERR_NOSUCHCHANNEL, middle(name), text="no such channel")
        return False

    def is_this_server(self, target: str) -> bool:
        """Whether a parameter names this server (Modern, "Server Queries and Commands"): by its name, a mask
        of it, or the nick of somebody here; an empty one does. Otherwise ERR_NOSUCHSERVER is said."""
        if not target or wildcard_matches(target, self.server.name) or self._is_nick(target):
            return True
        self.reply.numeric(n.ERR_NOSUCHSERVER, middle(target), text="no such server")
        return False

    def _is_nick(self, target: str) -> bool:
        try:
            return self.session.sees.find(target) is not None
        except ChatError:
            return False

    def logged_in(self, account: Account) -> None:
        """RPL_LOGGEDIN, and a line in the log."""
        log.info("%s logged in from %s", account.name, self.session.address)
        user = self.registration.user or "*"
        mask = self.session.actor.mask if self.session.takes_part else f"{self.nick}!{user}@*"
        self.reply.numeric(n.RPL_LOGGEDIN, mask, account.name, text=f"You are now logged in as {account.name}")

    def next_batch(self) -> str:
        """A reference for a BATCH that this connection has not seen."""
        self._batches += 1
        return str(self._batches)

    # Labelled answers (reply.py).

    def begin_answer(self, line: Line) -> None:
        """From here on everything answers this line, if it has a label."""
        if self.has("labeled-response") and self.has("batch"):
            label = label_of(line)
            if label:
                self.answer_with(self.outgoing.answer(label, self.next_batch()))

    def keep_answer(self) -> Answer | None:
        """Take over the labelled answer of the command that runs, which does not end with it: another command
        goes on with it (a BATCH of the client's own is answered at its end). None where there is no label."""
        kept = self.answer
        self.answer_with(None)
        return kept

    def resume_answer(self, answer: Answer | None) -> None:
        """The command that runs gives, and ends, an answer that was kept."""
        self.finish()
        self.answer_with(answer)

    def finish(self) -> None:
        """The answer is complete, if there is one."""
        if self.answer is not None:
            self.reply.flush()
            self.answer.finish()
            self.answer_with(None)

    def answer_with(self, answer: Answer | None) -> None:
        self.reply.flush()
        self.answer = answer
        self.reply.to = answer.send if answer is not None else self.send
        self.session.answer_by(answer.send if answer is not None else None)
