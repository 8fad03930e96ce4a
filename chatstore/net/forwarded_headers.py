"""Which client is behind a web proxy, and which clients are on this machine.

A web proxy on the same host connects from 127.0.0.1, whatever client it speaks for. So for HTTP, a loopback
address alone doesn't mean this machine. A request comes from elsewhere if it was forwarded, if it asks for
another host, or if a page of another host makes it. The headers are believed only from proxies that the
configuration names.

Spec: RFC 7239 (Forwarded). The X-Forwarded headers are not specified; they are read as nginx, Apache, HAProxy
and Caddy write them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from chatstore.net.addresses import is_address, is_loopback, is_this_machine, normal
from chatstore.net.layers import Peer

_FORWARDING = {
    "cf-connecting-ip",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-original-forwarded-for",
    "x-original-host",
    "x-proxyuser-ip",
    "x-real-ip",
}
"""Headers that mark a forwarded request, beside all that begin with `x-forwarded`. Browsers and chat clients
send none of these."""
_MAX_HOPS = 50
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\S+)?|([^:\s]+)(?::\S+)?")
_ELEMENT = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))\s*(;|,|$)|\s*(;|,|$)')


class _Told(NamedTuple):
    """What headers say. `address`: the client's, or empty. `secure`: every proxy was reached by https."""

    address: str
    secure: bool


class ContradictionError(ValueError):
    """The headers of a trusted proxy tell of two clients."""


def client_behind(peer: Peer, headers: Mapping[str, str], trusted: Container[str]) -> Peer:
    """The client that sent a request. `peer`: what the connection says of it. `headers`: by lower-case name.

    The result is `proxied` if the client is not on this machine. Then not even a loopback address means this
    machine. Raises ContradictionError.
    """
    if _was_forwarded(headers):
        if peer.address not in trusted:
            return replace(peer, proxied=True)
        told = _told(headers, trusted)
        return replace(peer, address=told.address or peer.address, proxied=True, secure=told.secure)
    if is_loopback(peer.address) and not _asks_this_machine(headers):
        return replace(peer, proxied=True)
    return peer


def _was_forwarded(headers: Mapping[str, str]) -> bool:
    return any(name in _FORWARDING or name.startswith("x-forwarded") for name in headers)


def _asks_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether the request asks for a name that only this machine has, and no page from elsewhere made it."""
    origin = headers.get("origin")
    places = [f"//{headers.get('host', '')}", *([origin] if origin is not None else [])]
    try:
        return all(is_this_machine(urlsplit(place).hostname or "") for place in places)
    except ValueError:
        return False


def _told(headers: Mapping[str, str], trusted: Container[str]) -> _Told:
    """What the trusted proxies say of the client. A proxy sets one of the two headers, and a client may have
    sent the other: if they contradict each other, one of them is a lie. Raises ContradictionError."""
    secure = _all_secure(_parts(headers.get("x-forwarded-proto", "")))
    told = []
    if "x-forwarded-for" in headers:
        told.append(_Told(_client(_parts(headers["x-forwarded-for"]), trusted), secure))
    if "forwarded" in headers:
        elements = _elements(headers["forwarded"])
        nodes = [element.get("for", "") for element in elements]
        protocols = [element.get("proto", "").lower() for element in elements]
        told.append(_Told(_client(nodes, trusted), _all_secure(protocols)))
    if not told:
        return _Told("", secure)
    if told[0].address != told[-1].address:
        raise ContradictionError("Forwarded and X-Forwarded-For contradict each other: the proxy has to remove one")
    return told[0]


def _all_secure(protocols: Sequence[str]) -> bool:
    return bool(protocols) and set(protocols) <= {"https", "wss"}


def _client(nodes: Sequence[str], trusted: Container[str]) -> str:
    """The right-most address that is no trusted proxy. Whatever stands left of it is that client's own
    claim."""
    address = ""
    for node in reversed(nodes[-_MAX_HOPS:]):
        found = None if is_address(node) else _WITH_PORT.fullmatch(node)
        address = normal((found[1] or found[2]) if found else node)
        if not is_address(address):
            return ""
        if address not in trusted:
            break
    return address


def _parts(header: str) -> list[str]:
    return [part.strip().lower() for part in header.split(",") if part.strip()]


def _elements(header: str) -> list[dict[str, str]]:
    """The elements of a Forwarded header with their parameters; none if it is malformed (RFC 7239 section
    4)."""
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(header):
        found = _ELEMENT.match(header, place)
        if found is None:
            return []
        place = found.end()
        if found[1] is not None:
            value = found[3] if found[3] is not None else re.sub(r"\\(.)", r"\1", found[2])
            elements[-1][found[1].lower()] = value
        if (found[4] or found[5]) == ",":
            elements.append({})
    return [element for element in elements if element]
