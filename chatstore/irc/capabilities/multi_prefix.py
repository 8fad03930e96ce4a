"""NAMES and WHO show every prefix of a member."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("multi-prefix", "IRCv3 multi-prefix")
