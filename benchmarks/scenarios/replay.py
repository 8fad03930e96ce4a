"""F: a person joins rooms of a large database, is shown the history, pages back, and searches."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.client import Client
from benchmarks.outcome import Outcome, percentile
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import Running, chatstore, running
from benchmarks.stores import Stored, stored
from chatstore.chat.model.message_ids import msgid

_TIMES = (200, 50)
"""How often a page of 50 is read, and one of 1,000."""
_SEARCHES = 9
_PAGING = "batch server-time message-tags standard-replies draft/chathistory soju.im/search"


def measure_replay(folder: Path, database: Stored, times: tuple[int, int] = _TIMES) -> Outcome:
    """Measure in milliseconds. The server works on the database itself, which grows by some joins and leaves."""
    rooms = _rooms(database.path)
    figures: dict[str, float] = {}
    problems: list[str] = []
    for lines, how_often in zip((50, 1000), times, strict=True):
        with _server(folder / str(lines), database, lines) as server:
            with contextlib.closing(Client(server.port, f"joins{lines}")) as client:
                client.welcome()
                figures |= _figures(f"join{lines}", _joins(client, rooms, lines, how_often))
            if lines == 50:
                with contextlib.closing(Client(server.port, "pages", _PAGING)) as client:
                    client.welcome()
                    figures |= _pages(client, rooms, times)
                    for kind, word in (("common", database.common), ("rare", database.rare)):
                        took, complete = _searches(client, rooms[0][1], word)
                        figures |= _figures(f"search_{kind}", iter(took))
                        if not complete:
                            problems.append(f"the search for a {kind} word gave up")
    return Outcome(figures, tuple(problems))


@contextlib.contextmanager
def _server(folder: Path, database: Stored, lines: int) -> Iterator[Running]:
    with running(chatstore(database.path, f"[history]\nreplay_on_join = {lines}\n"), folder) as server:
        yield server


def _rooms(path: Path) -> Sequence[tuple[int, str, int]]:
    """(id, name, last seq) of the rooms with more than a long page, largest first."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT id, name, last_seq FROM rooms WHERE kind = 'room' AND last_seq > 1200 ORDER BY last_seq DESC"
        ).fetchall()


def _joins(client: Client, rooms: Sequence[tuple[int, str, int]], lines: int, times: int) -> Iterator[float]:
    """The time of a whole JOIN: its commit, the names, the topic, and the replay."""
    for i in range(times):
        _, name, _ = rooms[i % len(rooms)]
        took, answer = client.round_trip(f"JOIN #{name}\r\n")
        if answer.count(b" PRIVMSG ") + answer.count(b" NOTICE ") < lines * 0.9:
            raise SystemExit(f"joining #{name} was to replay {lines} lines: {answer[-500:]!r}")
        client.round_trip(f"PART #{name}\r\n")
        yield took


def _pages(client: Client, rooms: Sequence[tuple[int, str, int]], times: tuple[int, int]) -> dict[str, float]:
    """The times of the latest page and of one at a random place, of every room in turn."""
    draw = random.Random(1)
    for _, name, _ in rooms:
        client.round_trip(f"JOIN #{name}\r\n")

    def page(selector: str, lines: int, i: int) -> float:
        room, name, last = rooms[i % len(rooms)]
        place = f"msgid={msgid(room, draw.randrange(lines + 100, last))}" if selector == "BEFORE" else "*"
        took, answer = client.round_trip(f"CHATHISTORY {selector} #{name} {place} {lines}\r\n")
        if answer.count(b" PRIVMSG ") + answer.count(b" NOTICE ") < lines * 0.9:
            raise SystemExit(f"a page of #{name} was to have {lines} messages: {answer[-500:]!r}")
        return took

    return {
        **_figures("latest50", (page("LATEST", 50, i) for i in range(times[0]))),
        **_figures("before50", (page("BEFORE", 50, i) for i in range(times[0]))),
        **_figures("before1000", (page("BEFORE", 1000, i) for i in range(times[1]))),
    }


def _searches(client: Client, room: str, word: str) -> tuple[Sequence[float], bool]:
    """The time of each search, and whether all of them were complete."""
    answers = [client.round_trip(f"SEARCH in=#{room};text={word};limit=50\r\n") for _ in range(_SEARCHES)]
    return [took for took, _ in answers], not any(b"INCOMPLETE" in answer for _, answer in answers)


def _figures(name: str, took: Iterator[float]) -> dict[str, float]:
    ascending = sorted(took)
    return {f"{name}_p50": percentile(ascending, 0.5), f"{name}_p99": percentile(ascending, 0.99)}


def _contestants(settings: Settings) -> Mapping[str, Measure]:
    def of(messages: int) -> Callable[[Path], Outcome]:
        return lambda folder: measure_replay(folder, stored(settings.stores, messages))

    return {f"{messages:,} messages": of(messages) for messages in settings.messages}


REPLAY = Scenario(
    "F",
    "Joining with the last 50 and 1,000 lines, paging back, searching",
    _contestants,
    tuple(
        Column(f"{what}_{part}", f"{head}, {part}, ms", ".1f")
        for what, head in (
            ("join50", "JOIN + 50 lines"),
            ("join1000", "JOIN + 1,000"),
            ("latest50", "latest 50"),
            ("before50", "50 before"),
            ("before1000", "1,000 before"),
            ("search_common", "common word"),
            ("search_rare", "rare word"),
        )
        for part in (("p50",) if what.startswith("search") else ("p50", "p99"))
    ),
    more_is_better=False,
    reference="",
)
