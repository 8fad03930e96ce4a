"""Every line carries the time of its event."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("server-time", "IRCv3 server-time", switch="server_time")
