"""Measures what a commit of SQLite's WAL costs on this disk: writing a page, and fdatasync."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.outcome import Outcome, percentile

_PAGE = b"x" * 4096
_TIMES = 300


def measure_fsync(folder: Path) -> Outcome:
    """Milliseconds for a page and fdatasync."""
    took = []
    with (folder / "pages").open("wb", buffering=0) as file:
        for _ in range(_TIMES):
            begun = time.monotonic()
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            took.append(1000 * (time.monotonic() - begun))
    took.sort()
    return Outcome({"p50": percentile(took, 0.5), "p99": percentile(took, 0.99), "p999": percentile(took, 0.999)})
