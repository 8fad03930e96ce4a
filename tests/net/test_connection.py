"""A connection over a real socket pair: one command at a time, in order, to the last line."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from chatstore.net import connection as connection_module
from chatstore.net.connection import Connection
from chatstore.net.framing import LineFraming, Problem
from chatstore.net.loop import MAX_UNDER_WAY, Loop, Pause

SECONDS = 60


class Talk:
    """A protocol that keeps what it hears. `wait` is a command that pauses until the test says so.

    `happened` has every line, `connected`, and `disconnected: why`, in the order in which they were handled.
    """

    partial_line_timeout: float | None = None

    def __init__(self) -> None:
        self.happened: SimpleQueue[Any] = SimpleQueue()
        self.resume: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.busy = False
        self.faults: list[str] = []

    def connected(self) -> None:
        self.happened.put("connected")

    def lines_received(self, inbox: deque[Any]) -> Pause | float | None:
        if self.busy:
            self.faults.append("heard while a command was running")
        while inbox:
            item = inbox.popleft()
            self.happened.put(item)
            if item == "fail":
                raise ValueError("on purpose")
            if item == "later":
                return 0.001
            if item == "wait":
                self.busy = True
                return self._pause
        return None

    def _pause(self, resume: Callable[[], None]) -> None:
        def done() -> None:
            self.busy = False
            resume()

        self.resume.put(done)

    def tick(self, quiet: float) -> None:
        self.happened.put(("tick", quiet >= 0))

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> None:
        if self.busy:
            self.faults.append("closed while a command was running")
        self.happened.put(f"disconnected: {why}")

    def next(self) -> Any:
        return self.happened.get(timeout=SECONDS)

    def wait_over(self) -> None:
        """End the pause that is on, from another thread than the loop's."""
        self.resume.get(timeout=SECONDS)()


class Wire:
    """A connection with its loop, its protocol, and the peer's end."""

    def __init__(self, partial_line_timeout: float | None = None) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.peer.settimeout(SECONDS)
        self.loop = Loop()
        self.talk = Talk()
        self.talk.partial_line_timeout = partial_line_timeout
        self.gone = threading.Event()
        self.connection = Connection(
            ours, self.loop, LineFraming(100, 1000), 1 << 20, lambda _connection: self.gone.set()
        )
        self.loop.call_soon(lambda: self.connection.start(lambda _connection, _peer: self.talk))
        self.loop.start()
        assert self.talk.next() == "connected"

    def say(self, *lines: str) -> None:
        self.peer.sendall("".join(f"{line}\n" for line in lines).encode())

    def hang_up(self) -> None:
        """Send nothing more, and go on reading."""
        self.peer.shutdown(socket.SHUT_WR)

    def loop_ran(self) -> None:
        """The loop has done everything that was queued before."""
        ran = threading.Event()
        self.loop.call_soon(ran.set)
        assert ran.wait(SECONDS)

    def rest(self) -> bytes:
        """What comes until the end of the connection."""
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while more := self.peer.recv(65536):
                data += more
        return data

    def next(self) -> Any:
        return self.talk.next()

    def silent(self) -> bool:
        """Nothing more was handled."""
        self.loop_ran()
        return self.talk.happened.empty()

    def stop(self) -> None:
        self.peer.close()
        self.loop.stop()
        assert self.talk.faults == []


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.stop()


def test_lines_are_heard_in_order(wire: Wire) -> None:
    wire.say("one", "two")
    wire.peer.sendall(b"thr")
    wire.peer.sendall(b"ee\r\n" + b"x" * 200 + b"\nfour\n")
    assert [wire.next() for _ in range(5)] == ["one", "two", "three", Problem.TOO_LONG, "four"]


def test_a_command_that_waits_holds_the_rest(wire: Wire) -> None:
    wire.say("wait", "after")
    assert wire.next() == "wait"
    wire.say("later")
    assert wire.silent()
    wire.talk.wait_over()
    assert [wire.next(), wire.next()] == ["after", "later"]


def test_pauses_one_after_the_other(wire: Wire) -> None:
    wire.say(*["wait", "x"] * 20)
    for _ in range(20):
        assert wire.next() == "wait"
        wire.talk.wait_over()
        assert wire.next() == "x"
    wire.say("done")
    assert wire.next() == "done"


def test_a_wait_that_is_over_at_once(wire: Wire) -> None:
    """resume() may be called by the pause itself, in the loop's thread."""
    wire.talk._pause = lambda resume: (setattr(wire.talk, "busy", False), resume())  # type: ignore[assignment, method-assign, func-returns-value]
    wire.say(*["wait"] * 50, "last")
    assert [wire.next() for _ in range(51)] == [*["wait"] * 50, "last"]


def test_what_is_pushed_takes_its_place(wire: Wire) -> None:
    wire.say("wait", "line")
    assert wire.next() == "wait"
    wire.loop_ran()
    wire.connection.push("pushed")
    assert wire.silent()
    wire.talk.wait_over()
    assert [wire.next(), wire.next()] == ["line", "pushed"]
    wire.connection.push("alone")
    assert wire.next() == "alone"


def test_pushing_from_many_threads_loses_nothing(wire: Wire) -> None:
    threads = [
        threading.Thread(target=lambda who=who: [wire.connection.push((who, n)) for n in range(200)])
        for who in range(4)
    ]
    for thread in threads:
        thread.start()
    heard = [wire.next() for _ in range(800)]
    for thread in threads:
        thread.join(SECONDS)
    for who in range(4):
        assert [n for someone, n in heard if someone == who] == list(range(200))


def test_at_the_end_of_input_everything_is_heard_then_it_is_closed_once(wire: Wire) -> None:
    wire.say("one", "two")
    wire.peer.sendall(b"half a li")
    wire.hang_up()
    assert [wire.next() for _ in range(3)] == ["one", "two", "disconnected: connection closed"]
    assert wire.gone.wait(SECONDS)
    assert wire.silent()
    assert wire.rest() == b""


def test_where_lines_need_no_end_the_last_one_is_heard() -> None:
    wire = Wire(partial_line_timeout=2 * SECONDS)
    wire.say("one")
    wire.peer.sendall(b"no end")
    wire.hang_up()
    assert [wire.next() for _ in range(3)] == ["one", "no end", "disconnected: connection closed"]
    wire.stop()


def test_it_is_not_closed_while_a_command_runs(wire: Wire) -> None:
    wire.say("wait", "after", "wait", "last")
    wire.hang_up()
    assert wire.next() == "wait"
    assert wire.silent()
    wire.talk.wait_over()
    assert [wire.next(), wire.next()] == ["after", "wait"]
    assert wire.silent()
    assert not wire.gone.is_set()
    wire.connection.send(b"answer\n")  # whoever has hung up may still read
    wire.talk.wait_over()
    assert [wire.next(), wire.next()] == ["last", "disconnected: connection closed"]
    assert wire.rest() == b"answer\n"
    assert wire.gone.wait(SECONDS)


def test_after_the_end_nothing_is_heard(wire: Wire) -> None:
    wire.hang_up()
    assert wire.next() == "disconnected: connection closed"
    assert wire.gone.wait(SECONDS)
    wire.connection.push("too late")
    wire.connection.send(b"too late")
    wire.connection.close("again")
    wire.loop.call_soon(wire.connection.tick)
    assert wire.silent()


def test_closing_drops_what_was_not_heard(wire: Wire) -> None:
    wire.say("wait", "dropped")
    assert wire.next() == "wait"
    wire.loop_ran()
    wire.connection.close("bye")
    wire.say("not read")
    assert wire.silent()
    wire.talk.wait_over()
    assert wire.next() == "disconnected: bye"
    assert wire.gone.wait(SECONDS)
    assert wire.silent()


def test_closing_can_hear_the_rest(wire: Wire) -> None:
    wire.say("wait", "heard", "heard too")
    assert wire.next() == "wait"
    wire.loop_ran()
    wire.connection.close("bye", handle_rest=True)
    wire.talk.wait_over()
    assert [wire.next() for _ in range(3)] == ["heard", "heard too", "disconnected: bye"]
    assert wire.gone.wait(SECONDS)


def test_a_second_close_may_drop_what_the_first_would_hear(wire: Wire) -> None:
    wire.say("wait", "dropped")
    assert wire.next() == "wait"
    wire.loop_ran()
    wire.connection.close("first", handle_rest=True)
    wire.connection.close("second")
    wire.loop_ran()
    wire.talk.wait_over()
    assert wire.next() == "disconnected: first"
    assert wire.silent()


def test_last_words_are_sent_before_it_closes(wire: Wire) -> None:
    words = b"w" * 300_000
    wire.connection.send(words)
    wire.connection.close("bye")
    assert wire.next() == "disconnected: bye"
    assert not wire.gone.is_set()
    assert wire.rest() == words
    wire.hang_up()
    assert wire.gone.wait(SECONDS)


def test_last_words_reach_who_is_still_sending(wire: Wire) -> None:
    """Closed with something unread, a socket is reset, and what the peer has not read yet is lost to it."""
    wire.connection.send(b"why")
    wire.connection.close("bye")
    assert wire.next() == "disconnected: bye"
    wire.loop_ran()
    for _ in range(50):
        wire.say("x" * 1000)
        wire.loop_ran()
    assert not wire.gone.is_set()
    assert wire.peer.recv(100) == b"why"
    assert wire.peer.recv(100) == b""
    wire.hang_up()
    assert wire.gone.wait(SECONDS)
    assert wire.silent()


def test_who_does_not_close_is_closed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_LINGER_SECONDS", 0.01)
    wire.connection.close("bye")
    assert wire.next() == "disconnected: bye"
    assert wire.gone.wait(SECONDS)


def test_without_lingering_it_is_closed_at_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_LINGER_SECONDS", SECONDS * 10)
    wire.connection.close("bye", linger=False)
    assert wire.gone.wait(SECONDS)


def test_last_words_are_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_FLUSH_SECONDS", 0.01)
    wire = Wire()
    wire.connection.send(b"w" * 300_000)
    wire.connection.close("bye")
    assert wire.next() == "disconnected: bye"
    assert wire.gone.wait(SECONDS)
    wire.stop()


def test_a_peer_that_resets_is_heard_to_the_end(wire: Wire) -> None:
    wire.say("wait", "heard")
    assert wire.next() == "wait"
    wire.loop_ran()
    wire.peer.close()
    wire.connection.send(b"x")
    wire.connection.send(b"x")
    wire.loop_ran()
    wire.talk.wait_over()
    assert wire.next() == "heard"
    assert wire.next().startswith("disconnected: ")
    assert wire.gone.wait(SECONDS)
    assert wire.silent()


def test_who_never_reads_is_closed_and_the_writer_never_waits(wire: Wire) -> None:
    for _ in range(12):
        wire.connection.send(b"x" * (1 << 20))
    assert wire.next() == "disconnected: reads too slowly"
    assert wire.gone.wait(SECONDS)


def test_a_protocol_that_fails_is_closed(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.say("fail", "dropped")
    assert [wire.next(), wire.next()] == ["fail", "disconnected: internal error"]
    assert wire.gone.wait(SECONDS)
    assert wire.silent()
    assert "on purpose" in caplog.text


def test_a_full_inbox_is_not_read_into_and_nothing_is_lost(wire: Wire) -> None:
    wire.say("wait")
    assert wire.next() == "wait"
    lines = [f"line {n} {'x' * 80}" for n in range(20_000)]
    sender = threading.Thread(target=wire.say, args=lines)
    sender.start()
    while wire.connection._reading:  # until it has more than it wants
        wire.loop_ran()
    wire.loop_ran()
    kept = len(wire.connection._inbox)
    for _ in range(20):
        wire.loop_ran()
    assert len(wire.connection._inbox) == kept < 3000  # one chunk over
    assert sender.is_alive()  # it is the peer who waits
    wire.talk.wait_over()
    assert [wire.next() for _ in lines] == lines
    sender.join(SECONDS)
    wire.say("and on")
    assert wire.next() == "and on"


def test_of_what_comes_in_bulk_little_is_kept(wire: Wire) -> None:
    wire.connection.bulk = True
    wire.say("wait")
    assert wire.next() == "wait"
    said = 0
    while wire.connection._reading:
        said += 1
        wire.say(f"line {said}")
        wire.loop_ran()
    assert 3 <= len(wire.connection._inbox) < 10  # its queue would take 64
    wire.talk.wait_over()
    assert [wire.next() for _ in range(said)] == [f"line {n + 1}" for n in range(said)]


def test_after_a_timeout_a_partial_line_counts_as_one() -> None:
    wire = Wire(partial_line_timeout=0.01)
    wire.peer.sendall(b"no end")
    assert wire.next() == "no end"
    wire.say("whole")
    assert wire.next() == "whole"
    wire.peer.sendall(b"again")
    assert wire.next() == "again"
    assert wire.silent()
    wire.stop()


def test_who_is_to_be_heard_later_is_heard_later(wire: Wire) -> None:
    wire.say("one", "later", "two", "later", "later", "three")
    wire.hang_up()
    said = ["one", "later", "two", "later", "later", "three", "disconnected: connection closed"]
    assert [wire.next() for _ in said] == said


def test_nobody_is_silent_who_is_not_listened_to(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet: list[float] = []
    monkeypatch.setattr(wire.talk, "tick", quiet.append)
    wire.say("wait")
    assert wire.next() == "wait"
    wire.say(*["x"] * 200)
    while wire.connection._reading:
        wire.loop_ran()
    wire.connection._last_received -= 1000
    wire.loop.call_soon(wire.connection.tick)
    wire.loop_ran()
    assert quiet[0] < 500
    wire.talk.wait_over()


def test_empty_lines_are_heard_as_one_that_says_nothing(wire: Wire) -> None:
    """So that they count, however many they are."""
    wire.peer.sendall(b"\n" * 1000)
    assert wire.next() == ""
    wire.peer.sendall(b"hello\r\n\r\n")
    while (heard := wire.next()) == "":
        pass
    assert heard == "hello"


def test_nothing_is_asked_of_a_protocol_whose_end_waits_for_its_turn(wire: Wire) -> None:
    """What is pushed then would run beside its end."""
    over: SimpleQueue[Callable[[], None]] = SimpleQueue()
    wire.loop.call_soon(lambda: [wire.loop.call_in_turn(lambda: over.put) for _ in range(MAX_UNDER_WAY)])  # type: ignore[func-returns-value]
    first = over.get(timeout=SECONDS)
    wire.say("last")
    wire.hang_up()
    assert wire.talk.next() == "last"
    while not wire.connection._end_due:
        wire.loop_ran()
    wire.connection.push("pushed")
    wire.loop.call_soon(wire.connection.tick)
    wire.loop_ran()
    first()
    assert wire.talk.next() == "disconnected: connection closed"
    assert wire.gone.wait(SECONDS)
    assert wire.talk.happened.empty()


def test_an_end_of_ours_does_not_wait_for_those_who_hang_up(wire: Wire) -> None:
    wire.loop.call_soon(lambda: [wire.loop.call_in_turn(lambda: lambda resume: None) for _ in range(MAX_UNDER_WAY)])  # type: ignore[func-returns-value]
    while wire.loop._under_way < MAX_UNDER_WAY:
        wire.loop_ran()
    wire.connection.close("go away")
    assert wire.talk.next() == "disconnected: go away"


def test_ticks(wire: Wire) -> None:
    wire.loop.call_soon(wire.connection.tick)
    assert wire.next() == ("tick", True)


def test_ends_in_every_order_close_once() -> None:
    """The peer hangs up, the server closes, and a worker is done, all at the same time."""
    for n in range(60):
        wire = Wire()
        wire.say("wait", "x")
        assert wire.next() == "wait"
        start = threading.Barrier(3)

        def at_once(act: Callable[[], None], start: threading.Barrier = start) -> None:
            start.wait(SECONDS)
            act()

        acts = [wire.peer.close, lambda wire=wire, n=n: wire.connection.close("bye", handle_rest=bool(n % 2))]
        acts.append(wire.talk.wait_over)
        threads = [threading.Thread(target=at_once, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert wire.gone.wait(SECONDS)
        wire.loop_ran()
        happened = []
        while not wire.talk.happened.empty():
            happened.append(wire.next())
        assert [str(item).startswith("disconnected") for item in happened].count(True) == 1
        assert str(happened[-1]).startswith("disconnected")
        wire.stop()
