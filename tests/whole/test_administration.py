"""The command line changes a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.test_restart import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path)
    yield running
    running.kill()
    assert running.process.stdout is not None
    running.process.stdout.close()


def chatstore(folder: Path, *arguments: str, typed: str = "") -> str:
    command = [sys.executable, "-m", "chatstore", *arguments, "--database", str(folder / "chat.db")]
    environment = {**os.environ, "CHATSTORE_ACCOUNTS_BCRYPT_COST": "4"}
    return subprocess.run(
        command, check=True, input=typed, capture_output=True, text=True, cwd=folder, env=environment, timeout=60
    ).stdout


def test_suspension_and_removal_end_live_sessions(tmp_path: Path, program: Program) -> None:
    alice, bob = program.connect("alice", new=True), program.connect("bob", new=True)
    alice.wait("bob!.* JOIN")
    chatstore(tmp_path, "account", "suspend", "alice", "--reason", "too loud")
    assert alice.rest()[-1] == "ERROR :Closing link: your account was suspended: too loud"
    chatstore(tmp_path, "account", "restore", "alice")
    program.connect("alice")
    chatstore(tmp_path, "account", "remove", "bob", "--yes")
    assert "your account was removed" in bob.rest()[-1]


def test_members_see_changes_by_the_command_line(tmp_path: Path, program: Program) -> None:
    alice = program.connect("alice", new=True)
    chatstore(tmp_path, "room", "topic", "main", "Be kind")
    assert alice.wait(" TOPIC ").endswith(":chatstore.local TOPIC #main :Be kind")
    chatstore(tmp_path, "room", "add", "tea", "--owner", "alice")
    while not any(" 322 " in line and "#tea" in line for line in alice.ask("LIST")):
        pass  # until the server has noticed
    assert any("366" in line for line in alice.ask("JOIN #tea"))
    chatstore(tmp_path, "room", "remove", "tea", "--yes")
    alice.wait(" PART #tea :the room was removed")


def test_history_reads_while_the_server_writes(tmp_path: Path, program: Program) -> None:
    alice = program.connect("alice", new=True)
    alice.ask("PRIVMSG #main :on disk before anyone sees it")
    assert "on disk before anyone sees it" in chatstore(tmp_path, "history", "--room", "#main")
