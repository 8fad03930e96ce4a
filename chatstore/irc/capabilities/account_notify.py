"""ACCOUNT reports that others log in or out."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("account-notify", "IRCv3 account-notify", switch="account_notify")
