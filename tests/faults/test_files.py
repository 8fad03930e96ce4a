"""`kill -9` while files are uploaded, taken back and collected: no row is ever without its content."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatstore.storage.store import DatabaseStore

pytestmark = pytest.mark.timeout(300)


def killed_while_uploading(folder: Path, *, kills: int, seed: int = 0, how: str = "") -> int:
    """Kill the uploader again and again. After each, every row must have its content, whole. Returns how many files
    were uploaded."""
    chance, database, uploaded = random.Random(seed), folder / "chat.db", 0
    for number in range(kills):
        command = [sys.executable, "-m", "tests.faults.uploader", str(database), str(number), how]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = []
            for _ in range(chance.randrange(1, 40)):
                told.append(process.stdout.readline().strip())
            time.sleep(chance.uniform(0, 0.02))  # nothing waits for this: it makes the moment a random one
            process.kill()
        assert all(told)
        uploaded += len(told)
        check(database)
    return uploaded


def check(database: Path) -> None:
    store = DatabaseStore(f"sqlite:///{database}", readers=1)
    try:
        assert store.contents is not None
        for _, place, digest, size, thumbnail in store.files.contents(limit=100_000):
            path = store.contents.path(place)
            assert path.is_file(), f"{place} has a row and no content"
            data = path.read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (size, digest)
            assert not thumbnail or store.contents.thumbnail(place).stat().st_size == thumbnail
    finally:
        store.close()


def test_killed_while_uploading(tmp_path: Path) -> None:
    assert killed_while_uploading(tmp_path, kills=8) > 40


def test_a_row_before_its_content_is_found(tmp_path: Path) -> None:
    """The test itself, against what it must catch."""
    with pytest.raises(AssertionError, match="no content"):
        killed_while_uploading(tmp_path, kills=20, how="careless")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    assert killed_while_uploading(tmp_path, kills=200, seed=7) > 1000
