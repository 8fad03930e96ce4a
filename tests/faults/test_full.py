"""A disk that is full, and has room again, fifty times."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.journal import (
    BrokenPromiseError,
    Talker,
    check_answered,
    check_database,
    check_history,
    contents,
    copied,
)
from tests.faults.program import Launch

pytestmark = pytest.mark.timeout(300)

ROOM = 16 * 1024 * 1024
"""Bytes of the small disk; all but a little of it is filled by the test."""
FREE = 60_000
"""Bytes that a cycle leaves free at first, so that the disk fills up in the middle of a load."""

_MOST_ROUNDS = 400
"""Rounds of messages in a cycle: a write-ahead log of 1000 pages may be written over again before more is
needed."""


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A file system of its own, in memory; skips the test where none can be mounted."""
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system can't be mounted here: {mounted.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(path: Path, leave: int) -> None:
    """A file that takes all of the disk but so many bytes."""
    state = os.statvfs(path.parent)
    with open(path, "ab", buffering=0) as ballast:
        try:
            ballast.write(bytes(max(0, state.f_bavail * state.f_frsize - leave)))
        except OSError as error:
            if error.errno != errno.ENOSPC or leave:  # the server took some meanwhile: it is full all the same
                raise


def full_disk(launch: Launch, folder: Path, *, cycles: int = 50) -> int:
    """Fill the disk under a server that is talked to, and make room again. Returns how many messages were
    refused."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    writers = [Talker("labelled", labels=True), Talker("plain")]
    listener = Talker("listener")
    with small_disk(folder / "disk") as disk, launch.forking() as start:
        program = start(disk)
        for talker in (*writers, listener):
            talker.come(program.connect(), "#main")
        try:
            for _ in range(cycles):
                _fill_up(disk, writers, listener)
                (disk / "ballast").unlink()
                _goes_on(writers, listener)
        except (OSError, EOFError) as error:
            raise BrokenPromiseError(
                f"the server ended, or ended a connection: {error!r}; {program.log}"
            ) from error
        program.kill()
        check_database(contents(copied(program.database, folder / "copy")), [*writers, listener])
        program = start(disk)
        listener.come(program.connect(), "#main")
        found = contents(program.database)
        check_database(found, [*writers, listener])
        check_history(listener, "#main", found.of(listener.rooms["#main"]))
        program.stop()
    return sum(len(stretch.refused) for writer in writers for stretch in writer.stretches)


def _fill_up(disk: Path, writers: list[Talker], listener: Talker) -> None:
    """Talk until both are refused; meanwhile what is stored can be read."""
    fill(disk / "ballast", FREE)
    refused = [len(writer.now.refused) for writer in writers]
    for _ in range(_MOST_ROUNDS):
        for writer in writers:
            for _ in range(4):
                writer.say("#main", "x" * 300)
        for writer in writers:
            writer.settle()
        check_answered(writers)
        if all(len(writer.now.refused) > before for writer, before in zip(writers, refused, strict=True)):
            break
    else:
        check_database(contents(disk / "chat.db"), [*writers, listener])
        raise AssertionError("the disk was never full")
    listener.settle()
    read = listener.read("#main", after=max(0, listener.after["#main"] - 20))
    if [heard.seq for heard in read] != [heard.seq for heard in listener.now.heard][-len(read) :]:
        raise BrokenPromiseError("while the disk is full, history is not what was heard")


def _goes_on(writers: list[Talker], listener: Talker) -> None:
    """The next message of everybody is stored and told."""
    for writer in writers:
        body = writer.say("#main")
        writer.settle()
        if body in writer.now.refused:
            raise BrokenPromiseError("there is room on the disk again, and a message was refused")
    check_answered(writers)
    listener.settle()


def test_fifty_times_full(tmp_path: Path) -> None:
    assert full_disk(Launch(), tmp_path) >= 100
