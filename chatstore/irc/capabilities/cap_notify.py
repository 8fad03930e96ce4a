"""The client understands CAP NEW and CAP DEL."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("cap-notify", "IRCv3 capability-negotiation", with_302=True)
