"""What cards show of files: how large they are, and their thumbnails.

One thread asks, over one connection that it keeps for a while, so that a room full of pictures costs one
connection. It never asks for a file itself. The password goes along only where the server shows files to
members alone.
"""

from __future__ import annotations

import http.client
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from chatstore.client.files import http as web
from chatstore.client.files import uploads
from chatstore.client.files.http import Credentials
from chatstore.client.files.jobs import Look, Seen
from chatstore.client.state import ChatState

MOST = 300_000
"""Bytes of a thumbnail. A server without Pillow has none: its large pictures are not fetched."""
_WAITING = 100
"""Files that wait to be asked for."""
_IDLE = 20.0
"""Seconds that the connection stays without a question."""
SECONDS = 20.0
"""Seconds for one file."""

Report = Callable[[Callable[[ChatState], None]], None]


class _Answer(NamedTuple):
    status: int
    size: int
    body: bytes


class Looking:
    """want() and close() are for the network's thread. `report` is called in the other one."""

    def __init__(self, tls: bool, credentials: Credentials, report: Report, *, seconds: float = SECONDS) -> None:
        self._tls, self._credentials, self._report, self._seconds = tls, credentials, report, seconds
        self._waiting: queue.Queue[tuple[Look, list[tuple[str, str]]] | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._place = ("", "")
        self._closed = self._late = False
        self._known: tuple[str, str] | None = None
        """The account and password that the server has asked for, and taken."""

    def want(self, job: Look) -> None:
        """Ask for a file, or report at once that nothing is known."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="looking", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait((job, self._credentials()))
        except queue.Full:
            self._tell(Seen(job.url))

    def close(self) -> None:
        """Stop. Nothing is reported any more."""
        with self._lock:
            self._closed = True
        self._interrupt()
        with suppress(queue.Full):  # a full queue wakes the thread, too
            self._waiting.put_nowait(None)

    def _tell(self, seen: Seen) -> None:
        self._report(lambda state: uploads.seen(state, seen))

    # In the thread.

    def _run(self) -> None:
        while not self._closed:
            try:
                wanted = self._waiting.get(timeout=_IDLE if self._connection is not None else None)
            except queue.Empty:
                self._hang_up()
                continue
            if wanted is None:
                break
            self._tell(self._look(*wanted))
        self._hang_up()

    def _look(self, job: Look, credentials: list[tuple[str, str]]) -> Seen:
        self._late = False
        timer = threading.Timer(self._seconds, self._interrupt)
        timer.daemon = True
        timer.start()
        try:
            web.check(job.url, tls=self._tls)
            file = self._ask("HEAD", job.url, credentials)
            if file.status in (404, 410):
                return Seen(job.url, gone=True)
            if file.status != 200:
                return Seen(job.url)
            small = _Answer(0, 0, b"")
            if job.picture:
                small = self._ask("GET", f"{job.thumbnail}?most={MOST}", credentials)
            if small.status not in (0, 200, 404):
                return Seen(job.url)
            return Seen(job.url, file.size, small.body if small.status == 200 else b"", known=True)
        except Exception:  # whatever answers there, the chat goes on without the picture
            self._hang_up()
            return Seen(job.url)
        finally:
            timer.cancel()

    def _ask(self, method: str, url: str, credentials: list[tuple[str, str]]) -> _Answer:
        answer = self._request(method, url, self._known)
        if answer.status == 401:
            self._known = None
            for pair in credentials:
                answer = self._request(method, url, pair)
                if answer.status != 401:
                    self._known = pair
                    break
        return answer

    def _request(self, method: str, url: str, pair: tuple[str, str] | None) -> _Answer:
        kept = self._connection is not None
        try:
            return self._once(method, url, pair)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._hang_up()
            if not kept:
                raise
        return self._once(method, url, pair)  # a connection that was kept may have ended meanwhile

    def _once(self, method: str, url: str, pair: tuple[str, str] | None) -> _Answer:
        connection = self._connect(url)
        place = urlsplit(url)
        target = f"{place.path}?{place.query}" if place.query else place.path
        connection.request(method, target, headers={"Authorization": web.basic(*pair)} if pair else {})
        return self._read(method, connection.getresponse())

    def _read(self, method: str, answer: http.client.HTTPResponse) -> _Answer:
        told = answer.getheader("Content-Length", "")
        size = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0
        body = b""
        if method == "GET" and size <= MOST:
            body = answer.read(MOST + 1)
            if answer.length or self._late:
                raise OSError("the answer has no end")
        if method == "HEAD":
            answer.read()
        elif not answer.isclosed():
            self._hang_up()  # the rest is not worth the wait
        return _Answer(answer.status, size, body if len(body) <= MOST else b"")

    def _connect(self, url: str) -> http.client.HTTPConnection:
        place = urlsplit(url)
        if self._connection is not None and self._place != (place.scheme, place.netloc):
            self._hang_up()
        if self._connection is None:
            connection = web.connect(url, self._seconds)
            with self._lock:
                self._connection, self._place = connection, (place.scheme, place.netloc)
                if self._closed:
                    raise OSError("closed")
        return self._connection

    def _hang_up(self) -> None:
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _interrupt(self) -> None:
        """For any thread: what is under way fails."""
        self._late = True
        with self._lock:
            if self._connection is not None and self._connection.sock is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._connection.sock, socket.SHUT_RDWR)
