"""WebSocket as a layer: messages in, lines out, and plain requests for whoever comes with a browser.

`websockets` does the protocol without touching a socket: handshake, fragments, masks, pings, the closing
handshake. Only the frames of what is sent are made here, because one message goes to many connections as one
bytes object, and what a server sends is not masked: so its frames are the same for everybody and made once.

Spec: RFC 6455; IRCv3 websocket (one line a message, without its end; `text.ircv3.net` and `binary.ircv3.net`, the
client's first choice; who asks for neither gets text). What comes may be either, whatever was agreed on.
"""

from __future__ import annotations

import ipaddress
import logging
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request as UpgradeRequest
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from chatstore.net.http import LONGEST_HEAD, Request, parse_request, response
from chatstore.net.layers import End, Layer, Peer

TEXT, BINARY = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")
LONGEST_MESSAGE = 16 * 1024
"""Bytes; a longer one is 1009 (message too big)."""
_FIN = 0x80
_GOODBYE = CloseCode.NORMAL_CLOSURE
_PORTS = {"http": 80, "https": 443}

_log = logging.getLogger(f"{__name__}.protocol")
_log.setLevel(logging.ERROR)
"""websockets tells of every connection that it was opened and closed; we do so ourselves."""


class Gate:
    """What the connections of one door share. `answer`: to a request that is no WebSocket's. `origins`: pages that
    may connect, `*` for all, beside those that came from here under a name that is in `names`."""

    def __init__(
        self, answer: Callable[[Request], bytes], origins: Sequence[str] = (), names: Sequence[str] = ()
    ) -> None:
        self.answer = answer
        self.allow(origins)
        self._names = {"localhost", *(name.lower() for name in names)}
        self._framed: tuple[bytes, int, bytes] = (b"", 0, b"")

    def allow(self, origins: Sequence[str]) -> None:
        """Let the pages of these connect from now on."""
        self._origins = {origin.lower() for origin in origins}

    def welcomes(self, request: Request) -> bool:
        """Whether the page that opens this connection may. Who is no browser sends no Origin.

        The Host must be an address or a name of ours: a page can have its own name resolve to this machine, and
        would otherwise be of the same origin as the server here.
        """
        origin = request.headers.get("origin")
        if origin is None or "*" in self._origins or origin.lower() in self._origins:
            return True
        try:
            page = urlsplit(origin.lower())
            page_port = page.port or _PORTS.get(page.scheme)
            host = urlsplit(f"//{request.headers.get('host', '').lower()}")
            host_port = host.port or _PORTS.get(page.scheme)
        except ValueError:
            return False
        if (
            page.scheme not in _PORTS
            or not page.hostname
            or (page.hostname, page_port) != (host.hostname, host_port)
        ):
            return False
        return page.hostname in self._names or _is_address(page.hostname)

    def framed(self, data: bytes, opcode: int) -> bytes:
        """Each line as a message. The last result is kept, because a message goes to many, one after the other."""
        last, last_opcode, frames = self._framed
        if last is data and last_opcode == opcode:
            return frames
        frames = b"".join(_frame(line, opcode) for line in data.split(b"\r\n") if line)
        self._framed = (data, opcode, frames)
        return frames


class WebSocketLayer(Layer):
    translates = True

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._head = b""
        self._protocol = ServerProtocol(
            subprotocols=[TEXT, BINARY],
            select_subprotocol=_choose,
            max_size=LONGEST_MESSAGE,
            logger=_log,
        )
        self._opcode = int(Opcode.TEXT)
        self._message: list[bytes] = []
        self._is_text = False
        self._unreadable = False
        self.ready = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        if self.ended is not None:
            return b"", b""
        if self.ready:
            return self._frames(data)
        self._head += data
        head, empty, rest = self._head.partition(b"\r\n\r\n")
        if len(head) > LONGEST_HEAD:
            return self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not empty:
            return b"", b""
        return self._request(head, rest)

    def _request(self, head: bytes, rest: bytes) -> tuple[bytes, bytes]:
        try:
            request = parse_request(head)
        except ValueError:
            return self._refuse(HTTPStatus.BAD_REQUEST)
        if request.method != "GET" or not request.lists("upgrade", "websocket"):
            self.ended = End("")
            return b"", self._gate.answer(request)
        if not self._gate.welcomes(request):
            why = f"pages of {request.headers['origin'][:100]} may not connect: [web] origins has those that may"
            return self._refuse(HTTPStatus.FORBIDDEN, why)
        self._head = b""
        self._protocol.receive_data(head + b"\r\n\r\n")
        events = self._protocol.events_received()
        if not events or not isinstance(events[0], UpgradeRequest):
            return self._refuse(HTTPStatus.BAD_REQUEST)
        answer = self._protocol.accept(events[0])
        self._protocol.send_response(answer)
        said = b"".join(self._protocol.data_to_send())
        if self._protocol.state is not State.OPEN:
            self.ended = End(f"no WebSocket: {self._protocol.handshake_exc}")
            return b"", said
        if self._protocol.subprotocol == BINARY:
            self._opcode = int(Opcode.BINARY)
        self.ready = True
        lines, more = self._frames(rest) if rest else (b"", b"")
        return lines, said + more

    def _frames(self, data: bytes) -> tuple[bytes, bytes]:
        protocol, lines = self._protocol, []
        protocol.receive_data(data)
        for event in protocol.events_received():
            line = self._message_of(event) if isinstance(event, Frame) else None
            if line is not None:
                lines.append(line + b"\r\n")
            if self._unreadable:  # what came after it, even with it, came after the end
                break
        said = b"".join(protocol.data_to_send())
        if protocol.state is not State.OPEN:
            if protocol.parser_exc is not None:
                self.ended = End(f"WebSocket: {protocol.parser_exc}")
            elif protocol.close_rcvd is not None:
                self.ended = End("connection closed", clean=True)
            else:
                self.ended = End("WebSocket: text that is not UTF-8")
        return b"".join(lines), said

    def _message_of(self, frame: Frame) -> bytes | None:
        """The message that this frame completes."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return None
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message.append(bytes(frame.data))
        if not frame.fin:
            return None
        message, self._message = b"".join(self._message), []
        if self._is_text:
            try:
                message.decode()
            except UnicodeDecodeError:
                self._unreadable = True
                if self._protocol.state is State.OPEN:
                    self._protocol.fail(CloseCode.INVALID_DATA)
                return None
        return message

    def _refuse(self, status: HTTPStatus, why: str = "") -> tuple[bytes, bytes]:
        self.ended = End(f"no WebSocket: {why or status.phrase}")
        return b"", response(status, why)

    def send(self, data: bytes) -> bytes:
        return self._gate.framed(data, self._opcode) if self.ready and self._protocol.state is State.OPEN else b""

    def close(self) -> bytes:
        if not self.ready or self._protocol.state is not State.OPEN:
            return b""
        self._protocol.send_close(_GOODBYE)
        return b"".join(self._protocol.data_to_send())

    def describe(self, peer: Peer) -> Peer:
        return replace(peer, web=True)


def _choose(_protocol: ServerProtocol, wanted: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((each for each in wanted if each in (TEXT, BINARY)), None)


def _frame(payload: bytes, opcode: int) -> bytes:
    """RFC 6455 section 5.2: a whole message of a server."""
    length = len(payload)
    if length < 126:
        return bytes((_FIN | opcode, length)) + payload
    if length < 65536:
        return struct.pack("!BBH", _FIN | opcode, 126, length) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, length) + payload


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
