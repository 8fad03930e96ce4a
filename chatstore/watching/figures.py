"""The figures of a running server: what its parts have counted, and what has to be measured now and then.

Counting costs the parts a plain integer each. To read it takes no lock that they need and does not block;
what would (sizes, which ask the file system or the database) is measured in a worker, by measure().
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chatstore.amounts import sized
from chatstore.chat.session import Chat
from chatstore.net.acceptor import Acceptor
from chatstore.net.http import Answered
from chatstore.server_warnings import Warnings
from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore

MEASURE_SECONDS = 15.0
"""Seconds between two measurements. The rates of the last minutes are differences between them."""
_MOST_MINUTES = 15
_LITTLE_SPACE = 256 * 1024 * 1024
"""Bytes that are free on the database's disk below which administrators are warned."""


class Pool(Protocol):
    """A pool of workers; see net/workers.py."""

    threads: int
    refused: int

    @property
    def running(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class Sizes(NamedTuple):
    """Bytes. `free` is None if the database is not on a disk of this machine. `files`: of all contents of files;
    `files_free` what is free where they are, None if there is no such place."""

    database: int
    log: int
    free: int | None
    files: int = 0
    files_free: int | None = None


class Moment(NamedTuple):
    """What was counted until a moment (time.monotonic)."""

    at: float
    messages: int
    deliveries: int
    logins: int
    refusals: int
    commits: int
    commit_seconds: float


@dataclass
class Figures:
    """`healthy` and `ready` answer /healthz and /readyz; `certificate` is when the certificate expires, and
    `backup` when the last backup was made that this server knows of (seconds since 1970 UTC), as
    `measure_backups` has seen it. `backup_interval`: seconds from one backup of the server to the next; 0: it
    makes none."""

    version: str
    database: str
    started: float
    chat: Chat
    store: DatabaseStore
    warnings: Warnings
    acceptors: Mapping[str, Acceptor]
    pools: Mapping[str, Pool]
    healthy: Callable[[], bool]
    ready: Callable[[], bool]
    certificate: Callable[[], float | None]
    backup: Callable[[], float | None] = lambda: None
    backup_interval: Callable[[], float] = lambda: 0.0
    measure_backups: Callable[[], None] = lambda: None
    backups_failed: Callable[[], int] = lambda: 0
    api_requests: Callable[[], Mapping[tuple[str, str], int]] = dict
    """Requests to the HTTP API that were answered, by operation and class of status."""
    http_requests: Callable[[], Mapping[Answered, int]] = dict
    """Requests that the web endpoints have answered."""
    api_streams: Callable[[], tuple[int, int]] = lambda: (0, 0)
    """How many streams of live events are open, and how many events were sent to streams in all."""
    push: Callable[[], Mapping[str, int]] = dict
    """What push has counted; see Pusher.counts."""
    webhooks: Callable[[], Mapping[str, int]] = dict
    """What webhooks have counted; see Webhooks.counts."""

    def __post_init__(self) -> None:
        self.sizes: Sizes | None = None
        self._moments: deque[Moment] = deque([self.moment()], maxlen=int(_MOST_MINUTES * 60 / MEASURE_SECONDS) + 1)

    def measure(self) -> None:
        """Measure what can't be counted. In a worker, every MEASURE_SECONDS."""
        self._moments.append(self.moment())
        with suppress(StorageError, OSError):
            self.measure_backups()
            place = self.store.place
            free = shutil.disk_usage(place.file.parent).free if place.file is not None else None
            self.sizes = Sizes(place.size(), place.log_size(), free, *self._measure_files())
            if free is not None and free < _LITTLE_SPACE:
                folder = os.path.realpath(place.file.parent) if place.file is not None else ""
                self.warnings.set("disk", f"less than {_LITTLE_SPACE // 2**20} MiB are free in {folder}: make room")
            else:
                self.warnings.clear("disk")

    def _measure_files(self) -> tuple[int, int | None]:
        contents, limits = self.store.contents, self.chat.policy.files
        if contents is None:
            return 0, None
        size, free = self.store.files.total(), contents.free()
        folder = os.path.realpath(contents.folder)
        if not limits.file_bytes:
            self.warnings.clear("files")
        elif free < limits.free_bytes:
            needed = sized(limits.free_bytes)
            text = (
                f"files are refused: less than {needed} are free in {folder}: make room, or set [files] free_bytes"
            )
            self.warnings.set("files", text)
        elif limits.server_bytes and size > 0.9 * limits.server_bytes:
            allowed = sized(limits.server_bytes)
            text = f"files have more than nine tenths of the {allowed} that [files] server_bytes allows"
            self.warnings.set("files", f"{text}: see chatstore files usage")
        else:
            self.warnings.clear("files")
        return size, free

    def look(self) -> None:
        """Warn if nothing can be stored. In the I/O thread, every second."""
        trouble = self.store.trouble
        if trouble:
            self.warnings.set("database", f"messages can't be stored: {trouble}")
        else:
            self.warnings.clear("database")

    def moment(self) -> Moment:
        """What was counted until now."""
        counted = self.chat.logins.counts.all()
        commits = self.store.figures.commits
        return Moment(
            time.monotonic(),
            self.store.figures.messages,
            self.chat.hub.deliveries,
            sum(count for (way, refused), count in counted.items() if not refused and way != "invitation"),
            sum(count for (_, refused), count in counted.items() if refused),
            sum(commits.counts),
            commits.total,
        )

    def since(self, minutes: int) -> Moment:
        """What was counted until so many minutes ago, or as early as is known."""
        earliest = time.monotonic() - minutes * 60 - MEASURE_SECONDS / 2
        moments = list(self._moments)
        return next((moment for moment in moments if moment.at >= earliest), moments[0])
