"""PostgreSQL goes away and comes back, while streams are open and people ask: everybody is told so, and the log has
no traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from chatstore.config import Config
from chatstore.server import Server
from tests.api.asking import ApiClient, EventsClient, basic
from tests.irc.administering import one
from tests.postgres import Cluster
from tests.running import PASSWORD, Running
from tests.waiting import until
from tests.webhooks.test_incoming import code_of, send


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that the test may stop."""
    made = Cluster(fsync=True)
    yield made
    made.close()


@pytest.fixture
def running(cluster: Cluster, tmp_path: Path) -> Iterator[Running]:
    settings = {
        "database": {"url": cluster.database()},
        "listen": {"irc": "127.0.0.1:0", "plain": "127.0.0.1:0", "web": "127.0.0.1:0"},
        "accounts": {"bcrypt_cost": 4},
        "limits": {"lines_per_second": 0.0, "questions_per_second": 0.0},
    }
    server = Server(msgspec.convert(settings, Config))
    server.start()
    made = Running(server, tmp_path / "chat.db")
    yield made
    cluster.start()
    made.stop()


def test_a_database_that_goes_away(cluster: Cluster, running: Running, caplog: pytest.LogCaptureFixture) -> None:
    alice = running.member("alice", "message-tags batch draft/chathistory", "#main")
    url = one(alice, "HOOK ADD #main in * :CI")[1]["url"]
    owner = ApiClient(running, basic("alice", PASSWORD))
    api = ApiClient(running, "Bearer " + owner.post("/account/tokens", label="x")["token"])
    stream = EventsClient(api)
    api.say("main", "before")
    assert stream.until("before")
    with caplog.at_level(logging.INFO):
        cluster.stop()
        running.server._watch._measure_now()
        running.server.api.feed._new.set()
        until(lambda: "streams wait" in caplog.text)
        for method, path, body in (
            ("GET", "/rooms/main/messages", None),
            ("GET", "/events", None),
            ("POST", "/rooms/main/messages", {"text": "away"}),
        ):
            refused = api.ask(method, path, body)
            assert (refused.status, refused.code) == (503, "unavailable"), refused
            assert int(refused.headers["retry-after"]) > 0
        assert code_of(send(url, '{"text": "away"}')) == "unavailable"
        assert alice.ask("CHATHISTORY LATEST #main * 10")[-1].endswith(
            "CHATHISTORY :the database does not answer: try again later"
        )
        cluster.start()
        until(lambda: api.ask("POST", "/rooms/main/messages", {"text": "after"}).status == 201)
        assert stream.until("after")
    stream.close()
    assert not [each.getMessage() for each in caplog.records if each.exc_info]
    assert [each.levelname for each in caplog.records if "streams wait" in each.getMessage()] == ["WARNING"]
