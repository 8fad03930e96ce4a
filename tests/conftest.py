"""What the tests share: a real server in this process, and IRC clients on real sockets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from chatstore import is_compiled
from tests import running
from tests.postgres import Cluster, programs
from tests.running import IrcClient, Running, start

pytest_plugins = ["tests.skipped"]

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("chatstore", deadline=None)
hypothesis.settings.load_profile("chatstore")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what the servers of the tests keep their data in (tests/storage runs on both anyway)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database") != "sqlite":
        skip = pytest.mark.skip(reason="about what SQLite alone does")
        for item in items:
            if item.get_closest_marker("sqlite") and "database_url" not in getattr(item, "fixturenames", ()):
                item.add_marker(skip)
    if is_compiled():
        left_out = [item for item in items if item.get_closest_marker("pure")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def servers_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Servers are started on what `--database` says."""
    if request.config.getoption("--database") == "postgresql":
        running.cluster = Cluster(fsync=True)  # a server refuses one without
        yield
        running.cluster.close()
    else:
        yield


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A command that serves, in this process, sets up the log. The next test has it as it was: nobody empties that
    queue any more, and a record says so once it is full."""
    root = logging.getLogger("chatstore")
    before = root.handlers, root.level, root.propagate
    yield
    root.handlers, root.level, root.propagate = before


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    made = Cluster()
    yield made
    made.close()


@pytest.fixture
def run_server(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers on free ports, over one database unless told otherwise; stops what still runs."""
    started: list[Running] = []

    def run(**tables: dict[str, object]) -> Running:
        started.append(start(tmp_path / "chat.db", **tables))
        return started[-1]

    yield run
    for each in started:
        each.stop()


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server()


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.member("alice")


@pytest.fixture
def bob(server: Running) -> IrcClient:
    return server.member("bob")
