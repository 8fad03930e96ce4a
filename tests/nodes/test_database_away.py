"""The database is away for a whole minute while people talk: nobody is disconnected, everything is refused, and
then all works again without a restart."""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.away import must
from tests.faults.program import Launch
from tests.nodes.balancer import free_port
from tests.nodes.checks import check_histories, check_stored
from tests.nodes.fleet import Fleet, fleet
from tests.nodes.people import Talker, make_accounts
from tests.nodes.stored import read
from tests.running import SECONDS, IrcClient

ROOMS = ("#main", "#side")
TALKERS = 6
_FEW = 5
"""Messages of each talker that are waited for, before and after."""
_PAUSE = 0.02
_LINES = 30
"""The most lines that a node may log of it, however long it lasts."""


class Figures(NamedTuple):
    refused: int
    until_not_ready: float
    until_ready: float
    until_stored: float

    def __str__(self) -> str:
        return (
            f"{self.refused} refused; not ready after {self.until_not_ready:.2f} s; when the database accepted"
            f" connections again, ready after {self.until_ready:.2f} s, everybody's messages were stored after"
            f" {self.until_stored:.2f} s"
        )


class Steady:
    """A talker on one connection, which must not end. It says the next thing when the last one is answered."""

    def __init__(self, talker: Talker, client: IrcClient) -> None:
        self.talker = talker
        self.stored = self.refused = 0
        self.failed: BaseException | None = None
        self._stopping = threading.Event()
        self._talks, self._waits = threading.Event(), threading.Event()
        self._talks.set()
        talker.come(client, *ROOMS)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            number = 0
            while not self._stopping.is_set():
                body = self.talker.say(ROOMS[number % len(ROOMS)])
                while self.talker.unanswered:
                    self.talker.hear()
                if body in self.talker.now.refused:
                    self.refused += 1
                else:
                    self.stored += 1
                number += 1
                if not self._talks.is_set():
                    self._waits.set()
                    self._talks.wait()
                self._stopping.wait(_PAUSE)
            self.talker.settle()
        except (OSError, EOFError) as error:
            self.failed = error

    def pause(self) -> None:
        """Return when everything has its answer, and say nothing until go_on()."""
        self._waits.clear()
        self._talks.clear()
        must(self._waits.wait(SECONDS), f"{self.talker.nick} gets no answer")

    def go_on(self) -> None:
        self._talks.set()

    def stop(self) -> None:
        self._stopping.set()
        self._talks.set()
        self._thread.join()
        must(self.failed is None, f"the connection of {self.talker.nick} ended: {self.failed!r}")


def readyz(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    finally:
        connection.close()


def until(holds: Callable[[], bool], broken: str) -> float:
    """Wait for it; the seconds that it took."""
    began = time.monotonic()
    while not holds():
        must(time.monotonic() - began < SECONDS, broken)
        time.sleep(_PAUSE)
    return time.monotonic() - began


def all_say_more(people: Sequence[Steady]) -> float:
    """Everybody has some more messages stored; the seconds that it took."""
    before = [one.stored for one in people]
    return until(
        lambda: all(one.stored >= n + _FEW for one, n in zip(people, before, strict=True)),
        "somebody's messages are not stored",
    )


def all_are_refused(people: Sequence[Steady]) -> None:
    """Everybody is told that another message is not stored."""
    before = [one.refused for one in people]
    until(
        lambda: all(one.refused > n for one, n in zip(people, before, strict=True)),
        "somebody is not refused while the database is away",
    )


def away(running: Fleet, people: Sequence[Steady], web: Sequence[int], seconds: float) -> Figures:
    """Take the database away for so many seconds, and check what is said meanwhile."""
    lines = [len(node.program.log.splitlines()) for node in running.nodes]
    # Nobody can say what becomes of a message whose COMMIT is under way, until the database is back. That is
    # another test's.
    for one in people:
        one.pause()
    running.cluster.stop("immediate")
    for one in people:
        one.go_on()
    not_ready = until(lambda: {readyz(port) for port in web} == {503}, "/readyz did not become 503")
    all_are_refused(people)
    stored, refused = [one.stored for one in people], sum(one.refused for one in people)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        must({readyz(port) for port in web} == {503}, "/readyz is not 503 while the database is away")
        all_are_refused(people)
        time.sleep(0.5)
    must([one.stored for one in people] == stored, "something was stored while the database was away")
    refused = sum(one.refused for one in people) - refused
    running.cluster.start()
    began = time.monotonic()
    ready = until(lambda: {readyz(port) for port in web} == {200}, "/readyz did not become 200 again")
    all_say_more(people)
    stored_again = time.monotonic() - began
    for node, before in zip(running.nodes, lines, strict=True):
        said = node.program.log.splitlines()[before:]
        must(len(said) <= _LINES, f"{node.name} has logged {len(said)} lines of it: {said[:_LINES]}")
    return Figures(refused, not_ready, ready, stored_again)


def trial(launch: Launch, folder: Path, seconds: float) -> Figures:
    talkers = [Talker(f"talker{number}", labels=number % 2 == 0) for number in range(TALKERS)]
    with fleet(launch, folder, 0) as running:
        web = [free_port(), free_port()]
        nodes = [running.join("--web", f"127.0.0.1:{port}") for port in web]
        make_accounts(running, [talker.nick for talker in talkers])
        people = []
        try:
            for number, talker in enumerate(talkers):
                talker._known = True
                people.append(Steady(talker, IrcClient("127.0.0.1", nodes[number % 2].port)))
            all_say_more(people)
            found = away(running, people, web, seconds)
        finally:
            for one in people:
                one.stop()
        print(f"{seconds:.0f} s: {found}", file=sys.stderr)
        must(not any(node.codes for node in nodes), "a node has ended")
        stored = read(running.url)
        for talker in talkers:
            talker.hear_up_to(
                {room.id: stored.shown[room.id][-1] for room in stored.contents.rooms.values()}, SECONDS
            )
            talker.client.close()
        check_stored(stored, talkers)
        check_histories(running, stored, talkers[0])
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.soak)])
def test_the_database_is_away(tmp_path: Path, seconds: float) -> None:
    trial(Launch(), tmp_path, seconds)
