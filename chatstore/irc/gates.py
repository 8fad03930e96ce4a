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
from chatstore.irc.multiline import is_part
from chatstore.irc.services import instead_of

if TYPE_CHECKING:
    from chatstore.irc.client import Client

_A_PART = 0.1
"""As how many lines one of a batch counts."""
_SURELY_FITS = (MAX_BODY - 2) // 4
"""Characters, of at most four bytes each."""


def read(item: Any) -> Line | None:
    """The line that an item of the inbox is; None for what is too long, not UTF-8, or no line at all."""
    if not isinstance(item, str) or (len(item) > _SURELY_FITS and _too_long(item)):
        return None
    try:
        return parse(item)
    except LineError:
        return None


def parsed(item: Any) -> Line | None:
    """What can be understood of an item, even of one that won't be obeyed: to name its command and its label."""
    if isinstance(item, bytes):
        item = item.decode(errors="replace")
    try:
        return parse(item) if isinstance(item, str) else None
    except LineError:
        return None


def _too_long(text: str) -> bool:
    tags, _, body = text.partition(" ") if text.startswith("@") else ("", "", text)
    if len(tags) > MAX_CLIENT_TAG_DATA // 4 and len(tags.encode()) - 1 > MAX_CLIENT_TAG_DATA:
        return True
    return len(body) > MAX_BODY - 2 or (not body.isascii() and len(body.encode()) > MAX_BODY - 2)


def command_for(line: Line, *, registered: bool) -> Command | None:
    """The command, if it may run with this line now."""
    command = all_commands().get(line.command)
    if command is None or (command.registered and not registered):
        return None
    if command.posts and (other := instead_of(line)) is not None:
        return other
    return command if len(line.params) >= command.min_params else None


def cost(client: Client, item: Any, line: Line | None, command: Command | None) -> float:
    """As how many lines an item of the inbox counts; 0 for what isn't the client's own doing. The lines of a batch
    become one message, whose length and number of lines have bounds of their own."""
    if line is None or command is None:
        return 1 if isinstance(item, (str, bytes, Enum)) else 0
    if client.multiline is not None and is_part(client, line):
        return _A_PART
    return command.cost * (1 + line.params[0].count(",")) if line.params else command.cost


def complain(client: Client, item: Any, line: Line | None) -> None:
    """Why an item of the inbox isn't a command that may run now. `line`: what can be understood of it."""
    if isinstance(item, Enum):
        if item.value == "endless":
            client.quit("too much without an end of line")
        else:
            client.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
    elif isinstance(item, bytes):
        # IRCv3 utf8-only: the message is not processed, and the client is told.
        command = line.command if line is not None else "*"
        client.reply.fail(command, "INVALID_UTF8", text="that line is not UTF-8: set your client's encoding to it")
    elif line is not None and _too_long(item):
        client.reply.numeric(n.ERR_INPUTTOOLONG, text="that line is too long")
    elif line is not None and not _numeric(line.command):  # servers pass over those, and over what is no line
        _complain_of_command(client, line)


def _numeric(command: str) -> bool:
    return len(command) == 3 and command.isdigit()


def _complain_of_command(client: Client, line: Line) -> None:
    command = all_commands().get(line.command)
    if not client.registration.done and (command is None or command.registered):
        client.reply.numeric(n.ERR_NOTREGISTERED, text="you have not registered")
    elif command is None:
        client.reply.numeric(n.ERR_UNKNOWNCOMMAND, middle(line.command), text="unknown command")
    elif command.missing is not None:
        client.reply.numeric(command.missing[0], text=command.missing[1])
    else:
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, line.command, text="not enough parameters")
