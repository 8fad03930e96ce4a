"""WEBPUSH registers where the server tells of messages while the client is not connected."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("soju.im/webpush", "soju.im/webpush", offered=lambda policy: policy.push.enabled)
