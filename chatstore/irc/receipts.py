"""How it is known that a client has what it was sent.

Usually its system acknowledges it (TCP). Behind a proxy that is the proxy's word, and it is not enough for a client
that can't ask for what it missed: such a client is asked with a PING now and then, and its PONG confirms all that
was sent before. The same where the system doesn't tell what was acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatstore.irc.client import Client

_EVERY = 30.0
"""Seconds between two of these."""
_PREFIX = "received-"


class Receipts:
    """One connection's. `progress`: see Session.progress. `passed_on`: there may be a proxy between."""

    def __init__(
        self, progress: Callable[[], tuple[int, int] | None] = lambda: None, *, passed_on: bool = False
    ) -> None:
        self._progress = progress
        self._passed_on = passed_on
        self._numbers = count(1)
        self._asked = 0.0

    def progress(self, client: Client) -> tuple[int, int] | None:
        """Of what the session was told; None while some of that waits for the end of a labelled answer."""
        if client.outgoing.waits or (self._passed_on and not client.has("draft/chathistory")):
            return None
        return self._progress()

    def tick(self, client: Client) -> None:
        """Every few seconds, in the I/O thread."""
        session = client.session
        if not client.registration.done or session.account is None:
            return
        session.delivered.tick()
        now = session.monotonic()
        if now - self._asked >= _EVERY and self.progress(client) is None and not client.outgoing.waits:
            token = f"{_PREFIX}{next(self._numbers)}"
            if session.delivered.ask(token):
                self._asked = now
                client.send(f"PING :{token}\r\n".encode())

    def heard(self, client: Client, token: str) -> None:
        """A PONG came."""
        if token.startswith(_PREFIX):
            client.session.delivered.answered(token)
