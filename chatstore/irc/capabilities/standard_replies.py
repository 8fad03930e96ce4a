"""The client understands FAIL, WARN and NOTE."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("standard-replies", "IRCv3 standard-replies")
