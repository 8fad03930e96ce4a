"""PERSISTENCE sets whether you stay in your rooms while you have no connection."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/persistence", "IRCv3 draft/persistence", switch="persistence")
