"""LUSERS: how many users are connected. Spec: Modern, "LUSERS message"; the welcome contains the same lines.

A person counts once, however many connections they have. An account without a connection does not count. To
its clients, a database with several servers is one; "I have" and the local users are those of the server asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("LUSERS", question=True)
def lusers(client: Client, line: Line) -> None:
    """Count the users and rooms of the server."""
    send_lusers(client)


def send_lusers(client: Client) -> None:
    """Send RPL_LUSERCLIENT to RPL_LUSERME, RPL_LOCALUSERS and RPL_GLOBALUSERS."""
    sees, reply = client.session.sees, client.reply
    here = sees.counts()
    visible = here.online - here.invisible
    reply.numeric(n.RPL_LUSERCLIENT, text=f"There are {visible} users and {here.invisible} invisible on 1 server")
    reply.numeric(n.RPL_LUSEROP, str(here.operators), text="operators online")
    reply.numeric(n.RPL_LUSERUNKNOWN, str(here.unregistered), text="unknown connections")
    reply.numeric(n.RPL_LUSERCHANNELS, str(sees.room_count()), text="channels formed")
    reply.numeric(n.RPL_LUSERME, text=f"I have {here.here} clients and 0 servers")
    for number, where, count, most in (
        (n.RPL_LOCALUSERS, "local", here.here, here.most_here),
        (n.RPL_GLOBALUSERS, "global", here.online, here.most_online),
    ):
        reply.numeric(number, str(count), str(most), text=f"Current {where} users {count}, max {most}")
