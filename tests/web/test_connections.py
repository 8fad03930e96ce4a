"""How many connections the page needs. Browsers open six at a time, and use them again if they stay open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person, page_of

_MOST = 7
"""Six that load the files and keep them for the service worker, and a WebSocket that asks what the server can."""


def test_the_page_comes_by_a_handful_of_connections(
    run_server: Callable[..., Running], person: Callable[..., Person]
) -> None:
    running = run_server(listen={"web": "127.0.0.1:0"})
    accepted = running.server.acceptors["web"].figures
    alice = person("alice", page_of(running), service_workers="allow").visit()
    alice.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(alice.button("Sign in")).to_be_visible()
    assert alice.evaluate("performance.getEntriesByType('resource').length") > 90
    assert accepted.accepted <= _MOST
