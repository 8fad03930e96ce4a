"""The little HTTP that WebSocket endpoints need: GET and HEAD of a few files, /healthz and /readyz.

`h11` parses requests and frames responses without touching a socket. A connection may carry many requests,
one after the other. A request that has a body, or that arrives before the answer to the one before it, is the
last of its connection: so nothing that one program takes for a body can be another program's request.

Spec: RFC 9112 (messages, persistence), RFC 9110 (405, 304, ETag, content negotiation), RFC 1952 (gzip).
"""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import h11

from chatstore.net.layers import End, Layer

MAX_HEAD = 16 * 1024
"""Bytes of a request's first line and headers. More is answered with 431."""
_MAX_HEADERS = 100
_TOO_LONG = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_STEERS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""Control characters, which h11 allows in a header's value."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSED_ALREADY = {".ico", ".png", ".woff2"}
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store, no-transform"}


class Request(NamedTuple):
    """A request. `headers`: by lower-case name; values of a header that came twice are joined by commas."""

    method: str
    path: str
    headers: Mapping[str, str]

    def lists(self, header: str, word: str) -> bool:
        """Whether the header is a list that has this word."""
        return word in (part.strip().lower() for part in self.headers.get(header, "").split(","))


class Response(NamedTuple):
    """A response. The `body` is not sent if the request was a HEAD."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class BadRequestError(Exception):
    """The client sent something that is not a request. `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(HTTPStatus(status).phrase)
        self.status = HTTPStatus(status)


class Exchanges:
    """The requests and responses of one connection, in turn: receive() until it returns a request, then
    respond(), and again while it is `open`. An upgrade is not answered here: `head` and `rest` are for what
    takes over."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._size = 0
        """Bytes received since the last request."""
        self._only_head = False
        self.head = b""
        self.open = True

    @property
    def idle(self) -> bool:
        """Whether a request was answered, and nothing of another one has arrived."""
        return self.head != b"" and self._http.their_state is h11.IDLE and not self._size

    @property
    def rest(self) -> bytes:
        """The bytes that arrived after the request."""
        return self._http.trailing_data[0]

    def receive(self, data: bytes) -> Request | None:
        """The request, once its head is complete. Raises BadRequestError."""
        self._size += len(data)
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
            if not isinstance(event, h11.Request):
                return None
            self._size = 0
            self._http.next_event()  # its end, where it has no body
        except h11.RemoteProtocolError as error:
            too_long = self._size > MAX_HEAD
            raise BadRequestError(_TOO_LONG if too_long else error.error_status_hint) from None
        if event.http_version not in (b"1.0", b"1.1"):
            raise BadRequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        headers = list(event.headers)
        lines = [b"%s: %s\r\n" % (name, value) for name, value in headers]
        self.head = b"%s %s HTTP/%s\r\n%s\r\n" % (event.method, event.target, event.http_version, b"".join(lines))
        if len(self.head) > MAX_HEAD:
            raise BadRequestError(_TOO_LONG)
        if len(lines) > _MAX_HEADERS or any(_STEERS.search(value) for _, value in headers):
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        named: dict[str, str] = {}
        for name, value in ((name.decode("ascii"), value.decode("latin-1")) for name, value in headers):
            named[name] = f"{named[name]}, {value}" if name in named else value
        method = event.method.decode("ascii")
        self._only_head = method == "HEAD"
        return Request(method, _path(event.target.decode("latin-1")), named)

    def respond(self, response: Response) -> bytes:
        """The bytes of a response. Another request may follow if it is still `open` afterwards."""
        http = self._http
        last = http.their_state is not h11.DONE or self.rest != b""
        event = h11.Response(
            status_code=response.status,
            headers=_headers(response, close=last),
            reason=HTTPStatus(response.status).phrase.encode(),
        )
        said = http.send(event) or b""
        if response.body and not self._only_head:
            said += http.send(h11.Data(data=response.body)) or b""
        said += http.send(h11.EndOfMessage()) or b""
        self.open = http.our_state is h11.DONE and http.their_state is h11.DONE
        if self.open:
            http.start_next_cycle()
        return said


def _path(target: str) -> str:
    """The path of a request target. RFC 9112 section 3.2: the absolute form, which is for proxies, loses its
    origin."""
    if target.startswith(("http://", "https://")):
        parts = urlsplit(target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return target


def _headers(response: Response, *, close: bool) -> list[tuple[str, str]]:
    every = {"Date": email.utils.formatdate(usegmt=True), **_SAFE, **response.headers}
    if close:
        every["Connection"] = "close"
    if response.status != HTTPStatus.NOT_MODIFIED:
        every["Content-Length"] = str(len(response.body))
    return list(every.items())


def plain_response(status: int, text: str = "", **headers: str) -> Response:
    """A response with one line of plain text. Header names are written with `_` for `-`."""
    body = (text or HTTPStatus(status).phrase).encode() + b"\n"
    return Response(status, _PLAIN | {name.replace("_", "-"): value for name, value in headers.items()}, body)


def last_response(status: int, text: str = "", **headers: str) -> bytes:
    """The same as bytes, as the last response of a connection, whatever the request was."""
    response = plain_response(status, text, **headers)
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in _headers(response, close=True)),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


class HttpLayer(Layer):
    """HTTP and nothing else: there is never a protocol above it. `answer` must not block."""

    translates = True
    ready = False

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer
        self._http = Exchanges()

    @property
    def idle(self) -> bool:
        return self._http.idle

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        if self.ended is not None:
            return b"", b""
        try:
            request = self._http.receive(data)
        except BadRequestError as error:
            self.ended = End("")
            return b"", last_response(error.status)
        if request is None:
            return b"", b""
        said = self._http.respond(self._answer(request))
        if not self._http.open:
            self.ended = End("")
        return b"", said


class _File:
    """A file, plain and compressed if that is smaller. Both have one hash, because they have one content; the
    compressed form has a weak tag of it (RFC 9110 section 8.8.1)."""

    def __init__(self, content: bytes, suffix: str) -> None:
        self.hash = hashlib.sha256(content).hexdigest()[:20]
        self._content, self._suffix = content, suffix

    @cached_property
    def _forms(self) -> tuple[Response, Response]:
        """Plain and compressed. Made when they are first asked for: a server without a page starts sooner."""
        content = self._content
        small = b"" if self._suffix in _COMPRESSED_ALREADY else gzip.compress(content, mtime=0)
        headers = {"Content-Type": _TYPES[self._suffix], "Cache-Control": "no-cache, no-transform"}
        if not 0 < len(small) < len(content):
            plain = Response(HTTPStatus.OK, {**headers, "ETag": f'"{self.hash}"'}, content)
            return plain, plain
        headers["Vary"] = "Accept-Encoding"
        return (
            Response(HTTPStatus.OK, {**headers, "ETag": f'"{self.hash}"'}, content),
            Response(HTTPStatus.OK, {**headers, "ETag": f'W/"{self.hash}"', "Content-Encoding": "gzip"}, small),
        )

    def answer(self, request: Request) -> Response:
        plain, small = self._forms
        found = small if _takes_gzip(request) else plain
        if _knows(request, self.hash):
            kept = {name: value for name, value in found.headers.items() if name != "Content-Encoding"}
            return Response(HTTPStatus.NOT_MODIFIED, kept)
        return found


def _takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip. RFC 9110 section 12.5.3."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


_TAG = re.compile(r'(?:W/)?"([^"]*?)(?:[-;](?:gzip|br|zstd|deflate))?"')
"""An entity tag. Caddy and Apache append how they compressed the content."""


def _knows(request: Request, content: str) -> bool:
    """Whether the client already has this content (RFC 9110 section 13.1.2: weak comparison)."""
    known = request.headers.get("if-none-match", "").strip()
    return known == "*" or content in _TAG.findall(known)


def _script(listed: Mapping[str, str]) -> bytes:
    """The list of files, as a script for the service worker."""
    files = json.dumps(listed, indent=1)
    version = hashlib.sha256(files.encode()).hexdigest()[:20]
    return f'self.FILES = {files};\nself.VERSION = "{version}";\n'.encode()


_LIST = "/files.js"
_NOT_LISTED = {"/sw.js", _LIST}
"""A service worker keeps neither itself nor the list that it came with: the browser asks the network for
these."""
_OF_THE_PAGE = {".css", ".html", ".js", ".png", ".svg", ".webmanifest", ".woff2"}
_IMPORT = re.compile(r"^(?:import|export|\})[^'\"\n]*?\bfrom ['\"](\.[^'\"]+)['\"]", re.MULTILINE)
_NAME = re.compile(rb'<meta name="application-name" content="[^"]*">')
_MODULE = re.compile(r'<script type="module" src="([^"]+)"></script>')


def _read(folder: Path) -> dict[str, bytes]:
    """The files of a folder that have a known type, by their path in a URL."""
    return {
        f"/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }


class Site:
    """The files of a folder, read once: so no request can reach another file. No folder: no files.

    `down` answers /healthz and `unready` /readyz: why the answer is no, in one line that everybody may read, or an
    empty text. Neither may block. `name` replaces the application-name of the
    pages.

    A page gets a preload link for every module that its own modules import, so that a browser asks for them
    together instead of one level after the other.

    /files.js is made here: the files that the page's service worker keeps, by path, with their hashes (the
    ETags), and a hash of them all. So the worker has a complete set, and a new one as soon as one file
    changes.
    """

    def __init__(
        self, folder: Path | None, down: Callable[[], str], unready: Callable[[], str], *, name: str = ""
    ) -> None:
        self._checks = {"/healthz": down, "/readyz": unready}
        contents = _read(folder) if folder is not None else {}
        for page in contents:
            if page.endswith(".html"):
                contents[page] = _named(_with_modules(page, contents), name)
        self._files = {path: _File(content, posixpath.splitext(path)[1]) for path, content in contents.items()}
        listed = {
            path.removeprefix("/"): file.hash
            for path, file in self._files.items()
            if posixpath.splitext(path)[1] in _OF_THE_PAGE and path not in _NOT_LISTED
        }
        self._files[_LIST] = _File(_script(listed), ".js")
        if "/index.html" in self._files:
            self._files["/"] = self._files["/index.html"]

    def answer(self, request: Request) -> Response:
        """Return the response to a request for a file, for /healthz or for /readyz."""
        if request.method not in ("GET", "HEAD"):
            return plain_response(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        path = unquote(request.path.partition("?")[0])
        if (check := self._checks.get(path)) is not None:
            if why := check():
                return Response(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, f"down: {why}\n".encode())
            return Response(HTTPStatus.OK, _PLAIN, b"ok\n")
        file = self._files.get(path)
        return file.answer(request) if file is not None else plain_response(HTTPStatus.NOT_FOUND)


def _named(page: bytes, name: str) -> bytes:
    """A page with this application-name. Spec: HTML, "Standard metadata names"."""
    tag = f'<meta name="application-name" content="{escape(name)}">'
    return _NAME.sub(lambda _: tag.encode(), page) if name else page


def _with_modules(page: str, contents: Mapping[str, bytes]) -> bytes:
    """A page with a `modulepreload` link for each module that its modules import."""
    html = contents[page].decode()

    def preloaded(found: re.Match[str]) -> str:
        folder = posixpath.dirname(page)
        first = posixpath.normpath(posixpath.join(folder, found[1]))
        modules = [posixpath.relpath(name, folder) for name in _imported(first, contents)]
        return "\n".join([*(f'<link rel="modulepreload" href="{name}">' for name in modules), found[0]])

    return _MODULE.sub(preloaded, html).encode()


def _imported(name: str, contents: Mapping[str, bytes]) -> Iterable[str]:
    """All modules that a module imports, directly or not: each once, the nearest first."""
    found = {name: None}
    for each in (waiting := [name]):
        for path in _IMPORT.findall(contents.get(each, b"").decode()):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(each), path))
            if module in contents and module not in found:
                found[module] = None
                waiting.append(module)
    return [module for module in found if module != name]
