"""What stands between a socket and the lines: PROXY header, TLS, WebSocket. Bytes in, bytes out, no socket.

A connection that has any has them in a Stack, outermost first. What comes from the socket goes up through all of
them to the framing; what is sent goes down; and each may answer by itself (a handshake, a pong), which goes down
through those below it. All of it runs under the outbox's lock, because any thread may send: so no layer is ever
in two threads at once, and what is sent leaves in the order in which it was wrapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Peer:
    """Who is at the other end. `proxied`: they come through a proxy, so they aren't this machine, whatever the
    address is. `certificate`: SHA-256 of the DER form in lower-case hex. `web`: by WebSocket."""

    address: str
    proxied: bool = False
    secure: bool = False
    certificate: str = ""
    web: bool = False


class End(NamedTuple):
    """Why nothing more comes. `clean`: the other side said so, and has everything that was sent."""

    why: str
    clean: bool = False


class Layer:
    """One step; this one passes everything on.

    `ready`: the conversation may begin. `done`: it has nothing more to do, and can be taken out. `ended` is set
    when nothing more is to be expected; what was received before is still good. `translates`: what is sent, too.
    `rests`: it has answered what was asked, and is ready to be asked again. `waiting`: it has more than it may do
    at once; receive() is called again for it, without any bytes, and until then no more is read."""

    translates = False
    ready = True
    done = False
    ended: End | None = None

    @property
    def rests(self) -> bool:
        return False

    @property
    def waiting(self) -> bool:
        return False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Some bytes from below, none only if it is `waiting`: (what goes on to the next layer, what is
        answered)."""
        return data, b""

    def send(self, data: bytes) -> bytes:
        return data

    def close(self) -> bytes:
        """What is said at the very end. Nothing is sent after it."""
        return b""

    def describe(self, peer: Peer) -> Peer:
        """What this layer knows of the other end; asked once it is ready."""
        return peer


class Stack:
    """Layers that act as one. `peer` is right as soon as they are ready."""

    def __init__(self, layers: Sequence[Layer], peer: Peer) -> None:
        self._layers = list(layers)
        self._peer = peer
        self.ended: End | None = None

    @property
    def ready(self) -> bool:
        return all(layer.ready for layer in self._layers)

    @property
    def translates(self) -> bool:
        return any(layer.translates for layer in self._layers)

    @property
    def empty(self) -> bool:
        """Nothing is left to do: bytes are lines."""
        return not self._layers

    @property
    def peer(self) -> Peer:
        peer = self._peer
        for layer in self._layers:
            peer = layer.describe(peer)
        return peer

    @property
    def rests(self) -> bool:
        """Nobody is waited for: all that was asked is answered."""
        return any(layer.rests for layer in self._layers)

    @property
    def waiting(self) -> bool:
        """go_on() is to be called, and nothing to be received before."""
        return any(layer.waiting for layer in self._layers)

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """(What is for the framing, what goes to the socket.)"""
        return self._up(data, 0)

    def go_on(self) -> tuple[bytes, bytes]:
        """The same, of what was received before."""
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
            self._layers = [layer for layer in self._layers if not layer.done]
        return data, answers

    def send(self, data: bytes) -> bytes:
        return self._down(data, len(self._layers))

    def close(self) -> bytes:
        """The innermost says goodbye first."""
        said = [self._down(layer.close(), place) for place, layer in reversed(list(enumerate(self._layers)))]
        return b"".join(said)

    def _down(self, data: bytes, place: int) -> bytes:
        for layer in reversed(self._layers[:place]):
            if not data:
                break
            data = layer.send(data)
        return data
