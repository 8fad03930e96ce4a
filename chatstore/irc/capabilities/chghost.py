"""CHGHOST reports that somebody has a new user name or host. Without it, they seem to quit and join again."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chghost", "IRCv3 chghost", switch="chghost")
