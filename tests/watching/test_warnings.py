"""Warnings reach the administrators who are here, and are those of a database in trouble."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.storage import writer
from chatstore.watching import watch
from tests.running import PASSWORD, SECONDS, IrcClient, Running
from tests.watching.events import MONITORING, PACKAGE


def admin(running: Running) -> IrcClient:
    """Somebody logged in as `root`."""
    password = hash_password(PASSWORD, 4)
    running.server.store.submit([CreateAccount(person_name("root"), password, "admin")]).result()
    return running.login("root")


def test_administrators_are_told_once_and_others_never(server: Running) -> None:
    root, alice = admin(server), server.register("alice")
    for _ in range(2):
        server.server.warnings.set("certificate", "the last backup failed")
    server.server.warnings.set("certificate", "the last two backups failed")
    told = [line for line in root.sync() if "WALLOPS" in line]
    assert told == [
        f":chatstore.local WALLOPS :warning: the last {what} failed" for what in ("backup", "two backups")
    ]
    assert not any("WALLOPS" in line for line in alice.sync())


def test_a_client_of_plain_text_is_told_too(run_server: Callable[..., Running]) -> None:
    running = run_server(listen={"plain": "127.0.0.1:0"})
    admin(running).close()
    client = IrcClient("127.0.0.1", running.port("plain"))
    client.send_bytes(f"root\n{PASSWORD}\n".encode())
    while "main" not in client._buffer.decode():
        client._buffer += client._socket.recv(65536)
    running.server.warnings.set("certificate", "the last backup failed")
    while "to administrators: warning: the last backup failed" not in client._buffer.decode():
        client._buffer += client._socket.recv(65536)


@pytest.mark.sqlite
def test_a_locked_database_is_a_warning_until_it_is_free(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told although nothing can be written."""
    monkeypatch.setattr(writer, "_LONG", 0.1)
    monkeypatch.setattr(watch, "_LOOK_SECONDS", 0.02)
    server = run_server()
    root = admin(server)
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        server.server.store.submit([CreateAccount(person_name("bob"), "bcrypt:none")])
        root.wait("WALLOPS :warning: messages can't be stored: ")
        [warning] = server.server.warnings.list()
        assert warning.key == "database"
        other.execute("ROLLBACK")
    until = time.monotonic() + SECONDS
    while server.server.warnings.list():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_secret_that_everybody_can_read_is_a_warning_until_it_is_none(server: Running) -> None:
    found = ["every user can read the private key"]
    server.server._exposed = lambda config: found
    server.server._check_secrets()
    assert [warning.text for warning in server.server.warnings.list()] == found
    found.clear()
    server.server._check_secrets()
    assert not server.server.warnings.list()


def test_rooms_ahead_of_the_clock_are_a_warning_until_it_is_there(server: Running) -> None:
    alice = server.member("alice")
    alice.send("PRIVMSG #main :now")
    alice.sync()
    now = time.time()
    server.server.chat.clock = lambda: now - 3600
    server.server._check_clock()
    [warning] = server.server.warnings.list()
    assert "messages of #main are dated ahead of the clock" in warning.text
    server.server.chat.clock = lambda: now
    server.server._check_clock()
    assert not server.server.warnings.list()


def test_every_warning_is_documented() -> None:
    """By its key, in docs/monitoring.md."""
    set_by = re.compile(r"warnings\.set\(\s*(?:\"([a-z-]+)\"|(_[A-Z]+))")
    keys = set()
    for path in PACKAGE.rglob("*.py"):
        code = path.read_text()
        for key, constant in set_by.findall(code):
            keys.add(key or re.findall(rf'^{constant} = "([a-z-]+)"', code, re.MULTILINE)[0])
    part = MONITORING.read_text().partition("### Warnings")[2].partition("\n## ")[0]
    assert keys == set(re.findall(r"^\| `([a-z-]+)` \|", part, re.MULTILINE))
