"""What the server tells the service manager that started it: that it is ready, reloads, stops, and still works.

systemd's protocol (sd_notify(3), sd_watchdog_enabled(3)): datagrams of `NAME=value` lines to the socket whose
address is in NOTIFY_SOCKET. Without that variable nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from chatstore.net.loop import Loop

log = logging.getLogger(__name__)

_PINGS = 3
"""Signs of life in the time after which systemd takes a service for stuck."""


class ServiceManager:
    """Its methods may be called by any thread, and never block: a message that can't be sent is lost."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._socket: socket.socket | None = None
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._status = ""
        """What was told last."""
        self._watchdog = _watchdog_seconds(environment)
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    def ready(self, status: str) -> None:
        """The server serves, after its start or after a reload. `status` is what `systemctl status` shows."""
        self._status = status
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """The configuration is being read again. ready() ends that."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The server has been asked to stop."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def watch(self, loop: Loop, status: Callable[[], str]) -> None:
        """Give signs of life from the loop's thread, for as long as it lives, with the status if that is another.
        If the thread is stuck, they stop, and systemd kills the server and starts it again. In the loop's thread,
        or before it is started; `status` is called there and must not block."""
        if self._socket is not None and self._watchdog:
            self._ping(loop, self._watchdog / _PINGS, status)

    def _ping(self, loop: Loop, seconds: float, status: Callable[[], str]) -> None:
        loop.call_later(seconds, lambda: self._ping(loop, seconds, status))
        now = status()
        if now == self._status:
            self._tell("WATCHDOG=1")
        else:
            self._status = now
            self._tell("WATCHDOG=1", f"STATUS={now}")

    def _tell(self, *lines: str) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendto("\n".join(lines).encode(), self._address)


def _address(name: str) -> str:
    """The address of the socket; empty if there is none. systemd writes one without a place in the file system
    with an `@`."""
    if name and name[0] not in "/@":
        log.warning(
            "NOTIFY_SOCKET=%(socket)s is not supported: it is neither a path nor abstract",
            {"event": "notify-socket-unsupported", "socket": name},
        )
        return ""
    return f"\0{name[1:]}" if name.startswith("@") else name


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """How long the server may give no sign of life; 0 if nobody waits for one."""
    micros, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(micros) / 1_000_000
