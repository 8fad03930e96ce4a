"""NAMES lists nick!user@host."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("userhost-in-names", "IRCv3 userhost-in-names")
