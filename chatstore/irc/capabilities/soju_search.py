"""SEARCH searches messages."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("soju.im/search", "soju.im/search")
