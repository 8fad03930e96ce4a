"""JOIN is not followed by the members; NAMES asks for them."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("no-implicit-names", "IRCv3 no-implicit-names")
