"""VERSION, TIME, INFO, ADMIN, LINKS, STATS: about the server. Spec: Modern, "Server Queries and Commands".

The network has one server. A command that asks about another one gets 402.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.commands.isupport import send_isupport
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_ABOUT = (
    "the chat server that remembers: it stores every message before it shows it to anybody,",
    "and shows you everything you missed when you come back.",
)


@command("VERSION", question=True)
def version(client: Client, line: Line) -> None:
    """Show the server's version, and what it supports."""
    if client.is_this_server(line.param(0)):
        server = client.server
        client.reply.numeric(
            n.RPL_VERSION, f"chatstore-{server.version}", server.name, text=server.description or server.network
        )
        send_isupport(client)


@command("TIME", question=True)
def time_(client: Client, line: Line) -> None:
    """Show the server's time."""
    if client.is_this_server(line.param(0)):
        now = int(client.session.clock())
        shown = time.strftime("%A, %Y-%m-%d %H:%M:%S %z", time.localtime(now))
        client.reply.numeric(n.RPL_TIME, client.server.name, str(now), text=shown)


@command("INFO", question=True)
def info(client: Client, line: Line) -> None:
    """Describe this server."""
    if client.is_this_server(line.param(0)):
        server = client.server
        for text in (f"chatstore {server.version},", *_ABOUT, f"{server.name} was started {server.created}"):
            client.reply.numeric(n.RPL_INFO, text=text)
        client.reply.numeric(n.RPL_ENDOFINFO, text="end of INFO")


@command("ADMIN", question=True)
def admin(client: Client, line: Line) -> None:
    """Show who runs the server, and how to contact them."""
    if not client.is_this_server(line.param(0)):
        return
    reply, server = client.reply, client.server
    if not any(server.admin):
        reply.numeric(n.ERR_NOADMININFO, server.name, text="no information about this server's administrators")
        return
    reply.numeric(n.RPL_ADMINME, server.name, text=f"administrative information about {server.name}")
    for number, text in zip((n.RPL_ADMINLOC1, n.RPL_ADMINLOC2, n.RPL_ADMINEMAIL), server.admin, strict=True):
        reply.numeric(number, text=" ".join(text.split()))


@command("LINKS", question=True)
def links(client: Client, line: Line) -> None:
    """List the servers of the network: this one only. `LINKS`, or `LINKS server mask`."""
    server, reply = client.server, client.reply
    if len(line.params) > 1 and not client.is_this_server(line.params[0]):
        return
    reply.numeric(n.RPL_LINKS, server.name, server.name, text=f"0 {server.description or server.network}")
    reply.numeric(n.RPL_ENDOFLINKS, "*", text="end of LINKS")


@command("STATS", min_params=1, question=True)
def stats(client: Client, line: Line) -> None:
    """Show statistics: `STATS u` shows the server's uptime. Other letters show nothing."""
    if not client.is_this_server(line.param(1)):
        return
    letter = middle(line.params[0][:1])
    if letter in "uU":
        minutes, seconds = divmod(max(0, int(client.session.clock() - client.server.started)), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        shown = f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}"
        client.reply.numeric(n.RPL_STATSUPTIME, text=shown)
    client.reply.numeric(n.RPL_ENDOFSTATS, letter, text="end of STATS")
