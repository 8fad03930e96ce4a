"""WHOWAS: who had a nick before. Spec: Modern, "WHOWAS message"."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("WHOWAS", min_params=1, missing=(n.ERR_NONICKNAMEGIVEN, "no nickname given"), question=True)
def whowas(client: Client, line: Line) -> None:
    """Show who had a nick before, the latest first: `WHOWAS alice`, or `WHOWAS alice 3` for at most three."""
    nick, count, reply = line.params[0], line.param(1), client.reply
    if not nick:
        reply.numeric(n.ERR_NONICKNAMEGIVEN, text="no nickname given")
        return
    if not client.is_this_server(line.param(2)):
        return
    most = int(count) if count.isascii() and count.isdigit() and len(count) < 7 and int(count) else None
    found = client.session.sees.whowas(nick)[:most]
    for was in found:
        reply.numeric(n.RPL_WHOWASUSER, was.nick, was.user, was.host, "*", text=was.realname)
        left = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(was.left))
        reply.numeric(n.RPL_WHOISSERVER, was.nick, client.server.name, text=left)
        if was.account is not None:
            reply.numeric(n.RPL_WHOISACCOUNT, was.nick, was.account, text="was logged in as")
    if not found:
        reply.numeric(n.ERR_WASNOSUCHNICK, middle(nick), text="there was no such nickname")
    reply.numeric(n.RPL_ENDOFWHOWAS, middle(nick), text="end of WHOWAS")
