"""Servers whose outgoing webhooks may send to this machine, and do so again soon."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.net.retrying import Backoff
from chatstore.webhooks import outgoing
from tests.running import IrcClient, Running

HERE: dict[str, object] = {"allowed": ["127.0.0.0/8"], "timeout": 5}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_BACKOFF", Backoff(0.05, 0.2))
    monkeypatch.setattr(outgoing, "_LOOK_SECONDS", 0.5)


@pytest.fixture
def hooked(run_server: Callable[..., Running]) -> Running:
    return run_server(webhooks=HERE)


@pytest.fixture
def alice(hooked: Running) -> IrcClient:
    """The founder of #tea."""
    return hooked.member("alice", "message-tags echo-message draft/message-redaction", "#tea")
