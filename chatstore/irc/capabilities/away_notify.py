"""AWAY tells when others go away and come back."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("away-notify", "IRCv3 away-notify", switch="away_notify")
