"""One piece to many connections: the compiled build's loop does exactly what the one in Python does."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstore.net.fan_out import fan_out, one_by_one
from chatstore.net.outbox import Outbox

FanOut = Callable[[Iterable[Callable[[bytes], None]], bytes], None]

WAYS = (one_by_one,) if fan_out is one_by_one else (one_by_one, fan_out)
KINDS = ("open", "full", "peer closed", "reset", "closed here", "stopped", "layered", "finished")
LIMIT = 100_000


class Member:
    """An outbox in some state, the other end of its socket, and what the outbox said."""

    def __init__(self, kind: str, on_backlog: Callable[[], None] | None = None) -> None:
        self.backlogs = 0
        self.deaths: list[str] = []
        self.ours, self.theirs = _tcp_pair() if kind == "reset" else _small_pair()
        self.outbox = Outbox(
            self.ours,
            LIMIT,
            on_backlog or self._on_backlog,
            self.deaths.append,
            lambda: 0.0,
            wrap=(lambda data: b"<" + data + b">") if kind == "layered" else None,
        )
        if kind == "full":
            while self.outbox.drained:
                self.outbox.send(b"f" * 1000)
        elif kind == "peer closed":
            self.theirs.close()
        elif kind == "reset":
            self.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.theirs.close()
            _wait_for_hangup(self.ours)
        elif kind == "closed here":
            self.ours.close()
        elif kind == "stopped":
            self.outbox.stop()
        elif kind == "finished":
            self.outbox.finish(lambda: b"bye")

    def _on_backlog(self) -> None:
        self.backlogs += 1

    def said(self) -> tuple[object, ...]:
        """Everything that can be seen of the outbox."""
        outbox = self.outbox
        return outbox.waiting, outbox.drained, outbox.dead, self.backlogs, tuple(self.deaths)

    def read(self) -> bytes:
        """What the other end gets, while the outbox is flushed as by an I/O thread."""
        data = b""
        while self.theirs.fileno() != -1:
            flushed = self.ours.fileno() == -1 or self.outbox.flush()
            try:
                data += self.theirs.recv(1 << 20)
            except BlockingIOError:
                if flushed:
                    break
            else:
                if self.ours.fileno() == -1:
                    break
        return data

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


def _small_pair() -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair()
    for sock in pair:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        sock.setblocking(False)
    return pair


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    ours.setblocking(False)
    return ours, theirs


def _wait_for_hangup(sock: socket.socket) -> None:
    poll = select.poll()
    poll.register(sock, 0)
    assert poll.poll(20_000)


@pytest.fixture
def made() -> Iterator[Callable[..., Member]]:
    with ExitStack() as stack:

        def make(kind: str = "open", on_backlog: Callable[[], None] | None = None) -> Member:
            member = Member(kind, on_backlog)
            stack.callback(member.close)
            return member

        yield make


def _history(way: FanOut, kinds: Sequence[str], rounds: Sequence[tuple[bytes, Sequence[int]]]) -> list[object]:
    """What members of these kinds have seen and said after each round: a piece, and who is sent it."""
    with ExitStack() as stack:
        members = [Member(kind) for kind in kinds]
        for member in members:
            stack.callback(member.close)
        history: list[object] = []
        for piece, places in rounds:
            way([members[place % len(members)].outbox.send for place in places], piece)
            history.append([member.said() for member in members])
        return [*history, [member.read() for member in members], [member.said() for member in members]]


PIECES = st.builds(
    lambda byte, size: bytes([byte]) * size, st.integers(65, 90), st.sampled_from([0, 1, 99, 5_000, 60_000])
)
ROUNDS = st.lists(st.tuples(PIECES, st.lists(st.integers(0, 30), max_size=12)), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=8), rounds=ROUNDS)
def test_every_way_sends_and_says_the_same(kinds: list[str], rounds: list[tuple[bytes, list[int]]]) -> None:
    expected, *others = [_history(way, kinds, rounds) for way in WAYS]
    for other in others:
        assert other == expected


@pytest.mark.parametrize("way", WAYS)
class TestFanOut:
    def test_every_kind_of_connection(self, way: FanOut, made: Callable[..., Member]) -> None:
        members = {kind: made(kind) for kind in KINDS}
        waited = members["full"].outbox.waiting
        way([member.outbox.send for member in members.values()], b"hello")
        assert members["open"].read() == b"hello"
        assert members["layered"].read() == b"<hello>"
        assert members["finished"].read() == b"bye"
        assert members["stopped"].read() == b""
        assert members["full"].outbox.waiting == waited + 5
        assert members["full"].read().strip(b"f") == b"hello"
        assert members["peer closed"].deaths == [os.strerror(32)]
        assert members["reset"].deaths == [os.strerror(104)]
        assert members["closed here"].deaths == [os.strerror(9)]

    def test_the_loop_in_c_leaves_python_out(self, way: FanOut, made: Callable[..., Member]) -> None:
        class Counting(socket.socket):
            sent = 0

            def send(self, *args: Any) -> int:
                Counting.sent += 1
                return super().send(*args)

        members = [made() for _ in range(3)]
        ours = [Counting(fileno=os.dup(member.ours.fileno())) for member in members]
        outboxes = [Outbox(sock, LIMIT, lambda: None, lambda _: None) for sock in ours]
        way([outbox.send for outbox in outboxes], b"hello")
        assert Counting.sent == (len(members) if way is one_by_one else 0)
        assert [member.read() for member in members] == [b"hello"] * len(members)
        for sock in ours:
            sock.close()

    def test_what_the_socket_does_not_take_waits(self, way: FanOut, made: Callable[..., Member]) -> None:
        members = [made(), made()]
        piece = bytes(range(256)) * 200
        way([member.outbox.send for member in members], piece)
        for member in members:
            assert 0 < member.outbox.waiting < len(piece)
            assert member.backlogs == 1
            assert member.read() == piece

    def test_who_comes_twice_gets_it_twice(self, way: FanOut, made: Callable[..., Member]) -> None:
        one, other = made(), made()
        way([one.outbox.send, other.outbox.send, one.outbox.send], b"a")
        assert (one.read(), other.read()) == (b"aa", b"a")

    def test_more_than_are_sent_at_once(self, way: FanOut, made: Callable[..., Member]) -> None:
        few = [made() for _ in range(3)]
        heard: list[bytes] = []
        sends = [member.outbox.send for member in few] + [heard.append] * 250 + [made().outbox.send] * 5
        last = made()
        way([*sends, *[heard.append] * 255, last.outbox.send], b"hello")
        assert [member.read() for member in (*few, last)] == [b"hello"] * 4
        assert heard == [b"hello"] * 505

    def test_any_function_and_any_iterable(self, way: FanOut, made: Callable[..., Member]) -> None:
        class Louder:
            def send(self, data: bytes) -> None:
                member.outbox.send(data.upper())

        member, heard = made(), list[bytes]()
        way((send for send in (heard.append, Louder().send, member.theirs.send)), b"hello")
        way((), b"hello")
        assert (heard, member.read(), member.ours.recv(100)) == ([b"hello"], b"HELLO", b"hello")

    def test_a_client_that_is_too_slow_is_closed(self, way: FanOut, made: Callable[..., Member]) -> None:
        slow, other = made("full"), made()
        for _ in range(10):
            way([slow.outbox.send, other.outbox.send], b"x" * LIMIT)
            other.read()
        assert slow.deaths == ["reads too slowly"]
        assert not other.outbox.dead

    def test_the_loop_in_c_has_every_lock_until_all_is_sent(self, way: FanOut, made: Callable[..., Member]) -> None:
        locked: list[bool] = []
        first, last = made(on_backlog=lambda: locked.append(last.outbox._lock.locked())), made()
        way([first.outbox.send, last.outbox.send], b"y" * 60_000)
        assert locked == [way is not one_by_one]

    def test_what_fails_leaves_no_lock_taken_and_no_line_cut(
        self, way: FanOut, made: Callable[..., Member]
    ) -> None:
        def fail() -> None:
            raise RuntimeError("no backlog today")

        bad, worse = made(on_backlog=fail), made(on_backlog=fail)
        piece = b"y" * 60_000
        for member in (bad, worse):
            with pytest.raises(RuntimeError, match="no backlog today"):
                way([member.outbox.send], piece)
            assert member.read() == piece
            member.outbox.send(b"more")
            assert member.read() == b"more"

    def test_what_a_function_raises_is_raised(self, way: FanOut, made: Callable[..., Member]) -> None:
        def fail(data: bytes) -> None:
            raise LookupError(data)

        member = made()
        with pytest.raises(LookupError, match="hello"):
            way([member.outbox.send, fail], b"hello")
        with pytest.raises(TypeError):
            way([member.outbox.send], "text")  # type: ignore[arg-type]
        assert member.read() == b"hello"

    def test_pieces_of_two_threads_stay_whole_and_in_order(self, way: FanOut, made: Callable[..., Member]) -> None:
        members = [made() for _ in range(4)]
        sends = [member.outbox.send for member in members]
        rounds = 200

        def say(byte: bytes) -> None:
            for number in range(rounds):
                way(sends, byte * 100 + b"%d\n" % number)

        threads = [threading.Thread(target=say, args=(byte,)) for byte in (b"a", b"b")]
        for thread in threads:
            thread.start()
        got = [b""] * len(members)
        while any(piece.count(b"\n") < 2 * rounds for piece in got):
            got = [piece + member.read() for piece, member in zip(got, members, strict=True)]
        for thread in threads:
            thread.join()
        for piece in got:
            for byte in (b"a", b"b"):
                said = [line for line in piece.splitlines() if line.startswith(byte)]
                assert said == [byte * 100 + b"%d" % number for number in range(rounds)]

    def test_nothing_goes_to_a_socket_that_has_a_number_anew(
        self, way: FanOut, made: Callable[..., Member]
    ) -> None:
        members = [made() for _ in range(40)]
        begun, over = threading.Event(), threading.Event()

        def talk() -> None:
            sends = [member.outbox.send for member in members]
            while not over.is_set():
                way(sends, b"not for you")
                begun.set()

        thread = threading.Thread(target=talk)
        thread.start()
        begun.wait()
        newcomers, again = [], 0
        for member in members:
            number = member.ours.fileno()
            member.outbox.stop()
            member.ours.close()
            newcomers.append(made())
            again += number in (newcomers[-1].ours.fileno(), newcomers[-1].theirs.fileno())
        over.set()
        thread.join()
        assert [newcomer.read() for newcomer in newcomers] == [b""] * len(members)
        assert again  # something else may have taken some of the numbers
