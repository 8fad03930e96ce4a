"""Large databases, made once and kept for the next run, with their indexes of words. Without an index, the
server would make it during the measurement."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import click
import platformdirs

import chatstore
from benchmarks.database import make
from benchmarks.searching import build
from chatstore.storage.sqlite import full_text

DEFAULT = Path(platformdirs.user_cache_dir("chatstore-benchmarks"))


@dataclass(frozen=True)
class Stored:
    """A database. `common` and `rare` are words that are in many messages, and in very few."""

    path: Path
    common: str
    rare: str


def stored(folder: Path, messages: int, rooms: int = 50) -> Stored:
    """The database with so many messages; it is made if there is none with this schema."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{messages}-{_schema()}.db"
    words = path.with_suffix(".json")
    if not words.exists():
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
        click.echo(f"making a database of {messages:,} messages: {path}", err=True)
        made = make(path, messages, rooms)
        words.write_text(json.dumps({"common": made.common, "rare": made.rare}))
        full_text.remove(full_text.path_beside(path))
    if not full_text.path_beside(path).exists():
        click.echo(f"making its index of words: {path}", err=True)
        build(path, messages)
    return Stored(path, **json.loads(words.read_text()))


def _schema() -> str:
    """The number of the newest migration."""
    migrations = Path(chatstore.__file__).parent.parent / "migrations" / "versions"
    return max(path.name.partition("_")[0] for path in migrations.glob("[0-9]*.py"))
