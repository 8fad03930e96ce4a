"""The table of routes: which handler answers which method at which path, and what body it takes.

A pattern is a path; a part in braces matches one part of a path, whatever it is: `/files/{token}/{name}`. Parts
are compared before they are decoded, so a value may have a slash in it, but no control character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from chatstore.net.http.messages import Response


class Receiver(Protocol):
    """Takes the body of an upload, piece by piece. All methods are called in a handler's thread, one at a
    time, and may block: meanwhile the client is not read. They may raise HttpError."""

    def write(self, data: bytes) -> None:
        """Take some bytes."""

    def finish(self) -> Response:
        """The body is complete."""

    def abandon(self) -> None:
        """The body will not be complete, or write() or finish() has failed. Called once, on every way out
        but a finish() that returns."""


class NoBody(NamedTuple):
    """The handler takes no body: handler(request) -> Response | EventStream."""


class Body(NamedTuple):
    """The handler takes a whole body: handler(request, body) -> Response | EventStream. `limit`: bytes.
    `types`: the media types that it may have (an empty text: none was said); no types: all."""

    limit: int
    types: Sequence[str] = ()


class Upload(NamedTuple):
    """The handler takes the head: handler(request) -> Receiver, or a Response that refuses; then the body is
    not read. `limit`: bytes, or a function that returns them and does not block."""

    limit: int | Callable[[], int]


NO_BODY = NoBody()


@dataclass(frozen=True)
class Route:
    """`method`: GET answers HEAD, too. Handlers run in a pool and may block. `shared`: pages of the listed
    origins may read the answers."""

    method: str
    pattern: str
    handler: Callable[..., Any]
    takes: NoBody | Body | Upload = NO_BODY
    shared: bool = True


class Found(NamedTuple):
    """The route of a request. `values`: what its pattern names. `allowed`: the methods that its path has,
    for the Allow header; empty if there is no such path."""

    route: Route | None
    values: Mapping[str, str]
    allowed: Sequence[str]


class Routes:
    """Finds routes. A part without braces is preferred to one in braces."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        self._tree: dict[str, Any] = {}
        self._first = {_parts(route.pattern)[0] for route in routes}
        for route in routes:
            place, names = self._tree, []
            for part in _parts(route.pattern):
                if part.startswith("{"):
                    names.append(part[1:-1])
                    part = _ANY
                place = place.setdefault(part, {})
            here = place.setdefault(_HERE, {})
            if route.method in here:
                raise ValueError(f"two routes for {route.method} {route.pattern}")
            here[route.method] = (route, names)

    def own(self, raw_path: str) -> bool:
        """Whether routes have everything that begins as this path does: there is no file of the page."""
        return _parts(raw_path)[0] in self._first

    def kind(self, raw_path: str) -> str:
        """What a path begins with, if routes have that; `page` otherwise."""
        return _parts(raw_path)[0] if self.own(raw_path) else "page"

    def find(self, method: str, raw_path: str) -> Found:
        """The route of a path that is still percent-encoded."""
        values: list[str] = []
        here = self._place(self._tree, _parts(raw_path), 0, values)
        if here is None:
            return Found(None, {}, ())
        route, names = here.get(method) or (here.get("GET") if method == "HEAD" else None) or (None, ())
        allowed = sorted({*here, "OPTIONS", *(["HEAD"] if "GET" in here else [])})
        return Found(route, dict(zip(names, values, strict=True)) if route is not None else {}, allowed)

    def _place(
        self, place: Mapping[str, Any], parts: Sequence[str], depth: int, values: list[str]
    ) -> Mapping[str, Any] | None:
        if depth == len(parts):
            found: Mapping[str, Any] | None = place.get(_HERE)
            return found
        part = parts[depth]
        if part in place and part not in (_ANY, _HERE):
            found = self._place(place[part], parts, depth + 1, values)
            if found is not None:
                return found
        value = _decoded(part) if _ANY in place else ""
        if not value:
            return None
        values.append(value)
        found = self._place(place[_ANY], parts, depth + 1, values)
        if found is None:
            values.pop()
        return found


_ANY, _HERE = "{}", "/"
"""Neither can be a part of a path."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _decoded(part: str) -> str:
    """A part of a path; empty if it can't be a value."""
    try:
        value = unquote(part, errors="strict")
    except UnicodeDecodeError:
        return ""
    return "" if _CONTROL.search(value) else value


def _parts(path: str) -> Sequence[str]:
    return path.removeprefix("/").split("/")
