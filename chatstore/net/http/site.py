"""The files of the page, /healthz and /readyz: answered in the I/O thread, from memory.

Spec: RFC 9110 (405, 304, ETag, content negotiation), RFC 1952 (gzip).
"""

from __future__ import annotations

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

from chatstore.net.http.conditional import knows
from chatstore.net.http.messages import Request, Response, plain_response, takes_gzip

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
POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}


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
        headers = {**POLICY, "Content-Type": _TYPES[self._suffix], "Cache-Control": "no-cache, no-transform"}
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
        found = small if takes_gzip(request) else plain
        if knows(request, self.hash):
            kept = {name: value for name, value in found.headers.items() if name != "Content-Encoding"}
            return Response(HTTPStatus.NOT_MODIFIED, kept)
        return found


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
        path = request.path
        if (check := self._checks.get(path)) is not None:
            if why := check():
                return plain_response(HTTPStatus.SERVICE_UNAVAILABLE, f"down: {why}")
            return plain_response(HTTPStatus.OK, "ok")
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
