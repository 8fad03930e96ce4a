"""What must be true of a line before its command runs, and what the client is told when it isn't.

Spec: Modern, "Message Format", 417, 421, 451, 461; IRCv3 message-tags ("Size limit"), utf8-only.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from chatstore.irc import numerics as n
from chatstore.irc.commands import Command, all_commands
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY, MAX_CLIENT_TAG_DATA, Line, LineError, parse

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation


def read(text: str) -> Line | None:
    """The line in a text; None for one that is too long, or none at all."""
    tags, _, body = text.partition(" ") if text.startswith("@") else ("", "", text)
    if tags and len(tags.encode()) - 1 > MAX_CLIENT_TAG_DATA:
        return None
    if len(body) > MAX_BODY - 2 or (not body.isascii() and len(body.encode()) > MAX_BODY - 2):
        return None
    try:
        return parse(text)
    except LineError:
        return None


def command_for(line: Line, *, registered: bool) -> Command | None:
    """The command, if it may run with this line now."""
    command = all_commands().get(line.command)
    if command is None or (command.registered and not registered):
        return None
    return command if len(line.params) >= command.min_params else None


def cost(item: Any, line: Line | None, command: Command | None) -> int:
    """As how many lines an item of the inbox counts; 0 for what isn't the client's own doing."""
    if not isinstance(item, (str, Enum)):
        return 0
    if line is None or command is None:
        return 1
    return command.cost * (1 + line.param(0).count(","))


def complain(context: IrcConversation, item: Any, line: Line | None) -> None:
    """Why an item of the inbox isn't a command that may run now."""
    if isinstance(item, Enum):
        _complain_of_bytes(context, str(item.value))
    elif line is None:
        if "\0" not in item and len(item.encode()) > MAX_BODY - 2:
            context.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
        # anything else is no line at all, and servers pass over those
    else:
        _complain_of_command(context, line)


def _complain_of_command(context: IrcConversation, line: Line) -> None:
    command = all_commands().get(line.command)
    if not context.registration.done and (command is None or command.registered):
        context.reply.numeric(n.ERR_NOTREGISTERED, text="you have not registered")
    elif command is None:
        context.reply.numeric(n.ERR_UNKNOWNCOMMAND, middle(line.command), text="unknown command")
    elif command.missing is not None:
        context.reply.numeric(command.missing[0], text=command.missing[1])
    else:
        context.reply.numeric(n.ERR_NEEDMOREPARAMS, line.command, text="not enough parameters")


def _complain_of_bytes(context: IrcConversation, problem: str) -> None:
    match problem:
        case "too-long":
            context.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
        case "not-utf8":
            # IRCv3 utf8-only: the message is not processed, and the client is told.
            context.reply.fail("*", "INVALID_UTF8", text="that line is not UTF-8")
        case _:
            context.quit("too much without an end of line")
