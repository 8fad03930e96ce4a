"""Search in a large database: how fast its index is made and how large it is, how long a search takes through the
store and through IRC, and what the indexing costs those whose messages are committed meanwhile."""

from __future__ import annotations

import base64
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from benchmarks.database import PASSWORD, Made
from benchmarks.servers import chatstore, running
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft, Search
from chatstore.storage.sqlite.full_text import path_beside, remove
from chatstore.storage.sqlite.indexing import LOOK, Indexer
from chatstore.storage.store import DatabaseStore

_LIMIT = 100
_SECONDS = 2.0
"""Seconds that a search may take, as in chat.session.history."""
PER_SECOND = 2_000
"""Messages a second while the cost of indexing is measured."""


@dataclass(frozen=True)
class Built:
    """The cost of making an index without rest: messages a second, seconds of CPU, milliseconds of a slice
    (the 50th and 99th percentile, and the longest), and bytes of the index and of the database."""

    rate: float
    cpu: float
    slices: tuple[float, float, float]
    index: int
    database: int


def build(database: Path, messages: int) -> Built:
    """Make the index of a database with so many messages."""
    path = path_beside(database)
    remove(path)
    store = DatabaseStore(f"sqlite:///{database}")
    indexer = Indexer(path, store._reading, time.time, threading.Event())
    taken: list[float] = []
    begun, cpu = time.perf_counter(), time.process_time()
    rest = 0.0
    while rest < LOOK:
        turn = time.perf_counter()
        rest = indexer.work()
        taken.append((time.perf_counter() - turn) * 1000)
    indexer.catch_up()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    indexer.stop()
    store.close()
    slices = (_percentile(taken, 50), _percentile(taken, 99), max(taken))
    return Built(messages / seconds, cpu, slices, os.path.getsize(path), os.path.getsize(database))


def queries(made: Made) -> dict[str, Search]:
    """The searches to measure, by name."""
    # Alice's rooms and direct conversations.
    every = dict.fromkeys((*made.rooms, *made.direct_conversations[::2]), 1)
    small, tiny = {made.rooms[-1]: 1}, {made.direct_conversations[0]: 1}

    def search(text: str, rooms: Mapping[int, int] = every, **more: object) -> Search:
        return Search(rooms, _LIMIT, text, **more)  # type: ignore[arg-type]

    return {
        "a common word": search(made.common),
        "a word of one in a thousand messages": search(made.middle),
        "a rare word": search(made.rare),
        "no message has it": search("nosuchword"),
        "Cyrillic": search(made.cyrillic),
        "Chinese, two characters": search(made.cjk),
        "Chinese, one character": search(made.cjk[0]),
        "a beginning of three letters": search(made.middle[:3]),
        "a beginning of one letter": search(made.middle[0]),
        "two common words": search(f"{made.common} {made.also_common}"),
        "a common and a rare word": search(f"{made.common} {made.rare}"),
        "a phrase of common words": search(f'"{made.common} {made.also_common}"'),
        "a common word in a small room": search(made.common, small),
        "a rare word in the largest room": search(made.rare, {made.rooms[0]: 1}),
        "a common word with one person": search(made.common, tiny),
        "a common word of a rare writer": search(made.common, author="person450"),
    }


def measure_store(made: Made, rounds: int = 30) -> str:
    """A table of searches through DatabaseStore.search."""
    store = DatabaseStore(made.url)
    rows = []
    for name, wanted in queries(made).items():
        taken = []
        for _ in range(rounds):
            begun = time.perf_counter()
            until = time.monotonic() + _SECONDS
            found = store.search(wanted, lambda until=until: time.monotonic() < until)  # type: ignore[misc]
            taken.append((time.perf_counter() - begun) * 1000)
        rows.append((name, len(found.events), "yes" if found.complete else "no", *_shown(taken)))
    store.close()
    return tabulate(rows, ("search", "found", "complete", "p50 ms", "p99 ms"), tablefmt="github")


def measure_irc(made: Made, rounds: int = 30) -> str:
    """A table of searches through IRC, from SEARCH to the end of its batch, on a server of its own."""
    rows = []
    asked = {"a common word": made.common, "a rare word": made.rare, "Chinese": made.cjk, "Cyrillic": made.cyrillic}
    with running(chatstore(made.path), made.path.parent) as server, _client(server.port) as client:
        for name, text in asked.items():
            taken = []
            for _ in range(rounds):
                begun = time.perf_counter()
                lines = client.ask(f"SEARCH text={text}", "BATCH -")
                taken.append((time.perf_counter() - begun) * 1000)
            rows.append((name, lines, *_shown(taken)))
    return tabulate(rows, ("SEARCH", "lines", "p50 ms", "p99 ms"), tablefmt="github")


def measure_cost(made: Made, rounds: int = 3, seconds: float = 5.0) -> str:
    """A table of times from submitting a message to its ticket, at PER_SECOND, measured in turns: without an
    indexer, with one that follows, and with one that makes the index from nothing. It writes into the
    database."""
    sys.setswitchinterval(0.0005)  # as the server does
    store = DatabaseStore(made.url)
    store.start_writer(lambda _events: None, time.time)
    assert store._writer is not None
    writer, path = store._writer, path_beside(made.path)

    def busy() -> bool:
        return writer.queued > 0

    taken: dict[str, list[list[float]]] = {"off": [], "on, it follows": [], "on, it makes all of it": []}
    Indexer(path, store._reading, time.time, threading.Event()).catch_up()
    for _ in range(rounds):
        for how, results in taken.items():
            indexer = None
            if how != "off":
                target = path if how == "on, it follows" else path.with_name("from-nothing")
                indexer = Indexer(target, store._reading, time.time, threading.Event(), busy)
                if how == "on, it follows":
                    indexer.catch_up()
                indexer.start()
            results.append(_paced(store, made.rooms[0], seconds))
            if indexer is not None:
                indexer.stop()
            remove(path.with_name("from-nothing"))
    store.close()
    rows = []
    off = statistics.median(_percentile(result, 99) for result in taken["off"])
    for how, results in taken.items():
        p50, p99, worst = (
            statistics.median(_percentile(result, rank) for result in results) for rank in (50, 99, 99.9)
        )
        rows.append((how, f"{p50:.2f}", f"{p99:.2f}", f"{worst:.2f}", f"{p99 / off:.2f}"))
    return tabulate(rows, ("indexing", "p50 ms", "p99 ms", "p99.9 ms", "p99, off is 1"), tablefmt="github")


def _paced(store: DatabaseStore, room: int, seconds: float) -> list[float]:
    """The milliseconds of each job of four messages."""
    taken: list[float] = []
    alice = Actor("alice", "alice", 1)
    jobs, begun = int(seconds * PER_SECOND / 4), time.perf_counter()
    for n in range(jobs):
        due = begun + n * 4 / PER_SECOND
        while (now := time.perf_counter()) < due:
            time.sleep(due - now)
        ticket = store.submit([Draft(room, alice, "message", f"what is said meanwhile, number {n}")] * 4)
        ticket.when_done(lambda due=due: taken.append((time.perf_counter() - due) * 1000))  # type: ignore[misc]
    ticket.wait()
    return taken


class _Client:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def ask(self, line: str, until: str) -> int:
        """Send a line; returns the number of lines up to the one that contains `until`."""
        self._connection.sendall(f"{line}\r\n".encode())
        for number, answer in enumerate(self._lines):
            if until.encode() in answer:
                return number - 1
        raise EOFError


@contextmanager
def _client(port: int) -> Iterator[_Client]:
    """A client that is logged in as alice."""
    token = base64.b64encode(f"\0alice\0{PASSWORD}".encode()).decode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        client = _Client(connection)
        client.ask("CAP REQ :sasl soju.im/search batch server-time message-tags", "ACK")
        client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE +")
        client.ask(f"AUTHENTICATE {token}", " 903 ")
        client.ask("NICK alice\r\nUSER alice 0 * :Alice\r\nCAP END", " 001 ")
        client.ask("PING welcomed", ":welcomed")
        yield client


def _percentile(values: list[float], rank: float) -> float:
    return sorted(values)[min(int(len(values) * rank / 100), len(values) - 1)]


def _shown(taken: list[float]) -> tuple[str, str]:
    return f"{_percentile(taken, 50):.1f}", f"{_percentile(taken, 99):.1f}"
