"""Which pages may ask: the server's own, and those of the listed origins.

A browser sends requests of any page that somebody looks at, and says of which page they are. A request of a
foreign page that would change something is refused before anything else is looked at; and only listed origins
may read what others get.

Spec: WHATWG Fetch (CORS protocol), W3C Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from chatstore.net.addresses import is_address
from chatstore.net.http.messages import HttpError, Response
from chatstore.urls import Networks

_PORTS = {"http": 80, "https": 443}
_HARMLESS = {"GET", "HEAD", "OPTIONS"}
_READABLE = "Accept-Post, Content-Disposition, Content-Range, ETag, Link, Location, Retry-After, WWW-Authenticate"
"""The headers that a page of a listed origin may read, beside those that every page may."""
_ASKABLE = (
    "Authorization, Content-Disposition, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, "
    "Last-Event-ID, Range"
)
_PREFLIGHT_SECONDS = "600"


class Origins:
    """`origins`: the pages that may ask, `*` for all. A page of this server may too, if its host is in `names`.
    `trusted`: the web proxies whose headers say who the client is."""

    def __init__(
        self, origins: Sequence[str] = (), names: Sequence[str] = (), trusted: Networks | None = None
    ) -> None:
        self.allow(origins, names, trusted or Networks())

    def allow(self, origins: Sequence[str], names: Sequence[str], trusted: Networks) -> None:
        """Replace the settings."""
        self._origins = {origin.lower() for origin in origins}
        self._names = {"localhost", *(name.lower() for name in names)}
        self.trusted = trusted

    def lists(self, origin: str) -> bool:
        """Whether the configuration lists this origin."""
        return "*" in self._origins or origin.lower() in self._origins

    def welcomes(self, headers: Mapping[str, str]) -> bool:
        """Whether a page may ask. Clients that are no browsers send no Origin, and may.

        The Host must be an address or one of our names. A foreign page could have its own name resolve to
        this machine, and would otherwise have the same origin as this server (DNS rebinding).
        """
        origin = headers.get("origin")
        return origin is None or self.lists(origin) or self._is_ours(origin, headers.get("host", ""))

    def _is_ours(self, origin: str, host: str) -> bool:
        try:
            page = urlsplit(origin.lower())
            page_port = page.port or _PORTS.get(page.scheme)
            asked = urlsplit(f"//{host.lower()}")
            asked_port = asked.port or _PORTS.get(page.scheme)
        except ValueError:
            return False
        if (
            page.scheme not in _PORTS
            or not page.hostname
            or (page.hostname, page_port) != (asked.hostname, asked_port)
        ):
            return False
        return page.hostname in self._names or is_address(page.hostname)

    def check(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse a request of a foreign page that may change something. Raises HttpError."""
        if method in _HARMLESS:
            return
        welcome = self.welcomes(headers)
        foreign = headers.get("sec-fetch-site", "").lower() == "cross-site" and "origin" not in headers
        if not welcome or foreign:
            raise HttpError(
                HTTPStatus.FORBIDDEN,
                detail="pages of another origin may not do this; [web] origins lists those that may",
                code="foreign-page",
            )

    def shared(self, response: Response, headers: Mapping[str, str]) -> Response:
        """The response, readable by the page that asked if its origin is listed."""
        origin = headers.get("origin", "")
        told = {**response.headers, "Vary": _vary(response.headers)}
        if origin and origin.isascii() and origin.isprintable() and self.lists(origin):
            told["Access-Control-Allow-Origin"] = origin
            told["Access-Control-Expose-Headers"] = _READABLE
            if origin.lower() in self._origins:  # pages that ask with what the browser knows (gamja does)
                told["Access-Control-Allow-Credentials"] = "true"
        return response._replace(headers=told)

    def preflight(self, methods: Sequence[str], headers: Mapping[str, str]) -> Response | None:
        """The answer to the question that a browser asks before a request of another page; None if it is no
        such question."""
        if "origin" not in headers or "access-control-request-method" not in headers:
            return None
        told = {
            "Allow": ", ".join(methods),
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": _ASKABLE,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }
        return self.shared(Response(HTTPStatus.NO_CONTENT, told), headers)


def _vary(headers: Mapping[str, str]) -> str:
    given = next((value for name, value in headers.items() if name.lower() == "vary"), "")
    return f"{given}, Origin" if given else "Origin"
