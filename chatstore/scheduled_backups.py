"""Backups that the server makes by itself, as [backup] says, and the end of copies that are too old.

A thread of its own makes them, in small steps with pauses, so that the chat goes on. When the last one was
made stands in the list of backups beside the database, so a restart neither forgets nor repeats one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chatstore.chat.ports import Clock
from chatstore.net.loop import Loop
from chatstore.server_warnings import Warnings
from chatstore.storage.backups import Wanted
from chatstore.storage.errors import BackingUpError, NoSpaceError
from chatstore.storage.store import DatabaseStore, unsound

log = logging.getLogger("chatstore")

_LOOK_SECONDS = 10.0
"""Seconds between two looks at whether a backup is due."""
_AGAIN_SECONDS = 600.0
"""Seconds after which a backup that failed is tried again, at the latest."""
_SOON_SECONDS = 60.0
"""Seconds that a backup waits which a command is making."""
_PAUSE = 0.002
"""Seconds between two steps of a copy, for everybody else."""
_PATIENCE = 5.0
"""Seconds that stop() waits for a step, such as a look at the copy."""
_DAY = 86_400.0
_WARNING = "backup"


class Schedule(NamedTuple):
    """`every`: seconds from one backup to the next; 0: none are made. `keep`: how many stay in the folder; 0:
    all. `folder`: where they go; None: `backups` beside the database."""

    every: float = 0.0
    keep: int = 7
    folder: Path | None = None
    compress: bool = True


class ScheduledBackups:
    """Makes them from start() to stop(). `schedule` is asked at each look, so it may change."""

    def __init__(
        self,
        store: DatabaseStore,
        loop: Loop,
        schedule: Callable[[], Schedule],
        warnings: Warnings,
        clock: Clock = time.time,
    ) -> None:
        self._store = store
        self._loop = loop
        self._schedule = schedule
        self._warnings = warnings
        self._clock = clock
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        """For stopping and the thread: so stop() finds it started, or keeps it from starting."""
        self._thread: threading.Thread | None = None
        self._again_at = 0.0
        self._tidy_at = clock() + _DAY
        self.failures = 0
        """How many have failed in this run of the server."""
        self.last_success = 0.0
        """When the last backup was made, by the server or by a command before it started (seconds since 1970
        UTC); 0: none is known."""

        self._listed = 0.0

    @property
    def newest(self) -> float:
        """The same as last_success, or a later backup of a command; as measure() has seen it. What is ahead of the
        clock was made while the clock was wrong."""
        now = self._clock()
        return max((at for at in (self.last_success, self._listed) if at <= now), default=0.0)

    def measure(self) -> None:
        """Look which backups commands have made meanwhile. In a worker, because it reads files."""
        now = self._clock()
        self._listed = max(
            (at for one in self._store.place.backups() if (at := one.made_at / 1000) <= now), default=0
        )

    def start(self) -> None:
        if listed := self._store.place.backups():
            self.last_success = listed[-1].made_at / 1000
        self._loop.call_soon(self._look)

    def stop(self) -> None:
        """End a backup that is being made: nothing of it stays."""
        with self._lock:
            self._stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _look(self) -> None:
        """In the I/O thread."""
        if self._stopping.is_set():
            return
        schedule = self._schedule()
        busy = self._thread is not None and self._thread.is_alive()
        if not schedule.every:
            self._warnings.clear(_WARNING)
        if busy:
            pass
        elif schedule.every and self._due(schedule):
            self._run(lambda: self._make(schedule))
        elif self._clock() >= self._tidy_at:
            self._tidy_at = self._clock() + _DAY
            self._run(self._store.place.drop_old_copies)
        self._loop.call_later(_LOOK_SECONDS, self._look)

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="backup", daemon=True)
        with self._lock:
            if not self._stopping.is_set():
                thread.start()
                self._thread = thread

    def _due(self, schedule: Schedule) -> bool:
        """A last backup that is ahead of the clock was made while the clock was wrong."""
        now = self._clock()
        recent = self.last_success <= now < self.last_success + schedule.every
        waits = self._again_at - _AGAIN_SECONDS <= now < self._again_at
        return not recent and not waits

    def _make(self, schedule: Schedule) -> None:
        file = self._store.place.file
        if file is None:
            self._warnings.set(_WARNING, "[backup] every is set, and PostgreSQL has its own: use pg_dump")
            self._again_at = self._clock() + _AGAIN_SECONDS
            return
        folder = schedule.folder if schedule.folder is not None else file.absolute().parent / "backups"
        began = time.monotonic()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            wanted = Wanted(folder, keep=schedule.keep, compress=schedule.compress, verify=unsound)
            made = self._store.back_up(wanted, self._go_on)
        except _Stopping:
            return
        except BackingUpError:
            self._again_at = self._clock() + _SOON_SECONDS
            return
        except Exception as error:  # whatever it is, the next one may succeed
            self.failures += 1
            self._again_at = self._clock() + min(_AGAIN_SECONDS, schedule.every)
            log.warning("the scheduled backup has failed: %(why)s", {"event": "backup-failed", "why": error})
            why: object = error
            if isinstance(error, NoSpaceError):
                why = f"{folder} has too little space"
            elif isinstance(error, OSError):
                why = f"{folder} can't be written ({error.strerror}): set [backup] folder, or its permissions"
            self._warnings.set(_WARNING, f"the scheduled backup has failed: {why}")  # the same each time
            return
        self.last_success = self._clock()
        for path, why in made.stuck:
            log.warning(
                "%(file)s, an older backup, can't be removed: %(why)s",
                {"event": "backup-not-removed", "file": path, "why": why},
            )
        if made.missing:
            missing = f"{len(made.missing)} contents of files are missing: run chatstore doctor"
            self._warnings.set(_WARNING, f"the scheduled backup was made, and {missing}")
        elif made.stuck:
            self._warnings.set(_WARNING, f"older backups in {folder} can't be removed: {made.stuck[0][1]}")
        else:
            self._warnings.clear(_WARNING)
        log.info(
            "backup %(file)s was made: %(messages)d messages, %(bytes)d bytes, in %(seconds).1f s;"
            " removed %(removed)d older ones",
            {
                "event": "backup-made",
                "file": made.path,
                "messages": made.messages,
                "bytes": made.bytes,
                "seconds": time.monotonic() - began,
                "removed": len(made.removed),
            },
        )

    def _go_on(self, _what: str, _done: int, _total: int) -> None:
        if self._stopping.wait(_PAUSE):
            raise _Stopping


class _Stopping(Exception):  # noqa: N818 - it is no error
    """The server stops."""
