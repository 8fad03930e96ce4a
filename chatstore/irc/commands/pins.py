"""PIN and UNPIN: change what is pinned in a room. PINS: list it. Spec: chatstore/pins (docs/extensions.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session.history import Hit
from chatstore.irc.commands import command
from chatstore.irc.errors import OF_MESSAGES, about_message
from chatstore.irc.show import send_hits

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

CAPABILITY = "chatstore/pins"


@command("PIN", min_params=2, blocking=True, spec=CAPABILITY)
def pin(client: Client, line: Line) -> None:
    """Pin a message in a room, for everybody."""
    _change(client, line, pinned=True)


@command("UNPIN", min_params=2, blocking=True, spec=CAPABILITY)
def unpin(client: Client, line: Line) -> None:
    """Take a message from the pinned ones of a room."""
    _change(client, line, pinned=False)


def _change(client: Client, line: Line, *, pinned: bool) -> None:
    room, message = line.params[:2]
    try:
        client.session.rooms.pin(room, message, pinned=pinned).result()
    except ChatError as error:
        if error.code is not Code.NO_SUCH_MESSAGE:
            raise
        code = OF_MESSAGES[error.code]
        client.reply.fail(line.command, code, *about_message(code, room, message), text=error.text)


@command("PINS", min_params=1, blocking=True, question=True, spec=CAPABILITY)
def pins(client: Client, line: Line) -> None:
    """List the pinned messages of a room, in the order in which they were pinned."""
    conversation = client.session.history.conversation(line.params[0])
    hits = [Hit(message, conversation) for message in client.session.history.pins(conversation)]
    send_hits(client, hits, CAPABILITY, newest=True)
