"""History shows joins, topics, modes and the like too."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/event-playback", "IRCv3 draft/chathistory")
