"""`chatstore server` as a program: what it prints, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.whole.test_restart import Program


def refused(folder: Path, *arguments: str) -> str:
    """The one line with which the server refuses to start."""
    endpoints = ["--irc", "127.0.0.1:0", "--plain", "127.0.0.1:0", "--web", "off"]
    result = subprocess.run(
        [sys.executable, "-m", "chatstore", "server", *endpoints, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_in_an_empty_folder(tmp_path: Path) -> None:
    program = Program(tmp_path)
    try:
        assert str(tmp_path / "chat.db") in program.printed
        assert "chatstore client --user" in program.printed
        assert (tmp_path / "chat.db").stat().st_mode & 0o777 == 0o600
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(60) == 0
    finally:
        program.kill()
        assert program.process.stdout is not None
        program.process.stdout.close()


def test_a_busy_port(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, "--database", "new.db", "--irc", f"127.0.0.1:{port}")
    if Path("/proc/net/tcp").exists():
        who = f"in use by {Path('/proc/self/comm').read_text().strip()} (pid {os.getpid()})"
    else:
        who = "in use by another program"
    assert said == (
        f"chatstore: cannot listen on 127.0.0.1:{port}: {who}; choose another address with --irc HOST:PORT\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/sys").exists(), reason="needs a folder nobody can write")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    said = refused(tmp_path, "--database", "/proc/chatstore/chat.db")
    assert "cannot write /proc/chatstore/chat.db" in said


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("shopping list\n" * 100)
    assert "notes.txt" in refused(tmp_path, "--database", str(notes))
    assert notes.read_text() == "shopping list\n" * 100
    assert list(tmp_path.iterdir()) == [notes]


def test_a_database_of_a_newer_program(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('9999');"
            "CREATE TABLE messages (id INTEGER)"
        )
    before = path.read_bytes()
    assert "newer chatstore" in refused(tmp_path, "--database", str(path))
    assert path.read_bytes() == before


def test_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "chatstore.toml").write_text("[accounts]\nregistration = 'sometimes'\n")
    said = refused(tmp_path)
    assert "chatstore.toml: accounts.registration: " in said
    assert list(tmp_path.iterdir()) == [tmp_path / "chatstore.toml"]
