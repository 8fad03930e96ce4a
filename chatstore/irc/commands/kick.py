"""KICK and INVITE. Spec: Modern, "KICK message", "INVITE message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("KICK", min_params=2, blocking=True)
def kick(context: IrcConversation, line: Line) -> None:
    """`KICK #a nick reason` removes somebody from a room."""
    room = line.params[0]
    reason = line.param(2)[: context.server.chat.policy.limits.reason_length] or context.nick
    for nick in line.params[1].split(","):
        if not nick:
            continue
        try:
            context.session.rooms.kick(room, nick, reason).result()
        except ChatError as error:
            if error.code is Code.TARGET_NOT_A_MEMBER:
                context.reply.numeric(n.ERR_USERNOTINCHANNEL, error.about, room, text=error.text)
            else:
                context.refuse("KICK", error, nick if error.code is Code.NO_SUCH_PERSON else room)


@command("INVITE", min_params=2, blocking=True)
def invite(context: IrcConversation, line: Line) -> None:
    """`INVITE nick #a` lets somebody in."""
    nick, room = line.params[:2]
    try:
        context.session.rooms.invite(nick, room).result()
    except ChatError as error:
        if error.code is Code.ALREADY_A_MEMBER:
            context.reply.numeric(n.ERR_USERONCHANNEL, error.about, room, text=error.text)
        else:
            context.refuse("INVITE", error, nick if error.code is Code.NO_SUCH_PERSON else room)
        return
    context.reply.numeric(n.RPL_INVITING, nick, f"#{context.session.sees.room(room).name}")
    away = context.session.sees.away_message(nick)
    if away:
        context.reply.numeric(n.RPL_AWAY, nick, text=away)
