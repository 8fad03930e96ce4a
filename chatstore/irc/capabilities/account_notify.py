"""ACCOUNT tells of people who log in: see commands.authenticate."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("account-notify", "IRCv3 account-notify")
