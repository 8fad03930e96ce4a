"""Replays and history come as one batch."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("batch", "IRCv3 batch", switch="batch")
