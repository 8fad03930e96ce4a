"""Lines come in any order, over any connections: in the end the buffers have what the server has."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chatstore.client import history, reactions, read_markers
from chatstore.client.buffers import Buffers
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse
from tests.client.updates_server import ME, OTHER, ROOM, UPDATES, UpdatesServer, time_of

NOW = 1_800_000_000_000
Step = tuple[object, ...]


class Screen:
    """A protocol with updates, its buffers, and the model server, with two queues of lines between them."""

    def __init__(self) -> None:
        self.state = ClientProtocol(ME, [ROOM], history=3, updates=True, resend=True)
        self.server = UpdatesServer()
        self.buffers = Buffers(ME)
        self.number = 0

    def connect(self) -> None:
        if not self.server.connected:
            self.server.connect()
            self.state.begin(ME, UPDATES)

    def disconnect(self) -> None:
        if self.server.connected and not self._torn():
            self.server.disconnect()
            self.state.lost()
            self.take()

    def take(self) -> None:
        events, lines = self.state.effects()
        self._apply(events, lines)

    def exchange(self, received: int, answered: int) -> None:
        """The client hears so many lines, and the server does so many."""
        for _ in range(received):
            if self.server.outgoing:
                self._apply(*self.state.receive(parse(self.server.outgoing.pop(0)), NOW))
        for _ in range(answered):
            self.server.hear_one()

    def settle(self) -> None:
        self.connect()
        self.server.update()
        while self.server.outgoing or self.server.incoming:
            self.exchange(1, 1)
            self.server.update()

    def known(self, name: str) -> list[int]:
        """The places of the messages in the buffer, in its order."""
        entries = self.buffers.open(name).entries
        return [int(entry.msgid.partition("-")[2]) for entry in entries if entry.said and entry.msgid]

    def _apply(self, events: list, lines: list[str]) -> None:  # type: ignore[type-arg]
        for one in events:
            self.buffers.apply(one)
        if self.server.connected:
            self.server.incoming += lines

    def _torn(self) -> bool:
        """In the middle of a message of several lines: the next one has no id of its own."""
        line = parse(self.server.outgoing[0]) if self.server.outgoing else None
        return line is not None and line.command == "PRIVMSG" and "msgid" not in line.tags


NAMES = st.sampled_from([ROOM, OTHER])
EMOJI = st.sampled_from(["👍", "🎉"])
PLACES = st.integers(1, 25)
STEPS = st.one_of(
    st.tuples(st.just("other"), NAMES, st.integers(1, 5)),
    st.tuples(st.just("say"), NAMES),
    st.tuples(st.just("exchange"), st.integers(0, 30), st.integers(0, 30)),
    st.tuples(st.just("exchange"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.sampled_from(["they react", "they unreact", "I react", "I unreact"]), NAMES, PLACES, EMOJI),
    st.tuples(st.sampled_from(["they redact", "I redact", "around"]), NAMES, PLACES),
    st.tuples(st.sampled_from(["I read", "I read elsewhere", "older"]), NAMES),
    st.tuples(st.sampled_from(["tell", "reconnect", "reconnect", "disconnect"])),
)


def run(steps: list[Step]) -> Screen:
    screen = Screen()
    server, state = screen.server, screen.state
    for step, *args in steps:
        match step, *args:
            case "other", str(name), int(count):
                for _ in range(count):
                    screen.number += 1
                    server.commit(name, OTHER, [f"theirs {screen.number}"])
            case "say", str(name):
                screen.number += 1
                state.say(name, f"mine {screen.number}")
            case "exchange", int(received), int(answered):
                screen.exchange(received, answered)
            case "they react" | "they unreact", str(name), int(place), str(emoji):
                server.mark(name, OTHER, place, emoji, step == "they unreact")
            case "I react" | "I unreact", str(name), int(place), str(emoji):
                reactions.react(state, name, msgid(name, place), emoji, back=step == "I unreact")
            case "they redact", str(name), int(place):
                server.mark(name, OTHER, place)
            case "I redact", str(name), int(place):
                reactions.redact(state, name, msgid(name, place))
            case "around", str(name), int(place) if place <= len(server.logs[name]):
                history.around(state, name, msgid(name, place))
            case "I read", str(name):
                seen = [entry.time for entry in screen.buffers.open(name).entries if entry.said]
                if seen:
                    read_markers.mark_read(state, name, seen[-1])
            case "I read elsewhere", str(name):
                server.read_elsewhere(name)
            case "older", str(name):
                state.older(name, 3, screen.buffers.open(name).oldest)
            case ("tell",):
                server.update()
            case ("disconnect",):
                screen.disconnect()
            case ("reconnect",):
                screen.disconnect()
                screen.connect()
        screen.take()
    screen.settle()
    return screen


def msgid(name: str, place: int) -> str:
    return f"{1 if name == ROOM else 2}-{place}"


def check(screen: Screen, name: str) -> None:
    buffer, server = screen.buffers.open(name), screen.server
    known = screen.known(name)
    assert known == sorted(set(known))
    standing = [stored.place for stored in server.messages(name)]
    assert [place for place in known if place in standing] == standing[
        len(standing) - len(known_of(known, standing)) :
    ]
    removed = server.removed(name)
    for entry in buffer.entries:
        if entry.said and not entry.pending:
            place = int(entry.msgid.partition("-")[2])
            assert entry.removed == removed.get(place, "")
            if not entry.removed:
                assert {(emoji, nick) for emoji, nicks in entry.reactions for nick in nicks} == server.reactions(
                    name, place
                )
    if buffer.read_until >= 0:
        # Markers are told of what was said; one of nothing is 0 on one side, and none on the other.
        until = max(buffer.read_until, 0)
        mine = {
            time_of(stored) for stored in server.messages(name) if stored.nick != ME and time_of(stored) > until
        }
        assert buffer.unread == len(mine)
        assert server.unread(name) == len(mine)
    assert not any(entry.pending for entry in buffer.entries)


def known_of(known: list[int], standing: list[int]) -> list[int]:
    return [place for place in known if place in standing]


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, min_size=4, max_size=40))
def test_the_book_is_what_the_server_has(steps: list[Step]) -> None:
    screen = run(steps)
    event(f"reconnects: {min(3, sum(step[0] == 'reconnect' for step in steps))}")
    check(screen, ROOM)
    check(screen, OTHER)


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, min_size=4, max_size=30))
def test_scrolling_back_ends_at_the_beginning(steps: list[Step]) -> None:
    screen = run(steps)
    for name in (ROOM, OTHER):
        buffer = screen.buffers.open(name)
        for _ in range(200):
            if buffer.complete:
                break
            screen.state.older(name, 3, buffer.oldest)
            screen.take()
            screen.settle()
        assert buffer.complete
        standing = [stored.place for stored in screen.server.messages(name)]
        assert known_of(screen.known(name), standing) == standing
        check(screen, name)


def test_more_is_unread_than_the_newest_page_has() -> None:
    screen = Screen()
    screen.server.commit(ROOM, OTHER, ["read"])
    screen.server.member = True
    screen.server.read(ROOM, time_of(screen.server.logs[ROOM][0]))
    for number in range(20):
        screen.server.commit(ROOM, OTHER, [f"unread {number}"])
    screen.settle()
    assert screen.buffers.open(ROOM).unread == 20
    assert screen.buffers.open(ROOM).first_unread == "1-2"
    assert history.MAX_UNREAD > 20
