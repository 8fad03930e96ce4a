"""PING: finds out whether a silent client is still there, and whether a client has what it was sent.

A client that sends nothing for PING_AFTER seconds gets a PING. If nothing comes for GIVE_UP_AFTER seconds,
the connection is closed.

Usually TCP acknowledges what a client has received. Behind a proxy, that is only the proxy's acknowledgement.
This is not enough for a client that can't ask for what it missed: it gets a PING now and then, and its PONG
confirms everything sent before. The same holds on systems that don't report what was acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable

from chatstore.irc.client import NEED_ACCOUNT, Client

PING_AFTER = 35.0
"""Seconds of silence. nginx cuts a connection that is silent for 60 seconds, HAProxy usually after 50. A tick
may be five seconds late, and the loop may be busy."""
GIVE_UP_AFTER = 150.0
"""Seconds of silence after which a connection is closed."""
_TICK = 5.0
"""Seconds between two calls of tick()."""
_ASK_EVERY = 30.0
"""Seconds between two PINGs that ask for a confirmation."""
_PREFIX = "received-"


class Keepalive:
    """Watches one connection.

    `acknowledged`: see Session.progress. `proxied`: there may be a proxy in between. The server sets both.
    `lost`: the client did not answer, so what it was sent last has probably not arrived.

    A client that ends the negotiation without a required login gets a few more seconds. pydle needs them: it
    mistakes the first line of a long CAP LS for all of it, sends CAP END, and requests sasl when it sees the
    second line.
    """

    __slots__ = ("_asked", "_client", "_number", "_pinged", "_waited", "_warned", "acknowledged", "lost", "proxied")

    def __init__(self, client: Client) -> None:
        self.acknowledged: Callable[[], tuple[int, int] | None] = _unknown
        self.proxied = False
        self.lost = False
        self._client = client
        self._waited = 0.0
        self._pinged = False
        self._warned = 0
        self._number = 0
        """Of the last PING that asked for a confirmation."""
        self._asked = 0.0

    def progress(self) -> tuple[int, int] | None:
        """Return what the client has of what it was sent (Session.progress). None while the end of a labelled
        answer holds something back, or if only a proxy has acknowledged it."""
        client = self._client
        if client.outgoing.waits or (self.proxied and not client.has("draft/chathistory")):
            return None
        return self.acknowledged()

    def tick(self, quiet: float) -> None:
        """Called every few seconds in the I/O thread. Nothing has been received for `quiet` seconds."""
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
            self._number += 1
            token = f"{_PREFIX}{self._number}"
            if client.session.delivered.ask(token):
                self._asked = now
                client.send(f"PING :{token}\r\n".encode())


def confirm(client: Client, token: str) -> None:
    """Handle a PONG. If its PING asked for a confirmation, everything sent before that PING has arrived."""
    if token.startswith(_PREFIX):
        client.session.delivered.answered(token)


def _unknown() -> tuple[int, int] | None:
    """Keepalive.acknowledged of a connection that can't tell."""
    return None
