"""A Unix socket that answers HTTP requests, one after the other in a thread of its own, and how to ask it.

Its file's permissions are its only key: nobody but the user who runs the server (and root) may connect. An
answer may block, because nobody waits for this thread.

Spec: unix(7): connecting needs write permission on the socket, and before listen() nobody can connect. So the
file gets its mode between bind() and listen().
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

from chatstore.net.http import BadRequestError, Request, Response
from chatstore.net.http.exchanges import Exchanges, last_response

log = logging.getLogger(__name__)

_BACKLOG = 16
_SECONDS = 5.0
"""Seconds that a client may take for its request, and to take the answer."""
_LONGEST = 107
"""Bytes of a path in a socket's address (sun_path, without its end)."""
_CHUNK = 65536


class NobodyThereError(Exception):
    """Nobody answers at this path. The message says why."""


class LocalSocket:
    """The listening socket, from construction until stop(). Raises OSError if it can't be made, also if
    somebody else answers at this path."""

    def __init__(self, path: Path, answer: Callable[[Request], Response]) -> None:
        self.path = path
        self._answer = answer
        _remove_if_left(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short(path) as address:
                self._socket.bind(address)
            self._file = _identity(path)
            os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
            self._socket.listen(_BACKLOG)
        except OSError:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._run, name="local-socket", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody more, and remove the file."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(_SECONDS)
        self._socket.close()
        with contextlib.suppress(OSError):
            if _identity(self.path) == self._file:
                os.unlink(self.path)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:  # stop()
                return
            with sock, contextlib.suppress(OSError):
                sock.settimeout(_SECONDS)
                self._serve(sock)

    def _serve(self, sock: socket.socket) -> None:
        http = Exchanges()
        while data := sock.recv(_CHUNK):
            http.receive(data)
            try:
                head = http.head()
                request = Request(head.method, head.path, head.query, head.headers) if head is not None else None
            except BadRequestError as error:
                sock.sendall(last_response(error.status))
                return
            if request is not None:
                try:
                    response = self._answer(request)
                except Exception:
                    log.exception("a request at the local socket failed", {"event": "status-failed"})
                    sock.sendall(last_response(HTTPStatus.INTERNAL_SERVER_ERROR))
                    return
                sock.sendall(http.respond(response))
                return


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        with _short(self._path) as address:
            self.sock.connect(address)


def ask(path: Path, target: str) -> bytes:
    """What the server at this socket answers to GET `target`. Raises NobodyThereError."""
    with contextlib.closing(_Connection(path)) as connection:
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise NobodyThereError(f"no server answers at {path}: {why}") from None
        if response.status != HTTPStatus.OK:
            raise NobodyThereError(f"the server at {path} answered {response.status} {response.reason}")
        return body


def _remove_if_left(path: Path) -> None:
    """Remove a socket that a server has left which was killed. Raises OSError if one answers there, or the
    file is none."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(f"{path} is there, and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_SECONDS)
        try:
            with _short(path) as address:
                sock.connect(address)
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise FileExistsError(f"another server answers at {path}")


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path, or another one that leads there and is short enough for a socket's address."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _identity(path: Path) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino
