"""What changes of watched nicks is told without sharing a room."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("extended-monitor", "IRCv3 extended-monitor", view="follows")
