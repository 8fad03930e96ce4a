"""Where the server of a database is found, for commands that run beside it: `<database>-served`.

What the server was told by flags, and the ports that it was given, stand in no configuration that another command
reads. The file is locked (flock(2)) as long as its server runs, however that ends; what it says is believed for as
long."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Served(NamedTuple):
    """`page`: the URL of the server's page, or empty. `endpoints`: host and port, by the name of the endpoint."""

    page: str
    endpoints: dict[str, tuple[str, int]]


def path_of(database: Path) -> Path:
    return Path(f"{os.path.realpath(database)}-served")


class Sign:
    """Put up while a server runs. Where that is not possible, commands go by the configuration."""

    def __init__(self, database: Path) -> None:
        self._path = path_of(database)
        self._file = -1
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._close()

    def write(self, page: str, endpoints: Mapping[str, tuple[str, int]]) -> None:
        if self._file < 0:
            return
        with suppress(OSError):
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps([page, dict(endpoints)]).encode(), 0)

    def take_down(self) -> None:
        if self._file >= 0:
            with suppress(OSError):
                self._path.unlink()
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def served(database: Path) -> Served | None:
    """What the running server says; None where none runs, or nothing can be read."""
    try:
        file = os.open(path_of(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None  # nobody holds it
        page, endpoints = json.loads(os.pread(file, 65536, 0))
        return Served(str(page), {str(name): (str(host), int(port)) for name, (host, port) in endpoints.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    finally:
        os.close(file)
