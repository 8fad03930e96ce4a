"""Searches have threads of their own: nobody else waits for them, and nobody has two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from chatstore.chat.model.messages import Found, Search
from chatstore.server import SEARCH_THREADS
from tests.running import SECONDS, Running

CAPS = "message-tags batch standard-replies soju.im/search draft/chathistory"


class Held:
    """Searches that end when they are told to."""

    def __init__(self, server: Running) -> None:
        self.begun = threading.Semaphore(0)
        self.end = threading.Event()
        server.server.store.search = self._search  # type: ignore[method-assign]
        server.member("eve").ask("PRIVMSG #main :something to look for")

    def _search(self, _search: Search, _go_on: Callable[[], bool]) -> Found:
        self.begun.release()
        assert self.end.wait(SECONDS)
        return Found(())

    def wait(self) -> None:
        assert self.begun.acquire(timeout=SECONDS)


@pytest.fixture
def held(server: Running) -> Iterator[Held]:
    held = Held(server)
    yield held
    held.end.set()


def test_others_do_not_wait_for_searches(server: Running, held: Held) -> None:
    """More of them than there are workers, and somebody else pages and joins meanwhile."""
    ann = server.member("ann", CAPS)
    searching = [server.member(f"s{n}", CAPS) for n in range(12)]
    for each in searching:
        each.send("SEARCH text=x")
    for _ in range(SEARCH_THREADS):
        held.wait()
    ann.sync()
    assert [line.command for line in ann.parsed("CHATHISTORY LATEST #main * 5")] == [
        "BATCH",
        "PRIVMSG",
        "BATCH",
    ]
    assert "366" in [line.command for line in ann.parsed("JOIN #tea")]
    held.end.set()
    for each in searching:
        each.wait("BATCH :?-")


def test_one_search_a_person(server: Running, held: Held) -> None:
    first = server.member("ann", CAPS)
    second = server.login("ann", CAPS)
    second.sync()
    first.send("SEARCH text=x")
    held.wait()
    (refused,) = second.parsed("SEARCH text=x")
    assert refused.params[:2] == ("SEARCH", "INTERNAL_ERROR")
    assert "another search of yours" in refused.params[-1]
    held.end.set()
    first.wait("BATCH :?-")
    assert [line.command for line in second.parsed("SEARCH text=x")] == ["BATCH", "BATCH"]


def test_a_full_queue_is_told(run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.server._MAX_SEARCHES", 1)
    server = run_server()
    held = Held(server)
    ann, bob = server.member("ann", CAPS), server.member("bob", CAPS)
    ann.send("SEARCH text=x")
    held.wait()
    (refused,) = bob.parsed("SEARCH text=x")
    assert refused.params == ("SEARCH", "BUSY", "the server has too much to do: try again")
    held.end.set()
    ann.wait("BATCH :?-")
