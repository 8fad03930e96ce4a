"""KICK: remove people from rooms. Spec: Modern, "KICK message"; RFC 2812 section 3.2.8 (one room with several
nicks, or as many rooms as nicks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("KICK", min_params=2, blocking=True)
def kick(client: Client, line: Line) -> None:
    """`KICK #a nick,nick reason` or `KICK #a,#b nick,nick reason` removes people from rooms."""
    limits = client.session.policy.limits
    rooms = [room for room in line.params[0].split(",") if room]
    nicks = [nick for nick in line.params[1].split(",") if nick]
    if len(rooms) == 1:
        rooms *= len(nicks)
    if not nicks or len(rooms) != len(nicks):
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "KICK", text="give one room, or as many rooms as nicks")
        return
    if len(nicks) > limits.targets:
        text = f"you can remove at most {limits.targets} people at once"
        client.reply.numeric(n.ERR_TOOMANYTARGETS, middle(nicks[limits.targets]), text=text)
    reason = line.param(2)[: limits.reason_length] or client.nick
    for room, nick in list(zip(rooms, nicks, strict=True))[: limits.targets]:
        if client.is_channel(room):
            _kick(client, room, nick, reason)


def _kick(client: Client, room: str, nick: str, reason: str) -> None:
    try:
        client.session.rooms.kick(room, nick, reason).result()
    except ChatError as error:
        if error.code is Code.TARGET_NOT_A_MEMBER:
            client.reply.numeric(n.ERR_USERNOTINCHANNEL, middle(error.about), middle(room), text=error.text)
        else:
            client.refuse("KICK", error, nick if error.code is Code.NO_SUCH_PERSON else room)
