"""Turns: what one connection sends is done in order, one command at a time, at the pace that flood control
allows.

The protocols of the server (irc, plain) share this engine. net.connection hands over the inbox of a
connection (`Turns.handle`); the engine asks the protocol what each item is, and does it: on the spot when it
can't block, otherwise in a worker. A command waits for a Ticket and for nothing else: the writer's, or a
`Work`, which is resolved when a worker has done it. While it waits, further items stay in the inbox, so
nothing overtakes.

Messages that arrived together are queued together and share a commit. Whatever comes after them waits until
they are stored and delivered. Answers come in the order of the lines: what a line has to say at once (an
error) waits until the messages before it are stored, and a message that may be refused only when it is stored
ends its group.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.messages import Draft
from chatstore.chat.session import Session, Unit
from chatstore.chat.ticket import Ticket

log = logging.getLogger(__name__)

MAX_TOGETHER = 200
"""Messages of one connection that are queued at once."""
MAX_COMMANDS_A_TURN = 32
"""Commands of one connection that run before other connections have their turn."""
_BUSY = "the server has too much to do"

Run = Callable[[Callable[[], None]], bool]
"""Gives a job to a pool of workers; False when the pool has too much to do."""
RunFairly = Callable[[Callable[[], None], Sequence[str]], bool]
"""The same, in turn with the jobs of others; see Session.payers."""


@dataclass
class Pools:
    """The pools of workers: for commands that may block, for those that hash a password, for those that
    search."""

    general: Run
    passwords: RunFairly
    search: Run


class Work(Ticket):
    """A job for a worker, and the ticket on which the connection waits for it. The engine starts it.

    `job` may return another ticket to wait for. `command`: what is refused when the pool is full. `password`:
    it hashes one, of `account` (where the session has not logged in). `question`: its processor time is
    charged to the budget of questions. `vital`: without it the connection can't go on, so it is closed when
    the job fails.
    """

    __slots__ = ("account", "command", "job", "password", "question", "search", "vital")

    def __init__(
        self,
        job: Callable[[], Ticket | None],
        *,
        command: str = "*",
        password: bool = False,
        account: str = "",
        search: bool = False,
        question: bool = False,
        vital: bool = False,
    ) -> None:
        super().__init__()
        self.job = job
        self.command = command
        self.password = password
        self.account = account
        self.search = search
        self.question = question
        self.vital = vital


class Request(NamedTuple):
    """An item of the inbox, as its protocol understands it. `cost`: as how many lines it counts; 0 for what
    the client did not send. `question`: it only reads, which has a budget of its own. `posts`: it leads to
    messages. `command` (None: there is none to run) and `argument` are the protocol's own."""

    item: Any
    command: Any
    argument: Any
    cost: float
    question: bool
    posts: bool


class Post(Protocol):
    """A message ready for the writer."""

    @property
    def unit(self) -> Unit: ...


class Answer(Protocol):
    """Where the answer to a line goes, if it is marked as such (IRCv3 labeled-response). For any thread."""

    def send(self, data: bytes) -> None: ...
    def finish(self) -> None: ...


AnyPost = TypeVar("AnyPost", bound=Post)


@dataclass
class Said(Generic[AnyPost]):
    """What a line that posts came to: messages, what its sender is told before them, its marked answer."""

    posts: Sequence[AnyPost]
    data: bytes = b""
    answer: Answer | None = None

    @property
    def rooms(self) -> set[int]:
        """The rooms of its messages; empty for what is no message to a room."""
        return {post.unit.room for post in self.posts if isinstance(post.unit, Draft)}


class Speaker(Protocol[AnyPost]):
    """What the engine needs of a protocol. Nothing here may block; `run` and `post` refuse what they can't
    do."""

    @property
    def session(self) -> Session: ...

    @property
    def leaving(self) -> bool:
        """Nothing more is heard of it."""

    worked: float
    """Seconds of processor time that questions took and that are not charged yet. Changed by the thread that
    has the turn: a worker, or the I/O thread."""

    def understand(self, item: Any) -> Request: ...

    def post(self, request: Request) -> Said[AnyPost]:
        """The messages of a line that posts."""

    def run(self, request: Request) -> Ticket | None:
        """Anything else: a command, a turn of the server's own, or what can't be understood."""

    def refuse(self, command: str, error: ChatError) -> None:
        """Tell the client why not. In the thread of whatever runs."""

    def fail(self) -> None:
        """Tell the client that a command failed by an error of ours."""

    def report(self, said: Said[AnyPost], outcomes: Iterator[Any]) -> None:
        """Tell the sender what became of their messages: take an outcome for each of them. In the writer's
        thread."""

    def finish(self) -> None:
        """A command is done, and what it waited for: its answer is complete."""

    def flush(self) -> None:
        """Send what was gathered."""

    def send(self, data: bytes) -> None: ...

    def quit(self, why: str) -> None: ...


class Turns(Generic[AnyPost]):
    """One connection's. handle() and charge() run in the I/O thread."""

    __slots__ = ("_pools", "_speaker")

    def __init__(self, speaker: Speaker[AnyPost], pools: Pools) -> None:
        self._speaker = speaker
        self._pools = pools

    def handle(self, inbox: deque[Any]) -> Callable[[Callable[[], None]], None] | float | None:
        """See net.connection.LineProtocol."""
        speaker = self._speaker
        session, commands, messages, too_soon = speaker.session, 0, 0, 0.0
        group: list[Said[AnyPost]] = []
        self.charge()
        while inbox and messages < MAX_TOGETHER:
            if speaker.leaving:
                inbox.clear()
                break
            item = inbox[0]
            if isinstance(item, Said):  # put back below, because it could not be queued with those before it
                if group and not _fit_together(group[-1], item):
                    break
                group.append(inbox.popleft())
                messages += _count(item)
                continue
            request = speaker.understand(item)
            if request.cost and (too_soon := session.too_soon(question=request.question)):
                break
            if request.posts:
                inbox.popleft()
                session.heard(request.cost)
                said = speaker.post(request)
                if group and not _fit_together(group[-1], said):
                    inbox.appendleft(said)
                    break
                group.append(said)
                messages += _count(said)
                continue
            if group:
                break
            if commands == MAX_COMMANDS_A_TURN:
                speaker.flush()
                return _AT_ONCE.when_done
            commands += 1
            inbox.popleft()
            session.heard(request.cost, question=request.question)
            ticket = speaker.run(request)
            if ticket is not None:
                speaker.flush()
                return self._wait_for(ticket)
            speaker.finish()
        speaker.flush()
        if group:
            return self._submit(group)
        return too_soon or None

    def charge(self) -> None:
        """Charge what the questions since the last turn have cost."""
        speaker = self._speaker
        worked, speaker.worked = speaker.worked, 0.0
        if worked:
            speaker.session.worked(worked)

    # Messages.

    def _submit(self, group: Sequence[Said[AnyPost]]) -> Callable[[Callable[[], None]], None] | None:
        """Say what is to be said first; queue the messages, and wait until they are stored and delivered, and
        their sender has been told what became of them."""
        for said in group:
            if said.data:
                (said.answer or self._speaker).send(said.data)
        units = [post.unit for said in group for post in said.posts]
        if not units:
            self._report(group, ())
            return None
        return _after(self._speaker.session.submit(units), lambda outcomes: self._report(group, outcomes))

    def _report(self, group: Sequence[Said[AnyPost]], outcomes: Sequence[Any]) -> None:
        """In the writer's thread, or where nothing was to be stored."""
        speaker, rest = self._speaker, iter(outcomes)
        for said in group:
            speaker.report(said, rest)
        speaker.flush()

    # Commands that wait.

    def _wait_for(self, ticket: Ticket) -> Callable[[Callable[[], None]], None]:
        if isinstance(ticket, Work):
            self._start(ticket)
        return _after(ticket, lambda _: self._speaker.finish())

    def _start(self, work: Work) -> None:
        speaker, pools = self._speaker, self._pools

        def run() -> None:
            following: Ticket | None = None
            began = time.thread_time() if work.question else 0.0
            try:
                following = work.job()
            except ChatError as error:
                speaker.refuse(work.command, error)
            except Exception:
                log.exception("a command failed")
                speaker.fail()
                if work.vital:
                    speaker.quit("internal error")
            finally:
                if work.question:
                    speaker.worked += time.thread_time() - began
                speaker.flush()
            if following is None:
                work.resolve(())
                return
            if isinstance(following, Work):
                self._start(following)
            following.when_done(lambda: work.resolve(()))

        if work.password:
            taken = pools.passwords(run, speaker.session.payers(work.account))
        else:
            taken = (pools.search if work.search else pools.general)(run)
        if not taken:
            speaker.refuse(work.command, ChatError(Code.BUSY, f"{_BUSY}: try again"))
            speaker.flush()
            if work.vital:
                speaker.quit(_BUSY)
            work.resolve(())


def _after(ticket: Ticket, after: Callable[[Sequence[Any]], None]) -> Callable[[Callable[[], None]], None]:
    """A pause, as net.connection wants it: until the ticket is resolved and `after` has run with its outcomes."""

    def pause(resume: Callable[[], None]) -> None:
        def resolved() -> None:
            try:
                after(ticket.outcomes or ())
            finally:
                resume()

        ticket.when_done(resolved)

    return pause


_AT_ONCE = Ticket()
"""A wait that is over at once: the I/O thread comes back to this connection after the others."""
_AT_ONCE.resolve(())


def _fit_together(before: Said[AnyPost], said: Said[AnyPost]) -> bool:
    """Whether the messages of two lines, one after the other, may be queued together."""
    if said.data:
        return False
    # Events of several rooms are delivered room by room, and marked answers keep the order of the commands.
    marked = said.answer is not None or before.answer is not None
    return not marked or (len(said.rooms) == 1 and said.rooms == before.rooms)


def _count(said: Said[AnyPost]) -> int:
    """How many messages it adds to its group: as many as make it full, where one may still be refused."""
    for post in said.posts:
        if not isinstance(post.unit, Draft):
            return MAX_TOGETHER
    return len(said.posts)
