"""Small files in which the screen keeps something for the next time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def keep(path: Path, content: bytes) -> None:
    """Write a file whole, or leave the one before. If that fails nothing is said: what it has counts until the
    client ends."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(path)
