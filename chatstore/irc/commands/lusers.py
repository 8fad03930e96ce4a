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
    sees = client.session.sees
    here = sees.counts()
    visible = here.online - here.invisible
    client.reply.written(
        (n.RPL_LUSERCLIENT, f":There are {visible} users and {here.invisible} invisible on 1 server"),
        (n.RPL_LUSEROP, f"{here.operators} :operators online"),
        (n.RPL_LUSERUNKNOWN, f"{here.unregistered} :unknown connections"),
        (n.RPL_LUSERCHANNELS, f"{sees.room_count()} :channels formed"),
        (n.RPL_LUSERME, f":I have {here.here} clients and 0 servers"),
        (n.RPL_LOCALUSERS, _users("local", here.here, here.most_here)),
        (n.RPL_GLOBALUSERS, _users("global", here.online, here.most_online)),
    )


def _users(where: str, count: int, most: int) -> str:
    return f"{count} {most} :Current {where} users {count}, max {most}"
