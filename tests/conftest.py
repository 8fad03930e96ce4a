"""What the tests share: a real server in this process, and IRC clients on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.postgres import Cluster, programs
from tests.running import IrcClient, Running, start

pytest_plugins = ["tests.skipped"]

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("chatstore", deadline=None)
hypothesis.settings.load_profile("chatstore")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Cluster()
    yield running
    running.close()


@pytest.fixture
def run_server(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers on free ports, over one database unless told otherwise; stops what still runs."""
    started: list[Running] = []

    def run(**tables: dict[str, object]) -> Running:
        running = start(tmp_path / "chat.db", **tables)
        started.append(running)
        return running

    yield run
    for running in started:
        running.stop()


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server()


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.member("alice")


@pytest.fixture
def bob(server: Running) -> IrcClient:
    return server.member("bob")
