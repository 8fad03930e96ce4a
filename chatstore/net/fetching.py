"""HTTP requests that this server sends on behalf of somebody, who may mean harm: link previews, push, webhooks.

The name is looked up once; every address that it has must be public (`chatstore.urls`), and the connection goes to
one of these addresses, while the Host header, SNI and the certificate are the name's. Each redirect is judged as
the first URL was. `Limits.seconds` bounds all of it together, look-ups and redirects included, however slowly
bytes arrive. Proxies from the environment are not used: they would look the name up again.

Spec: RFC 9110, RFC 9112 (by h11). Blocking: for threads that have nothing else to do.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import h11

from chatstore.net.resolving import Resolve, system_resolver
from chatstore.urls import NONE, Url, UrlError, may_ask, read_url, redirected

MAX_HEAD = 32 * 1024
"""Bytes of a response's head, and of the frame of a chunk."""
MAX_FRAMING = 256 * 1024
"""Bytes that a response may take besides its body: heads, frames of chunks."""
MAX_INTERIM = 8
"""Responses with a status of 1xx before the one that counts."""
MAX_ADDRESSES = 4
"""Addresses of one name that are tried."""
USER_AGENT = "chatstore"
_REDIRECTS = (301, 302, 303, 307, 308)
_EVERYWHERE = ("accept", "accept-language", "user-agent")
"""Headers that a redirect to another origin gets as well."""


class FetchError(Exception):
    """Why there is no response. `code`:

    BAD_URL, FORBIDDEN_PORT, FORBIDDEN_ADDRESS (as UrlError); NO_SUCH_HOST; TIMEOUT; CONNECTION; TLS; PROTOCOL
    (not HTTP); TOO_LARGE; WRONG_TYPE; TOO_MANY_REDIRECTS; BAD_ENCODING.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence

    @property
    def lasting(self) -> bool:
        """Whether the URL itself is at fault, so that trying again is of no use."""
        return self.code in ("BAD_URL", "FORBIDDEN_PORT", "FORBIDDEN_ADDRESS")


@dataclass(frozen=True)
class Limits:
    """How much a response may cost. `bytes`: of its body, as received and as decompressed. `cut`: the body ends
    there; otherwise a longer one is an error. `seconds`: for everything. `redirects`: of GET and HEAD; 0 returns
    the redirect itself. `types`: media types of a successful body, `text/html` or `image/*`; none: any."""

    bytes: int = 1024 * 1024
    seconds: float = 10.0
    redirects: int = 3
    types: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True)
class Fetched:
    """A response, whatever its status. `url`: the last one asked. `headers`: names in lower case. `body`:
    decompressed. `cut`: there was more."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    cut: bool = False

    @property
    def media_type(self) -> str:
        """The type of the body without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    limits: Limits = Limits(),
    allowed: Container[str] = NONE,
    resolve: Resolve = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """Send a request and return its response. Raises FetchError.

    `allowed`: addresses that may be asked although they are not public (net.addresses.Networks).
    """
    deadline = _Deadline(limits.seconds)
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    try:
        asked = read_url(url, allowed)
        for _ in range(limits.redirects + 1):
            fetched = _ask(asked, method, sent, body, limits, allowed, resolve, tls, deadline)
            location = fetched.headers.get("location")
            if not limits.redirects or fetched.status not in _REDIRECTS or location is None:
                return fetched
            if method not in ("GET", "HEAD"):
                return fetched
            there = redirected(asked, location, allowed)
            if there.origin != asked.origin:
                sent = {name: value for name, value in sent.items() if name in _EVERYWHERE}
            asked = there
    except UrlError as error:
        raise FetchError(error.code, error.sentence) from None
    raise FetchError("TOO_MANY_REDIRECTS", f"there are more than {limits.redirects} redirects")


class _Deadline:
    """The end of the time that a fetch may take."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; FetchError if there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise FetchError("TIMEOUT", "the server took too long")
        return left


def _ask(
    url: Url,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    limits: Limits,
    allowed: Container[str],
    resolve: Resolve,
    tls: ssl.SSLContext | None,
    deadline: _Deadline,
) -> Fetched:
    """Send one request."""
    every = {"host": url.authority, "user-agent": USER_AGENT, "accept": "*/*", **headers, "connection": "close"}
    if method == "GET":
        every.setdefault("accept-encoding", "gzip")
    if body or method in ("POST", "PUT", "PATCH"):
        every["content-length"] = str(len(body))
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    try:
        request = h11.Request(method=method, target=url.target, headers=list(every.items()))
        head = http.send(request)
    except h11.LocalProtocolError as error:
        raise FetchError("PROTOCOL", f"the request can't be sent: {error}") from None
    data = (
        (head or b"")
        + (http.send(h11.Data(data=body)) or b"" if body else b"")
        + (http.send(h11.EndOfMessage()) or b"")
    )
    try:
        with _connected(url, allowed, resolve, tls, deadline) as sock:
            _send(sock, data, deadline)
            return _Response(url, limits, deadline).read(http, sock)
    except h11.RemoteProtocolError as error:
        raise FetchError("PROTOCOL", f"the server does not speak HTTP as it should: {error}") from None
    except TimeoutError:
        raise FetchError("TIMEOUT", "the server took too long") from None
    except ssl.SSLError as error:
        raise FetchError("TLS", f"TLS failed: {error.reason or error}") from None
    except OSError as error:
        raise FetchError("CONNECTION", f"the connection failed: {error.strerror or error}") from None


def addresses_of(
    url: Url, allowed: Container[str] = NONE, resolve: Resolve = system_resolver, seconds: float = 5.0
) -> list[str]:
    """The addresses of a URL's host, all of which may be asked. Raises FetchError: one address that may not be
    asked is enough, because whoever owns the name chooses the order."""
    if url.address is not None:
        return [url.address]
    try:
        found = resolve(url.host, url.port, seconds)
    except TimeoutError:
        raise FetchError("TIMEOUT", f"looking up {url.host} took too long") from None
    except OSError:
        found = []
    if not found:
        raise FetchError("NO_SUCH_HOST", f"there is no host {url.host}")
    for address in found:
        if not may_ask(address, allowed):
            raise FetchError("FORBIDDEN_ADDRESS", f"{url.host} has an address that is not public")
    return found


def _connected(
    url: Url, allowed: Container[str], resolve: Resolve, tls: ssl.SSLContext | None, deadline: _Deadline
) -> socket.socket:
    """A connection to one of the checked addresses."""
    addresses = addresses_of(url, allowed, resolve, deadline.left())[:MAX_ADDRESSES]
    failed: OSError | None = None
    for number, address in enumerate(addresses, 1):
        left = deadline.left()
        try:
            wait = left if number == len(addresses) else left / 2
            sock = socket.create_connection((address, url.port), timeout=wait)
        except OSError as error:
            failed = error
            continue
        try:
            # A machine that asks one of its own addresses goes around the firewall before it.
            if sock.getsockname()[0] == sock.getpeername()[0] and sock.getpeername()[0] not in allowed:
                raise FetchError("FORBIDDEN_ADDRESS", f"{url.host} is this machine")
            if not url.secure:
                return sock
            sock.settimeout(deadline.left())
            return (tls or _trusted()).wrap_socket(sock, server_hostname=url.host)
        except BaseException:
            sock.close()
            raise
    raise failed or OSError("no address")


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """What the system trusts; names are checked, TLS 1.2 at least."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _send(sock: socket.socket, data: bytes, deadline: _Deadline) -> None:
    rest = memoryview(data)
    while rest:
        sock.settimeout(deadline.left())
        rest = rest[sock.send(rest[:65536]) :]


class _Response:
    """Reads one response within the limits."""

    def __init__(self, url: Url, limits: Limits, deadline: _Deadline) -> None:
        self._url, self._limits, self._deadline = url, limits, deadline
        self._received = 0

    def read(self, http: h11.Connection, sock: socket.socket) -> Fetched:
        """The response, as far as it is wanted."""
        interim = 0
        while not isinstance(event := self._next(http, sock), h11.Response):
            interim += 1
            if interim > MAX_INTERIM:
                raise FetchError("PROTOCOL", "the server sends nothing but interim responses")
        headers: dict[str, str] = {}
        for name, value in event.headers:
            key = name.decode("ascii").lower()
            text = value.decode("utf-8", "replace")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        fetched = Fetched(str(self._url), event.status_code, headers)
        if event.status_code in _REDIRECTS and "location" in headers:
            return fetched
        if 200 <= event.status_code < 300 and not self._wanted(fetched.media_type):
            raise FetchError("WRONG_TYPE", f"the response is of type {fetched.media_type or 'unknown'}")
        body, cut = self._body(http, sock, headers.get("content-encoding", ""))
        return Fetched(fetched.url, fetched.status, headers, body, cut)

    def _wanted(self, media_type: str) -> bool:
        types = self._limits.types
        return not types or media_type in types or f"{media_type.partition('/')[0]}/*" in types

    def _body(self, http: h11.Connection, sock: socket.socket, encoding: str) -> tuple[bytes, bool]:
        decompress = _decompressor(encoding)
        body = bytearray()
        most = self._limits.bytes
        while isinstance(event := self._next(http, sock), h11.Data):
            # one byte more than wanted tells whether there is more
            body += decompress(bytes(event.data), most + 1 - len(body)) if decompress else event.data
            if len(body) > most or self._received > most + MAX_FRAMING:
                if not self._limits.cut:
                    raise FetchError("TOO_LARGE", f"the response has more than {most} bytes")
                return bytes(body[:most]), True
        return bytes(body), False

    def _next(self, http: h11.Connection, sock: socket.socket) -> h11.Event:
        while True:
            self._deadline.left()
            event = http.next_event()
            if event is h11.NEED_DATA:
                if self._received > self._limits.bytes + 2 * MAX_FRAMING:
                    raise FetchError("TOO_LARGE", "the response is too long")
                sock.settimeout(self._deadline.left())
                data = sock.recv(65536)
                self._received += len(data)
                http.receive_data(data)
                continue
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise FetchError("PROTOCOL", "the server ended the connection without a response")
            assert not isinstance(event, type)
            return event


class _Decompress:
    """Decompresses gzip or zlib by pieces, and never more than asked for at once."""

    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)

    def __call__(self, data: bytes, most: int) -> bytes:
        try:
            found = self._stream.decompress(data, max(1, most))
        except zlib.error:
            raise FetchError("BAD_ENCODING", "the response can't be decompressed") from None
        return found


def _decompressor(encoding: str) -> _Decompress | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return _Decompress(32 + zlib.MAX_WBITS)  # gzip or zlib, by its first bytes
    raise FetchError("BAD_ENCODING", f"the response is encoded as {name[:40]}")
