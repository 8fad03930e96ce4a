"""Time in the hands of a test, for a server in another process.

The time of day is a number in a file that the server looks into (FAULTS_CLOCK names it): it goes where the test
puts it, and nowhere by itself. And whatever is given up after some seconds without a sign of life can be given up
sooner (FAULTS_HURRY: so many times), or the days of a simulation pass faster (FAULTS_SPEED: so many times). One of
several servers of a database is declared dead after FAULTS_LEASE seconds of silence, and what its people have left
behind is looked for as often.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

from chatstore import housekeeping
from chatstore.irc import keepalive
from chatstore.net import acceptor, outbox

HOUR, YEAR = 3600.0, 365 * 86400.0
_BEGINNING = 1_700_000_000.0


class HeldClock:
    """Seconds since 1970 UTC."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.write_bytes(struct.pack("d", _BEGINNING))
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    @property
    def settings(self) -> Mapping[str, str]:
        """For Launch: servers that look at this clock."""
        return {"FAULTS_CLOCK": str(self._path)}

    @property
    def now(self) -> float:
        return _read(self._shared)

    @now.setter
    def now(self, seconds: float) -> None:
        self._shared[:] = struct.pack("d", seconds)


def obey_the_environment() -> None:
    """In the server's process, before it starts."""
    if path := os.environ.get("FAULTS_CLOCK"):
        with open(path, "rb") as file:
            shared = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
        _give_server(lambda: _read(shared), time.monotonic)
    if speed := float(os.environ.get("FAULTS_SPEED", "0")):
        began, steady = time.time(), time.monotonic()
        _give_server(
            lambda: began + (time.monotonic() - steady) * speed,
            lambda: steady + (time.monotonic() - steady) * speed,
        )
    if lease := float(os.environ.get("FAULTS_LEASE", "0")):
        from chatstore.storage.postgresql import node

        node.LEASE, node.BEAT = lease, lease / 6
        housekeeping._SWEEP_SECONDS = lease
    if times := float(os.environ.get("FAULTS_HURRY", "0")):
        keepalive.PING_AFTER /= times
        keepalive.GIVE_UP_AFTER /= times
        keepalive._TICK /= times
        acceptor._TICK /= times
        outbox.STALLED /= times


def _give_server(now: Callable[[], float], steady: Callable[[], float]) -> None:
    import chatstore.server

    chatstore.server.time = SimpleNamespace(time=now, monotonic=steady)  # type: ignore[attr-defined]


def _read(shared: mmap.mmap) -> float:
    seconds: float = struct.unpack("d", shared[:])[0]
    return seconds
