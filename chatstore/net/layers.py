"""Layers between a socket and the lines: PROXY header, TLS, WebSocket. Bytes in, bytes out, no socket.

A connection keeps its layers in a Stack, outermost first. Received bytes go up through all of them to the
framing, sent bytes go down. A layer may also answer by itself (a handshake, a pong); its answer goes down
through the layers below it. All of this runs under the outbox's lock, because any thread may send: so no
layer is ever in two threads at once, and bytes leave in the order in which they were wrapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection. `proxied`: it comes through a proxy, so it is not this machine, whatever
    its address. `certificate`: SHA-256 of its DER form in lower-case hex. `web`: it comes by WebSocket."""

    address: str
    proxied: bool = False
    secure: bool = False
    certificate: str = ""
    web: bool = False


class End(NamedTuple):
    """Why nothing more comes. `clean`: the peer said so, and has everything that was sent."""

    why: str
    clean: bool = False


class Layer:
    """One layer; this base class passes everything on.

    `ready`: the protocol may begin. `done`: the layer has nothing more to do and can be removed. `ended` is
    set when nothing more will be received; what was received before still counts. `translates`: send()
    changes its bytes. `waiting`: the layer has more
    input than it may handle at once; receive() is called again with no bytes, and until then the socket is
    not read.
    """

    __slots__ = ("done", "ended", "ready")

    translates = False

    def __init__(self) -> None:
        self.ready = True
        self.done = False
        self.ended: End | None = None

    @property
    def waiting(self) -> bool:
        """Whether the layer has more input than it may handle at once."""
        return False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Handle bytes from below (none only if the layer is `waiting`). Returns (bytes for the layer above,
        answer)."""
        return data, b""

    def send(self, data: bytes) -> bytes:
        """What goes down for bytes that are sent from above."""
        return data

    def close(self) -> bytes:
        """What this layer sends at the very end. Nothing is sent after it."""
        return b""

    def describe(self, peer: Peer) -> Peer:
        """The peer with what this layer knows of it. Called once the layer is ready."""
        return peer


class Stack:
    """Layers that act as one. `peer` is complete once they are ready."""

    __slots__ = ("_layers", "_peer", "empty", "ended")

    def __init__(self, layers: Sequence[Layer], peer: Peer) -> None:
        self._layers = tuple(layers)
        self._peer = peer
        self.empty = not self._layers
        """Whether no layer is left: bytes go straight to the framing."""
        self.ended: End | None = None

    @property
    def ready(self) -> bool:
        """Whether all layers are ready: the protocol may begin."""
        return all(layer.ready for layer in self._layers)

    @property
    def translates(self) -> bool:
        """Whether a layer changes the bytes that are sent."""
        return any(layer.translates for layer in self._layers)

    @property
    def peer(self) -> Peer:
        """The peer, with what the layers know of it."""
        peer = self._peer
        for layer in self._layers:
            peer = layer.describe(peer)
        return peer

    @property
    def waiting(self) -> bool:
        """Whether go_on() must be called before anything else is received."""
        return any(layer.waiting for layer in self._layers)

    def add(self, layer: Layer) -> None:
        """Put a layer on top of the others."""
        self._layers = (*self._layers, layer)
        self.empty = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """(bytes for the framing, bytes for the socket)."""
        return self._up(data, 0)

    def go_on(self) -> tuple[bytes, bytes]:
        """As receive(), for input that a layer has kept."""
        return self._up(b"", next(place for place, layer in enumerate(self._layers) if layer.waiting))

    def _up(self, data: bytes, start: int) -> tuple[bytes, bytes]:
        answers = b""
        for place, layer in enumerate(self._layers[start:], start):
            data, answer = layer.receive(data)
            if answer:
                answers += self._down(answer, place)
            self.ended = self.ended or layer.ended
            if not data:
                break
        if any(layer.done for layer in self._layers):
            self._peer = self.peer
            self._layers = tuple(layer for layer in self._layers if not layer.done)
            self.empty = not self._layers
        return data, answers

    def send(self, data: bytes) -> bytes:
        """Return what goes on the socket for bytes from the protocol."""
        return self._down(data, len(self._layers))

    def close(self) -> bytes:
        """The last bytes of all layers, the innermost first."""
        said = [self._down(layer.close(), place) for place, layer in reversed(list(enumerate(self._layers)))]
        return b"".join(said)

    def _down(self, data: bytes, place: int) -> bytes:
        for layer in reversed(self._layers[:place]):
            if not data:
                break
            data = layer.send(data)
        return data
