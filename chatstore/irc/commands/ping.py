"""PING and PONG. Spec: Modern, "PING message". The server answers PING before the welcome as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.keepalive import confirm

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("PING", min_params=1, registered=False, missing=(n.ERR_NOORIGIN, "no origin specified"), question=True)
def ping(client: Client, line: Line) -> None:
    """Ask for a PONG, which comes after the answers to all commands before it."""
    if not line.params[0]:
        client.reply.numeric(n.ERR_NOORIGIN, text="no origin specified")
    elif client.is_this_server(line.param(1)):
        client.reply.line("PONG", client.server.name, line.params[0], trailing=True)


@command("PONG", registered=False, cost=0.1)
def pong(client: Client, line: Line) -> None:
    """Answer a PING of the server. It confirms that the client has read everything that was sent before that
    PING."""
    confirm(client, line.params[-1] if line.params else "")
