"""Tells connected clients what a changed configuration means for them.

Spec: IRCv3 capability-negotiation ("The CAP NEW subcommand", "The CAP DEL subcommand", cap-notify); Modern,
RPL_ISUPPORT (a changed token is sent again, a removed one with `-`); IRCv3 draft/persistence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.rules.policy import Policy
from chatstore.irc import isupport
from chatstore.irc.capabilities import enable, offered, offered_to, with_value
from chatstore.irc.commands.cap import send_names
from chatstore.irc.commands.isupport import push_key, send_tokens
from chatstore.irc.commands.persistence import send_status

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def tell_of_changes(client: Client, before: Policy) -> None:
    """Send the changes to one client, in a turn of their own. `before`: the policy that the client knows."""
    now = client.session.policy
    _capabilities(client, before, now)
    if client.registration.done:
        _tokens(client, before, now)
        _persistence(client, before, now)


def _capabilities(client: Client, before: Policy, now: Policy) -> None:
    old, new = _values(before), _values(now)
    new = {name: value for name, value in new.items() if name in offered_to(client)}
    gone = sorted(name for name in old.keys() - new.keys() if name in client.enabled or name not in offered(now))
    if client.has("cap-notify"):
        if gone:
            send_names(client, "DEL", gone)
        changed = [name for name in sorted(new) if new[name] != old.get(name)]
        if changed and client.cap_version >= 302:
            send_names(client, "NEW", [with_value(name, new[name]) for name in changed])
        elif changed:
            send_names(client, "NEW", [name for name in changed if name not in old])
    if client.enabled & set(gone):
        client.reply.flush()
        enable(client, client.enabled - set(gone))


def _values(policy: Policy) -> dict[str, str]:
    return {name: each.value(policy) for name, each in offered(policy).items()}


def _tokens(client: Client, before: Policy, now: Policy) -> None:
    server, secure = client.server, client.session.secure
    old, new = (
        isupport.tokens(server.network, policy, server.own_tokens(policy, secure=secure, push=push_key(client)))
        for policy in (before, now)
    )
    changed = [text for name, text in new.items() if text != old.get(name)]
    changed += [f"-{name}" for name in old if name not in new]
    if changed:
        send_tokens(client, changed)


def _persistence(client: Client, before: Policy, now: Policy) -> None:
    old, new = (client.session.stays_by(policy) for policy in (before, now))
    if old != new and client.has("draft/persistence"):
        send_status(client)
