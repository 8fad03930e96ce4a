"""Whatever comes in whichever order, over whatever connections: the book is what the server has."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chatstore.client import doing, markers, past
from chatstore.client.book import Book
from chatstore.client.state import ChatState
from chatstore.irc.line import parse
from tests.client.picture_server import ME, OTHER, PICTURE, ROOM, PictureServer, time_of

NOW = 1_800_000_000_000
Step = tuple[object, ...]


class Screen:
    """A state with the whole picture, its book, and the model server with two queues of lines between them."""

    def __init__(self) -> None:
        self.state = ChatState(ME, [ROOM], history=3, picture=True, resend=True)
        self.server = PictureServer()
        self.book = Book(ME)
        self.number = 0

    def connect(self) -> None:
        if not self.server.connected:
            self.server.connect()
            self.state.begin(ME, PICTURE)

    def disconnect(self) -> None:
        if self.server.connected and not self._torn():
            self.server.disconnect()
            self.state.lost()
            self.take()

    def take(self) -> None:
        items, lines = self.state.reaction()
        self._apply(items, lines)

    def exchange(self, heard: int, answered: int) -> None:
        """The client hears so many lines, and the server does so many."""
        for _ in range(heard):
            if self.server.outgoing:
                self._apply(*self.state.hear(parse(self.server.outgoing.pop(0)), NOW))
        for _ in range(answered):
            self.server.hear_one()

    def settle(self) -> None:
        self.connect()
        self.server.tell()
        while self.server.outgoing or self.server.incoming:
            self.exchange(1, 1)
            self.server.tell()

    def known(self, name: str) -> list[int]:
        """The places of the messages that the book has, in its order."""
        entries = self.book.conversation(name).entries
        return [int(entry.msgid.partition("-")[2]) for entry in entries if entry.said and entry.msgid]

    def _apply(self, items: list, lines: list[str]) -> None:  # type: ignore[type-arg]
        for item in items:
            self.book.apply(item)
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
            case "exchange", int(heard), int(answered):
                screen.exchange(heard, answered)
            case "they react" | "they unreact", str(name), int(place), str(emoji):
                server.mark(name, OTHER, place, emoji, step == "they unreact")
            case "I react" | "I unreact", str(name), int(place), str(emoji):
                doing.react(state, name, msgid(name, place), emoji, back=step == "I unreact")
            case "they redact", str(name), int(place):
                server.mark(name, OTHER, place)
            case "I redact", str(name), int(place):
                doing.redact(state, name, msgid(name, place))
            case "around", str(name), int(place) if place <= len(server.logs[name]):
                doing.around(state, name, msgid(name, place))
            case "I read", str(name):
                seen = [entry.time for entry in screen.book.conversation(name).entries if entry.said]
                if seen:
                    markers.mark_read(state, name, seen[-1])
            case "I read elsewhere", str(name):
                server.read_elsewhere(name)
            case "older", str(name):
                state.older(name, 3, screen.book.conversation(name).oldest)
            case ("tell",):
                server.tell()
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
    conversation, server = screen.book.conversation(name), screen.server
    known = screen.known(name)
    assert known == sorted(set(known))
    standing = [fact.place for fact in server.messages(name)]
    assert [place for place in known if place in standing] == standing[
        len(standing) - len(known_of(known, standing)) :
    ]
    removed = server.removed(name)
    for entry in conversation.entries:
        if entry.said and not entry.pending:
            place = int(entry.msgid.partition("-")[2])
            assert entry.removed == removed.get(place, "")
            if not entry.removed:
                assert {(emoji, nick) for emoji, nicks in entry.reactions for nick in nicks} == server.reactions(
                    name, place
                )
    if conversation.read_until >= 0:
        # Markers are told of what was said; one of nothing is 0 on one side, and none on the other.
        until = max(conversation.read_until, 0)
        mine = {time_of(fact) for fact in server.messages(name) if fact.nick != ME and time_of(fact) > until}
        assert conversation.unread == len(mine)
        assert server.unread(name) == len(mine)
    assert not any(entry.pending for entry in conversation.entries)


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
        conversation = screen.book.conversation(name)
        for _ in range(200):
            if conversation.complete:
                break
            screen.state.older(name, 3, conversation.oldest)
            screen.take()
            screen.settle()
        assert conversation.complete
        standing = [fact.place for fact in screen.server.messages(name)]
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
    assert screen.book.conversation(ROOM).unread == 20
    assert screen.book.conversation(ROOM).first_unread == "1-2"
    assert past.MOST_UNREAD > 20
