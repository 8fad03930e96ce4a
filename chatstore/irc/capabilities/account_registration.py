"""Make an account with REGISTER."""

from __future__ import annotations

from chatstore.chat.policy import Policy
from chatstore.irc.capabilities import Capability


def _keys(policy: Policy) -> str:
    keys = {
        "before-connect": policy.register_before_connect,
        "custom-account-name": policy.custom_account_names,
    }
    return ",".join(key for key, on in keys.items() if on)


CAPABILITY = Capability(
    "draft/account-registration",
    "IRCv3 draft/account-registration",
    value=_keys,
    offered=lambda policy: policy.registration != "closed",
)
