"""INVITE. Spec: Modern, "INVITE message", 336, 337, 341, 442, 443, 482."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.channels import is_channel
from chatstore.irc.commands import command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("INVITE", blocking=True)
def invite(context: IrcConversation, line: Line) -> None:
    """`INVITE nick #a` lets somebody in, once; alone, it lists the rooms that one is invited to."""
    if not line.params:
        for name in context.session.rooms.invitations():
            context.reply.numeric(n.RPL_INVITELIST, f"#{name}")
        context.reply.numeric(n.RPL_ENDOFINVITELIST, text="end of your invitations")
        return
    if len(line.params) == 1:
        context.reply.numeric(n.ERR_NEEDMOREPARAMS, "INVITE", text="not enough parameters")
        return
    nick, room = line.params[:2]
    if not is_channel(context, room):
        return
    try:
        context.session.rooms.invite(nick, room).result()
    except ChatError as error:
        if error.code is Code.ALREADY_A_MEMBER:
            context.reply.numeric(n.ERR_USERONCHANNEL, middle(error.about), middle(room), text=error.text)
        else:
            context.refuse("INVITE", error, nick if error.code is Code.NO_SUCH_PERSON else room)
        return
    context.reply.numeric(n.RPL_INVITING, nick, f"#{context.session.sees.room(room).name}")
    away = context.session.sees.away_message(nick)
    if away:
        context.reply.numeric(n.RPL_AWAY, nick, text=away)
