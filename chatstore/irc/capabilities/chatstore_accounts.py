"""The server has TOKEN, INVITATION and PASSWORD: device tokens, invitations to make an account, changing the
password."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/accounts", "chatstore/accounts")
