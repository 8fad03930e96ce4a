"""KICK. Spec: Modern, "KICK message"; RFC 2812 section 3.2.8 (one room and several people, or as many rooms)."""

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


@command("KICK", min_params=2, blocking=True)
def kick(context: IrcConversation, line: Line) -> None:
    """`KICK #a nick,nick reason` or `KICK #a,#b nick,nick reason` removes people from rooms."""
    limits = context.server.chat.policy.limits
    rooms = [room for room in line.params[0].split(",") if room]
    nicks = [nick for nick in line.params[1].split(",") if nick]
    if len(rooms) == 1:
        rooms *= len(nicks)
    if not nicks or len(rooms) != len(nicks):
        context.reply.numeric(n.ERR_NEEDMOREPARAMS, "KICK", text="one room, or as many rooms as people")
        return
    if len(nicks) > limits.targets:
        text = f"at most {limits.targets} people at once"
        context.reply.numeric(n.ERR_TOOMANYTARGETS, middle(nicks[limits.targets]), text=text)
    reason = line.param(2)[: limits.reason_length] or context.nick
    for room, nick in list(zip(rooms, nicks, strict=True))[: limits.targets]:
        if is_channel(context, room):
            _kick(context, room, nick, reason)


def _kick(context: IrcConversation, room: str, nick: str, reason: str) -> None:
    try:
        context.session.rooms.kick(room, nick, reason).result()
    except ChatError as error:
        if error.code is Code.TARGET_NOT_A_MEMBER:
            context.reply.numeric(n.ERR_USERNOTINCHANNEL, middle(error.about), middle(room), text=error.text)
        else:
            context.refuse("KICK", error, nick if error.code is Code.NO_SUCH_PERSON else room)
