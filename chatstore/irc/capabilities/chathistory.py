"""The client asks for history itself (CHATHISTORY), so the server replays nothing to it."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/chathistory", "IRCv3 draft/chathistory")
