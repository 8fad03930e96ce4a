"""PING: whether a silent client is still there, and whether a client has what it was sent.

A client that says nothing for a while is asked with PING whether it is still there, and given up in the end.

That something has arrived is usually acknowledged by the client's system (TCP). Behind a proxy that is the
proxy's word. It is not enough for a client that can't ask for what it missed: such a client is sent a PING
now and then, and its PONG confirms everything that was sent before. The same holds where the system doesn't
say what was acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from chatstore.irc.client import NEED_ACCOUNT, Client

PING_AFTER = 35.0
"""Seconds of silence. nginx cuts a connection on which nothing passes for 60 seconds, HAProxy by its usual
settings after 50; a tick may be five seconds late, and the loop busy."""
GIVE_UP_AFTER = 150.0
_TICK = 5.0
_ASK_EVERY = 30.0
"""Seconds between two PINGs that ask whether something has arrived."""
_PREFIX = "received-"


class Keepalive:
    """One connection's. `acknowledged`: see Session.progress; `proxied`: there may be a proxy between; the
    server sets both. `lost`: the client was given up, so what it was sent last has probably not arrived.

    A client that ended its negotiation without the login that this server wants has some seconds more: pydle
    takes the first line of a CAP LS in several lines for all of it, says CAP END, and asks for sasl when it
    sees the second.
    """

    def __init__(self, client: Client) -> None:
        self.acknowledged: Callable[[], tuple[int, int] | None] = lambda: None
        self.proxied = False
        self.lost = False
        self._client = client
        self._waited = 0.0
        self._pinged = False
        self._warned = 0
        self._numbers = count(1)
        self._asked = 0.0

    def progress(self) -> tuple[int, int] | None:
        """What the client has of what it was sent (Session.progress); None while some of that waits for the
        end of a labelled answer."""
        client = self._client
        if client.outgoing.waits or (self.proxied and not client.has("draft/chathistory")):
            return None
        return self.acknowledged()

    def tick(self, quiet: float) -> None:
        """Every few seconds, in the I/O thread; nothing has been heard for `quiet` seconds."""
        client = self._client
        if not client.registration.done:
            self._wait_for_registration(quiet)
        elif quiet > GIVE_UP_AFTER:
            self.lost = True
            client.quit("ping timeout")
        elif quiet > PING_AFTER and not self._pinged:
            self._pinged = True
            client.send(f"PING :{client.server.name}\r\n".encode())
        elif quiet < PING_AFTER:
            self._pinged = False
        if client.registration.done and client.session.account is not None:
            client.session.delivered.tick()
            self._ask_what_arrived()

    def _wait_for_registration(self, quiet: float) -> None:
        client = self._client
        if client.registration.warned and client.session.account is None:
            self._warned += 1
            if self._warned > 1:
                client.quit(NEED_ACCOUNT)
            return
        self._waited = max(self._waited + _TICK, quiet)
        if self._waited > client.server.access.registration_seconds:
            client.quit("registration timed out")

    def _ask_what_arrived(self) -> None:
        client = self._client
        now = client.session.monotonic()
        if now - self._asked >= _ASK_EVERY and self.progress() is None and not client.outgoing.waits:
            token = f"{_PREFIX}{next(self._numbers)}"
            if client.session.delivered.ask(token):
                self._asked = now
                client.send(f"PING :{token}\r\n".encode())


def confirm(client: Client, token: str) -> None:
    """A PONG came: everything that was sent before its PING has arrived, if that PING asked for it."""
    if token.startswith(_PREFIX):
        client.session.delivered.answered(token)
