"""NAMES and LIST: which rooms there are and who is in them. Spec: Modern, "NAMES message", "LIST message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.errors import ChatError
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import send_names

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("NAMES", blocking=True)
def names(context: IrcConversation, line: Line) -> None:
    """Who is in the rooms named. One that isn't there, or isn't shown to this client, is answered with the end
    of an empty list."""
    name = line.param(0).split(",")[0]
    try:
        send_names(context, context.session.sees.room(name))
    except ChatError:
        context.reply.numeric(n.RPL_ENDOFNAMES, middle(name), text="end of names")


@command("LIST", blocking=True)
def list_(context: IrcConversation, line: Line) -> None:
    """The rooms there are."""
    wanted = {name.lower() for name in line.param(0).split(",") if name}
    context.reply.numeric(n.RPL_LISTSTART, "Channel", text="Users  Name")
    for live in context.session.sees.rooms():
        if not wanted or f"#{live.name}".lower() in wanted:
            context.reply.numeric(n.RPL_LIST, f"#{live.name}", str(len(live.members)), text=live.room.topic)
    context.reply.numeric(n.RPL_LISTEND, text="end of the list")
