"""A client that says nothing: asked with PING whether it is still there, and given up in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.registration import NEED_ACCOUNT

if TYPE_CHECKING:
    from chatstore.irc.client import Client

PING_AFTER = 35.0
"""nginx cuts a connection on which nothing passes for 60 seconds, HAProxy by its usual settings after 50; a tick
may be five seconds late, and the loop busy."""
GIVE_UP_AFTER = 150.0
_TICK = 5.0


class Silence:
    """One connection's. `lost`: it was given up, so what it was sent last has probably not arrived.

    Who ended its negotiation without the login that this server wants has some seconds more: pydle takes the first
    line of a CAP LS in several lines for all of it, says CAP END, and asks for sasl when it sees the second.
    """

    def __init__(self) -> None:
        self.lost = False
        self._waited = 0.0
        self._pinged = False
        self._warned = 0

    def heard(self) -> None:
        """A command came."""
        self._pinged = False

    def tick(self, client: Client, quiet: float) -> None:
        """Every few seconds, in the I/O thread; nothing has been heard for `quiet` seconds."""
        if client.registration.warned and not client.registration.done and client.session.account is None:
            self._warned += 1
            if self._warned > 1:
                client.quit(NEED_ACCOUNT)
        elif not client.registration.done:
            self._waited = max(self._waited + _TICK, quiet)
            if self._waited > client.server.ways.registration_seconds:
                client.quit("registration timed out")
        elif quiet > GIVE_UP_AFTER:
            self.lost = True
            client.quit("ping timeout")
        elif quiet > PING_AFTER and not self._pinged:
            self._pinged = True
            client.send(f"PING :{client.server.name}\r\n".encode())
        elif quiet < PING_AFTER:
            self._pinged = False
