"""Adds the commands TOKEN (device tokens), INVITATION (invitations to the server) and PASSWORD (change the
password)."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/accounts", "chatstore/accounts")
