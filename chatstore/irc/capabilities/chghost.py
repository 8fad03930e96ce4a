"""Others with a new user or host are told as such; without it they seem to quit and come again."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chghost", "IRCv3 chghost", view="chghost")
