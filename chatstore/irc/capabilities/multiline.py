"""A message of several lines is one message, sent as a batch."""

from __future__ import annotations

from chatstore.chat.rules.policy import Policy
from chatstore.irc.capabilities import Capability


def _limits(policy: Policy) -> str:
    return f"max-bytes={policy.limits.multiline_bytes},max-lines={policy.limits.multiline_lines}"


CAPABILITY = Capability("draft/multiline", "IRCv3 draft/multiline", value=_limits, switch="multiline")
