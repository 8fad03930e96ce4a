"""The server reports changes of monitored users even if you share no room with them."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("extended-monitor", "IRCv3 extended-monitor", switch="follows")
