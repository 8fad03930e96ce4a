"""A conversation in IRC: text lines in, commands done in order, lines out.

Each line is parsed, its command looked up, and the command's gates are checked (gates.py) before its function
runs: on the spot when it can't block, otherwise in a worker while this connection waits. Messages that arrived
together are queued together, so that they share a commit; whatever else comes after them waits until they are
stored and told.

Spec: the Modern IRC client protocol ("Connection Registration", "Numerics"); IRCv3 capability-negotiation.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.events import MemberJoined
from chatstore.chat.session import Chat, Session
from chatstore.irc import gates
from chatstore.irc import numerics as n
from chatstore.irc.capabilities import Capability, offered
from chatstore.irc.commands import Command, Post
from chatstore.irc.errors import fail_code, middle, numeric
from chatstore.irc.labels import Answer, Outgoing, label_of
from chatstore.irc.line import Line
from chatstore.irc.metadata import aware, show_person_metadata
from chatstore.irc.multiline import Multiline, give_up, interrupted, overdue
from chatstore.irc.posting import Said, Together
from chatstore.irc.receipts import Receipts
from chatstore.irc.reconfigured import tell_of_changes
from chatstore.irc.registration import Registration, Sasl
from chatstore.irc.render import IrcView
from chatstore.irc.reply import Reply
from chatstore.irc.sasl import MECHANISMS
from chatstore.irc.show import show_room
from chatstore.irc.silence import Silence
from chatstore.irc.waiting import Job, Pause, Run, RunInTurn, and_then, in_worker, let_others_go_first
from chatstore.irc.ways import Ways
from chatstore.irc.welcome import try_to_register

__all__ = ["IrcProtocol", "IrcServer", "Pause"]

log = logging.getLogger(__name__)

NONE_YET: Set[str] = frozenset()
MOST_A_TURN = 32
"""Commands of one connection that are done before others have their turn."""


@dataclass(eq=False)
class IrcServer:
    """What every IRC conversation of this server shares. `motd`, `description` and `admin` (location, name,
    address) may change while it runs; `reload` reads the configuration again and returns what is wrong with it.
    `incarnation`: of the database; see isupport.py."""

    name: str
    network: str
    motd: str
    admin: tuple[str, str, str]
    version: str
    started: float
    chat: Chat
    run: Run
    run_password: RunInTurn
    run_search: Run
    reload: Callable[[], str]
    ways: Ways = field(default_factory=Ways)
    incarnation: str = ""
    description: str = ""
    """What it is for, in one line; that is its network's name where nothing else is said."""

    def __post_init__(self) -> None:
        self._views: dict[frozenset[str], IrcView] = {}

    def view(self, switches: frozenset[str]) -> IrcView:
        """The one with these of its fields on, for all whose it is."""
        found = self._views.get(switches)
        if found is None:
            found = self._views[switches] = IrcView(self.name, **dict.fromkeys(switches, True))
        return found

    @property
    def created(self) -> str:
        """When it was started, for people, in its own zone."""
        return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(self.started))


class IrcProtocol:
    """One connection's. `send`, `close` and `push` are the connection's; see net.connection.LineProtocol."""

    patience: float | None = None
    announced = False
    """Whether the log says that it has begun; otherwise it need not say that it has ended."""

    def __init__(
        self,
        server: IrcServer,
        address: str,
        *,
        local: bool,
        send: Callable[[bytes], None],
        close: Callable[[str], None],
        push: Callable[[Any], None],
    ) -> None:
        self.server = server
        self.registration = Registration()
        self.sasl = Sasl()
        self.multiline: Multiline | None = None
        self.enabled = NONE_YET
        self.cap_version = 301
        self.by_web = False
        self.moved: Callable[[str], bool] = lambda _address: True
        """Count the connection for another address from now on; False when that has enough of them."""
        self.view = server.view(frozenset())
        self.outgoing = Outgoing(server.name, send)
        self.send = self.outgoing.send
        self.answer: Answer | None = None
        """The labelled answer that the command which runs gives; None where there is no label."""
        self.session = Session(server.chat, self, address, local=local, view=self.view)
        self.reply = Reply(server.name, lambda: self.nick, self.send)
        self._close = close
        self.push = push
        self._entered: dict[int, MemberJoined] = {}
        self._batches = 0
        self._policy = self.session.policy
        self._silence = Silence()
        self.receipts = Receipts()
        self.session.progress = lambda: self.receipts.progress(self)
        self._said_goodbye = False
        self.worked = 0.0
        """Seconds of a processor's time that questions took and that are not charged yet. Changed by who has the
        turn: a worker, or the I/O thread."""

    @property
    def nick(self) -> str:
        """How the server addresses the client; `*` as long as it has no nick."""
        return self.session.nick or self.registration.nick or "*"

    @property
    def capabilities(self) -> dict[str, Capability]:
        """What this server offers."""
        known = offered(self.session.policy)
        return {name: each for name, each in known.items() if each.here is None or each.here(self) is not None}

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that can succeed on this connection."""
        can = {"PLAIN": self.session.may_send_password, "EXTERNAL": bool(self.session.certificate)}
        return tuple(name for name in MECHANISMS if can[name])

    def has(self, capability: str) -> bool:
        return capability in self.enabled

    # From the connection.

    def begun(self) -> None:
        """Nothing is said to an IRC client before it speaks."""

    def hear(self, inbox: deque[Any]) -> Pause | float | None:
        session, together, turn, too_soon = self.session, Together(), 0, 0.0
        self._charge()
        while inbox and not together.full:
            if self._said_goodbye:
                inbox.clear()
                break
            item = inbox[0]
            if isinstance(item, Said):
                inbox.popleft()
            line = gates.read(item)
            command = gates.command_for(line, registered=self.registration.done) if line is not None else None
            cost = gates.cost(self, item, line, command)
            question = command is not None and command.asks(self, line)
            if cost and (too_soon := session.too_soon(question=question)):
                break
            if command is not None and line is not None and command.posts:
                inbox.popleft()
                session.heard(cost)
                item = self._say(command, line)
            if isinstance(item, Said):
                if not together.takes(item):
                    inbox.appendleft(item)
                    break
                together.add(item)
                continue
            if together:
                break
            if turn == MOST_A_TURN:
                self.reply.flush()
                return let_others_go_first
            turn += 1
            inbox.popleft()
            session.heard(cost, question=question)
            pause = self._one(item, line, command)
            if pause is not None:
                self.reply.flush()
                return pause
        self.reply.flush()
        return together.submit(self) or too_soon or None

    def tick(self, quiet: float) -> None:
        self._silence.tick(self, quiet)
        self.receipts.tick(self)
        before, now = self._policy, self.session.policy
        if now is not before:
            self._policy = now
            self.push(lambda: tell_of_changes(self, before))
        if overdue(self):
            self.push(lambda: give_up(self))

    def closed(self, why: str, *, arrived: Callable[[], bool]) -> None:
        self._charge()
        who = self.session.nick or self.session.address
        log.log(logging.INFO if self.announced else logging.DEBUG, "%s disconnected: %s", who, why)
        self.session.close(why, received=lambda: arrived() and not self._silence.lost)
        self._goodbye(why)

    # From the session, in the writer's thread.

    def entered(self, room_id: int, joined: MemberJoined) -> None:
        """Whoever comes first shows the room: the JOIN that led here, or a turn of its own."""
        self._entered[room_id] = joined
        self.push(lambda: self._show_entered(room_id))

    def came_online(self, nick: str) -> None:
        if aware(self):
            self.push(lambda: show_person_metadata(self, [nick]))

    def ended(self, reason: str) -> None:
        self.quit(reason)

    # For commands.

    def keep_answer(self) -> Answer | None:
        """Take over the labelled answer of the command that runs, which does not end with it: another command
        goes on with it (a BATCH of the client's own is answered at its end). None where there is no label."""
        kept = self.answer
        self._answer_with(None)
        return kept

    def resume_answer(self, answer: Answer | None) -> None:
        """The command that runs gives, and ends, an answer that was kept."""
        self._finish()
        self._answer_with(answer)

    def take_entered(self, room_id: int) -> MemberJoined | None:
        """The join of a room that nobody has shown to the client yet; the caller shows it."""
        return self._entered.pop(room_id, None)

    def quit(self, why: str) -> None:
        """Say goodbye and close."""
        self.reply.flush()
        self._goodbye(why)
        self._close(why)

    def refuse(self, command: str, error: ChatError, about: str = "") -> None:
        """Say why not: by the numeric where IRC has one, otherwise by FAIL (or 400 for those without it)."""
        known = numeric(error, about)
        if known is not None:
            number, params = known
            self.reply.numeric(number, *(middle(param) for param in params), text=error.text)
        elif self.has("standard-replies"):
            self.reply.fail(command, fail_code(error), text=error.text)
        else:
            self.reply.numeric(n.ERR_UNKNOWNERROR, command, text=error.text)

    def set_capabilities(self, names: Set[str]) -> None:
        """Enable exactly these."""
        if not names >= self.enabled & {"batch", "draft/metadata-2", "draft/metadata-3"}:
            self.session.metadata.forget()
        self.enabled = names
        self.view = self.server.view(
            frozenset(each.view for name, each in self.capabilities.items() if name in names and each.view)
        )
        self.session.change_view(self.view)

    def in_worker(
        self,
        job: Job,
        *,
        command: str = "*",
        password: bool = False,
        search: bool = False,
        account: str = "",
        vital: bool = False,
    ) -> Pause:
        """See waiting.in_worker; in a worker of their own for what hashes, and what searches. `account`: whose
        password it is, if the session is not logged in."""
        run = self.server.run_search if search else self.server.run
        if password:
            payers = self.session.payers(account)
            run = lambda work: self.server.run_password(work, payers)  # noqa: E731
        return in_worker(self, run, job, command=command, vital=vital)

    def try_to_register(self) -> Pause | None:
        """Take part as soon as everything that is needed has been said."""
        return try_to_register(self)

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

    # Behind these.

    def _one(self, item: Any, line: Line | None, command: Command | None) -> Pause | None:
        """One thing that is no message: a command, a job of our own, or what can't be one of these."""
        if callable(item):
            return self.in_worker(item, vital=True)
        pause: Pause | None = None
        line = line or gates.parsed(item)
        if line is not None and line.tags:
            self._begin(line)
        if command is None or line is None:
            gates.complain(self, item, line)
        elif interrupted(self, command.name):
            pass
        elif command.blocking:
            self._silence.heard()
            job = lambda: self._run_blocking(command, line)  # noqa: E731
            pause = self.in_worker(job, command=command.name, search=command.searches)
        else:
            self._silence.heard()
            pause = self._run(command, line)
        if self.answer is not None and pause is not None:
            return and_then(pause, self._finish)
        self._finish()
        return pause

    def _say(self, command: Command, line: Line) -> Said:
        """A command that posts: what it has to say now, and its messages, which come after that."""
        self.reply.flush()
        self._silence.heard()
        if line.tags:
            self._begin(line)
        posts: Sequence[Post] = ()
        try:
            posts = command.run(self, line)
        except ChatError as error:
            self.refuse(line.command, error)
        answer, data = self.answer, self.reply.take()
        if answer is not None:
            self._answer_with(None)
        return Said(posts, data, answer)

    def _begin(self, line: Line) -> None:
        """From here on everything answers this line, if it has a label."""
        if self.has("labeled-response") and self.has("batch"):
            label = label_of(line)
            if label:
                self._answer_with(self.outgoing.answer(label, self.next_batch()))

    def _finish(self) -> None:
        if self.answer is not None:
            self.reply.flush()
            self.answer.finish()
            self._answer_with(None)

    def _answer_with(self, answer: Answer | None) -> None:
        self.reply.flush()
        self.answer = answer
        self.reply.to = answer.send if answer is not None else self.send
        self.session.answer_by(answer.send if answer is not None else None)

    def _run(self, command: Command, line: Line) -> Pause | None:
        try:
            result: Pause | None = command.run(self, line)
        except ChatError as error:
            self.refuse(line.command, error)
            return None
        return result

    def _run_blocking(self, command: Command, line: Line) -> None:
        """In a worker, where there is nothing to pause for."""
        question, began = command.asks(self, line), time.thread_time()
        pause = self._run(command, line)
        if question:
            self.worked += time.thread_time() - began
        assert pause is None

    def _charge(self) -> None:
        """What its questions have cost since the last turn."""
        worked, self.worked = self.worked, 0.0
        if worked:
            self.session.worked(worked)

    def _show_entered(self, room_id: int) -> None:
        joined = self.take_entered(room_id)
        if joined is not None:
            show_room(self, joined)

    def _goodbye(self, why: str) -> None:
        if not self._said_goodbye:
            self._said_goodbye = True
            self.reply.to(f"ERROR :Closing link: {why}\r\n".encode())
