"""Previews of links come as PREVIEW lines, after the messages that have the links."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability(
    "chatstore/previews",
    "chatstore/previews",
    switch="previews",
    offered=lambda policy: policy.previews.enabled,
)
