"""The client hides what ignored people say by itself; IGNORE reports what another of your clients changes."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/ignore", "chatstore/ignore", switch="ignores")
