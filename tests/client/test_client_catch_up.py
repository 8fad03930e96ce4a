"""Whatever the server delays and wherever connections break: no gap, no duplicate, and the truth about what
we said."""

from __future__ import annotations

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from chatstore.client.events import Joined, Message, NotSent
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse
from tests.client.model_server import CAPS, ME, OTHER, ROOM, ModelServer


class Pair:
    """A state and the model server, with the lines between them in two queues."""

    def __init__(self, *, resend: bool) -> None:
        self.state = ClientProtocol(ME, [ROOM], history=3, resend=resend)
        self.server = ModelServer()
        self.events: list[object] = []
        self.said: list[str] = []

    def take(self) -> None:
        events, lines = self.state.effects()
        self.events += events
        if self.server.connected:
            self.server.incoming += lines

    def connect(self) -> None:
        if not self.server.connected:
            self.server.connect()
            self.state.begin(ME, CAPS)

    def disconnect(self) -> None:
        if self.server.connected:
            self.server.disconnect()
            self.state.lost()
            self.take()

    def deliver(self, count: int) -> None:
        """The client hears so many lines."""
        for _ in range(count):
            if self.server.outgoing:
                text = self.server.outgoing.pop(0)
                effects = self.state.receive(parse(text), 1_800_000_000_000)
                if text in self.server.lists:  # what comes after the first list is news
                    self.server.baseline.setdefault(OTHER, self.server.lists[text])
                self.events += effects.events
                self.server.incoming += effects.lines

    def answer(self, count: int) -> None:
        """The server does so many lines."""
        for _ in range(count):
            self.server.hear_one()

    def say(self, name: str) -> None:
        self.said.append(f"mine {len(self.said)} to {name}")
        self.state.say(name, self.said[-1])
        self.take()

    def settle(self) -> None:
        self.connect()
        while self.server.outgoing or self.server.incoming:
            self.deliver(1)
            self.answer(1)
        self.server.update()
        self.deliver(len(self.server.outgoing))

    def shown(self, name: str) -> list[str]:
        bodies = []
        for shown in self.events:
            if isinstance(shown, Message) and shown.target == name:
                bodies.append(shown.body)
            elif isinstance(shown, Joined) and shown.target == name and name == ROOM:
                bodies.append("JOIN")
        return bodies

    def logged(self, name: str, start: int = 0) -> list[str]:
        return [piece for stored in self.server.logs[name][start:] for piece in stored.pieces]


NAMES = st.sampled_from([ROOM, OTHER])
STEPS = st.one_of(
    st.tuples(st.just("other"), NAMES, st.integers(1, 5)),
    st.tuples(st.just("long"), NAMES),
    st.tuples(st.just("say"), NAMES),
    st.tuples(st.just("exchange"), st.integers(1, 12)),
    st.tuples(st.just("exchange"), st.integers(1, 40)),
    st.tuples(st.sampled_from(["deliver", "answer"]), st.integers(1, 6)),
    st.tuples(st.sampled_from(["tell", "reconnect", "reconnect", "disconnect"])),
)


OLD_NEWS: list[tuple[object, ...]] = [
    ("reconnect",),
    ("say", ROOM),
    ("exchange", 3),
    ("other", OTHER, 1),
    ("long", ROOM),
    ("long", OTHER),
    ("long", OTHER),
    ("exchange", 11),
    ("exchange", 12),
    ("reconnect",),
]
"""Direct messages that the first list counts already, and that are told after it, but not all of them."""


def run(steps: list[tuple[object, ...]], *, resend: bool) -> Pair:
    pair, number = Pair(resend=resend), 0
    for step, *args in steps:
        match step, *args:
            case "other", str(name), int(count):
                for _ in range(count):
                    number += 1
                    pair.server.commit(name, OTHER, [f"theirs {number}"])
            case "long", str(name):
                number += 1
                pair.server.commit(name, OTHER, [f"long {number}", f"rest {number}", f"rest {number}"])
            case "say", str(name):
                pair.say(name)
            case "deliver", int(count):
                pair.deliver(count)
            case "answer", int(count):
                pair.answer(count)
            case ("tell",):
                pair.server.update()
            case "exchange", int(count):
                for _ in range(count):
                    pair.deliver(1)
                    pair.answer(1)
            case ("disconnect",):
                if not torn(pair):
                    pair.disconnect()
            case ("reconnect",):
                if not torn(pair):
                    pair.disconnect()
                pair.connect()
    pair.settle()
    return pair


def torn(pair: Pair) -> bool:
    """Whether the next line is the rest of a live message whose first line is shown: one that breaks in the
    middle has no id to ask for the rest by."""
    line = parse(pair.server.outgoing[0]) if pair.server.outgoing else None
    return line is not None and line.command == "PRIVMSG" and "msgid" not in line.tags and "batch" not in line.tags


def check_room(pair: Pair) -> None:
    shown, whole = pair.shown(ROOM), pair.logged(ROOM)
    assert shown == whole[len(whole) - len(shown) :]
    assert len(shown) >= len(pair.logged(ROOM, pair.server.baseline[ROOM]))


def check_directs(pair: Pair) -> None:
    shown, whole = pair.shown(OTHER), pair.logged(OTHER)
    assert shown == whole[len(whole) - len(shown) :]
    assert len(shown) >= len(pair.logged(OTHER, pair.server.baseline[OTHER]))


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, min_size=5, max_size=40))
@example(OLD_NEWS)
def test_every_line_is_shown_once_and_in_order(steps: list[tuple[object, ...]]) -> None:
    pair = run(steps, resend=False)
    event(f"disconnects: {min(3, sum(step[0] == 'reconnect' for step in steps))}")
    check_room(pair)
    check_directs(pair)


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_what_we_said_is_stored_or_we_are_told_that_it_is_not(steps: list[tuple[object, ...]]) -> None:
    pair = run(steps, resend=False)
    stored = [body for name in (ROOM, OTHER) for body in pair.logged(name) if body.startswith("mine")]
    not_sent = [event.body for event in pair.events if isinstance(event, NotSent)]
    assert sorted(stored + not_sent) == sorted(pair.said)
    assert pair.state.unconfirmed == 0


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_what_a_pipe_says_is_stored_once_and_in_order(steps: list[tuple[object, ...]]) -> None:
    pair = run(steps, resend=True)
    for name in (ROOM, OTHER):
        mine = [body for body in pair.logged(name) if body.startswith("mine")]
        assert mine == [body for body in pair.said if body.endswith(f"to {name}")]
    assert pair.state.unconfirmed == 0


def test_a_long_absence_is_caught_up_page_by_page() -> None:
    pair = Pair(resend=False)
    pair.settle()
    pair.disconnect()
    for number in range(20):
        pair.server.commit(ROOM, OTHER, [f"missed {number}"])
    pair.server.update()
    pair.settle()
    assert pair.shown(ROOM) == ["JOIN", *(f"missed {number}" for number in range(20))]


def test_live_lines_wait_for_the_history_before_them() -> None:
    pair = Pair(resend=False)
    pair.settle()
    pair.disconnect()
    pair.server.commit(ROOM, OTHER, ["missed"])
    pair.server.update()
    pair.connect()
    pair.server.commit(ROOM, OTHER, ["live"])
    pair.server.update()
    pair.deliver(len(pair.server.outgoing))
    assert pair.shown(ROOM) == ["JOIN"]
    pair.settle()
    assert pair.shown(ROOM) == ["JOIN", "missed", "live"]
