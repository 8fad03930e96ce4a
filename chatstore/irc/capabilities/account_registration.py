"""Make an account with REGISTER."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability

CAPABILITY = Capability(
    "draft/account-registration",
    "IRCv3 draft/account-registration",
    value=lambda _: "before-connect,custom-account-name",
    offered=lambda policy: policy.registration != "closed",
)
