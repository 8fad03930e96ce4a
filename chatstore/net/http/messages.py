"""Requests and responses as values, and the few ways in which a response has a body.

A handler returns a Response whose body is bytes or a piece of a file, or an EventStream, or it raises
HttpError. None of them knows the connection.

Spec: RFC 9110 (HTTP semantics), RFC 9457 (problem details), WHATWG HTML section 9.2 (event streams).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from chatstore.net.layers import Peer

PROBLEM = "application/problem+json"
TYPE = "urn:chatstore:problem:"
"""What the code of a problem begins with, as its type."""
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store, no-transform"}
_BEAT = b":\n\n"
"""A comment, which clients of event streams skip."""


class Request(NamedTuple):
    """A request. `path`: percent-decoded. `query`: each name with its values, in order. `headers`: by
    lower-case name; values of a header that came twice are joined by commas. `peer`: the client, behind the
    trusted proxies. `values`: the parts of the path that the route's pattern names."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = {}
    headers: Mapping[str, str] = {}
    peer: Peer = Peer("")
    values: Mapping[str, str] = {}

    def lists(self, header: str, word: str) -> bool:
        """Whether the header is a list that has this word."""
        return word in (part.strip().lower() for part in self.headers.get(header, "").split(","))

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class FileBody(NamedTuple):
    """A piece of a file as a body. `length`: None means up to its end. It is read piece by piece as the client
    takes it."""

    path: Path
    start: int = 0
    length: int | None = None


class Response(NamedTuple):
    """A response. The `body` is not sent if the request was a HEAD."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes | FileBody = b""


class Stream(Protocol):
    """An open response of an EventStream. Any thread may use it."""

    on_closed: Callable[[], None]
    """Called once when the stream has ended, whoever ended it. It must not block."""

    def send(self, data: bytes) -> bool:
        """Send bytes. Never blocks. False if the stream is closed; it closes by itself if its client reads
        too slowly."""

    @property
    def waiting(self) -> int:
        """The bytes that the client has not taken yet."""

    @property
    def closed(self) -> bool:
        """Whether the stream has ended."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Have a handler's thread call it once nothing waits any more. Not called if the stream ends
        before."""

    def close(self) -> None:
        """End the stream."""


@dataclass(frozen=True)
class EventStream:
    """A response without an end. `opened` is called once in a handler's thread, after the head was sent; it
    may block. `beat` is sent when nothing else was for 15 s, so that proxies keep the connection."""

    headers: Mapping[str, str]
    opened: Callable[[Stream], None]
    beat: bytes = _BEAT


class HttpError(Exception):
    """A refusal, as a problem of RFC 9457: `title` says what kind, `detail` what to do; `members` are more
    fields of it, such as `code`."""

    def __init__(
        self,
        status: int,
        title: str = "",
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail or title or HTTPStatus(status).phrase)
        self.status = HTTPStatus(status)
        self.title, self.detail = title or self.status.phrase, detail
        self.headers = dict(headers or {})
        self.members = members

    @property
    def response(self) -> Response:
        """The response that says so."""
        return problem(self.status, self.title, self.detail, self.headers, **self.members)


class BadRequestError(Exception):
    """The client sent something that is not a request. `status` is the answer."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(why or HTTPStatus(status).phrase)
        self.status = HTTPStatus(status)
        self.why = why


_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""What older versions of Python call otherwise than RFC 9110: the code of a problem is the same with all."""


def problem(
    status: int, title: str = "", detail: str = "", headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """A response with a problem in JSON. Its `code` is the status in words, if the members have none; `type` is
    the code as a URI."""
    phrase = _PHRASES.get(status) or HTTPStatus(status).phrase
    code = members.pop("code", "") or phrase.lower().replace(" ", "-")
    told: dict[str, Any] = {"title": title or phrase, "status": int(status)}
    if detail:
        told["detail"] = detail
    body = json.dumps({**told, "type": f"{TYPE}{code}", "code": code, **members}).encode() + b"\n"
    return Response(status, {"Content-Type": PROBLEM, "Cache-Control": "no-store", **(headers or {})}, body)


def plain_response(status: int, text: str = "", **headers: str) -> Response:
    """A response with one line of plain text. Header names are written with `_` for `-`."""
    body = (text or HTTPStatus(status).phrase).encode() + b"\n"
    return Response(status, _PLAIN | {name.replace("_", "-"): value for name, value in headers.items()}, body)


_WEIGHT = re.compile(r"\s*q=0(\.0*)?\s*")


def takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip. RFC 9110 section 12.5.3."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return not _WEIGHT.fullmatch(weight)
    return False
