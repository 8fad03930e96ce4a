"""MOTD: the message of the day. Spec: Modern, "MOTD message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.welcome import send_motd

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("MOTD", question=True)
def motd(client: Client, line: Line) -> None:
    """Show the message of the day."""
    if client.is_this_server(line.param(0)):
        send_motd(client)
