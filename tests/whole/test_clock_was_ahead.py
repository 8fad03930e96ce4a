"""The clock was ahead once: nothing is lost, markers follow, and the start names the rooms that are ahead."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft
from chatstore.irc.line import parse, timestamp
from chatstore.storage.store import DatabaseStore
from tests.running import Running

CAPS = "echo-message server-time message-tags batch draft/chathistory draft/read-marker"
DAYS = 60 * 24 * 60 * 60


def said_with_a_clock_ahead(running: Running, body: str) -> None:
    """Send a message from another process, while no server runs."""
    store = DatabaseStore(running.server.config.database_url, readers=1)
    store.start_writer(lambda _events: None, lambda: time.time() + DAYS, checkpoints=False)
    room, account = (
        store.rooms.keyed("#main"),
        store.accounts.named("alice"),
    )
    assert room is not None
    assert account is not None
    store.submit([Draft(room.id, Actor("alice", "alice", account.id), "message", body)]).result()
    store.close()


@pytest.mark.sqlite  # on PostgreSQL the clock is the database's
def test_the_clock_was_ahead_once(run_server: Callable[..., Running], caplog: pytest.LogCaptureFixture) -> None:
    first = run_server()
    first.member("alice").send("PERSISTENCE SET ON")
    first.stop()
    said_with_a_clock_ahead(first, "from the future")
    second = run_server()
    said = [record.getMessage() for record in caplog.records if "the clock was ahead once" in record.getMessage()]
    assert len(said) == 1
    assert "messages in #main are dated 20" in said[0]
    alice = second.login("alice", CAPS)
    alice.ask("JOIN #main")
    now, then = timestamp(int(time.time() * 1000)), "2020-01-01T00:00:00.000Z"
    for asked in (f"{then} {now}", f"{now} {then}"):
        one, other = (f"timestamp={each}" for each in asked.split())
        [target] = [
            line for line in alice.parsed(f"CHATHISTORY TARGETS {one} {other} 10") if line.command != "BATCH"
        ]
        assert target.params[1] == "#main"
    sent = parse(next(line for line in alice.ask("PRIVMSG #main :after it") if line.endswith(":after it")))
    assert sent.tags["time"] > timestamp(int((time.time() + DAYS - 600) * 1000))
    marked = alice.parsed(f"MARKREAD #main timestamp={sent.tags['time']}")[0]
    assert marked.params[1] == f"timestamp={sent.tags['time']}"  # so the room is read, on every device
    further = alice.parsed("MARKREAD #main timestamp=2100-01-01T00:00:00.000Z")[0]
    assert further.params[1] == f"timestamp={sent.tags['time']}"
