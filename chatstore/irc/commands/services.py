"""NICKSERV, CHANSERV, NS and CS: services as commands, for clients that send them so. They are a custom;
Modern does not specify them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.services import CHANSERV, NICKSERV, handle

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("NICKSERV", spec="Services by custom")
@command("NS", spec="Services by custom")
def nickserv(client: Client, line: Line) -> Ticket | None:
    """Send a command to NickServ: `NS HELP`."""
    return handle(client, NICKSERV, " ".join(line.params))


@command("CHANSERV", spec="Services by custom")
@command("CS", spec="Services by custom")
def chanserv(client: Client, line: Line) -> Ticket | None:
    """Send a command to ChanServ: `CS HELP`."""
    return handle(client, CHANSERV, " ".join(line.params))
