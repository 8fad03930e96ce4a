"""NOTIFY SET reports when another of your clients changes what you want to be told of."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("chatstore/notify", "chatstore/notify", switch="notifications")
