"""PIN, UNPIN and PINS: messages that the operators of a room keep at hand, and reports of changes."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/pins", "chatstore/pins", switch="pins")
