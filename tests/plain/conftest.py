"""People at terminals, on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.plain.talker import Talker
from tests.running import Running


@pytest.fixture
def connect(server: Running) -> Iterator[Callable[[], Talker]]:
    """Opens connections to the plain endpoint."""
    opened: list[Talker] = []

    def connected() -> Talker:
        opened.append(Talker(server.port("plain")))
        return opened[-1]

    yield connected
    for talker in opened:
        talker.close()


@pytest.fixture
def ann(connect: Callable[[], Talker]) -> Talker:
    """A new account's connection, in main."""
    talker = connect()
    talker.register("ann")
    return talker


@pytest.fixture
def ben(ann: Talker, connect: Callable[[], Talker]) -> Talker:
    """Another's; ann has seen that he came."""
    talker = connect()
    talker.register("ben")
    ann.wait("^-- ben joined$")
    return talker
