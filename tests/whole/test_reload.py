"""A running server reloads its configuration on SIGHUP: what changes, and what does not."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from chatstore.config import Config, ConfigError
from chatstore.server import Server
from tests.running import Running

BEFORE = {
    "server": {"motd": "old words"},
    "listen": {"irc": "127.0.0.1:0", "plain": "off", "web": "off"},
    "accounts": {"bcrypt_cost": 4, "registration": "open"},
}


class Reread:
    """The configuration that a server finds; `now` is its content, or the error of reading it."""

    def __init__(self, folder: Path) -> None:
        self._database = {"url": str(folder / "chat.db")}
        self.now: Config | ConfigError = self.config()

    def config(self, **tables: dict[str, object]) -> Config:
        merged = {table: {**BEFORE.get(table, {}), **tables.get(table, {})} for table in {**BEFORE, **tables}}
        return msgspec.convert({"database": self._database, **merged}, Config)

    def __call__(self) -> Config:
        if isinstance(self.now, ConfigError):
            raise self.now
        return self.now


@pytest.fixture
def reread(tmp_path: Path) -> Reread:
    return Reread(tmp_path)


@pytest.fixture
def running(reread: Reread, tmp_path: Path) -> Iterator[Running]:
    server = Server(reread(), reread=reread)
    server.start()
    yield (running := Running(server, tmp_path / "chat.db"))
    running.stop()


def test_reloadable_settings_change(reread: Reread, running: Running) -> None:
    alice = running.register("alice")
    assert any("old words" in line for line in alice.ask("MOTD"))
    new = {"server": {"motd": "new words", "admin_email": "root@example.org"}, "limits": {"topic_length": 3}}
    reread.now = reread.config(accounts={"registration": "closed"}, **new)
    assert running.server.reload() == ""
    assert any("new words" in line for line in alice.ask("MOTD"))
    alice.ask("JOIN #tea")
    assert alice.parsed("TOPIC #tea :green")[0].params[-1] == "gre"
    bob = running.connect()
    bob.send("CAP LS", "NICK bob", "USER bob 0 * :Bob", "REGISTER * * :correct horse")
    assert "TEMPORARILY_UNAVAILABLE" in bob.wait("FAIL REGISTER")


def test_connections_of_a_endpoint(reread: Reread, running: Running) -> None:
    alice = running.register("alice")
    reread.now = reread.config(limits={"connections": 1})
    assert running.server.reload() == ""
    assert running.connect().rest() == ["ERROR :this server is full"]
    assert alice.ask("MOTD")


def test_settings_that_need_a_restart_are_named(
    reread: Reread, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    alice = running.register("alice")
    new: dict[str, object] = {"network": "Elsewhere", "motd": "new words"}
    reread.now = reread.config(server=new, listen={"irc": "127.0.0.1:1"})
    for _ in range(2):
        with caplog.at_level(logging.INFO, "chatstore"):
            assert running.server.reload() == ""
        assert "these settings change at the next start: server.network, listen.irc" in caplog.text
        caplog.clear()
    assert running.server.config.server.network == "chatstore"
    assert any("new words" in line for line in alice.ask("MOTD"))


def test_with_an_error_nothing_changes(reread: Reread, running: Running, caplog: pytest.LogCaptureFixture) -> None:
    before = running.server.config
    reread.now = ConfigError("chatstore.toml: server.motd: expected text in quotes, got a number")
    with caplog.at_level(logging.INFO, "chatstore"):
        assert running.server.reload() == str(reread.now)
    assert f"the configuration was not reloaded: {reread.now}" in caplog.text
    assert running.server.config is before


def test_by_signal(tmp_path: Path) -> None:
    file = tmp_path / "chatstore.toml"
    file.write_text('[listen]\nirc = "127.0.0.1:0"\nplain = "off"\nweb = "off"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "chatstore", "server", "--database", str(tmp_path / "chat.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    log = process.stderr

    def logged(words: str) -> str:
        return next(line for line in log if words in line)

    try:
        next(line for line in process.stdout if line.startswith("Read:"))
        file.write_text(file.read_text() + '[server]\nmotd = "new words"\n')
        process.send_signal(signal.SIGHUP)
        assert "changed: server.motd" in logged("was reloaded")
        file.write_text("[server]\nmotd = 1\n")
        process.send_signal(signal.SIGHUP)
        assert "server.motd: expected text in quotes" in logged("not reloaded")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.stderr.close()
