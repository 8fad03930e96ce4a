"""Uploads over HTTP, each in a thread of its own, so that neither the network's thread nor the screen's waits.

An answer has a time and a size that it may have.

Spec: soju, doc/ext/filehost.md.
"""

from __future__ import annotations

import http.client
import mimetypes
import os
import select
import shutil
import socket
import ssl
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from chatstore.amounts import sized
from chatstore.client.connection import unreachable_because
from chatstore.client.files import http as web
from chatstore.client.files import opening, saved, uploads
from chatstore.client.files.http import MOST_ANSWER, Credentials, TransferError, WrongPasswordError
from chatstore.client.files.jobs import Download, Job, Look, Stop, Upload, Uploaded
from chatstore.client.files.looking import Looking
from chatstore.client.inbox import Inbox
from chatstore.client.state import ChatState
from chatstore.net.disposition import disposition

SILENCE = 60.0
"""Seconds that the server may take no byte."""
ANSWER = 60.0
"""Seconds for the whole answer, after the last byte of the file."""
_CHUNK = 65536
_MAX_URL = 2000
_EVERY = 0.2
"""Seconds between two reports of progress."""
_LONGEST = 600.0
"""Seconds that saving a file may take."""
_MOST_SAVED = 1 << 30
_LARGEST = 50_000
"""Pixels on a side of a picture; more is none."""


class _Answer(msgspec.Struct):
    """What this server says of a file; others may say nothing."""

    width: int = 0
    height: int = 0


class Transfers:
    """`tls`: whether the connection to the server is encrypted: files go nowhere without encryption then.
    `credentials`: the (account, password) pairs to try in turn; none for a guest."""

    def __init__(self, tls: bool, credentials: Credentials, *, silence: float = SILENCE, answer: float = ANSWER):
        self._tls = tls
        self._credentials = credentials
        self._times = (silence, answer)
        self._running: dict[int, _Transfer] = {}
        self._inbox: Inbox[ChatState] | None = None
        self._looking: Looking | None = None

    @property
    def fd(self) -> int | None:
        """Readable while something has happened. None while nothing was sent yet."""
        return self._inbox.fd if self._inbox is not None else None

    def take(self, state: ChatState) -> None:
        if self._inbox is not None:
            self._inbox.take(state)
        alive = {*state.files.under_way, *state.files.downloads}
        self._running = {number: one for number, one in self._running.items() if number in alive}

    def do(self, job: Job) -> None:
        """Begin it, or stop an upload."""
        if isinstance(job, Stop):
            running = self._running.pop(job.number, None)
            if running is not None:
                running.stop()
            return
        if self._inbox is None:
            self._inbox = Inbox()
        if isinstance(job, Look):
            if self._looking is None:
                self._looking = Looking(self._tls, self._credentials, self._inbox.put)
            self._looking.want(job)
            return
        make = _Saving if isinstance(job, Download) else _Sending
        transfer = make(job, self._tls, self._credentials(), self._inbox.put, self._times)
        self._running[job.number] = transfer
        threading.Thread(target=transfer.run, name="transfer", daemon=True).start()

    def close(self) -> None:
        """Stop all. Nothing is reported any more."""
        for running in self._running.values():
            running.stop()
        self._running.clear()
        if self._looking is not None:
            self._looking.close()
            self._looking = None
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None


class _Transfer:
    """One request about a file. stop() is for other threads."""

    def __init__(
        self,
        job: Upload | Download,
        tls: bool,
        credentials: list[tuple[str, str]],
        report: Callable[[Callable[[ChatState], None]], None],
        times: tuple[float, float],
    ) -> None:
        self._url, self._number = job.url, job.number
        self._job = job
        self._tls = tls
        self._credentials = credentials
        self._report = report
        self._silence, self._answer = times
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._stopped = False
        self._late = False

    def run(self) -> None:
        try:
            done = self._work()
        except TransferError as error:
            why = str(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = "the server does not answer in time" if self._late else unreachable_because(error)
        except Exception as error:  # whatever it is, the upload must not seem to go on for ever
            why = f"{type(error).__name__}: {error}"
        else:
            self._report(done)
            return
        self._report(lambda state: self._failed(state, why))

    def _work(self) -> Callable[[ChatState], None]:
        """Do it. What the state is told then."""
        raise NotImplementedError

    def _failed(self, state: ChatState, why: str) -> None:
        raise NotImplementedError

    def stop(self, *, late: bool = False) -> None:
        with self._lock:
            self._stopped, self._late = True, self._late or late
            if self._socket is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _check(self) -> None:
        web.check(self._url, tls=self._tls)
        if not self._credentials:
            raise TransferError("guests have no files: log in with an account")

    def _connect(self) -> http.client.HTTPConnection:
        connection = web.connect(self._url, self._silence)
        with self._lock:
            self._socket = connection.sock
            if self._stopped:
                connection.close()
                raise TransferError("cancelled")
        return connection


class _Sending(_Transfer):
    """An upload."""

    def _failed(self, state: ChatState, why: str) -> None:
        uploads.failed(state, self._number, why)

    def _work(self) -> Callable[[ChatState], None]:
        self._check()
        uploaded = self._send()
        return lambda state: uploads.finished(state, self._number, uploaded)

    def _send(self) -> Uploaded:
        assert isinstance(self._job, Upload)
        path = Path(self._job.file).expanduser()
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise TransferError("it is not a file")
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                for account, password in self._credentials[:-1]:
                    with suppress(WrongPasswordError):
                        return self._post(file, path.name, size, account, password)
                return self._post(file, path.name, size, *self._credentials[-1])
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise TransferError((error.strerror or str(error)).lower()) from error

    def _post(self, file: BinaryIO, name: str, size: int, account: str, password: str) -> Uploaded:
        place = urlsplit(self._url)
        with closing(self._connect()) as connection:
            connection.putrequest("POST", f"{place.path or '/'}{'?' if place.query else ''}{place.query}")
            connection.putheader("Authorization", web.basic(account, password))
            connection.putheader("Content-Type", mimetypes.guess_type(name)[0] or "application/octet-stream")
            connection.putheader("Content-Disposition", disposition("attachment", _written(name)))
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            try:
                self._send_body(connection, file, name, size)
            except OSError:
                if self._stopped:
                    raise
                # It may have refused the file already, and said why.
            timer = threading.Timer(self._answer, self.stop, kwargs={"late": True})
            timer.daemon = True
            timer.start()
            try:
                answer = connection.getresponse()
                body = answer.read(MOST_ANSWER)
            finally:
                timer.cancel()
            if self._late:
                raise TimeoutError
        return self._judge(answer, body)

    def _send_body(self, connection: http.client.HTTPConnection, file: BinaryIO, name: str, size: int) -> None:
        """Send the file, unless the server answers before its end."""
        file.seek(0)
        sent, told = 0, 0.0
        encrypted = isinstance(connection.sock, ssl.SSLSocket)  # what can be read there need not be an answer
        while sent < size:
            now = time.monotonic()
            if now - told >= _EVERY:
                self._progress(name, sent, size)
                told = now
            if not encrypted and select.select([connection.sock], [], [], 0)[0]:
                return
            chunk = file.read(min(_CHUNK, size - sent))
            if not chunk:
                raise TransferError("it became shorter meanwhile: send it again")
            connection.send(chunk)
            sent += len(chunk)
        self._progress(name, size, size)

    def _progress(self, name: str, sent: int, size: int) -> None:
        self._report(lambda state: uploads.progressed(state, self._number, name, sent, size))

    # The answer.

    def _judge(self, answer: http.client.HTTPResponse, body: bytes) -> Uploaded:
        if answer.status not in (200, 201):
            raise web.refusal(answer, body)
        url = _link(self._url, answer.getheader("Location", ""))
        if not url:
            raise TransferError("the server took it, and did not say where it is")
        try:
            said = msgspec.json.decode(body, type=_Answer)
        except (msgspec.MsgspecError, RecursionError):
            return Uploaded(url)
        fits = 0 < said.width <= _LARGEST and 0 < said.height <= _LARGEST
        return Uploaded(url, said.width, said.height) if fits else Uploaded(url)


class _Saving(_Transfer):
    """A file of the server that is saved, in the folder for what can be fetched again."""

    def _failed(self, state: ChatState, why: str) -> None:
        uploads.not_saved(state, self._number, why)

    def _work(self) -> Callable[[ChatState], None]:
        self._check()
        for account, password in self._credentials[:-1]:
            with suppress(WrongPasswordError):
                path = self._get(account, password)
                break
        else:
            path = self._get(*self._credentials[-1])
        program = opening.opener() if opening.harmless(path) else ""
        if program:
            opening.open_with(program, str(path))
        return lambda state: uploads.saved(state, self._number, str(path), opened=bool(program))

    def _get(self, account: str, password: str) -> Path:
        place = urlsplit(self._url)
        timer = threading.Timer(_LONGEST, self.stop, kwargs={"late": True})
        timer.daemon = True
        timer.start()
        try:
            with closing(self._connect()) as connection:
                connection.request("GET", place.path, headers={"Authorization": web.basic(account, password)})
                answer = connection.getresponse()
                if answer.status != 200:
                    raise web.refusal(answer, answer.read(MOST_ANSWER))
                return self._save(answer, _safe(unquote(place.path.rpartition("/")[2])))
        finally:
            timer.cancel()

    def _save(self, answer: http.client.HTTPResponse, name: str) -> Path:
        folder = saved.new_folder()
        path, got = folder / name, 0
        try:
            with path.open("xb") as file:
                while chunk := answer.read(_CHUNK):
                    got += len(chunk)
                    if got > _MOST_SAVED:
                        raise TransferError(f"it has more than {sized(_MOST_SAVED)}")
                    file.write(chunk)
            if self._stopped or answer.length:
                raise TransferError("the connection was lost")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        saved.clean()
        return path


def _safe(name: str) -> str:
    """A name for a file here: of what others may write into one, only what can do nothing."""
    kept = "".join(one if one.isprintable() and one not in '/\\:*?"<>|' else "_" for one in name)
    stem, dot, ending = kept.strip(". ").rpartition(".")
    return f"{stem[:60]}{dot}{ending[:20]}" or "file"


def _written(name: str) -> str:
    """The name as a header can have it: a file's name may be no UTF-8."""
    return name.encode("utf-8", "replace").decode()


def _link(base: str, location: str) -> str:
    """The URL of the file, which Location gives; "" if that is none that can stand in a message."""
    try:
        url = urljoin(base, location)
        place = urlsplit(url)
    except ValueError:
        return ""
    good = url.isascii() and url.isprintable() and not set(url) & set(' <>"') and len(url) <= _MAX_URL
    return url if location and good and place.scheme in ("http", "https") and place.hostname else ""
