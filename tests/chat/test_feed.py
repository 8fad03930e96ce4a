"""Live streams: each gets what its account may read, in order, once, however often it is cut."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.chat.changes.once import PostOnce
from chatstore.chat.changes.posting import PostSlowly
from chatstore.chat.live import feed as feeds
from chatstore.chat.live.feed import Feed, Shown, Stream
from chatstore.chat.model.errors import ChatError, Code
from tests.running import SECONDS, Running, start


class Sink:
    """A client: takes bytes until it is `slow`."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.waiting = 0
        self.slow = self.closed = False
        self._changed = threading.Condition()

    def send(self, data: bytes) -> bool:
        with self._changed:
            number, _, text = data.decode().partition(" ")
            self.lines.append((int(number), text))
            self.waiting += len(data) if self.slow else 0
            self._changed.notify_all()
        return True

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def wait(self, text: str) -> list[tuple[int, str]]:
        """All that has come, once this has."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.texts, SECONDS), self.lines
            return [*self.lines]

    def end(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, SECONDS)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.lines]


def render(told: Shown) -> bytes:
    event = told.event.event
    where = f"#{told.room}" if told.room else told.person
    return f"{told.id} {where} {event.actor.nick} {event.kind} {event.body}".rstrip().encode()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = start(tmp_path / "chat.db")
    yield server
    server.stop()


@pytest.fixture
def feed(running: Running) -> Iterator[Feed]:
    chat = running.server.chat
    made = Feed(chat.hub, chat.store, render)
    chat.hub.stored = made.wake
    made.start()
    yield made
    made.stop()


def follow(running: Running, feed: Feed, name: str, after: int | None = None) -> tuple[Stream, Sink]:
    account = running.server.store.accounts.named(name)
    assert account is not None
    sink = Sink()
    stream = Stream(account.id, sink, feed.newest() if after is None else after)
    feed.add(stream)
    return stream, sink


def say(client: object, *lines: str) -> None:
    client.ask(*lines)  # type: ignore[attr-defined]


def test_a_stream_gets_what_its_account_may_read(running: Running, feed: Feed) -> None:
    alice, bob = running.member("alice"), running.member("bob")
    eve = running.register("eve")
    _, sink = follow(running, feed, "bob")
    _, other = follow(running, feed, "eve")
    say(alice, "PRIVMSG #main :hello", "TOPIC #main :tea", "PRIVMSG bob :psst", "PRIVMSG eve :you")
    say(bob, "PRIVMSG alice :yes")
    say(bob, "PRIVMSG #main :end")
    got = sink.wait("#main bob message end")
    assert [text for _, text in got] == [
        "#main alice message hello",
        "#main alice topic tea",
        "alice alice message psst",
        "alice bob message yes",
        "#main bob message end",
    ]
    assert [number for number, _ in got] == sorted({number for number, _ in got})
    assert other.wait("alice alice message you") == [other.lines[0]]
    assert len(other.lines) == 1
    eve.close()


def test_cut_after_every_event_and_taken_up_nothing_is_missed_or_comes_twice(running: Running, feed: Feed) -> None:
    alice = running.member("alice")
    bob = running.member("bob")
    say(bob, "JOIN #tea", "JOIN #milk")
    say(alice, "JOIN #tea")
    _, whole = follow(running, feed, "alice")
    begin = feed.newest()
    for number in range(4):
        say(bob, f"PRIVMSG #tea :tea {number}", f"PRIVMSG #main :main {number}", f"PRIVMSG alice :direct {number}")
        say(bob, f"PRIVMSG #milk :not for alice {number}")
    say(bob, "PRIVMSG #main :end")
    told = whole.wait("#main bob message end")
    assert len(told) == 13
    for cut in range(len(told) + 1):
        after = told[cut - 1][0] if cut else begin
        stream, sink = follow(running, feed, "alice", after)
        if cut < len(told):
            sink.wait("#main bob message end")
        assert sink.lines == told[cut:]
        feed.end(stream)
    live: list[tuple[int, str]] = []
    after = told[-1][0]
    for number in range(10):  # cut at any moment while more is said
        stream, sink = follow(running, feed, "alice", after)
        say(bob, f"PRIVMSG #tea :more {number}")
        say(bob, f"PRIVMSG #main :more {number}")
        sink.wait(f"#main bob message more {number}" if number % 2 else f"#tea bob message more {number}")
        feed.end(stream)
        live += sink.lines
        after = live[-1][0]
    stream, sink = follow(running, feed, "alice", after)
    say(bob, "PRIVMSG #main :last")
    live += sink.wait("#main bob message last")
    wanted = [f"#{room} bob message more {number}" for number in range(10) for room in ("tea", "main")]
    assert [text for _, text in live] == [*wanted, "#main bob message last"]


def test_a_kick_ends_what_is_shown_at_once_and_is_told(running: Running, feed: Feed) -> None:
    alice = running.register("alice")
    say(alice, "JOIN #tea")
    bob = running.register("bob")
    say(bob, "JOIN #tea")
    _, sink = follow(running, feed, "bob")
    _, hers = follow(running, feed, "alice")
    say(alice, "PRIVMSG #tea :before")
    sink.wait("#tea alice message before")
    say(alice, "KICK #tea bob :out", "PRIVMSG #tea :after", "PRIVMSG bob :end")
    hers.wait("bob alice message end")
    sink.wait("alice alice message end")
    assert sink.texts == ["#tea alice message before", "#tea alice kick out", "alice alice message end"]


def test_who_comes_back_is_shown_what_was_said_since_their_join(running: Running, feed: Feed) -> None:
    alice, bob = running.member("alice", room="#tea"), running.member("bob", room="#tea")
    after = feed.newest()
    say(bob, "PART #tea")
    say(alice, "PRIVMSG #tea :between")
    say(bob, "JOIN #tea")
    say(alice, "PRIVMSG #tea :end")
    _, sink = follow(running, feed, "bob", after)
    sink.wait("#tea alice message end")
    assert sink.texts == ["#tea bob part", "#tea bob join", "#tea alice message end"]


def test_audiences_hear_what_is_theirs(running: Running, feed: Feed) -> None:
    alice, bob = running.member("alice", room="#tea"), running.member("bob", room="#tea")
    _, sink = follow(running, feed, "bob")
    _, hers = follow(running, feed, "alice")
    say(bob, "PRIVMSG @#tea :to the operators")
    say(alice, "PRIVMSG @#tea :among us", "PRIVMSG #tea :end")
    hers.wait("#tea alice message end")
    sink.wait("#tea alice message end")
    assert sink.texts == ["#tea bob message to the operators", "#tea alice message end"]
    assert "#tea alice message among us" in hers.texts


def test_a_slow_client_falls_behind_and_catches_up(
    running: Running, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "FULL", 200)
    monkeypatch.setattr(feeds, "_AT_ONCE", 3)
    monkeypatch.setattr(feeds, "_SPAN", 2)
    alice = running.member("alice")
    stream, sink = follow(running, feed, "alice")
    _, quick = follow(running, feed, "alice")
    sink.slow = True
    for number in range(40):
        say(alice, f"PRIVMSG #main :{number}")
    quick.wait("#main alice message 39")
    assert len(sink.lines) < 20
    while len(sink.lines) < 40:
        assert sink.waiting < 400
        with sink._changed:
            sink.waiting = 0
            sink._changed.wait(0.1)
    assert sink.lines == quick.lines
    sink.slow = False
    say(alice, "PRIVMSG #main :end")
    sink.wait("#main alice message end")
    assert not stream.over


def test_a_stream_ends_with_its_room_and_its_membership(running: Running, feed: Feed) -> None:
    alice, bob = running.member("alice", room="#tea"), running.member("bob", room="#tea")
    account = running.server.store.accounts.named("bob")
    room = running.server.chat.hub.room_keyed("#tea")
    assert account is not None
    assert room is not None
    sink = Sink()
    feed.add(Stream(account.id, sink, feed.newest(), room=room.room.id, goodbye=lambda why: f"0 {why}".encode()))
    say(bob, "PRIVMSG alice :not here", "PART #tea :bye")
    sink.end()
    assert sink.texts == ["#tea bob part bye", "you are not in this room any more"]
    assert feed.count == 0
    alice.close()


def test_without_streams_nothing_is_read(running: Running, feed: Feed) -> None:
    alice = running.member("alice")
    say(alice, "PRIVMSG #main :hello")
    assert feed._place == 0
    stream, _ = follow(running, feed, "alice")
    feed.end(stream)


def test_who_was_away_too_long_is_told_so(running: Running, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = running.member("alice")
    begin = feed.newest()
    assert feed.knows(begin)
    monkeypatch.setattr(feeds, "MOST_BEHIND", 3)
    say(alice, *(f"PRIVMSG #main :{number}" for number in range(5)))
    assert not feed.knows(begin)
    assert not feed.knows(feed.newest() + 1)


def test_a_request_that_comes_again_posts_once(running: Running) -> None:
    running.member("alice")
    server = running.server
    account, room = server.store.accounts.named("alice"), server.chat.hub.room_keyed("#main")
    assert account is not None
    assert room is not None

    def post(text: str, key: str, request: str = "") -> object:
        once = PostOnce(PostSlowly(account.actor, room.room.id, "message", text), key, request or text)
        return server.store.submit([once]).result()

    first = post("hello", "k1")
    assert post("hello", "k1") == first
    assert post("hello", "k2") != first
    with pytest.raises(ChatError) as refused:
        post("another", "k1")
    assert refused.value.code is Code.KEY_REUSED
    assert [body for (body,) in running.rows("SELECT body FROM messages WHERE kind = 'message'")] == ["hello"] * 2
    day = 25 * 60 * 60
    running.set_clock(lambda: server.chat.clock() + day, pytest.MonkeyPatch())
    post("later", "k3")
    assert [key for (key,) in running.rows("SELECT key FROM answered_requests")] == ["k3"]
