from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.asking import ApiClient, basic
from tests.running import PASSWORD, Running, start

Ask = Callable[[str], ApiClient]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = start(tmp_path / "chat.db", listen={"web": "127.0.0.1:0"})
    yield server
    server.stop()


@pytest.fixture
def ask(running: Running) -> Ask:
    """A client of a new account, by a device token."""

    def make(name: str) -> ApiClient:
        session = running.register(name)
        session.close()
        made = ApiClient(running, basic(name, PASSWORD)).post("/account/tokens", label="tests")
        return ApiClient(running, f"Bearer {made['token']}")

    return make
