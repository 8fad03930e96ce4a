"""The folder of the files that people have opened or saved: a cache of a bounded age and size."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import platformdirs

OLDEST = 7 * 24 * 3600.0
"""Seconds that a saved file is kept."""
MOST = 512 << 20
"""Bytes that all saved files together may have, but the newest is kept."""
_PREFIX = "file-"


def folder() -> Path:
    return platformdirs.user_cache_path("chatstore")


def new_folder() -> Path:
    """A folder of its own for one file, which nobody else may read. What is old goes."""
    folder().mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder()))


def clean(now: float | None = None) -> None:
    """Remove files that are old, and then the oldest until the rest is small enough. The newest stays."""
    now = time.time() if now is None else now
    kept = 0
    for place, (changed, size, path) in enumerate(sorted(_saved(), reverse=True)):
        kept += size
        if now - changed > OLDEST or (kept > MOST and place):
            kept -= size
            shutil.rmtree(path, ignore_errors=True)


def _saved() -> list[tuple[float, int, Path]]:
    found = []
    with suppress(OSError):
        for path in folder().glob(f"{_PREFIX}*"):
            with suppress(OSError):
                sizes = [one.lstat().st_size for one in path.iterdir()]
                found.append((path.stat().st_mtime, sum(sizes), path))
    return found
