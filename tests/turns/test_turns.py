"""The engine on which the connections of every protocol take their turns, with a protocol that does nothing
else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.messages import Draft
from chatstore.chat.ticket import Ticket
from chatstore.turns import (
    MAX_COMMANDS_A_TURN,
    MAX_TOGETHER,
    AtOnce,
    Before,
    Pools,
    Posted,
    Request,
    Stages,
    Turns,
    Work,
)

ALICE = Actor("alice", "alice", 1)


class Post(NamedTuple):
    unit: Any


class FakeSession(SimpleNamespace):
    """Takes what is submitted, and lets the test say when it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[list[str]] = []
        self.tickets: list[Ticket] = []
        self.pace = 0.0
        self.lost = ""
        self.charged: list[float] = []

    def hear(self, cost: float = 1.0, *, question: bool = False) -> float:
        return self.pace

    def worked(self, seconds: float) -> None:
        self.charged.append(seconds)

    def payers(self, name: str) -> tuple[str, ...]:
        return (name,)

    def submit(self, units: list[Any]) -> Ticket:
        self.submitted.append([unit.body for unit in units])
        self.tickets.append(Ticket())
        return self.tickets[-1]


class FakeSpeaker:
    """`say TEXT` posts, `refused TEXT` is refused at once, `work` needs a worker, anything else is done on
    the spot. `happened` keeps what was done, in order."""

    def __init__(self) -> None:
        self.session: Any = FakeSession()
        self.leaving = False
        self.worked = 0.0
        self.happened: list[str] = []
        self.job: Callable[[], Ticket | None] = lambda: self.happened.append("worked")
        self.vital = False
        self.first: Callable[[], Ticket] | None = None
        self.at_once: Callable[[], bool] = lambda: False
        self.then: Callable[[Sequence[Any]], Ticket | None] = lambda outcomes: self.happened.append(
            f"then {outcomes}"
        )

    def understand(self, item: Any) -> Request:
        posts = item.startswith(("say ", "refused "))
        return Request(item, item.partition(" ")[0], item.partition(" ")[2], 1, item == "ask", posts)

    def post(self, request: Request) -> Posted[Post]:
        if request.command == "refused":
            return Posted((), request.argument.encode())
        return Posted([Post(Draft(1, ALICE, "message", request.argument, {}))])

    def run(self, request: Request) -> Ticket | None:
        if request.command == "staged":
            self.session.tickets.append(Ticket())
            return Stages(self.session.tickets[-1], self.then)
        if request.command in ("work", "ask"):
            return Work(
                self.job,
                command="WORK",
                question=request.question,
                vital=self.vital,
                first=self.first,
                at_once=self.at_once,
            )
        self.happened.append(request.item)
        return None

    def refuse(self, command: str, error: ChatError) -> None:
        self.happened.append(f"refused {command}: {error.text}")

    def fail(self) -> None:
        self.happened.append("failed")

    def report(self, group: Sequence[Posted[Post]], outcomes: Sequence[Any]) -> None:
        posts = [post for said in group for post in said.posts]
        for post, outcome in zip(posts, outcomes, strict=True):
            self.happened.append(f"{post.unit.body}: {outcome}")

    def finish(self) -> None:
        pass

    def flush(self) -> None:
        pass

    def send(self, data: bytes) -> None:
        self.happened.append(f"sent {data.decode()}")

    def quit(self, why: str) -> None:
        self.leaving = True
        self.happened.append(f"quit: {why}")


class Talk:
    """A connection as net.connection makes one of it: it hears again when a wait is over."""

    def __init__(self) -> None:
        self.speaker = FakeSpeaker()
        self.jobs: list[Callable[[], None]] = []
        self.full = False
        self.left = 0
        """How many jobs have left their place in the pool."""
        self.inbox: deque[Any] = deque()
        self.waits = False
        self.turns = Turns(self.speaker, Pools(self._take, lambda job, _: self._take(job), self._take))

    def _take(self, job: Callable[[], None], before: Before | None = None) -> bool:
        if self.full:
            return False
        if before is None:
            self.jobs.append(job)
        else:
            before(lambda: self.jobs.append(job), self._leave)
        return True

    def _leave(self) -> None:
        self.left += 1

    def handle(self, *items: Any) -> float | None:
        self.inbox.extend(items)
        while self.inbox and not self.waits:
            pause = self.turns.handle(self.inbox)
            if isinstance(pause, float):
                return pause
            if pause is not None:
                self.waits = True
                pause(self._resume)
        return None

    def _resume(self) -> None:
        self.waits = False

    def store(self, *outcomes: Any) -> None:
        """What was submitted last is stored."""
        session = self.speaker.session
        session.tickets[-1].resolve(outcomes or ["stored"] * len(session.submitted[-1]))
        self.handle()

    def work(self) -> None:
        self.jobs.pop(0)()
        self.handle()


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_messages_that_arrive_together_are_queued_together_and_nothing_overtakes(talk: Talk) -> None:
    talk.handle("say a", "say b", "ping", "say c")
    assert talk.speaker.session.submitted == [["a", "b"]]
    assert talk.speaker.happened == []
    talk.store()
    assert talk.speaker.happened == ["a: stored", "b: stored", "ping"]
    assert talk.speaker.session.submitted == [["a", "b"], ["c"]]


def test_a_refusal_comes_after_the_messages_before_it_and_is_asked_for_once(talk: Talk) -> None:
    talk.handle("say a", "refused b", "say c")
    assert talk.speaker.session.submitted == [["a"]]
    talk.store()
    assert talk.speaker.happened == ["a: stored", "sent b"]
    assert talk.speaker.session.submitted == [["a"], ["c"]]


def test_a_group_has_a_bound(talk: Talk) -> None:
    talk.handle(*["say a"] * (MAX_TOGETHER + 1))
    assert [len(units) for units in talk.speaker.session.submitted] == [MAX_TOGETHER]
    talk.store()
    assert [len(units) for units in talk.speaker.session.submitted] == [MAX_TOGETHER, 1]


def test_others_have_their_turn_after_some_commands(talk: Talk) -> None:
    inbox = deque(["ping"] * (MAX_COMMANDS_A_TURN + 1))
    pause = talk.turns.handle(inbox)
    assert callable(pause)
    assert len(inbox) == 1
    resumed: list[int] = []
    pause(lambda: resumed.append(1))
    assert resumed == [1]


def test_a_worker_begins_when_what_was_submitted_first_is_stored(talk: Talk) -> None:
    stored = Ticket()
    talk.speaker.first = lambda: talk.speaker.happened.append("submitted") or stored  # type: ignore[func-returns-value]
    talk.handle("work", "ping")
    assert (talk.speaker.happened, talk.jobs) == (["submitted"], [])
    stored.resolve(["stored"])
    talk.work()
    assert talk.speaker.happened == ["submitted", "worked", "ping"]


def test_what_needs_no_worker_is_done_when_that_is_stored_and_leaves_its_place(talk: Talk) -> None:
    stored, happened = Ticket(), talk.speaker.happened
    talk.speaker.first = lambda: stored
    talk.speaker.at_once = lambda: happened.append(f"at once {stored.outcomes}") or True  # type: ignore[func-returns-value]
    talk.handle("work", "ping")
    assert happened == []
    stored.resolve(["stored"])
    talk.handle()
    assert (happened, talk.jobs, talk.left) == (["at once ['stored']", "ping"], [], 1)


def test_a_worker_follows_what_has_failed_at_once(talk: Talk) -> None:
    def fail() -> bool:
        raise ValueError("a mistake")

    talk.speaker.first, talk.speaker.at_once = lambda: Ticket.of("stored"), fail
    talk.handle("work", "ping")
    assert talk.speaker.happened == []
    talk.work()
    assert (talk.speaker.happened, talk.left) == (["worked", "ping"], 0)


def test_what_is_done_at_once_has_a_tenth_of_a_second_in_one_go_and_half_of_the_time_then() -> None:
    now, done = 0.0, 0
    at_once = AtOnce(lambda: now)

    def answer() -> bool:
        nonlocal now, done
        now, done = now + 0.02, done + 1
        return True

    while at_once.run(answer):
        pass
    assert 5 <= done <= 6
    done, began = 0, now
    while now < began + 10:
        if not at_once.run(answer):
            now += 0.01  # what is stored meanwhile
    assert 240 <= done <= 260


def test_what_fails_at_once_has_used_its_time() -> None:
    now = 0.0
    at_once = AtOnce(lambda: now)

    def fail() -> bool:
        nonlocal now
        now += 1
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        at_once.run(fail)
    assert not at_once.run(lambda: True)
    now += 2
    assert at_once.run(lambda: True)


def test_a_line_that_cannot_be_sent_ends_the_wait_and_gives_the_place_back(talk: Talk) -> None:
    def fail() -> None:
        raise ValueError("a mistake")

    stored = Ticket()
    talk.speaker.first, talk.speaker.at_once = lambda: stored, lambda: True
    talk.handle("work", "ping")
    flush, talk.speaker.flush = talk.speaker.flush, fail  # type: ignore[method-assign]
    with suppress(ValueError):
        stored.resolve(["stored"])
    talk.speaker.flush = flush  # type: ignore[method-assign]
    talk.handle()
    assert (talk.speaker.happened, talk.left) == (["ping"], 1)


def test_nothing_is_submitted_for_a_worker_that_cannot_follow(talk: Talk) -> None:
    talk.full, talk.speaker.first = True, lambda: pytest.fail("submitted")
    talk.handle("work", "ping")
    assert talk.speaker.happened == ["refused WORK: the server has too much to do: try again", "ping"]


def test_what_comes_too_soon_waits_behind_what_is_stored(talk: Talk) -> None:
    talk.speaker.session.pace = 0.5
    assert talk.handle("ping") == 0.5
    talk.speaker.session.pace = 0.0
    assert talk.handle() is None
    assert talk.speaker.happened == ["ping"]


def test_a_command_in_a_worker_holds_up_what_follows_it(talk: Talk) -> None:
    talk.handle("work", "ping")
    assert talk.speaker.happened == []
    talk.work()
    assert talk.speaker.happened == ["worked", "ping"]


def test_a_job_may_end_in_another_job_or_in_the_writer(talk: Talk) -> None:
    stored = Ticket()
    talk.speaker.job = lambda: Work(lambda: stored)
    talk.handle("work", "ping")
    talk.work()
    talk.work()
    assert talk.speaker.happened == []
    stored.resolve(())
    talk.handle()
    assert talk.speaker.happened == ["ping"]


def test_what_a_job_raises_is_told_and_the_connection_goes_on(talk: Talk) -> None:
    def refuse() -> None:
        raise ChatError(Code.BANNED, "you are banned")

    def fail() -> None:
        raise ZeroDivisionError

    for job in (refuse, fail):
        talk.speaker.job = job
        talk.handle("work", "ping")
        talk.work()
    assert talk.speaker.happened == ["refused WORK: you are banned", "ping", "failed", "ping"]


def test_a_vital_job_that_fails_ends_the_connection(talk: Talk) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    talk.speaker.job, talk.speaker.vital = fail, True
    talk.handle("work", "ping")
    talk.work()
    assert talk.speaker.happened == ["failed", "quit: internal error"]
    assert not talk.inbox


def test_a_server_with_too_much_to_do_says_so(talk: Talk) -> None:
    talk.full = True
    talk.handle("work", "ping")
    assert talk.speaker.happened == ["refused WORK: the server has too much to do: try again", "ping"]
    talk.speaker.vital = True
    talk.handle("work")
    assert talk.speaker.happened[-1] == "quit: the server has too much to do"


def test_the_time_of_a_question_is_charged_before_the_next_turn(talk: Talk) -> None:
    talk.speaker.job = lambda: sum(range(100_000)) and None
    talk.handle("ask")
    talk.work()
    talk.handle("work")
    assert len(talk.speaker.session.charged) == 1
    assert talk.speaker.session.charged[0] > 0


def test_the_second_stage_comes_before_the_lines_that_wait(talk: Talk) -> None:
    talk.handle("staged", "ping")
    talk.handle("pong")
    assert talk.speaker.happened == []
    talk.speaker.session.tickets[-1].resolve(["stored"])
    talk.handle()
    assert talk.speaker.happened == ["then ['stored']", "ping", "pong"]


def test_the_second_stage_may_need_a_worker(talk: Talk) -> None:
    talk.speaker.then = lambda _: Work(talk.speaker.job)
    talk.handle("staged", "ping")
    talk.speaker.session.tickets[-1].resolve(["stored"])
    talk.handle()
    assert talk.speaker.happened == []
    talk.work()
    assert talk.speaker.happened == ["worked", "ping"]


def test_a_second_stage_that_fails_ends_the_connection(talk: Talk) -> None:
    def fail(_: Sequence[Any]) -> None:
        raise ValueError("a mistake")

    talk.speaker.then = fail
    talk.handle("staged", "ping")
    talk.speaker.session.tickets[-1].resolve(["stored"])
    talk.handle()
    assert talk.speaker.happened == ["failed", "quit: internal error"]


def test_what_fails_before_the_worker_begins_is_answered_and_the_next_line_runs(talk: Talk) -> None:
    def fail() -> Ticket:
        raise ValueError("a mistake")

    talk.speaker.first = fail
    talk.handle("work", "ping")
    assert talk.speaker.happened == ["failed", "ping"]
    talk.speaker.first, talk.speaker.job = None, lambda: Work(lambda: None, first=fail)
    talk.handle("work", "pong")
    talk.work()
    assert talk.speaker.happened == ["failed", "ping", "failed", "pong"]
