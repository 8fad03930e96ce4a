"""A page of history, what a search finds and what is replayed have a bound in bytes, and say where they are cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft
from chatstore.irc.line import Line, parse
from tests.running import IrcClient, Running

CAPS = "message-tags batch standard-replies soju.im/search draft/chathistory server-time"
LARGE = 65_536
WORDS = "a long line of words " * 190
"""About 4 KB."""


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    """With 60 messages of 4 KB in #main: 240 KB, of which a page has 64."""
    server = run_server(limits={"history_page_bytes": LARGE}, history={"replay_on_join": 1000})
    ann = Actor("ann", "ann", 1)
    server.member("ann")
    room = server.server.store.roster()[0][0].id
    drafts = [Draft(room, ann, "message", f"{n} {WORDS}") for n in range(60)]
    server.server.store.submit(drafts).wait()
    return server


@pytest.fixture
def reader(server: Running) -> IrcClient:
    return server.member("rea", CAPS)


def page(client: IrcClient, request: str) -> tuple[bool, list[Line], int]:
    """Whether it says that it is cut, its messages, its bytes."""
    lines = client.ask(request)
    begin = parse(lines[0])
    assert (begin.command, parse(lines[-1]).command) == ("BATCH", "BATCH")
    said = [parse(line) for line in lines[1:-1]]
    size = sum(len(line.encode()) + 2 for line in lines[1:-1])
    return "chatstore/partial" in begin.tags, [line for line in said if "msgid" in line.tags], size


def numbers(lines: list[Line]) -> list[int]:
    return [int(line.params[1].split()[0]) for line in lines]


def test_a_client_that_goes_on_reads_everything(reader: IrcClient) -> None:
    reader.sync()
    seen: list[int] = []
    request, pages = "CHATHISTORY LATEST #main * 1000", 0
    while True:
        partial, lines, size = page(reader, request)
        assert size <= LARGE
        seen = [*numbers(lines), *seen]
        pages += 1
        if not partial:
            break
        request = f"CHATHISTORY BEFORE #main msgid={lines[0].tags['msgid']} 1000"
    assert seen == [*range(60)]
    assert pages > 3


def test_forwards_and_around(reader: IrcClient) -> None:
    reader.sync()
    partial, first, _ = page(reader, "CHATHISTORY AFTER #main timestamp=2020-01-01T00:00:00.000Z 1000")
    assert partial
    assert numbers(first) == [*range(len(first))]
    partial, latest, _ = page(reader, "CHATHISTORY LATEST #main * 1000")
    middle = latest[0].tags["msgid"]
    partial, around, size = page(reader, f"CHATHISTORY AROUND #main msgid={middle} 100")
    assert partial
    assert size <= LARGE
    assert middle in [line.tags["msgid"] for line in around]
    assert numbers(around) == [*range(numbers(around)[0], numbers(around)[-1] + 1)]
    partial, small, _ = page(reader, "CHATHISTORY LATEST #main * 3")
    assert (partial, numbers(small)) == (False, [57, 58, 59])


def test_a_search(reader: IrcClient) -> None:
    reader.sync()
    *lines, warning = reader.ask("SEARCH text=words;limit=1000")
    assert " WARN SEARCH INCOMPLETE " in warning
    assert sum(map(len, lines)) <= LARGE
    found = numbers([parse(line) for line in lines if "msgid=" in line])
    assert found == [*range(found[0], 60)]


def test_the_replay(server: Running) -> None:
    """To a client without CHATHISTORY, which is shown the newest; and at the plain endpoint."""
    old = server.register("old")
    lines = old.ask("JOIN #main")
    replayed = [line for line in lines if "PRIVMSG #main" in line]
    assert sum(map(len, replayed)) <= LARGE
    assert sum(" long line " in line for line in replayed) > 10


def test_what_is_rendered_is_what_counts(run_server: Callable[..., Running]) -> None:
    """A message of many short lines is many times as long when it is sent."""
    server = run_server(limits={"history_page_bytes": LARGE})
    ann = Actor("ann", "ann", 1)
    server.member("ann")
    room = server.server.store.roster()[0][0].id
    server.server.store.submit([Draft(room, ann, "message", "\n".join("x" * 250)) for _ in range(40)]).wait()
    reader = server.member("rea", CAPS)
    reader.sync()
    partial, lines, size = page(reader, "CHATHISTORY LATEST #main * 1000")
    assert partial
    assert 1 <= len(lines) < 40
    assert size <= LARGE


def test_a_long_answer_counts_as_many_lines(run_server: Callable[..., Running]) -> None:
    """A reader of long pages waits, one of short ones does not."""
    server = run_server(limits={"questions_per_second": 1.0, "questions_at_once": 60})
    server.member("ann")
    pace = server.server.chat.flood
    room = server.server.store.roster()[0][0].id
    ann = Actor("ann", "ann", 1)
    server.server.store.submit([Draft(room, ann, "message", f"{n} {WORDS}") for n in range(200)]).wait()
    reader = server.member("rea", CAPS)
    reader.sync()

    def owed() -> float:
        account = server.server.store.accounts.named("rea")
        assert account is not None
        return pace.questions.bucket(account).full_at

    before = owed()
    reader.ask("CHATHISTORY LATEST #main * 2")
    short = owed() - before
    before = owed()
    reader.ask("CHATHISTORY LATEST #main * 1000")
    assert owed() - before > short + 5
