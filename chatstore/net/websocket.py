"""WebSocket as a layer: a message is a line. It begins with a request of HTTP (http/protocol.py).

`websockets` implements the protocol without touching a socket: handshake, fragments, masks, pings, the
closing handshake. Only outgoing frames are made here. A server's frames are not masked, so a message that
goes to many connections has the same frame for all of them, made once.

Spec: RFC 6455; IRCv3 websocket (one line a message, without its end; `text.ircv3.net` or `binary.ircv3.net`,
whichever the client names first; text if it names neither). A client may send either kind, whatever was
agreed.
"""

from __future__ import annotations

import logging
import re
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request as UpgradeRequest
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from chatstore.net.forwarded_headers import ContradictionError, client_behind
from chatstore.net.http.exchanges import Head, last_response
from chatstore.net.http.origins import Origins
from chatstore.net.layers import End, Layer, Peer

TEXT, BINARY = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")
MAX_MESSAGE = 16 * 1024
"""Bytes of a message. A longer one ends the connection with 1009 (message too big)."""
_MAX_FRAMES = 32
"""Frames of one connection that are handled before others have their turn, and the bytes parsed at a time."""
_SLICE = 512
_MAX_CONTROL_BURST, _MAX_CONTROL_PER_SECOND = 200, 20
"""Frames without a line that a client may send at once, and per second in the long run. Clients that ping do
so every few seconds."""
_TOO_MUCH_CONTROL = "too many frames without a message"
_ORIGIN = re.compile(r"https?://[^/\s\"\\]+")
_FIN = 0x80
_CLOSE_CODE = CloseCode.NORMAL_CLOSURE

_log = logging.getLogger(f"{__name__}.protocol")
_log.setLevel(logging.ERROR)
"""`websockets` logs every connection that opens or closes; so do we."""


class Upgrade(NamedTuple):
    """The answer to a request for a WebSocket. `layer`: what the connection speaks from then on; None: it is
    refused, and `why`."""

    answer: bytes
    layer: WebSocketLayer | None
    why: str = ""


class Gate:
    """What all WebSockets share: which pages may open one, and the frames of what many of them are told."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._framed: tuple[bytes, int, bytes] = (b"", 0, b"")

    def open(self, head: Head, peer: Peer, rest: bytes, clock: Callable[[], float] = time.monotonic) -> Upgrade:
        """Answer a request for a WebSocket. `peer`: what the connection says of it. `rest`: what arrived after the
        request. `clock`: seconds that never go back."""
        if not self._origins.welcomes(head.headers):
            why = _unwelcome(head.headers["origin"])
            return _refused(HTTPStatus.FORBIDDEN, why)
        try:
            peer = replace(client_behind(peer, head.headers, self._origins.trusted), web=True)
        except ContradictionError as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        protocol = ServerProtocol(
            subprotocols=[TEXT, BINARY],
            select_subprotocol=_choose,
            max_size=MAX_MESSAGE,
            logger=_log,
        )
        protocol.receive_data(head.raw)
        events = protocol.events_received()
        if head.has_body or not events or not isinstance(events[0], UpgradeRequest):
            return _refused(HTTPStatus.BAD_REQUEST)
        protocol.send_response(protocol.accept(events[0]))
        said = b"".join(protocol.data_to_send())
        if protocol.state is not State.OPEN:
            return Upgrade(said, None, f"no WebSocket: {protocol.handshake_exc}")
        return Upgrade(said, WebSocketLayer(self, protocol, peer, rest, clock))

    def framed(self, data: bytes, opcode: int) -> bytes:
        """Each line as a frame. The last result is kept, because a message goes to many connections in a
        row."""
        last, last_opcode, frames = self._framed
        if last is data and last_opcode == opcode:
            return frames
        frames = b"".join(_frame(line, opcode) for line in data.split(b"\r\n") if line)
        self._framed = (data, opcode, frames)
        return frames


class WebSocketLayer(Layer):
    """An open WebSocket. Made by Gate.open()."""

    __slots__ = (
        "_clock",
        "_control_until",
        "_gate",
        "_is_text",
        "_message",
        "_opcode",
        "_peer",
        "_protocol",
        "_unparsed",
        "_unreadable",
    )

    translates = True

    def __init__(
        self, gate: Gate, protocol: ServerProtocol, peer: Peer, rest: bytes, clock: Callable[[], float]
    ) -> None:
        super().__init__()
        self._gate = gate
        self._clock = clock
        self._protocol = protocol
        self._opcode = int(Opcode.BINARY if protocol.subprotocol == BINARY else Opcode.TEXT)
        self._message: list[bytes] = []
        self._is_text = False
        self._unreadable = False
        self._unparsed = rest
        self._control_until = 0.0
        self._peer = peer

    @property
    def waiting(self) -> bool:
        """Whether frames wait, because one call handles only a few."""
        return bool(self._unparsed) and self.ended is None

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Return messages as lines. A few frames are handled at a time: the smallest are six bytes long, so a chunk
        may hold ten thousand of them, which would keep everybody else waiting."""
        if self.ended is not None:
            return b"", b""
        data, self._unparsed = self._unparsed + data, b""
        protocol, lines = self._protocol, []
        heard = place = 0
        while place < len(data) and heard < _MAX_FRAMES and protocol.state is State.OPEN:
            protocol.receive_data(data[place : place + _SLICE])
            place += _SLICE
            for event in protocol.events_received():
                heard += 1
                line = self._message_of(event) if isinstance(event, Frame) else None
                if line is not None:
                    lines.append(line + b"\r\n")
                if not line and not self._allows_control():
                    protocol.fail(CloseCode.POLICY_VIOLATION, _TOO_MUCH_CONTROL)
                    self._unreadable = True
                if self._unreadable:  # what came after it, even with it, came after the end
                    break
        self._unparsed = data[place:]
        said = b"".join(protocol.data_to_send())
        if protocol.state is not State.OPEN:
            if protocol.parser_exc is not None:
                self.ended = End(f"WebSocket: {protocol.parser_exc}")
            elif protocol.close_rcvd is not None:
                self.ended = End("connection closed", clean=True)
            else:
                reason = protocol.close_sent.reason if protocol.close_sent is not None else ""
                self.ended = End(f"WebSocket: {reason or 'text that is not UTF-8'}")
        return b"".join(lines), said

    def _allows_control(self) -> bool:
        """Count a frame without a line: a ping, a part of a message, an empty message. Flood control counts
        lines and doesn't see these. False if there were too many."""
        now = self._clock()
        self._control_until = max(self._control_until, now) + 1 / _MAX_CONTROL_PER_SECOND
        return self._control_until - now <= _MAX_CONTROL_BURST / _MAX_CONTROL_PER_SECOND

    def _message_of(self, frame: Frame) -> bytes | None:
        """The message that this frame completes, if any."""
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

    def send(self, data: bytes) -> bytes:
        """Return lines as frames. Nothing is sent after the end of the WebSocket."""
        return self._gate.framed(data, self._opcode) if self._protocol.state is State.OPEN else b""

    def close(self) -> bytes:
        """Return the close frame, if the WebSocket is open."""
        if self._protocol.state is not State.OPEN:
            return b""
        self._protocol.send_close(_CLOSE_CODE)
        return b"".join(self._protocol.data_to_send())

    def describe(self, peer: Peer) -> Peer:
        """Return the client behind the web proxies, marked as web."""
        return self._peer


def _choose(_protocol: ServerProtocol, wanted: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((each for each in wanted if each in (TEXT, BINARY)), None)


def _frame(payload: bytes, opcode: int) -> bytes:
    """A whole message as a frame of a server (RFC 6455 section 5.2)."""
    length = len(payload)
    if length < 126:
        return bytes((_FIN | opcode, length)) + payload
    if length < 65536:
        return struct.pack("!BBH", _FIN | opcode, 126, length) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, length) + payload


def _refused(status: HTTPStatus, why: str = "") -> Upgrade:
    return Upgrade(last_response(status, why), None, f"no WebSocket: {why or status.phrase}")


def _unwelcome(origin: str) -> str:
    """The refusal of a page, with the setting that would allow it."""
    if not _ORIGIN.fullmatch(origin.lower()):
        return f"pages of {origin[:100]} may not connect"
    return (
        f"pages of {origin[:100]} may not connect. If that is where people find this server's own page, "
        f'set url = "{origin[:100]}/" in [web] of its configuration; [web] origins lists others that may'
    )
