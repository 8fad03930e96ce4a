"""The requests and responses of one connection, as bytes, without a socket.

`h11` parses and frames; this class decides what it gets to see. It gets a head once that is complete, short
enough and without folded lines, and of a body only as much at a time as its caller asks for.

A connection may carry many requests, one after the other. A request whose body is not read to its end, or that
arrives before the answer to the one before it, is the last of its connection: so nothing that one program takes
for a body can be another program's request.

Spec: RFC 9112 (messages, persistence), RFC 9110 section 10.1.1 (Expect).
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import h11

from chatstore.net.http.messages import BadRequestError, Response, plain_response

MAX_HEAD = 16 * 1024
"""Bytes of a request's first line and headers. More is answered with 431."""
_MAX_HEADERS = 100
_MAX_FIELDS = 100
"""Fields of a query."""
_MAX_FRAMING, _FRAMING_FACTOR = 16 * 1024, 8
"""Bytes of a chunked body that are none of its content: so many, and so many for each byte of content."""
_SLICE = 4096
"""Bytes of a chunked body that are parsed at a time, and that may stand around one chunk or behind the last:
each line there costs as much as a header."""
_TOO_LONG = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_STEERS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""Control characters, which h11 allows in a header's value."""
_HEAD_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\n[ \t]")
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Head(NamedTuple):
    """The head of a request. `raw_path`: as it was sent, without the query. `length`: of its body; None: it
    is chunked. `raw`: all of it, in a normal form."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    length: int | None
    raw: bytes

    @property
    def has_body(self) -> bool:
        """Whether a body follows, or may follow."""
        return self.length != 0

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.raw_path)

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The query. Raises BadRequestError."""
        if not self.raw_query:
            return {}
        try:
            return parse_qs(self.raw_query, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
        except ValueError:
            raise BadRequestError(
                HTTPStatus.BAD_REQUEST, "the query has too many fields, or is not UTF-8"
            ) from None


class Exchanges:
    """In turn: receive() what arrives, head() until there is one, body() until it is complete, and a
    response; and again while it is `open`."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_SLICE)
        self._incoming = bytearray()
        """Bytes of a head that is not complete."""
        self._searched = 0
        self._chunked = bytearray()
        """Bytes of a chunked body that are not parsed yet."""
        self._is_chunked = False
        self._in_body = False
        self._framed = self._content = 0
        """Bytes of the body that have arrived, and those of them that are its content."""
        self._only_head = self._begun = False
        self.began = False
        """Whether something of the next request has arrived."""
        self.open = True

    @property
    def rest(self) -> bytes:
        """The bytes that arrived after what was read of the request."""
        return self._http.trailing_data[0] + bytes(self._chunked)

    @property
    def wants_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends the body."""
        return self._in_body and self._http.they_are_waiting_for_100_continue

    def receive(self, data: bytes) -> None:
        """Take bytes. Nothing is parsed."""
        if not data:  # h11 would take it for the end
            return
        if self._in_body or self._http.their_state is not h11.IDLE:
            self._framed += len(data)
            if self._is_chunked:
                self._chunked += data
            else:
                self._http.receive_data(data)
        else:
            self._incoming += data

    def head(self) -> Head | None:
        """The head of the next request, once it is complete. Raises BadRequestError."""
        incoming = self._incoming
        if not self.began:
            if incoming[:2] == b"\r\n":  # RFC 9112 section 2.2: one empty line may come before it
                del incoming[:2]
            self.began = bool(incoming)
        if incoming and incoming[0] <= 0x20:
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        found = _HEAD_END.search(incoming, self._searched, MAX_HEAD + 4)
        if found is None:
            if len(incoming) > MAX_HEAD:
                raise BadRequestError(_TOO_LONG)
            self._searched = max(0, len(incoming) - 2)
            return None
        head, rest = bytes(incoming[: found.end()]), bytes(incoming[found.end() :])
        self._incoming, self._searched, self.began = bytearray(), 0, False
        if len(head) > MAX_HEAD or head.count(b"\n") > _MAX_HEADERS + 2:
            raise BadRequestError(_TOO_LONG)
        if _FOLD.search(head):
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        self._http.receive_data(head)
        event = self._next()
        if not isinstance(event, h11.Request):
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        read = _read(event)
        self._only_head = read.method == "HEAD"
        self._in_body, self._is_chunked = read.has_body, read.length is None
        if not self._in_body:
            self._next()
        self._framed = self._content = 0
        if rest:
            self.receive(rest)
        return read

    @property
    def in_body(self) -> bool:
        """Whether the body of the request is not complete."""
        return self._in_body

    def go_ahead(self) -> bytes:
        """The 100 that the client waits for."""
        return self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b""

    def body(self) -> bytes | None:
        """Some bytes of the body: empty at its end, None if more has to arrive. Raises BadRequestError."""
        while True:
            event = self._next()
            if isinstance(event, h11.EndOfMessage):
                self._in_body = False
                return b""
            if isinstance(event, h11.Data):
                self._content += len(event.data)
                if event.data:
                    return bytes(event.data)
            elif self._chunked:
                self._http.receive_data(bytes(self._chunked[:_SLICE]))
                del self._chunked[:_SLICE]
            else:
                self._check_framing()
                return None

    def _check_framing(self) -> None:
        framing = self._framed - len(self.rest) - self._content
        if framing > _MAX_FRAMING + _FRAMING_FACTOR * self._content:
            raise BadRequestError(HTTPStatus.BAD_REQUEST, "the chunks have more around them than in them")

    def _next(self) -> object:
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise BadRequestError(error.error_status_hint) from None

    def respond(self, response: Response, *, last: bool = False) -> bytes:
        """The bytes of a response whose body is bytes. Another request may follow if it is still `open`
        afterwards."""
        body = response.body
        assert isinstance(body, bytes)
        said = self.begin(response, len(body), last=last)
        if body:
            said += self.piece(body)
        return said + self.end()

    def begin(self, response: Response, length: int | None, *, last: bool = False) -> bytes:
        """The head of a response. `length`: of the body that follows by piece(); None: nobody knows yet, and it
        is the last response of the connection."""
        http = self._http
        last = last or length is None or http.their_state is not h11.DONE or self.rest != b""
        event = h11.Response(
            status_code=response.status,
            headers=headers_of(response, length, close=last),
            reason=HTTPStatus(response.status).phrase.encode(),
        )
        said = http.send(event) or b""
        self._begun = True
        return said

    def piece(self, data: bytes) -> bytes:
        """A piece of a response's body."""
        return b"" if self._only_head else self._http.send(h11.Data(data=data)) or b""

    def end(self) -> bytes:
        """The end of a response."""
        http = self._http
        said = http.send(h11.EndOfMessage()) or b""
        self._begun = False
        self.open = http.our_state is h11.DONE and http.their_state is h11.DONE
        if self.open:
            http.start_next_cycle()
        return said

    @property
    def only_head(self) -> bool:
        """Whether the request is a HEAD: the response has no body."""
        return self._only_head

    @property
    def answering(self) -> bool:
        """Whether a part of a response was made, and its end was not."""
        return self._begun

    @property
    def chunks(self) -> bool:
        """Whether the client understands chunks."""
        return self._http.their_http_version == b"1.1"


def _read(event: h11.Request) -> Head:
    """The head of a request. Raises BadRequestError."""
    if event.http_version not in (b"1.0", b"1.1"):
        raise BadRequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    headers = list(event.headers)
    if any(_STEERS.search(value) for _, value in headers):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    lines = [b"%s: %s\r\n" % (name, value) for name, value in headers]
    raw = b"%s %s HTTP/%s\r\n%s\r\n" % (event.method, event.target, event.http_version, b"".join(lines))
    named: dict[str, str] = {}
    for name, value in ((name.decode("ascii"), value.decode("latin-1")) for name, value in headers):
        named[name] = f"{named[name]}, {value}" if name in named else value
    chunked = "transfer-encoding" in named
    if chunked and ("content-length" in named or event.http_version == b"1.0"):
        # RFC 9112 section 6.1: two programs may disagree on where such a message ends.
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    if named.get("expect", "100-continue").lower() != "100-continue":
        raise BadRequestError(HTTPStatus.EXPECTATION_FAILED)
    length = None if chunked else int(named.get("content-length", 0))
    path, query = _parts(event.target.decode("ascii"))
    return Head(event.method.decode("ascii"), path, query, named, length, raw)


def _parts(target: str) -> tuple[str, str]:
    """Path and query of a request target. RFC 9112 section 3.2: the absolute form, which is for proxies, loses
    its origin. Raises BadRequestError."""
    if target.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(target)
        except ValueError:
            raise BadRequestError(HTTPStatus.BAD_REQUEST) from None
        return parts.path or "/", parts.query
    path, _, query = target.partition("?")
    return path, query


def headers_of(response: Response, length: int | None, *, close: bool) -> list[tuple[bytes, bytes]]:
    """The headers of a response. Raises ValueError if one can't be sent."""
    every = {"date": ("Date", email.utils.formatdate(usegmt=True))}
    for headers in (_SAFE, response.headers):
        every.update((name.lower(), (name, value)) for name, value in headers.items())
    if close:
        every["connection"] = ("Connection", "close")
    if length is not None and response.status not in _BODILESS:
        every["content-length"] = ("Content-Length", str(length))
    pairs = [(name.encode("ascii"), value.encode("latin-1")) for name, value in every.values()]
    if any(_STEERS.search(part) for pair in pairs for part in pair):
        raise ValueError("a header has a control character")
    return pairs


def last_response(status: int, text: str = "", **headers: str) -> bytes:
    """A plain_response() as bytes, as the last response of a connection, whatever the request was."""
    return encoded(plain_response(status, text, **headers))


def encoded(response: Response, *, only_head: bool = False) -> bytes:
    """A response as bytes, as the last one of a connection, whatever the request was."""
    assert isinstance(response.body, bytes)
    lines = [
        f"HTTP/1.1 {int(response.status)} {HTTPStatus(response.status).phrase}".encode(),
        *(b"%s: %s" % each for each in headers_of(response, len(response.body), close=True)),
    ]
    return b"\r\n".join([*lines, b"", b""]) + (b"" if only_head else response.body)
