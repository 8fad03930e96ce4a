"""Looks at a file that was uploaded: its type by its content, without its metadata, with a thumbnail if it is
a picture.

What has to be parsed for that is parsed in a process of its own (child.py); at most as many run as there are
processors. A file that this process can't follow stays as it is, and is offered for download as bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chatstore
from chatstore.media.types import STRIPPED, UNKNOWN, recognised

SECONDS = 20.0
"""Seconds until the process is ended."""
THUMBNAIL_TYPE = "image/webp"
_ROOT = Path(chatstore.__file__).resolve().parents[1]
_at_once = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class Look:
    """What a file is. `width` and `height`: in pixels; 0 if it is no picture. `changed`: it has lost
    metadata, perhaps. `thumbnail`: where it is; None if there is none. `why`: why the file is offered as
    bytes only, for the log."""

    media_type: str
    width: int = 0
    height: int = 0
    changed: bool = False
    thumbnail: Path | None = None
    why: str = ""


def look(path: Path, head: bytes) -> Look:
    """Look at a file; `head` has its first bytes (types.LOOKED_AT). Blocks, for SECONDS at most once it has a
    processor. The file may be replaced; a thumbnail is written beside it. Raises OSError."""
    media_type = recognised(head)
    if media_type not in STRIPPED:
        return Look(media_type)
    with _at_once:
        said, why = _run(path, media_type)
    path.with_name(path.name + ".stripped").unlink(missing_ok=True)
    thumbnail = path.with_name(path.name + ".thumbnail")
    if not said.get("readable"):
        thumbnail.unlink(missing_ok=True)
        return Look(UNKNOWN, changed=True, why=f"{media_type}: {said.get('why') or why}")
    there = thumbnail.exists() and not why
    if not there:
        thumbnail.unlink(missing_ok=True)
    return Look(media_type, said["width"], said["height"], True, thumbnail if there else None, why)


def _run(path: Path, media_type: str) -> tuple[dict[str, Any], str]:
    """What the process has said, and why it ended before its time; empty if it did not."""
    command = [sys.executable, "-s", "-E", "-m", "chatstore.media.child", str(path.absolute()), media_type]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            said, _ = process.communicate(timeout=SECONDS)
            why = f"its process ended with {process.returncode}" if process.returncode else ""
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            why = "it took too long"
    try:
        return json.loads(said.splitlines()[0]), why
    except (ValueError, IndexError):
        return {}, why or "its process said nothing"
