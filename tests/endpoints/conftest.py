"""A server with all its endpoints open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.endpoints.reaching import OpenServer, Pair, make_pair
from tests.running import Running


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


@pytest.fixture(scope="session")
def pair(pairs: Path) -> Pair:
    """The server's."""
    return make_pair(pairs, "server")


@pytest.fixture(scope="session")
def own(pairs: Path) -> Pair:
    """A client's own."""
    return make_pair(pairs, "client")


@pytest.fixture
def open_server(run_server: Callable[..., Running], pair: Pair) -> Callable[..., OpenServer]:
    """Starts a server; `tables` as in tests.running.start."""

    def run(**tables: dict[str, object]) -> OpenServer:
        addresses = dict.fromkeys(("irc", "ircs", "web", "wss", "plain"), "127.0.0.1:0")
        tls = {"certificate": str(pair.certificate), "key": str(pair.key)}
        given = {
            **tables,
            "listen": {**addresses, **tables.get("listen", {})},
            "tls": {**tls, **tables.get("tls", {})},
        }
        running = run_server(**given)
        running.__class__ = OpenServer
        assert isinstance(running, OpenServer)
        running.pair = pair
        return running

    return run


@pytest.fixture
def running(open_server: Callable[..., OpenServer]) -> OpenServer:
    return open_server()
