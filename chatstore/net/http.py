"""As much of HTTP as a door needs that is mostly for WebSocket: GET and HEAD of a few files, and /healthz.

Spec: RFC 9112 (the request's head), RFC 9110 (405, 304 and ETag). One request a connection.
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

LONGEST_HEAD = 16 * 1024
"""Bytes of a request's first line and headers; more is 431."""
_MOST_HEADERS = 100
_REQUEST = re.compile(r"([A-Za-z]{1,20}) ([!-~]{1,4096}) HTTP/1\.([01])")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
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

_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


class Request(NamedTuple):
    """`headers` by lower-case name, with the values of those that came twice joined by commas."""

    method: str
    path: str
    headers: Mapping[str, str]

    def lists(self, header: str, word: str) -> bool:
        """Whether the header has this word in its list."""
        return word in (part.strip().lower() for part in self.headers.get(header, "").split(","))


def parse_request(head: bytes) -> Request:
    """The request in the bytes before the empty line. Raises ValueError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _REQUEST.fullmatch(first)
    if found is None or len(lines) > _MOST_HEADERS:
        raise ValueError("not a request")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("not a header")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(found[1], found[2], headers)


def response(status: int, text: str = "", **headers: str) -> bytes:
    """A whole response of plain text; the connection ends with it. Headers are named with `_` for `-`."""
    body = (text or HTTPStatus(status).phrase).encode() + b"\n"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _response(
        status, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"} | named, body
    )


def _response(status: int, headers: Mapping[str, str], body: bytes, *, only_head: bool = False) -> bytes:
    every = {
        "Date": email.utils.formatdate(usegmt=True),
        "Connection": "close",
        **_SAFE,
        **headers,
        **({} if status == HTTPStatus.NOT_MODIFIED else {"Content-Length": str(len(body))}),
    }
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in every.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if only_head else body)


class _File(NamedTuple):
    content: bytes
    kind: str
    tag: str


def _file(content: bytes, kind: str) -> _File:
    return _File(content, kind, f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _script(listed: Mapping[str, str]) -> bytes:
    """The list as a worker's script."""
    files = json.dumps(listed, indent=1)
    version = hashlib.sha256(files.encode()).hexdigest()[:20]
    return f'self.FILES = {files};\nself.VERSION = "{version}";\n'.encode()


_LIST = "/files.js"
_NOT_LISTED = {"/sw.js", _LIST}
"""A worker keeps neither itself nor the list that it came with: the browser asks the network for these."""
_OF_THE_PAGE = {".css", ".html", ".js", ".png", ".svg", ".webmanifest", ".woff2"}


class Site:
    """The files of a folder, read once, so that no request can ask for another. `healthy` answers /healthz, and
    must not block.

    /files.js is made here: what the page's service worker is to keep, by path with the hash that is the ETag, and a
    hash of all of it. So the worker has a whole set, and a new one as soon as one file is another.
    """

    def __init__(self, folder: Path, healthy: Callable[[], bool]) -> None:
        self._healthy = healthy
        self._files: dict[str, _File] = {}
        listed: dict[str, str] = {}
        for path in sorted(folder.rglob("*")):
            kind = _TYPES.get(path.suffix)
            if kind is not None and path.is_file():
                name = f"/{path.relative_to(folder).as_posix()}"
                self._files[name] = _file(path.read_bytes(), kind)
                if path.suffix in _OF_THE_PAGE and name not in _NOT_LISTED:
                    listed[name.removeprefix("/")] = self._files[name].tag.strip('"')
        self._files[_LIST] = _file(_script(listed), _TYPES[".js"])
        if "/index.html" in self._files:
            self._files["/"] = self._files["/index.html"]

    def answer(self, request: Request) -> bytes:
        if request.method not in ("GET", "HEAD"):
            return response(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        only_head = request.method == "HEAD"
        path = unquote(request.path.partition("?")[0])
        if path == "/healthz":
            if self._healthy():
                return _response(HTTPStatus.OK, _PLAIN, b"ok\n", only_head=only_head)
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, b"down\n", only_head=only_head)
        file = self._files.get(path)
        if file is None:
            return _response(HTTPStatus.NOT_FOUND, _PLAIN, b"Not Found\n", only_head=only_head)
        headers = {"Content-Type": file.kind, "ETag": file.tag, "Cache-Control": "no-cache"}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if file.tag in known or known == ["*"]:
            return _response(HTTPStatus.NOT_MODIFIED, headers, b"", only_head=True)
        return _response(HTTPStatus.OK, headers, file.content, only_head=only_head)
