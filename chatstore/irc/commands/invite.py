"""INVITE: invite somebody to a room. Spec: Modern, "INVITE message", 336, 337, 341, 442, 443, 482."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("INVITE", blocking=True)
def invite(client: Client, line: Line) -> None:
    """`INVITE nick #a` lets somebody join a room once. Without parameters, list the rooms you are invited
    to."""
    if not line.params:
        for name in client.session.rooms.invites():
            client.reply.numeric(n.RPL_INVITELIST, f"#{name}")
        client.reply.numeric(n.RPL_ENDOFINVITELIST, text="End of invite list")
        return
    if len(line.params) == 1:
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "INVITE", text="not enough parameters")
        return
    nick, room = line.params[:2]
    if not client.is_channel(room):
        return
    try:
        client.session.rooms.invite(nick, room).result()
    except ChatError as error:
        if error.code is Code.ALREADY_A_MEMBER:
            client.reply.numeric(n.ERR_USERONCHANNEL, middle(error.about), middle(room), text=error.text)
        else:
            client.refuse("INVITE", error, nick if error.code is Code.NO_SUCH_PERSON else room)
        return
    client.reply.numeric(n.RPL_INVITING, nick, f"#{client.session.sees.room(room).name}")
    away = client.session.sees.away_message(nick)
    if away:
        client.reply.numeric(n.RPL_AWAY, nick, text=away)
