"""AWAY reports that others go away or come back."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("away-notify", "IRCv3 away-notify", switch="away_notify")
