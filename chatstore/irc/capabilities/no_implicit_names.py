"""The server does not list the members after JOIN; NAMES asks for them."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("no-implicit-names", "IRCv3 no-implicit-names")
