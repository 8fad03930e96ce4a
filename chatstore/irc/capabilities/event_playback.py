"""History includes joins, topics, modes and other events."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/event-playback", "IRCv3 draft/chathistory")
