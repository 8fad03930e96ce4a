"""Turns: runs what one connection sends, one command at a time, in order, at the pace that flood control
allows.

IrcProtocol and PlainProtocol share this engine. net.connection hands over the inbox of a connection
(Turns.handle). The engine asks the protocol what each item is, and runs it: at once if it can't block,
otherwise in a worker. A command waits for a Ticket and for nothing else: the writer's, or a `Work`, which is
resolved when it is done. Meanwhile further items stay in the inbox, so nothing overtakes.

Messages that arrived together are queued together and share a commit. Everything behind them waits until they
are stored and delivered. Answers come in the order of the lines. So a line that is answered at once (an
error) waits until the messages before it are stored, and a message that may be refused only when it is stored
ends its group.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from chatstore.chat.model.errors import ChatError, Code, StoreError
from chatstore.chat.model.messages import Draft
from chatstore.chat.session import Unit
from chatstore.chat.ticket import Ticket

log = logging.getLogger(__name__)

MAX_TOGETHER = 200
"""Messages of one connection that are queued at once."""
MAX_COMMANDS_A_TURN = 32
"""Commands of one connection that run before other connections have their turn."""
_BUSY = "the server has too much to do"
_IN_ONE_GO = 0.1
"""Seconds; see AtOnce."""

Before = Callable[[Callable[[], None], Callable[[], None]], None]
"""Starts something that a job has to wait for. When that is over, it calls its first argument, which starts the
job, or its second one, because there is nothing left for the job."""
Run = Callable[[Callable[[], None]], bool]
"""Gives a job to a pool of workers. Returns False if the pool is full."""


class RunAfter(Protocol):
    """As Run. With `before`, the job has its place in the pool first; then `before` is started, and a worker runs
    the job when that is over."""

    def __call__(self, job: Callable[[], None], before: Before | None = None, /) -> bool: ...


RunFairly = Callable[[Callable[[], None], Sequence[str]], bool]
"""As Run, in turn with the jobs of other parties; see Session.payers."""


class AtOnce:
    """The time for answers that need no worker. They are given in the writer's thread, which stores nothing
    meanwhile: for a tenth of a second in one go, and half of the time in the long run. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at = clock()
        """When none of the time will be used up any more, if nothing else happens."""

    def run(self, answer: Callable[[], bool]) -> bool:
        """Call it, if there is time, and return whether it was all."""
        began = self._clock()
        if self._free_at - began > _IN_ONE_GO:
            return False
        try:
            return answer()
        finally:
            self._free_at = max(self._free_at, began) + 2 * (self._clock() - began)


@dataclass
class Pools:
    """The pools of workers: for commands that may block, for those that hash a password, for those that
    search. `at_once`: the time of the thread that needs none."""

    general: RunAfter
    passwords: RunFairly
    search: Run
    at_once: AtOnce = field(default_factory=AtOnce)


class Work(Ticket):
    """A job for a worker, and the ticket for its end. The engine starts it.

    `job` may return another ticket, which the connection then waits for. `command`: named in the answer if
    the pool is full. `password`: the job hashes a password, of `account` (needed if the session has not
    logged in). `question`: its processor time is charged to the budget of questions. `vital`: the connection
    can't continue without it, and is closed if the job fails. `first`: called where the Work is started, which it
    must not block, unless the pool is full; the job follows when the ticket that it returns is resolved. So no
    worker waits for the writer. `at_once`: called before the job, in the thread that has resolved that ticket, if
    there is time (AtOnce). It must not block. It does what needs no worker, and returns whether that was all; the
    job does the rest, also if it fails.
    """

    __slots__ = ("account", "at_once", "command", "first", "job", "password", "question", "search", "vital")

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
        first: Callable[[], Ticket] | None = None,
        at_once: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self.job = job
        self.first = first
        self.at_once = at_once
        self.command = command
        self.password = password
        self.account = account
        self.search = search
        self.question = question
        self.vital = vital


class Stages(Ticket):
    """A ticket of the writer's, and what follows it in the I/O thread, before the connection's further lines.

    `second` must not block. It may return another ticket, which the connection then waits for, and its errors are
    those of a vital Work. This ticket is never resolved: the engine follows the two stages.
    """

    __slots__ = ("first", "second")

    def __init__(self, first: Ticket, second: Callable[[Sequence[Any]], Ticket | None]) -> None:
        super().__init__()
        self.first = first
        self.second = second


class Request:
    """An item of the inbox, as its protocol understands it.

    `cost`: the number of lines that flood control counts; 0 for a job of the server's own. `question`: it
    only reads, and is charged to the budget of questions. `posts`: it returns messages. `command` (None if
    there is none) and `argument` belong to the protocol.
    """

    # No dataclass: see irc.line.Line.

    __slots__ = ("argument", "command", "cost", "item", "posts", "question")

    def __init__(self, item: Any, command: Any, argument: Any, cost: float, question: bool, posts: bool) -> None:
        self.item = item
        self.command = command
        self.argument = argument
        self.cost = cost
        self.question = question
        self.posts = posts


class Post(Protocol):
    """A message ready for the writer."""

    @property
    def unit(self) -> Unit:
        """What the writer stores or delivers."""


class Answer(Protocol):
    """The labelled answer to a line (IRCv3 labeled-response). Any thread may call its methods."""

    def send(self, data: bytes) -> None:
        """Send lines of the answer."""

    def finish(self) -> None:
        """End the answer."""


AnyPost = TypeVar("AnyPost", bound=Post)


class Posted(Generic[AnyPost]):
    """The result of a line that posts: its messages, the lines that go to its sender before them, and its
    labelled answer. `size`: how many messages it counts as in its group, which anything but a Draft fills."""

    __slots__ = ("answer", "data", "posts", "size")

    def __init__(self, posts: Sequence[AnyPost], data: bytes = b"", answer: Answer | None = None) -> None:
        self.posts = posts
        self.data = data
        self.answer = answer
        self.size = len(posts)
        for post in posts:
            if not isinstance(post.unit, Draft):
                self.size = MAX_TOGETHER

    @property
    def rooms(self) -> set[int]:
        """The rooms of its messages. Empty if none of them goes to a room."""
        return {post.unit.room for post in self.posts if isinstance(post.unit, Draft)}


class Speaker(Protocol):
    """What the engine needs of a session."""

    @property
    def lost(self) -> str:
        """Why the connection has to be closed; empty if it has not."""

    def hear(self, cost: float, *, question: bool = False) -> float:
        """Count a line as `cost` lines if it may be heard now, and return 0. Otherwise return the seconds until it
        may be heard."""

    def worked(self, seconds: float) -> None:
        """Count the processor seconds that answering its questions took."""

    def payers(self, name: str) -> Sequence[str]:
        """Who pays for computing a hash for the account of this name."""

    def submit(self, units: Sequence[Unit]) -> Ticket:
        """Queue work for the writer."""


class CommandRunner(Protocol[AnyPost]):
    """What the engine needs of a protocol. No method may block. `run` and `post` answer refusals
    themselves."""

    @property
    def session(self) -> Speaker:
        """The session of this connection."""

    @property
    def leaving(self) -> bool:
        """Whether the client was told goodbye. Further items are then dropped."""

    worked: float
    """Seconds of processor time that questions took and that are not charged yet. Only the thread that has
    the turn changes it: a worker, or the I/O thread."""

    def understand(self, item: Any) -> Request:
        """Return what an item of the inbox is."""

    def post(self, request: Request) -> Posted[AnyPost]:
        """Return the messages of a line that posts. The answers to what came before it are sent already."""

    def run(self, request: Request) -> Ticket | None:
        """Run anything else: a command, a job of the server's own, or the answer to an item that is not a
        command."""

    def refuse(self, command: str, error: ChatError) -> None:
        """Tell the client why a command is refused. In the thread that runs the command."""

    def fail(self) -> None:
        """Tell the client that a command failed because of an error in the server."""

    def report(self, group: Sequence[Posted[AnyPost]], outcomes: Sequence[Any]) -> None:
        """Tell the sender the results of the messages of some lines: an outcome for each message, in order. In
        the writer's thread."""

    def finish(self) -> None:
        """A command has ended, and what it waited for: its answer is complete."""

    def flush(self) -> None:
        """Send the gathered answers."""

    def send(self, data: bytes) -> None:
        """Send bytes to the client, without a label."""

    def quit(self, why: str) -> None:
        """Say goodbye and close the connection."""


class Turns(Generic[AnyPost]):
    """The engine of one connection. handle() and charge() run in the I/O thread."""

    __slots__ = ("_pools", "_runner")

    def __init__(self, runner: CommandRunner[AnyPost], pools: Pools) -> None:
        self._runner = runner
        self._pools = pools

    def handle(self, inbox: deque[Any]) -> Callable[[Callable[[], None]], None] | float | None:
        """Handle the inbox; see net.connection.LineProtocol.lines_received()."""
        runner = self._runner
        session, commands, messages, too_soon = runner.session, 0, 0, 0.0
        group: list[Posted[AnyPost]] = []
        self.charge()
        while inbox and messages < MAX_TOGETHER:
            if runner.leaving:
                inbox.clear()
                break
            item = inbox[0]
            if isinstance(item, Posted):  # put back below: it did not fit into the group before it
                if group and not _fit_together(group[-1], item):
                    break
                group.append(inbox.popleft())
                messages += item.size
                continue
            if isinstance(item, Stages):  # put there below: its first stage is over
                inbox.popleft()
                ticket = self._follow(item)
                if ticket is not None:
                    return self._wait_for(ticket, inbox)
                continue
            request = runner.understand(item)
            if request.posts:
                if too_soon := session.hear(request.cost):
                    break
                inbox.popleft()
                if not group:
                    runner.flush()
                posted = runner.post(request)
                if group and not _fit_together(group[-1], posted):
                    inbox.appendleft(posted)
                    break
                group.append(posted)
                messages += posted.size
                continue
            if group:
                break
            if commands == MAX_COMMANDS_A_TURN:
                runner.flush()
                return _AT_ONCE.when_done
            if request.cost and (too_soon := session.hear(request.cost, question=request.question)):
                break
            commands += 1
            inbox.popleft()
            ticket = runner.run(request)
            if ticket is not None:
                if not isinstance(ticket, Stages):  # its answers are sent with those of the second stage
                    runner.flush()
                return self._wait_for(ticket, inbox)
            self._finish()
        runner.flush()
        if group:
            return self._submit(group)
        return too_soon or None

    def charge(self) -> None:
        """Charge the processor time that questions have taken since the last turn."""
        runner = self._runner
        worked, runner.worked = runner.worked, 0.0
        if worked:
            runner.session.worked(worked)

    # Messages.

    def _submit(self, group: Sequence[Posted[AnyPost]]) -> Callable[[Callable[[], None]], None] | None:
        """Queue the messages of a group, and wait until they are stored and delivered and their senders have
        the results.

        Lines for the senders are sent first.
        """
        for posted in group:
            if posted.data:
                (posted.answer or self._runner).send(posted.data)
        units = [post.unit for posted in group for post in posted.posts]
        if not units:
            self._report(group, ())
            return None
        return _after(self._runner.session.submit(units), lambda outcomes: self._report(group, outcomes))

    def _report(self, group: Sequence[Posted[AnyPost]], outcomes: Sequence[Any]) -> None:
        """Report a group's outcomes. In the writer's thread, or in the I/O thread if there was nothing to
        store."""
        self._runner.report(group, outcomes)
        self._runner.flush()

    # Commands that wait.

    def _wait_for(self, ticket: Ticket, inbox: deque[Any]) -> Callable[[Callable[[], None]], None]:
        """Return the pause until the ticket is resolved. Starts it if it is a Work. What follows it in the I/O
        thread is put before the lines that wait."""
        if isinstance(ticket, Stages):
            inbox.appendleft(ticket)
            return ticket.first.when_done
        if isinstance(ticket, Work):
            self._start(ticket)
        return _after(ticket, lambda _: self._finish())

    def _follow(self, stages: Stages) -> Ticket | None:
        """Run the second stage of a command, and end the command if that was all."""
        runner = self._runner
        ticket: Ticket | None = None
        try:
            ticket = stages.second(stages.first.outcomes or ())
        except Exception:
            log.exception("a command failed", {"event": "command-failed"})
            runner.fail()
            runner.quit("internal error")
        runner.flush()
        if ticket is None:
            self._finish()
        return ticket

    def _finish(self) -> None:
        """End a command. If its change took away what the session logged in with, that is the connection's end."""
        runner = self._runner
        runner.finish()
        if runner.session.lost:
            runner.quit(runner.session.lost)

    def _start(self, work: Work) -> None:
        """Give a Work to its pool. If the pool is full, the command is refused."""
        runner = self._runner

        def run() -> None:
            following: Ticket | None = None
            began = time.thread_time() if work.question else 0.0
            try:
                following = work.job()
            except ChatError as error:
                runner.refuse(work.command, error)
            except StoreError as error:
                runner.refuse(work.command, error.refusal)
                if work.vital:
                    runner.quit(error.refusal.text)
            except Exception:
                log.exception("a command failed", {"event": "command-failed"})
                runner.fail()
                if work.vital:
                    runner.quit("internal error")
            finally:
                if work.question:
                    runner.worked += time.thread_time() - began
                runner.flush()
            if following is None:
                work.resolve(())
                return
            if isinstance(following, Work):
                self._start(following)
            following.when_done(lambda: work.resolve(()))

        try:
            taken = self._give(work, run)
        except Exception:  # of `first`: nothing was given, so nothing else ends the wait for this
            log.exception("a command failed", {"event": "command-failed"})
            runner.fail()
            runner.flush()
            if work.vital:
                runner.quit("internal error")
            work.resolve(())
            return
        if not taken:
            runner.refuse(work.command, ChatError(Code.BUSY, f"{_BUSY}: try again"))
            runner.flush()
            if work.vital:
                runner.quit(_BUSY)
            work.resolve(())

    def _give(self, work: Work, run: Callable[[], None]) -> bool:
        """Give the job of a Work to its pool; behind its `first`, if it has one. Returns False if the pool is
        full."""
        pools = self._pools
        if work.first is not None:
            return pools.general(run, partial(self._before, work, work.first))
        if work.password:
            return pools.passwords(run, self._runner.session.payers(work.account))
        return (pools.search if work.search else pools.general)(run)

    def _before(
        self, work: Work, first: Callable[[], Ticket], begin: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        """Start what the job of a Work waits for. The job is left out if there is nothing left for it."""

        def go_on() -> None:
            began = time.thread_time() if work.question else 0.0
            try:
                done = self._pools.at_once.run(work.at_once)
            except Exception:
                log.exception("a command failed", {"event": "command-failed"})
                done = False
            if work.question:
                self._runner.worked += time.thread_time() - began
            if not done:
                begin()
                return
            try:
                self._runner.flush()
            finally:
                leave()
                work.resolve(())

        first().when_done(go_on)


def _after(ticket: Ticket, after: Callable[[Sequence[Any]], None]) -> Callable[[Callable[[], None]], None]:
    """Return a pause for net.connection: it ends when the ticket is resolved and `after` has run with its
    outcomes."""

    def pause(resume: Callable[[], None]) -> None:
        def resolved() -> None:
            try:
                after(ticket.outcomes or ())
            finally:
                resume()

        ticket.when_done(resolved)

    return pause


_AT_ONCE = Ticket()
"""A wait that is over at once: the I/O thread returns to this connection after the others."""
_AT_ONCE.resolve(())


def _fit_together(before: Posted[AnyPost], posted: Posted[AnyPost]) -> bool:
    """Whether the messages of two consecutive lines may be queued together."""
    if posted.data:
        return False
    # Events of several rooms are delivered room by room, but labelled answers must keep the order of the commands.
    labelled = posted.answer is not None or before.answer is not None
    return not labelled or (len(posted.rooms) == 1 and posted.rooms == before.rooms)
