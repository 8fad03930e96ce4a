"""PRIVMSG, NOTICE, TAGMSG: messages. Spec: Modern, "Sending Messages"; IRCv3 message-tags.

irc/posts.py makes what the writer stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.irc.commands import command
from chatstore.irc.multiline import collect
from chatstore.irc.posts import Post, for_each_target, message, notice_text, posts, tags_alone

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("PRIVMSG", posts=True)
def privmsg(client: Client, line: Line) -> list[Post]:
    """Send a message to rooms or people."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    return posts(client, line, message)


@command("NOTICE", posts=True)
def notice(client: Client, line: Line) -> list[Post]:
    """Send a message that is never answered, not even with an error."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    try:
        return posts(client, line, notice_text)
    except ChatError:
        return []


@command("TAGMSG", min_params=1, posts=True, spec="IRCv3 message-tags")
def tagmsg(client: Client, line: Line) -> list[Post]:
    """Send client-only tags without a text."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    return for_each_target(client, line, tags_alone) if client.has("message-tags") else []
