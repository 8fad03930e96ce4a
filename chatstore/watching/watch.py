"""Watch: the figures of one server, measured again and again, and the two places where they can be read."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from chatstore.chat.live.listener import Rendering
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.events import OperatorsTold
from chatstore.net.http import Request, Response
from chatstore.net.local_socket import LocalSocket
from chatstore.net.loop import Loop
from chatstore.server_warnings import ServerWarning
from chatstore.watching.figures import MEASURE_SECONDS, Figures
from chatstore.watching.metrics import Metrics
from chatstore.watching.status import StatusPage

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""Seconds between two looks at whether messages can be stored."""


class Watch:
    """Start it once, and stop it before the database is closed. `work` runs what may block in another
    thread."""

    def __init__(self, figures: Figures, loop: Loop, work: Callable[[Callable[[], None]], bool]) -> None:
        self.figures = figures
        self._loop = loop
        self._work = work
        self._metrics = Metrics(figures)
        self._socket: LocalSocket | None = None
        self._stopped = self._measuring = False

    def start(self, path: Path | None, *, metrics: bool) -> None:
        """`path`: of the local socket, if there is to be one. Without it the server runs all the same. `metrics`:
        there is an address for Prometheus."""
        if path is not None:
            try:
                self._socket = LocalSocket(path, StatusPage(self.figures, self._metrics).answer)
                self._socket.start()
            except OSError as error:
                log.warning(
                    "chatstore status will not work, because %(path)s can't be made: %(why)s",
                    {"event": "status-socket-failed", "path": path, "why": _why(error)},
                )
        if metrics:
            self._metrics.start()
        self.figures.warnings.tell(self._tell)
        self._loop.call_soon(self._measure)
        self._loop.call_soon(self._look)

    def answer(self, request: Request) -> Response:
        """The answer at the address for Prometheus, of the last seconds. In the I/O thread."""
        return self._metrics.answer(request)

    def stop(self) -> None:
        self._stopped = True
        self._metrics.stop()
        if self._socket is not None:
            self._socket.stop()

    def _tell(self, warning: ServerWarning) -> None:
        """Tell the administrators who are here. It does not go through the writer, which may be what is in
        trouble."""
        said = Rendering(OperatorsTold(SERVER, int(time.time() * 1000), f"warning: {warning.text}"))
        for session in self.figures.chat.hub.administrators():
            session.send(said.of(session.renderer))

    def _measure(self) -> None:
        if self._stopped:
            return
        if not self._measuring:  # a database that does not answer must not take one worker after the other
            self._measuring = True
            if not self._work(self._measure_now):
                self._measuring = False
        self._loop.call_later(MEASURE_SECONDS, self._measure)

    def _measure_now(self) -> None:
        try:
            self.figures.measure()
        finally:
            self._measuring = False

    def _look(self) -> None:
        if not self._stopped:
            self.figures.look()
            self._loop.call_later(_LOOK_SECONDS, self._look)


def _why(error: OSError) -> str:
    return error.strerror or str(error)
