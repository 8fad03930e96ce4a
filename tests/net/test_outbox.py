"""What goes out on one socket: in order, whole, never blocking, and not for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from chatstore.net.outbox import MAX_BACKLOG_FACTOR, STALLED, Outbox

LIMIT = 64 * 1024


class End:
    """An outbox over a socket pair with small buffers, the reader's end, and what the outbox said."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        for sock in (self.ours, self.theirs):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.ours.setblocking(False)
        self.theirs.settimeout(60)
        self.backlogs = 0
        self.deaths: list[str] = []
        self.now = 0.0
        self.outbox = Outbox(self.ours, LIMIT, self.on_backlog, self.deaths.append, lambda: self.now)

    def on_backlog(self) -> None:
        self.backlogs += 1

    def fill(self) -> bytes:
        """Send until something is left over; what was sent."""
        sent = b""
        while self.outbox.drained:
            sent += b"f" * 1000
            self.outbox.send(b"f" * 1000)
        return sent

    def read(self, size: int) -> bytes:
        """Exactly that much, flushing as an I/O thread would; less when there is no more."""
        data = b""
        while len(data) < size:
            self.outbox.flush()
            data += self.theirs.recv(size - len(data))
        return data

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def end() -> Iterator[End]:
    end = End()
    yield end
    end.close()


def test_what_the_socket_takes_is_sent_at_once(end: End) -> None:
    end.outbox.send(b"hello")
    end.outbox.send(b"")
    assert end.theirs.recv(100) == b"hello"
    assert end.outbox.drained
    assert end.backlogs == 0


def test_everything_arrives_in_order_when_the_reader_drains(end: End) -> None:
    pieces = [bytes([65 + n % 26]) * (n * 1237 % 5000 + 1) for n in range(60)]
    for piece in pieces[:20]:
        end.outbox.send(piece)
    whole = b"".join(pieces)
    got = end.read(20_000)
    for piece in pieces[20:30]:  # behind what waits, though the socket has room again
        end.outbox.send(piece)
    got += end.read(len(b"".join(pieces[:30])) - len(got))
    for piece in pieces[30:]:
        end.outbox.send(piece)
        got += end.read(len(piece))
    assert got == whole
    assert end.outbox.drained
    assert end.deaths == []


def test_a_backlog_is_said_once_until_it_is_gone(end: End) -> None:
    sent = end.fill()
    assert end.backlogs == 1
    for _ in range(5):
        end.outbox.send(b"more")
    assert end.backlogs == 1
    assert end.outbox.flush() is False
    end.read(len(sent) + 20)
    assert end.outbox.flush() is True
    end.fill()
    assert end.backlogs == 2


def test_a_burst_over_the_limit_is_not_the_end(end: End) -> None:
    end.fill()
    for _ in range(MAX_BACKLOG_FACTOR - 2):
        end.outbox.send(b"x" * LIMIT)
    assert end.deaths == []
    assert not end.outbox.drained


def test_over_the_hard_limit_it_is_given_up_at_once(end: End) -> None:
    end.fill()
    for _ in range(MAX_BACKLOG_FACTOR + 1):
        end.outbox.send(b"x" * LIMIT)
    assert end.deaths == ["reads too slowly"]
    assert end.outbox.drained
    end.outbox.send(b"into nothing")
    assert end.outbox.drained
    assert end.deaths == ["reads too slowly"]


def test_over_the_limit_and_stalled_it_is_given_up(end: End) -> None:
    end.fill()
    end.outbox.send(b"x" * LIMIT)
    end.now += STALLED - 0.1
    end.outbox.send(b"x" * LIMIT)
    assert end.deaths == []
    end.now += 0.2
    end.outbox.send(b"x")
    assert end.deaths == ["reads too slowly"]


def test_slow_is_not_stalled(end: End) -> None:
    """Any progress counts, however long the queue has been over its limit."""
    end.fill()
    end.outbox.send(b"x" * LIMIT)
    for _ in range(10):
        end.now += STALLED - 1
        end.read(4000)
        end.outbox.send(b"y" * 4000)
    assert end.deaths == []


def test_quiet_under_the_limit_is_no_fault(end: End) -> None:
    end.fill()
    end.now += 1000 * STALLED
    end.outbox.send(b"x")
    assert end.deaths == []


def test_a_peer_that_is_gone(end: End) -> None:
    end.theirs.close()
    for _ in range(3):
        end.outbox.send(b"x")
    assert len(end.deaths) == 1
    assert end.outbox.drained


def test_a_peer_that_goes_while_something_waits(end: End) -> None:
    end.fill()
    end.theirs.close()
    end.outbox.flush()
    assert len(end.deaths) == 1
    assert end.outbox.drained


def test_after_a_stop_nothing_is_sent(end: End) -> None:
    sent = end.fill()
    end.outbox.stop()
    assert end.outbox.drained
    end.outbox.send(b"more")
    assert end.outbox.flush() is True
    end.ours.close()
    got = b""
    while data := end.theirs.recv(65536):
        got += data
    assert sent.startswith(got)
    assert end.deaths == []


def test_pieces_of_many_threads_stay_whole_and_each_threads_in_order(end: End) -> None:
    threads, each = 6, 200
    done = threading.Barrier(threads + 1)

    def send(who: int) -> None:
        for n in range(each):
            end.outbox.send(f"{who}:{n}:{'x' * (n % 97)}\n".encode())
        done.wait(60)

    for who in range(threads):
        threading.Thread(target=send, args=(who,)).start()
    total = sum(len(f"{who}:{n}:{'x' * (n % 97)}\n") for who in range(threads) for n in range(each))
    end.theirs.settimeout(0.01)
    got = b""
    while len(got) < total:
        end.outbox.flush()
        try:
            got += end.theirs.recv(65536)
        except TimeoutError:
            assert end.deaths == []
    done.wait(60)
    seen = [0] * threads
    for line in got.decode().splitlines():
        who, n, filling = line.split(":")
        assert (int(n), len(filling)) == (seen[int(who)], int(n) % 97)
        seen[int(who)] += 1
    assert seen == [each] * threads


class HalfSocket:
    """Takes half of what it is given, and lets every other thread run before it says so."""

    def __init__(self, real: socket.socket, yield_to: Callable[[], None]) -> None:
        self._real = real
        self._yield_to = yield_to

    def send(self, data: bytes) -> int:
        sent = self._real.send(data[: len(data) // 2 + 1])
        self._yield_to()
        return sent


def test_nobody_gets_between_the_two_halves_of_a_piece(end: End) -> None:
    """A second thread sends while the first one is inside the socket, which has taken only half."""
    inside, second_tries = threading.Event(), threading.Event()

    def yield_to() -> None:
        if not inside.is_set():
            inside.set()
            assert second_tries.wait(60)
            while threading.active_count() > before and not end.outbox._lock.locked():
                pass  # without the lock the second would go all the way now

    def send_second() -> None:
        assert inside.wait(60)
        second_tries.set()
        end.outbox.send(b"two")

    end.outbox._socket = HalfSocket(end.ours, yield_to)  # type: ignore[assignment]
    before = threading.active_count()
    second = threading.Thread(target=send_second)
    second.start()
    end.outbox.send(b"ONE-WHOLE-PIECE")
    second.join(60)
    assert end.read(18) == b"ONE-WHOLE-PIECEtwo"


@pytest.fixture
def tcp() -> Iterator[tuple[socket.socket, socket.socket, Outbox]]:
    """Our end, the reader's end, and an outbox; over TCP, which acknowledges."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname(), timeout=60)
        ours, _ = listening.accept()
    ours.settimeout(60)
    outbox = Outbox(ours, LIMIT, lambda: None, lambda _why: None)
    yield ours, theirs, outbox
    ours.close()
    theirs.close()


def test_what_was_read_before_the_end_has_arrived(tcp: tuple[socket.socket, socket.socket, Outbox]) -> None:
    ours, theirs, outbox = tcp
    outbox.send(b"hello")
    assert theirs.recv(100) == b"hello"
    theirs.close()
    assert ours.recv(100) == b""
    assert outbox.arrived(acknowledged=True)


@pytest.mark.parametrize("reset", [False, True])
def test_what_is_sent_to_somebody_who_is_gone_has_not(
    tcp: tuple[socket.socket, socket.socket, Outbox], reset: bool
) -> None:
    ours, theirs, outbox = tcp
    theirs.close()
    assert ours.recv(100) == b""
    assert outbox.arrived(acknowledged=True)
    outbox.send(b"too late")  # taken by the system, and answered by a reset
    if reset:
        outbox.send(b"later still")
    assert not outbox.arrived(acknowledged=True)


def test_what_waits_has_not_arrived(end: End) -> None:
    end.fill()
    assert not end.outbox.arrived(acknowledged=False)


def test_a_socket_that_is_closed_tells_nothing_any_more(tcp: tuple[socket.socket, socket.socket, Outbox]) -> None:
    """Another connection of the account may ask for this one's progress a moment after it has gone."""
    ours, _, outbox = tcp
    ours.close()
    assert outbox.progress() is None
    assert not outbox.arrived(acknowledged=True)


def test_progress_counts_what_was_sent_and_what_was_acknowledged(
    tcp: tuple[socket.socket, socket.socket, Outbox],
) -> None:
    ours, _, outbox = tcp
    ours.setblocking(False)
    before = outbox.progress()
    assert before is not None
    outbox.send(b"x" * 1000)
    after = outbox.progress()
    assert after is not None
    assert after[0] - before[0] == 1000
    while after[1] < after[0]:  # until the system behind `theirs` has acknowledged it
        after = outbox.progress()
        assert after is not None
    assert after[1] - before[1] >= 1000
    while outbox.drained:  # until nothing more is taken, because nobody reads
        outbox.send(b"y" * 100_000)
    stuck = outbox.progress()
    assert stuck is not None
    assert stuck[1] < stuck[0]
