"""A running server whose database is removed, locked or full: it stores nothing elsewhere, and says so."""

from __future__ import annotations

import http.client
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.test_full import fill, small_disk
from tests.running import SECONDS, IrcClient, Running, start

pytestmark = pytest.mark.sqlite
CAPS = "echo-message"


def healthz(running: Running) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=SECONDS)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status


def why_down(running: Running) -> str:
    """The answer of /healthz."""
    with closing(http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=SECONDS)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().read().decode()


def until(running: Running, status: int) -> None:
    """Ask for the status again and again, as a load balancer does."""
    end = time.monotonic() + SECONDS
    while healthz(running) != status:
        assert time.monotonic() < end, f"/healthz did not become {status}"
        time.sleep(0.05)


def moved(database: Path) -> Callable[[], None]:
    away = database.with_name("away")
    database.rename(away)
    return lambda: os.replace(away, database)


def replaced(database: Path) -> Callable[[], None]:
    away = moved(database)
    shutil.copyfile(database.with_name("away"), database)
    return away


def without_its_log(database: Path) -> Callable[[], None]:
    return moved(Path(f"{database}-wal"))


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"})


@pytest.mark.parametrize("take", [moved, replaced, without_its_log])
def test_a_database_that_is_taken_away(
    running: Running, take: Callable[[Path], Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = running.member("alice", CAPS), running.member("bob")
    assert healthz(running) == 200
    caplog.clear()
    put_back = take(running.database)
    for text in ("lost", "lost too"):
        [answer] = [line for line in alice.ask(f"PRIVMSG #main :{text}") if "lost" in line or "database" in line]
        assert "could not be stored: the server's database file is gone" in answer
    assert not any("lost" in line for line in bob.sync())
    assert healthz(running) == 503
    assert why_down(running) == "down: the server's database file is gone\n"
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "was removed or replaced while the server runs" in errors[0]
    put_back()
    until(running, 200)
    assert any("PRIVMSG #main :back" in line for line in alice.ask("PRIVMSG #main :back"))


def test_a_database_that_is_taken_away_from_an_idle_server(running: Running) -> None:
    running.member("alice")
    put_back = moved(running.database)
    until(running, 503)
    put_back()
    until(running, 200)


def test_a_database_that_is_locked(running: Running) -> None:
    running.member("alice")
    assert healthz(running) == 200
    with closing(sqlite3.connect(running.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(running, 503)
        other.execute("ROLLBACK")
    until(running, 200)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with small_disk(tmp_path / "disk") as disk:
        running = start(disk / "chat.db", listen={"web": "127.0.0.1:0"})
        try:
            alice: IrcClient = running.member("alice", CAPS)
            assert healthz(running) == 200
            fill(disk / "ballast", 0)
            end = time.monotonic() + SECONDS
            while not any("the disk is full" in line for line in alice.ask(f"PRIVMSG #main :{'x' * 400}")):
                assert time.monotonic() < end
            assert healthz(running) == 503
            (disk / "ballast").unlink()
            until(running, 200)
        finally:
            running.stop()
