"""Backups while everybody talks: each is the database as it was at one moment, and can be served."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError, Heard, Talker, check_numbers, contents, copied
from tests.faults.program import ROOT, Launch, Start
from tests.faults.test_kill import ROOMS, come, talk

pytestmark = pytest.mark.timeout(300)

BackUp = Callable[[Path, Path], object]


def by_command(database: Path, to: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "chatstore", "backup", "--database", str(database), str(to)], cwd=ROOT, check=True
    )


def backup_under_load(launch: Launch, folder: Path, *, backups: int = 2, back_up: BackUp = by_command) -> None:
    """Back up a busy server several times. Each copy holds what was shown before it was begun, and is a
    beginning of what the server has at the end, in the order of its commits; and a server that is started on it
    goes on from there."""
    copies = folder / "copies"
    copies.mkdir()
    talkers = [Talker(f"talker{number}", labels=number % 2 == 0) for number in range(4)]
    with launch.forking() as start:
        program = start(folder)
        come(program, talkers)
        heard = threading.Semaphore(0)
        threads = [threading.Thread(target=talk, args=(talker, ROOMS, heard)) for talker in talkers]
        for thread in threads:
            thread.start()
        shown: list[list[Heard]] = []
        for number in range(backups):
            for _ in range(200):
                assert heard.acquire(timeout=60)
            shown.append([message for talker in talkers for message in [*talker.now.heard]])
            back_up(program.database, copies / f"{number}.db")
        program.kill()
        for thread in threads:
            thread.join()
        everything = _in_order(copied(program.database, folder / "copy"))
        for number in range(backups):
            copy = copies / f"{number}.db"
            _check(copy, shown[number], everything)
            _serve(start, copy, folder / f"restored{number}", talkers[0])


def _in_order(database: Path) -> list[tuple[object, ...]]:
    """Every event, in the order of the commits."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT id, room_id, seq, nick, kind, body FROM messages ORDER BY id").fetchall()


def _check(copy: Path, shown: Sequence[Heard], everything: list[tuple[object, ...]]) -> None:
    found = contents(copy)
    check_numbers(found)
    lost = set(shown) - set(found.messages)
    if lost:
        raise BrokenPromiseError(f"{len(lost)} messages were shown before the backup, and are not in it: {lost}")
    events = _in_order(copy)
    if events != everything[: len(events)]:
        raise BrokenPromiseError("the backup is not what the server had at one moment")


def _serve(start: Start, copy: Path, folder: Path, reader: Talker) -> None:
    """Restored, it is served: somebody reads it all, and says something."""
    folder.mkdir()
    shutil.copyfile(copy, folder / "chat.db")
    before = contents(copy)
    program = start(folder)
    reader.come(program.connect(), *ROOMS)
    for target in ROOMS:
        if reader.read(target) != before.of(reader.rooms[target]):
            raise BrokenPromiseError("what is served of the backup is not what is in it")
        reader.say(target)
    reader.settle()
    program.kill()
    after = contents(copied(folder / "chat.db", folder / "copy"))
    check_numbers(after)
    if len(after.messages) != len(before.messages) + len(ROOMS):
        raise BrokenPromiseError("a message to the restored server is not stored")


def test_backups_under_load(tmp_path: Path) -> None:
    backup_under_load(Launch(), tmp_path)


@pytest.mark.mutants
def test_a_copied_file_is_no_backup(tmp_path: Path) -> None:
    """What people do without the command, and what the test must notice."""
    with pytest.raises(BrokenPromiseError):
        backup_under_load(Launch(), tmp_path, back_up=shutil.copyfile)
