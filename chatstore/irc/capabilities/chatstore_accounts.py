"""TOKEN, INVITATION and PASSWORD are here: device tokens, invitations to make an account, another password."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/accounts", "chatstore/accounts")
