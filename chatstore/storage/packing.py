"""Compressed backups: gzip (RFC 1952), which every system has a program for.

A checksum ends the file, so whoever reads it to its end has proved that it is whole.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatstore.storage.files import open_part, part_or_temporary

_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
_LEVEL = 6
END = ".gz"

Report = Callable[[int, int], None]
"""Is told how many bytes are done, and how many there are."""


def compressed(path: Path) -> bool:
    """Whether a file is compressed, whatever its name."""
    try:
        with path.open("rb") as file:
            return file.read(2) == _MAGIC
    except OSError:
        return False


@contextmanager
def unpacked(path: Path, beside: Path | None = None) -> Iterator[Path]:
    """The path of a backup that can be opened: its own, or that of a file that is unpacked meanwhile, as a part of
    `beside` or of the backup, by whose name it is found if this is killed. Raises OSError, EOFError, zlib.error if
    it is damaged."""
    if not compressed(path):
        yield path
        return
    with part_or_temporary(beside or path.absolute()) as plain:
        unpack(path, plain)
        yield plain


def unpack(path: Path, target: Path, report: Report = lambda _done, _all: None) -> None:
    """Unpack a file to a part (files.part_of). Raises OSError, EOFError, zlib.error if it is damaged."""
    total = path.stat().st_size
    with path.open("rb") as file, gzip.GzipFile(fileobj=file) as source, open(open_part(target), "wb") as new:
        while data := source.read(_CHUNK):
            new.write(data)
            report(file.tell(), total)


def pack(path: Path, target: Path, report: Report = lambda _done, _all: None) -> None:
    """Compress a file to a part, and read that again to its end. The file itself has no name in it and no
    time."""
    total, done = path.stat().st_size, 0
    with path.open("rb") as source, open(open_part(target), "wb") as file:
        with gzip.GzipFile("", "wb", _LEVEL, file, 0) as packed:
            while data := source.read(_CHUNK):
                packed.write(data)
                done += len(data)
                report(done, 2 * total)
        file.flush()
        os.fsync(file.fileno())
    with gzip.open(target, "rb") as again, path.open("rb") as source:
        while data := source.read(_CHUNK):
            if again.read(len(data)) != data:
                raise OSError(f"{target} is not what was written to it")
            done += len(data)
            report(done, 2 * total)
        if again.read(1):
            raise OSError(f"{target} is not what was written to it")
