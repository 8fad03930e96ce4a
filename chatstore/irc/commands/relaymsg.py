"""RELAYMSG: pass on what somebody said elsewhere. Spec: IRCv3 draft/relaymsg (a proposal), as Ergo speaks it.

Whoever may send it may do so with or without the capability, which says who wants to know who passed on what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.posts import Post, client_only

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

CODES = {
    Code.INVALID_NAME: "INVALID_NICK",
    Code.RELAY_FORBIDDEN: "PRIVS_NEEDED",
    Code.EMPTY_MESSAGE: "BLANK_MSG",
}


@command("RELAYMSG", min_params=3, posts=True, spec="Proposal 417 to IRCv3")
def relaymsg(client: Client, line: Line) -> list[Post]:
    """Pass on what somebody said elsewhere: `RELAYMSG #room alice/discord :text`. For bridges: bots that have
    voice in the room, and its operators."""
    room, nick, text = line.params[:3]
    if not client.is_channel(room):
        return []
    try:
        unit = client.session.sending.relay(room, nick, text, client_only(client, line))
    except ChatError as error:
        code = CODES.get(error.code)
        if code is None:
            client.refuse("RELAYMSG", error, room)
        else:
            client.reply.fail("RELAYMSG", code, middle(room), text=error.text)
        return []
    return [Post(unit, "RELAYMSG", room)]
