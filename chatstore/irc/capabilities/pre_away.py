"""AWAY works before the welcome; `AWAY *` says that no person uses the connection."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/pre-away", "IRCv3 draft/pre-away")
