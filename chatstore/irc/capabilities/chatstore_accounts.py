"""The server has TOKEN and INVITATION: device tokens, and invitations to make an account."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/accounts", "chatstore/accounts")
