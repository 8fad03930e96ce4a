"""What a client was told of what people said, and what the database holds of it: the two sides of every check."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from operator import lt
from pathlib import Path
from typing import NamedTuple

from chatstore.chat.model.message_ids import message_place, msgid
from chatstore.irc.line import Line, parse, parse_timestamp
from tests.faults.away import must
from tests.running import SECONDS, IrcClient

CAPS = "message-tags server-time batch echo-message draft/chathistory"
"""Those of a client that keeps what it was told and asks for the rest."""


class Told(NamedTuple):
    """One message: its conversation (by the number in its id), its place there, when (ms since 1970 UTC), who said
    it, to whom, and what. `batch`: it came in a page of history."""

    room: int
    seq: int
    time: int
    nick: str
    target: str
    text: str
    batch: str = ""

    @property
    def id(self) -> str:
        return msgid(self.room, self.seq)


def told(line: Line) -> Told | None:
    """The message that a line is, if it is one that has a place in a history."""
    place = message_place(line.tags.get("msgid", ""))
    if line.command not in ("PRIVMSG", "NOTICE") or place is None:
        return None
    time = parse_timestamp(line.tags["time"])
    assert time is not None, line
    nick = line.source.partition("!")[0]
    return Told(*place, time, nick, line.params[0], line.params[1], line.tags.get("batch", ""))


def all_told(lines: Iterable[str]) -> list[Told]:
    return [each for line in lines if (each := told(parse(line))) is not None]


def page(client: IrcClient, request: str) -> list[Told]:
    """The messages that CHATHISTORY answers with; what is told live meanwhile stays in the client's log."""
    client.send(f"CHATHISTORY {request}")
    reference, found = "", []
    while True:
        line = parse(client.line())
        assert line.command != "FAIL", (request, line)
        if line.command == "BATCH" and line.params[0].startswith("+") and not reference:
            reference = line.params[0][1:]
        elif line.command == "BATCH" and line.params[0] == f"-{reference}":
            return found
        elif reference and line.tags.get("batch") == reference and (message := told(line)) is not None:
            found.append(message)


class Stored(NamedTuple):
    """One message as it is in the database."""

    room: int
    seq: int
    time: int
    nick: str
    text: str


def stored(database: Path) -> dict[int, list[Stored]]:
    """Every message, by conversation and in its order there."""
    query = (
        "SELECT room_id, seq, sent_at, nick, body FROM messages "
        "WHERE kind IN ('message', 'notice') ORDER BY room_id, seq"
    )
    found: dict[int, list[Stored]] = {}
    for row in rows(database, query):
        found.setdefault(row[0], []).append(Stored(*row))
    return found


def rows(database: Path, query: str) -> list[tuple[int, int, int, str, str]]:
    connection = sqlite3.connect(database, timeout=SECONDS)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def check_numbers(database: Path) -> None:
    """The numbering of every conversation: 1…n without a gap, as its row says, and a time that rises with it.
    In one transaction, because the server may write meanwhile."""
    with closing(sqlite3.connect(database, timeout=SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        last = dict(connection.execute("SELECT id, last_seq FROM rooms WHERE last_seq > 0").fetchall())
        numbers = connection.execute("SELECT room_id, seq, sent_at FROM messages ORDER BY room_id, seq").fetchall()
    events: dict[int, list[tuple[int, int]]] = {}
    for room, seq, time in numbers:
        events.setdefault(room, []).append((seq, time))
    must({room: len(places) for room, places in events.items()} == last, "the last numbers of rooms are others")
    for room, places in events.items():
        must([seq for seq, _ in places] == list(range(1, len(places) + 1)), f"room {room} is numbered otherwise")
        times = [time for _, time in places]
        must(all(map(lt, times, times[1:])), f"the times of room {room} do not rise: {times}")


def iter_pairs(database: Path, query: str) -> Iterator[tuple[int, int]]:
    for row in rows(database, query):
        yield row[0], row[1]
