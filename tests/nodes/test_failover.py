"""The primary dies while people talk, and its synchronous standby takes its place: nothing that was acknowledged is
lost, nobody is disconnected, and no node is started again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from tests.faults.away import must
from tests.faults.program import Launch
from tests.nodes.balancer import free_port
from tests.nodes.checks import check_histories, check_stored
from tests.nodes.fleet import Fleet, fleet_on
from tests.nodes.people import Talker, make_accounts
from tests.nodes.stored import read
from tests.nodes.test_database_away import Steady, all_say_more, readyz, until
from tests.postgres import Cluster
from tests.running import SECONDS, IrcClient

TALKERS = 6
_FOLLOWS = "SELECT sync_state FROM pg_stat_replication"


class Pair(NamedTuple):
    primary: Cluster
    standby: Cluster
    url: str
    """It names both: libpq takes the one that can be written."""


@contextmanager
def pair() -> Iterator[Pair]:
    primary = Cluster(fsync=True, cluster_name="db1", synchronous_standby_names="db2")
    standby = None
    try:
        standby = Cluster(fsync=True, of=primary, cluster_name="db2")
        name = make_url(primary.empty()).database  # it waits for the standby
        folders = f"{primary.folder},{standby.folder}"
        yield Pair(primary, standby, f"postgresql://chat@/{name}?host={folders}&target_session_attrs=read-write")
    finally:
        if standby is not None:
            standby.close()
        primary.close()


def fail_over(both: Pair) -> float:
    """Stop the primary at once, promote the standby; the time when it accepted writes."""
    must(both.primary.execute(_FOLLOWS) == [("sync",)], "the standby does not follow")
    both.primary.stop("immediate")
    both.standby.promote()
    return time.monotonic()


def talk(running: Fleet, both: Pair, web: list[int], talkers: list[Talker]) -> None:
    people: list[Steady] = []
    try:
        for number, talker in enumerate(talkers):
            talker._known = True
            people.append(Steady(talker, IrcClient("127.0.0.1", running.nodes[number % 2].port)))
        all_say_more(people)
        promoted = fail_over(both)
        until(lambda: {readyz(port) for port in web} == {200}, "/readyz did not become 200 again")
        ready = time.monotonic() - promoted
        all_say_more(people)
    finally:
        for one in people:
            one.stop()
    refused = sum(one.refused for one in people)
    print(f"ready {ready:.2f} s after the promotion; {refused} messages were refused", file=sys.stderr)


@pytest.mark.timeout(120)
def test_a_failover_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    talkers = [Talker(f"talker{number}", labels=number % 2 == 0) for number in range(TALKERS)]
    with pair() as both, fleet_on(both.primary, both.url, Launch(), tmp_path, 0) as running:
        web = [free_port(), free_port()]
        for port in web:
            running.join("--web", f"127.0.0.1:{port}")
        make_accounts(running, [talker.nick for talker in talkers])
        talk(running, both, web, talkers)
        must(not any(node.codes for node in running.nodes), "a node has ended")
        stored = read(running.url)
        for talker in talkers:
            rooms = stored.contents.rooms.values()
            talker.hear_up_to({room.id: stored.shown[room.id][-1] for room in rooms}, SECONDS)
            talker.client.close()
        check_stored(stored, talkers)
        check_histories(running, stored, talkers[0])
