"""Refuses HTTP requests at endpoints for lines, before any of their lines is handled.

A web page can make a browser send a request to any port, and chooses its body. Without this guard, the body
would be read as the lines of a client on this machine (a cross-protocol attack).
"""

from __future__ import annotations

from chatstore.net.layers import End, Layer

_VERBS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
_REFUSED = {f"{verb} ".encode(): "an HTTP request" for verb in _VERBS} | {b"PROXY ": "an unexpected PROXY header"}
_WORDS = tuple(_REFUSED)
_BEGINNINGS = {word[:length] for word in _WORDS for length in range(len(word))}
_MAX_PREFIX = max(map(len, _WORDS))


class CrossProtocolGuard(Layer):
    """Checks the first word of a connection. Its bytes are passed on meanwhile, because they are no line
    without a line end."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        super().__init__()
        self._first = b""

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Pass the bytes on, or end the connection if its first word is refused."""
        if self.ended is not None:
            return b"", b""
        self._first += data[:_MAX_PREFIX]
        first = self._first[:_MAX_PREFIX]
        if first.startswith(_WORDS):
            self.ended = End(next(why for word, why in _REFUSED.items() if first.startswith(word)))
            return b"", b""
        self.done = first not in _BEGINNINGS
        return data, b""
