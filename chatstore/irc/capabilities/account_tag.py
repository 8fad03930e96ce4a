"""Lines carry the account of their sender."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("account-tag", "IRCv3 account-tag", switch="account_tag")
