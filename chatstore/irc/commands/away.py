"""AWAY. Spec: Modern, "AWAY message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("AWAY")
def away(context: IrcConversation, line: Line) -> None:
    """`AWAY text` tells others that one is not there; without a text one is back."""
    message = line.param(0)[: context.server.chat.policy.limits.away_length]
    context.session.set_away(message)
    if message:
        context.reply.numeric(n.RPL_NOWAWAY, text="you are marked as away")
    else:
        context.reply.numeric(n.RPL_UNAWAY, text="you are no longer marked as away")
