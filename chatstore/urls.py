"""Which web addresses this server asks on behalf of somebody, and which network addresses it never does.

`read_url` judges a text; `is_public` judges the address that its host turns out to have. Everything that people
can make the server fetch goes through both: push endpoints, outgoing webhooks, link previews. Specs: RFC 3986,
WHATWG URL ("ends in a number"), UTS 46 (by `idna`), IANA's registries of special-purpose addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

MAX_URL, MAX_HOST = 2048, 253
"""Characters, before anything is decoded."""
DEFAULT_PORTS = {"http": 80, "https": 443}
LOW_PORTS = frozenset(DEFAULT_PORTS.values())
"""The only ports below 1024 that are asked."""
OTHER_PROTOCOLS = frozenset(
    (
        1719,
        1720,
        1723,
        2049,
        3659,
        4045,
        4190,
        5060,
        5061,
        6000,
        6379,
        6566,
        6679,
        6697,
        10080,
        11211,
        *range(6665, 6670),
    )
)
"""Ports above where something else listens than HTTP (WHATWG Fetch, "bad port"; Redis and memcached)."""

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NONE: frozenset[str] = frozenset()

_NEVER_4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "168.63.129.16/32"
    ).split()
]
"""This network, private, shared, loopback, link-local, documentation, benchmarks, multicast, reserved; the last
one is public in form and a cloud's own service in fact."""
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_NEVER_6 = [ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
"""Inside of 2000::/3: Teredo and other protocols' own, documentation, 6to4."""
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are the IPv4 address that is reached."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""RFC 5214: what stands before the IPv4 address in the last eight bytes."""

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"^`{|}\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "/?:@!$&'()*+,;=-._~%[]"


class Networks:
    """A set of networks, for `address in networks`. Raises ValueError for a text that is not a network."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._networks: Sequence[IpNetwork] = [ipaddress.ip_network(text, strict=False) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: object) -> bool:
        if not self._networks:
            return False
        try:
            parsed = ipaddress.ip_address(str(address))
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


class UrlError(Exception):
    """Why a URL is not asked. `code`: BAD_URL, FORBIDDEN_PORT or FORBIDDEN_ADDRESS."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True)
class Url:
    """A URL that may be asked, if its host turns out to have an address that may.

    `host`: ASCII, lower case, an address without brackets. `target`: path and query, ASCII. `address`: the
    host, if it is an address.
    """

    scheme: str
    host: str
    port: int
    target: str
    address: str | None = None

    @property
    def secure(self) -> bool:
        """Whether TLS protects it."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.target


def read_url(text: str, allowed: Container[str] = NONE) -> Url:
    """Judge a URL. `allowed`: addresses that are not public, and may be asked nevertheless.

    Raises UrlError. Nothing is looked up: the addresses of a name are judged when they are known.
    """
    if len(text) > MAX_URL:
        raise UrlError("BAD_URL", f"a URL has at most {MAX_URL} characters")
    if _FORBIDDEN.search(text):
        raise UrlError("BAD_URL", "a URL contains no spaces, control characters or backslashes")
    try:
        parts = urlsplit(text)
        scheme = parts.scheme.lower()
        port = parts.port
    except ValueError:
        raise UrlError("BAD_URL", "this is not a URL") from None
    if scheme not in DEFAULT_PORTS or not parts.netloc:
        raise UrlError("BAD_URL", "a URL begins with https:// or http:// and a host")
    if "@" in parts.netloc:
        raise UrlError("BAD_URL", "the URL must not contain a user name or password")
    host, address = _host(parts.netloc)
    port = DEFAULT_PORTS[scheme] if port is None else port
    if (port < 1024 and port not in LOW_PORTS) or port in OTHER_PROTOCOLS:
        raise UrlError("FORBIDDEN_PORT", f"port {port} is not one for HTTP")
    if address is not None and not may_ask(address, allowed):
        raise UrlError("FORBIDDEN_ADDRESS", f"{address} is not a public address")
    target = quote(parts.path or "/", _SAFE) + (f"?{quote(parts.query, _SAFE)}" if parts.query else "")
    return Url(scheme, host, port, target if target.startswith("/") else f"/{target}", address)


def redirected(url: Url, location: str, allowed: Container[str] = NONE) -> Url:
    """Judge what a response of `url` redirects to. Raises UrlError."""
    if len(location) > MAX_URL or _FORBIDDEN.search(location):
        raise UrlError("BAD_URL", "the redirect is not a URL")
    try:
        joined = urljoin(str(url), location)
    except ValueError:
        raise UrlError("BAD_URL", "the redirect is not a URL") from None
    there = read_url(joined, allowed)
    if url.secure and not there.secure:
        raise UrlError("BAD_URL", "the redirect leads from https to http")
    return there


def may_ask(address: str, allowed: Container[str] = NONE) -> bool:
    """Whether an address may be asked: it is public, or in `allowed`."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner = _embedded(parsed)
    return is_public(parsed) or str(parsed) in allowed or (inner is not None and str(inner) in allowed)


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the public internet, whatever form of IPv6 it is wrapped in."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NEVER_4)
    inner = _embedded(address)
    if inner is not None and not is_public(inner):
        return False
    if address.ipv4_mapped is not None or address in _TRANSLATED:
        return True
    return address in _UNICAST_6 and not any(address in network for network in _NEVER_6)


def _embedded(address: IpAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that is reached by an IPv6 address: mapped, NAT64 or ISATAP."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED or number >> 32 & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None


def _host(netloc: str) -> tuple[str, str | None]:
    """Return the host of a network location in ASCII, and its address if it is one."""
    if netloc.startswith("["):
        inside, bracket, after = netloc[1:].partition("]")
        try:
            parsed = ipaddress.IPv6Address(inside if "%" not in inside else "")
        except ValueError:
            raise UrlError("BAD_URL", "the address in brackets is not one of IPv6") from None
        if not bracket or (after and not after.startswith(":")):
            raise UrlError("BAD_URL", "this is not a URL")
        return str(parsed), str(parsed)
    name = netloc.partition(":")[0].removesuffix(".")
    if not name or len(name) > MAX_HOST or "%" in name:
        raise UrlError("BAD_URL", "the host is not a name")
    labels = _ascii(name).split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(".".join(labels)) > MAX_HOST:
        raise UrlError("BAD_URL", "the host is not a name")
    if not _NUMBER.fullmatch(labels[-1]):
        return ".".join(labels), None
    try:  # other spellings of an address (2130706433, 0x7f.1, 0177.0.0.1) are not taken at all
        address = str(ipaddress.IPv4Address(".".join(labels)))
    except ValueError:
        raise UrlError("BAD_URL", "the host is not a name, and an address has four decimal numbers") from None
    return address, address


def _ascii(name: str) -> str:
    """The name in ASCII, by UTS 46; its punycode is checked. Python's own codec is slow, and of 2003."""
    lower = name.lower()
    if lower.isascii() and "xn--" not in lower:
        return lower
    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        raise UrlError("BAD_URL", "the host is not a name") from None
