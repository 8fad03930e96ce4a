"""A JOIN is not followed by the names: who wants them asks with NAMES."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("no-implicit-names", "IRCv3 no-implicit-names")
