"""`chatstore client` as a process: its options, where the password comes from, its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.fake_server import FakeServer, Peer


def chatstore(tmp_path: Path, *args: str, input_: bytes = b"", password: str | None = "secret") -> tuple[int, str]:
    """(exit code, standard error), away from every terminal and every configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHATSTORE_")}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path)} | ({"CHATSTORE_PASSWORD": password} if password else {})
    command = [sys.executable, "-m", "chatstore", "client", *args]
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        command,
        input=input_,
        capture_output=True,
        env=environment | {"PYTHONPATH": paths},
        cwd=tmp_path,
        start_new_session=True,
        timeout=50,
        check=False,
    )
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def sends(*bodies: str) -> FakeServer:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        assert [peer.echo() for _ in bodies] == list(bodies)
        peer.expect("QUIT")

    return FakeServer(script)


def test_a_pipe(tmp_path: Path) -> None:
    server = sends("one", "two")
    assert chatstore(tmp_path, "--user", "bob", "--server", server.url, input_=b"one\ntwo\n") == (0, "")
    server.join()


@pytest.mark.parametrize("room", ["main", "#main"])
def test_the_password_can_be_the_first_line(tmp_path: Path, room: str) -> None:
    server = sends("one")
    args = ["--user", "bob", "--server", server.url, "--room", room, "--password-stdin"]
    assert chatstore(tmp_path, *args, input_=b"secret\none\n", password=None) == (0, "")
    server.join()


def test_the_configuration_names_server_and_room(tmp_path: Path) -> None:
    server = sends("one")
    file = tmp_path / "mine.toml"
    file.write_text(f'[listen]\nirc = "127.0.0.1:{server.port}"\n[rooms]\ndefault = ["main", "other"]\n')
    args = ["--user", "bob", "--config", str(file), "--database", "sqlite:///none.db"]
    assert chatstore(tmp_path, *args, input_=b"one\n") == (0, "")
    server.join()


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--user", "bo b"],
        ["--user", "bob", "--room", "a b"],
        ["--user", "bob", "--server", "http://x"],
        ["--user", "bob", "--nope"],
    ],
)
def test_usage(tmp_path: Path, args: list[str]) -> None:
    assert chatstore(tmp_path, *args)[0] == 2


def test_no_password_and_nobody_to_ask(tmp_path: Path) -> None:
    code, errors = chatstore(tmp_path, "--user", "bob", password=None)
    assert code == 2
    assert "--password-stdin" in errors


def test_no_irc_address(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[listen]\nirc = "off"\n')
    assert chatstore(tmp_path, "--user", "bob", "--config", str(file))[0] == 2
