"""Files of new databases, each made once and then copied: the migrations take most of the time of making one, and
tests/storage tests them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from chatstore.storage.store import DatabaseStore

_files: dict[str, bytes] = {}


def new_file(file: Path, kind: str = "", make: Callable[[Path], None] | None = None) -> None:
    """Make a database's file. `make` makes the first one of its `kind`; without it, it is as a store leaves it."""
    if kind not in _files:
        with TemporaryDirectory() as folder:
            made = Path(folder) / "chat.db"
            (make or _empty)(made)
            _files[kind] = made.read_bytes()
    file.touch(mode=0o600)
    file.write_bytes(_files[kind])


def _empty(file: Path) -> None:
    DatabaseStore(f"sqlite:///{file}", readers=1).close()
