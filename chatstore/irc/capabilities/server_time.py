"""Every line says when it happened."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("server-time", "IRCv3 server-time", switch="server_time")
