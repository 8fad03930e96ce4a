"""The PROXY protocol: a proxy first sends a header that says for whom it speaks. A pure parser, and a layer
around it.

Spec: HAProxy's proxy-protocol.txt, version 1 (a line) and 2 (binary), sections 2.1, 2.2 and 2.2.5
(PP2_TYPE_SSL). A peer that may send a header must send one: nobody guesses whether there is one.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import NamedTuple

from chatstore.net.layers import End, Layer, Peer

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_MAX_V1_HEADER = 107
_MAX_V2_HEADER = 4096
"""Bytes of a whole version 2 header. The addresses need 36; the rest is for what a proxy adds."""
_LINE = re.compile(rb"PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP[46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))\r\n")
_STREAM_FAMILIES = {0x11: 4, 0x21: 16}
_NO_ADDRESS = {0x00, 0x31}
"""AF_UNSPEC, and a Unix socket."""
_TLV_SSL, _CLIENT_SSL = 0x20, 0x01


class Header(NamedTuple):
    """The header. `address`: the client's; None if the proxy speaks for itself or doesn't know. `secure`: the
    client reached the proxy by TLS. `size`: bytes of the header."""

    address: str | None
    secure: bool
    size: int


def parse(data: bytes) -> Header | None:
    """The header at the start of the data; None while it is incomplete. Raises ValueError."""
    if data[: len(_SIGNATURE)] == _SIGNATURE[: len(data)]:
        return _version_2(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _version_1(data)
    raise ValueError("not a PROXY header")


def _version_1(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, _MAX_V1_HEADER)
    if end < 0:
        if len(data) >= _MAX_V1_HEADER:
            raise ValueError("a PROXY line that is too long")
        return None
    found = _LINE.fullmatch(data[: end + 2])
    if found is None:
        raise ValueError("a malformed PROXY line")
    if found[1] is None:
        return Header(None, False, end + 2)
    source, target = (ipaddress.ip_address(found[place].decode("latin-1")) for place in (2, 3))
    version = 4 if found[1] == b"TCP4" else 6
    if source.version != version or target.version != version or max(int(found[4]), int(found[5])) > 65535:
        raise ValueError("a malformed PROXY line")
    return Header(str(source), False, end + 2)


def _version_2(data: bytes) -> Header | None:
    if len(data) < 16:
        return None
    command, family, length = data[12], data[13], int.from_bytes(data[14:16], "big")
    if command not in (0x20, 0x21) or 16 + length > _MAX_V2_HEADER:
        raise ValueError("a PROXY header of an unknown kind")
    if len(data) < 16 + length:
        return None
    body, size = data[16 : 16 + length], 16 + length
    if command == 0x20 or family in _NO_ADDRESS:
        return Header(None, False, size)
    bytes_of_address = _STREAM_FAMILIES.get(family, 0)
    more = 2 * bytes_of_address + 4
    if not bytes_of_address or length < more:
        raise ValueError("a malformed PROXY header")
    return Header(str(ipaddress.ip_address(body[:bytes_of_address])), _came_by_tls(body[more:]), size)


def _came_by_tls(extras: bytes) -> bool:
    """Whether the type-length-value list after the addresses says that the client used TLS."""
    while len(extras) >= 3:
        kind, length = extras[0], int.from_bytes(extras[1:3], "big")
        if len(extras) < 3 + length:
            raise ValueError("a malformed PROXY header")
        if kind == _TLV_SSL and length >= 1:
            return bool(extras[3] & _CLIENT_SSL)
        extras = extras[3 + length :]
    if extras:
        raise ValueError("a malformed PROXY header")
    return False


class ProxyLayer(Layer):
    """Removes the header, then is done."""

    __slots__ = ("_data", "_header")

    def __init__(self) -> None:
        super().__init__()
        self._data = b""
        self._header: Header | None = None
        self.ready = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Read the header. Bytes behind it are passed on."""
        if self.ended is not None:
            return b"", b""
        self._data += data
        try:
            header = parse(self._data)
        except ValueError as error:
            self.ended = End(f"a proxy that sent {error}")
            return b"", b""
        if header is None:
            return b"", b""
        self._header = header
        self.ready = self.done = True
        return self._data[header.size :], b""

    def describe(self, peer: Peer) -> Peer:
        """Return the peer with the address from the header."""
        header = self._header
        if header is None:
            return peer
        return replace(peer, address=header.address or peer.address, proxied=True, secure=header.secure)
