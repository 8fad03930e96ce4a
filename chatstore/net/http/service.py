"""What all connections that speak HTTP share: the routes, the page, the handlers' threads, the limits.

A handler runs in the pool "http", whose threads are few: while it waits, another may not run. The end of an upload,
which may be looked at for many seconds, has threads of its own ("http_end"). What is always answered from memory
(the page, the health checks) is answered in the I/O thread by `answer`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from chatstore.net.addresses import PerAddressLimit
from chatstore.net.framing import LineFraming
from chatstore.net.http.bulk import Bulk
from chatstore.net.http.counting import RequestCounts
from chatstore.net.http.messages import Request, Response
from chatstore.net.http.origins import Origins
from chatstore.net.http.receiving import Memory, Receiving
from chatstore.net.http.routes import Route, Routes
from chatstore.net.loop import Loop
from chatstore.net.websocket import Gate
from chatstore.net.workers import FairWorkers, Job

log = logging.getLogger(__name__)

THREADS, ENDINGS = 16, 8
_MAX_JOBS = 512
_RETRY_SECONDS = 0.2
"""Seconds until what must run is offered to a full pool again."""


@dataclass
class Service:
    """`answer` answers what no route is for; it must not block. `origins`: which pages may ask. `framing`: of what
    is spoken after an upgrade. `streams`: how many open streams an address may have, together with its other
    sessions. `banned` says why clients of an address are turned away, or nothing; `busy`, whether there is
    something more urgent than large files. Neither may block."""

    loop: Loop
    answer: Callable[[Request], Response]
    origins: Origins = field(default_factory=Origins)
    framing: Callable[[], LineFraming] | None = None
    streams: PerAddressLimit = field(default_factory=PerAddressLimit)
    banned: Callable[[str], str] = lambda _address: ""
    busy: Callable[[], bool] = lambda: False
    handshake: Callable[[], float] = lambda: 10.0
    receive_queue: Callable[[], int] = lambda: 64

    def __post_init__(self) -> None:
        self.gate = Gate(self.origins)
        self.routes = Routes()
        self.counts = RequestCounts()
        self.pool = FairWorkers(THREADS, _MAX_JOBS, "http")
        self.endings = FairWorkers(ENDINGS, _MAX_JOBS, "http_end")
        self.arriving, self.leaving = self._bulk(), self._bulk()
        """The pieces of uploads, and those of files that are sent."""
        self._routes: list[Route] = []
        self.uploads: set[Receiving] = set()
        """The uploads that have begun, and neither finished nor been abandoned."""
        self.bodies = Memory()
        """What the bodies take that are in memory."""
        self._stopped = False

    def _bulk(self) -> Bulk:
        return Bulk(self.loop, self.run_surely, lambda: self.busy())

    def serve(self, routes: Sequence[Route]) -> None:
        """Add routes. They count for requests that come from now on."""
        self._routes += routes
        self.routes = Routes(self._routes)

    def run(self, job: Job, keys: Sequence[Hashable]) -> bool:
        """Run a job in the pool. `keys`: for whom it is. False if the pool is full."""
        return self.pool.submit(job, keys)

    def run_surely(self, job: Job, keys: Sequence[Hashable] = (), *, ending: bool = False) -> None:
        """Run a job in the pool as soon as that has room; `ending`: in that for the ends of uploads. In the I/O
        thread."""
        pool = self.endings if ending else self.pool
        if not self._stopped and not pool.submit(job, keys):
            self.loop.call_later(_RETRY_SECONDS, lambda: self.run_surely(job, keys, ending=ending))

    def stop(self) -> None:
        """Wait for the handlers that run, and abandon what has not arrived. Blocks."""
        self._stopped = True
        self.pool.stop()
        self.endings.stop()
        for upload in list(self.uploads):
            upload.abandon()
