"""AWAY: mark oneself as away or back. Spec: Modern, "AWAY message"; IRCv3 pre-away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("AWAY", registered=False, blocking=True)
def away(client: Client, line: Line) -> None:
    """`AWAY text` marks you as away; `AWAY` without a text marks you as back. `AWAY *` says that nobody uses
    this connection at the moment."""
    if not client.registration.done and not client.has("draft/pre-away"):
        client.reply.numeric(n.ERR_NOTREGISTERED, text="you have not registered")
        return
    message = line.param(0)[: client.session.policy.limits.away_length]
    client.session.set_away(message).result()
    if message:
        client.reply.numeric(n.RPL_NOWAWAY, text="you are marked as away")
    else:
        client.reply.numeric(n.RPL_UNAWAY, text="you are no longer marked as away")
