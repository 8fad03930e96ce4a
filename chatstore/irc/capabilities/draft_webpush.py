"""The same under the name of the draft."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability("draft/webpush", "IRCv3 draft/webpush", offered=lambda policy: policy.push.enabled)
