"""JOIN carries the account and the real name."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("extended-join", "IRCv3 extended-join", switch="extended_join")
