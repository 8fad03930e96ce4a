"""Others who go away and come back are told."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("away-notify", "IRCv3 away-notify", view="away_notify")
