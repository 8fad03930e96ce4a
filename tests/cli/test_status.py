"""`chatstore status`: what people and programs are shown of a running server, and who may ask."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.home import Home, seen
from tests.running import Running, start

pytestmark = pytest.mark.sqlite


@pytest.fixture
def running(home: Home) -> Iterator[Running]:
    found = start(home.path)
    yield found
    found.stop()


def test_the_screen(home: Home, running: Running) -> None:
    alice, bob = running.member("alice"), running.member("bob")
    alice.send("PRIVMSG #main :hello")
    bob.wait("hello")
    lines = home.lines("status")
    text = "\n".join(lines)
    assert lines[0].endswith(" stores messages")
    assert f"process {os.getpid()}" in text
    assert "2 here: alice, bob" in text
    assert "messages 1, commits " in text
    assert any(line.split()[0] == "irc" and line.split()[2] == "2" for line in lines if line)


def test_a_warning_is_shown_and_is_the_exit_code(home: Home, running: Running) -> None:
    running.server.warnings.set("certificate", "the last backup failed\x1b[2J")
    result = home.run("status")
    seen(result, 1, r"! the last backup failed")
    assert "\x1b" not in result.output
    [warning] = json.loads(home.run("status", "--format", "json").stdout)["warnings"]
    assert warning["key"] == "certificate"


def test_json(home: Home, running: Running) -> None:
    alice = running.member("alice")
    [line] = home.lines("status", "--format", "json")
    found = json.loads(line)
    assert (found["healthy"], found["ready"], found["rooms"]) == (True, True, 1)
    assert found["people"]["nicks"] == ["alice"]
    assert found["endpoints"]["irc"]["connections"] == 1
    assert found["rates"]["1"]["logins"] > 0
    alice.close()


def test_a_watcher_goes_when_the_server_does(home: Home, running: Running) -> None:
    with home.process("status", "--watch", "--every", "0.2", "--format", "json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["healthy"]
        assert json.loads(process.stdout.readline())["healthy"]
        running.stop()
        assert "no server answers at" in process.stderr.readline()
        assert process.wait() == 4


def test_only_the_servers_user_may_ask(home: Home, running: Running) -> None:
    assert stat.S_IMODE(Path(f"{home.path}-status").stat().st_mode) == 0o600


def test_no_server(home: Home) -> None:
    seen(home.run("status"), 4, "start it with `chatstore server`, or name its database with --database")


def test_the_socket_goes_with_the_server_and_may_be_left_by_one_that_was_killed(home: Home) -> None:
    path = Path(f"{home.path}-status")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    again = start(home.path)
    assert "0 here" in "\n".join(home.lines("status"))
    again.stop()
    assert not path.exists()


def test_it_may_be_elsewhere_or_nowhere(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / ("deep" * 30) / "socket"
    elsewhere.parent.mkdir()
    monkeypatch.setenv("CHATSTORE_LISTEN_STATUS", str(elsewhere))
    running = start(home.path, listen={"status": str(elsewhere)})
    assert home.lines("status")
    running.stop()
    monkeypatch.setenv("CHATSTORE_LISTEN_STATUS", "off")
    running = start(home.path, listen={"status": "off"})
    seen(home.run("status"), 1, "set [listen] status")
    assert not Path(f"{home.path}-status").exists()
    running.stop()


def test_a_server_whose_socket_cannot_be_made_runs(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    path = Path(f"{home.path}-status")
    path.write_text("somebody's")
    running = start(home.path)
    running.member("alice")
    running.stop()
    assert path.read_text() == "somebody's"
    assert "chatstore status will not work" in caplog.text
