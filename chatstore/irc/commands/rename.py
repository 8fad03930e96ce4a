"""RENAME: give a room another name. Spec: IRCv3 draft/channel-rename. The old name is free at once, and does
not redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import show_room

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("RENAME", min_params=2, blocking=True, spec="IRCv3 draft/channel-rename")
def rename(client: Client, line: Line) -> None:
    """`RENAME #a #b reason` renames a room. Its members and messages stay."""
    old, new = line.params[:2]
    reason = line.param(2)[: client.session.policy.limits.reason_length]
    try:
        if not new.startswith("#"):
            client.session.sees.room(old)
            raise ChatError(Code.INVALID_NAME, "room names begin with #", new)
        renamed = client.session.rooms.rename(old, new, reason).result()
    except ChatError as error:
        if error.code is Code.ROOM_EXISTS:
            client.reply.fail("RENAME", "CHANNEL_NAME_IN_USE", middle(old), middle(new), text=error.text)
        elif error.code is Code.INVALID_NAME:
            client.reply.fail("RENAME", "CANNOT_RENAME", middle(old), middle(new), text=error.text)
        else:
            client.refuse("RENAME", error, old)
        return
    moved = client.session.rooms.moved(renamed)
    if moved is not None:
        show_room(client, moved)
