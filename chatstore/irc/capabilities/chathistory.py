"""The client asks for history by itself (CHATHISTORY), so nothing is replayed to it."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/chathistory", "IRCv3 draft/chathistory")
