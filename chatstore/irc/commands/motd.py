"""MOTD. Spec: Modern, "MOTD message"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.servers import is_here
from chatstore.irc.welcome import send_motd

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("MOTD", question=True)
def motd(context: IrcConversation, line: Line) -> None:
    """The message of the day."""
    if is_here(context, line.param(0)):
        send_motd(context)
