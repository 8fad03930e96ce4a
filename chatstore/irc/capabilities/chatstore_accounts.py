"""Adds the commands TOKEN (device tokens), INVITATION (invitations to the server), PASSWORD (change the
password) and EXPORT (everything about one's own account)."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/accounts", "chatstore/accounts")
