"""Client: what a command needs of its connection.

A Client keeps the state that one connection builds up (registration, capabilities, an open batch) and offers
the ways to answer it. IrcProtocol (protocol.py), which reads lines and dispatches commands, is a Client.
Commands know only this class.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, cast

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.masks import wildcard_matches
from chatstore.chat.model.messages import CUTS
from chatstore.chat.session import Session
from chatstore.irc import numerics as n
from chatstore.irc.errors import fail_code, middle, numeric
from chatstore.irc.line import Line
from chatstore.irc.renderer import IrcRenderer
from chatstore.irc.reply import Answer, Outgoing, Reply, label_of
from chatstore.irc.sasl import MECHANISMS, Response
from chatstore.irc.server import IrcServer

log = logging.getLogger(__name__)

NEED_ACCOUNT = "this server requires an account: log in with SASL, or send ACCOUNT:PASSWORD as the server password"
MAX_PASSED_OVER = 20
"""References of failed batches that a connection remembers."""
_NO_CAPABILITIES: Set[str] = frozenset()


@dataclass(slots=True)
class Registration:
    """What a client has sent before it takes part (Modern, "Connection Registration").

    `negotiating`: CAP LS or CAP REQ came, and CAP END has not followed yet. `negotiated`: one of them came at
    some time. `done`: the client was welcomed. `warned`: the client was told that the server requires an
    account.
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
        """Whether the client has sent everything that the welcome needs, and has not been welcomed."""
        return bool(self.nick and self.user) and not self.negotiating and not self.done


@dataclass(slots=True)
class SaslExchange:
    """A SASL exchange in progress: the chosen mechanism, and the chunks received so far."""

    mechanism: str
    response: Response = field(default_factory=Response)


@dataclass(slots=True)
class Multiline:
    """A client's open batch, and the labelled answer for it (IRCv3 draft/multiline). multiline.py fills it.

    `opened`: seconds since 1970 UTC. `cuts`: the places in `body` where the client cut a line that goes on.
    `passed_over`: the references of batches that failed and have not ended yet. Without a `target`, no batch
    is open and only these are remembered.
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
        """Ignore further lines under this reference. Only the latest references are remembered, because some
        clients never end a failed batch."""
        self.passed_over.pop(reference, None)
        self.passed_over[reference] = None
        if len(self.passed_over) > MAX_PASSED_OVER:
            del self.passed_over[next(iter(self.passed_over))]

    @property
    def kept_tags(self) -> dict[str, str]:
        """The tags of the batch, and the places where its lines were cut."""
        cuts = {CUTS: ",".join(map(str, self.cuts))} if self.cuts else {}
        return {**self.tags, **cuts}


class Client:
    """The commands' side of one connection. The protocol sets `session`.

    `send` and `close` are the connection's (net.connection). `push` queues a job of the server's own behind
    the lines that wait; a worker runs it.
    """

    __slots__ = (
        "_batches",
        "_close",
        "answer",
        "by_web",
        "cap_version",
        "enabled",
        "leaving",
        "moved",
        "multiline",
        "outgoing",
        "push",
        "registration",
        "reply",
        "sasl",
        "send",
        "server",
        "session",
        "worked",
    )

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
        self.sasl: SaslExchange | None = None
        self.multiline: Multiline | None = None
        self.enabled = _NO_CAPABILITIES
        self.cap_version = 301
        self.by_web = False
        self.moved: Callable[[str], bool] = _has_room
        """Counts the connection for another address from now on. False if that address has too many."""
        self.outgoing = Outgoing(server.name, send)
        self.send = self.outgoing.send
        self.answer: Answer | None = None
        """The labelled answer of the command that runs; None if its line has no label."""
        self.reply = Reply(server.name, self._shown_nick, self.send)
        self.push = push
        self.leaving = False
        """The client was told goodbye: further lines are ignored."""
        self.worked = 0.0
        """Seconds of processor time that questions took and that are not charged yet (turns.CommandRunner)."""
        self._close = close
        self._batches = 0

    @property
    def renderer(self) -> IrcRenderer:
        return cast("IrcRenderer", self.session.renderer)

    @property
    def nick(self) -> str:
        """The name by which the server addresses the client: `*` while it has no nick."""
        return self.session.nick or self.registration.nick or "*"

    def _shown_nick(self) -> str:
        return self.nick

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that can succeed on this connection."""
        can = {"PLAIN": self.session.may_send_password, "EXTERNAL": bool(self.session.certificate)}
        return tuple(name for name in MECHANISMS if can[name])

    def has(self, capability: str) -> bool:
        """Whether the client has enabled a capability."""
        return capability in self.enabled

    def quit(self, why: str) -> None:
        """Say goodbye and close the connection. `why` goes into ERROR and the log."""
        self.reply.flush()
        self.say_goodbye(why)
        self._close(why)

    def say_goodbye(self, why: str) -> None:
        """Send ERROR. Only the first call does."""
        if not self.leaving:
            self.leaving = True
            self.reply.to(f"ERROR :Closing link: {why}\r\n".encode())

    def refuse(self, command: str, error: ChatError, about: str = "") -> None:
        """Answer with the reason of a refusal: by a numeric if IRC has one, otherwise by FAIL (400 for
        clients without standard-replies).

        `about`: the room or person as the client typed it.
        """
        known = numeric(error, about)
        if known is not None:
            number, params = known
            self.reply.numeric(number, *(middle(param) for param in params), text=error.text)
        elif self.has("standard-replies"):
            self.reply.fail(command, fail_code(error), text=error.text)
        else:
            self.reply.numeric(n.ERR_UNKNOWNERROR, command, text=error.text)

    def is_channel(self, name: str) -> bool:
        """Whether a parameter may name a channel (Modern, "Channels"). If not, ERR_NOSUCHCHANNEL is sent.

        A name without `#`, as other protocols write rooms, may be somebody's nick here.
        """
        if name.startswith("#"):
            return True
        self.reply.numeric(n.ERR_NOSUCHCHANNEL, middle(name), text="no such channel")
        return False

    def is_this_server(self, target: str) -> bool:
        """Whether a parameter names this server (Modern, "Server Queries and Commands"): by its name, by a
        mask of it, or by the nick of somebody on it. An empty parameter does. If not, ERR_NOSUCHSERVER is
        sent."""
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
        """Send RPL_LOGGEDIN, and write a line to the log."""
        log.info(
            "%(account)s logged in from %(address)s",
            {"event": "login", "account": account.name, "address": self.session.address},
        )
        user = self.registration.user or "*"
        mask = self.session.actor.mask if self.session.takes_part else f"{self.nick}!{user}@*"
        self.reply.numeric(n.RPL_LOGGEDIN, mask, account.name, text=f"You are now logged in as {account.name}")

    def next_batch(self) -> str:
        """Return a reference for a BATCH that this connection has not used yet."""
        self._batches += 1
        return str(self._batches)

    # Labelled answers (reply.py).

    def begin_answer(self, line: Line) -> None:
        """Start the labelled answer to this line, if the line has a label. Everything that follows belongs to
        it."""
        if self.has("labeled-response") and self.has("batch"):
            label = label_of(line)
            if label:
                self.answer_with(self.outgoing.answer(label, self.next_batch()))

    def keep_answer(self) -> Answer | None:
        """Take the labelled answer from the command that runs, so that it does not end with the command. None
        without a label.

        A client's BATCH uses this: the answer to its first line comes after its last one.
        """
        kept = self.answer
        self.answer_with(None)
        return kept

    def resume_answer(self, answer: Answer | None) -> None:
        """Continue an answer that keep_answer() took. The command that runs now ends it."""
        self.finish()
        self.answer_with(answer)

    def finish(self) -> None:
        """End the labelled answer of the command that runs, if there is one."""
        if self.answer is not None:
            self.reply.flush()
            self.answer.finish()
            self.answer_with(None)

    def answer_with(self, answer: Answer | None) -> None:
        """Send the answers from now on to this labelled answer, or (None) to the client without a label."""
        self.reply.flush()
        self.answer = answer
        self.reply.to = answer.send if answer is not None else self.send
        self.session.answer_by(answer.send if answer is not None else None)


def _has_room(_address: str) -> bool:
    return True
