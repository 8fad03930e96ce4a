"""NAMES: the members of rooms. Spec: Modern, "NAMES message"; RFC 2812 section 3.2.5 for NAMES without a
parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import send_member_names, send_names

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("NAMES", blocking=True, question=True)
def names(client: Client, line: Line) -> None:
    """List the members of rooms: `NAMES #tea,#coffee`. Without a room, list those of all rooms you may see.

    If a room does not exist, or you may not see it, the list is empty.
    """
    if not client.is_this_server(line.param(1)):
        return
    if not line.param(0):
        for room in client.session.sees.rooms():
            send_member_names(client, room)
        client.reply.numeric(n.RPL_ENDOFNAMES, "*", text="end of names")
        return
    for name in dict.fromkeys(line.param(0).split(",")):
        found = _channel(client, name)
        if found is not None:
            send_names(client, found)
        else:
            client.reply.numeric(n.RPL_ENDOFNAMES, middle(name), text="end of names")


def _channel(client: Client, name: str) -> RoomView | None:
    """Return the room, or None if this client may not see it."""
    try:
        return client.session.sees.room(name) if name.startswith("#") else None
    except ChatError:
        return None
