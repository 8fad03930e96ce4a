"""NS, CS and their long names: services as commands, for clients that have them. By custom; Modern has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.services import CHANSERV, NICKSERV, hear

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line


@command("NICKSERV", spec="Services by custom")
@command("NS", spec="Services by custom")
def nickserv(context: IrcConversation, line: Line) -> Pause | None:
    """The same as a message to NickServ: `NS HELP`."""
    return hear(context, NICKSERV, " ".join(line.params))


@command("CHANSERV", spec="Services by custom")
@command("CS", spec="Services by custom")
def chanserv(context: IrcConversation, line: Line) -> Pause | None:
    """The same as a message to ChanServ: `CS HELP`."""
    return hear(context, CHANSERV, " ".join(line.params))
