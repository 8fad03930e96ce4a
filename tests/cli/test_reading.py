"""What only reads writes nothing: no byte of the database, no file beside it."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.home import Home, seen
from tests.cli.test_server import printed, program

READING = [
    ["history", "--room", "main"],
    ["account", "list"],
    ["account", "show", "alice"],
    ["account", "tokens", "alice"],
    ["room", "list"],
    ["room", "show", "main"],
    ["invite", "--list"],
]


@pytest.fixture
def filled(home: Home) -> Home:
    home.say(home.room(), home.account("alice"), "hello")
    return home


def contents(folder: Path) -> dict[str, str]:
    """Of all files but the log's index, which is shared memory, and what a running server writes by itself."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() if not file.name.endswith("-shm") else ""
        for file in folder.iterdir()
        if "-search" not in file.name and file.is_file()
    }


def check(home: Home) -> None:
    before = contents(home.path.parent)
    for command in READING:
        home.lines(*command)
        assert contents(home.path.parent) == before, command
    assert home.bodies("--room", "main") == ["hello"]


def test_a_database_that_nobody_has_open(filled: Home) -> None:
    check(filled)


@pytest.mark.sqlite
def test_a_backup(filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.lines("backup", "copy.db")
    (tmp_path / "elsewhere").mkdir()
    shutil.move("copy.db", tmp_path / "elsewhere")
    filled.path = tmp_path / "elsewhere" / "copy.db"
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", str(filled.path))
    assert filled.path.read_bytes()[18:20] == b"\1\1"
    check(filled)


@pytest.mark.sqlite
def test_beside_a_server_and_after_it_was_killed(filled: Home) -> None:
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0") as server:
        printed(server)
        check(filled)
        server.send_signal(signal.SIGKILL)
        server.wait()
        assert filled.path.with_name("chat.db-wal").exists()
        check(filled)


@pytest.mark.sqlite
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_where_nothing_may_be_written(filled: Home) -> None:
    """As somebody whom the system lets read the file, and nothing else (root may everything without setpriv)."""
    folder = filled.path.parent
    filled.path.chmod(0o400)
    folder.chmod(0o500)
    try:
        drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
        command = [*drop, sys.executable, "-m", "chatstore", "history", "--room", "main", "--format", "text"]
        done = subprocess.run(command, capture_output=True, text=True)
    finally:
        folder.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert "alice: hello" in done.stdout


@pytest.mark.sqlite
def test_another_version_is_one_clear_line(filled: Home) -> None:
    def is_of(revision: str) -> None:
        with sqlite3.connect(filled.path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()

    is_of("0001")
    before = contents(filled.path.parent)
    for command in READING:
        seen(filled.run(*command), 1, "was written by an older chatstore (schema 0001, not ")
    assert contents(filled.path.parent) == before
    is_of("9999")
    for command in READING:
        seen(filled.run(*command), 1, "was written by a newer chatstore (schema 9999): upgrade this one")


@pytest.mark.sqlite
def test_a_second_server_names_the_first(filled: Home) -> None:
    options = ("--plain", "127.0.0.1:0")
    with program(subprocess.PIPE, *options) as first:
        printed(first)
        with program(subprocess.PIPE, *options) as second:
            out, err = second.communicate(timeout=60)
        assert (second.returncode, out) == (1, "")
        assert f"is already served: process {first.pid}, since " in err
        assert "at plain 127.0.0.1:" in err
        assert "Traceback" not in err
