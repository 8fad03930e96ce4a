"""Lines say which account they come from."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("account-tag", "IRCv3 account-tag", view="account_tag")
