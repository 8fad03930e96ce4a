"""A client is told what its account sends to people from other connections; so is one with echo-message."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("znc.in/self-message", "znc.in/self-message", switch="self_message")
