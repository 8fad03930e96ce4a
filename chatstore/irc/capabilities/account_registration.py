"""REGISTER creates an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.rules.policy import Policy
from chatstore.irc.capabilities import Capability

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def _keys(policy: Policy) -> str:
    keys = {
        "before-connect": policy.accounts.register_before_connect,
        "custom-account-name": policy.accounts.custom_account_names,
        "chatstore-approval": policy.accounts.registration == "approval",
    }
    return ",".join(key for key, on in keys.items() if on)


def _here(client: Client) -> str | None:
    """Offered only if REGISTER can succeed: with an invitation-only server, after INVITATION. Where nobody may
    register it is never offered; REGISTER still sets the password of an account, by a one-use link."""
    session, policy = client.session, client.session.policy
    may = session.may_send_password and session.may_register
    return _keys(policy) if may else None


CAPABILITY = Capability(
    "draft/account-registration",
    "IRCv3 draft/account-registration",
    value=_keys,
    offered=lambda policy: policy.accounts.registration != "closed",
    here=_here,
)
