"""PRIVMSG, NOTICE, TAGMSG: messages. Spec: Modern, "Sending Messages"; IRCv3 message-tags.

Client-only tags (`+...`) are stored with the message and sent to clients that understand tags.

Other clients get a message with its sender's mask in front. So it can be too long for one line though the
sender's own line was not. PRIVMSG is then refused (417) instead of cut. NOTICE must never be answered, so it
is sent as several lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import NO_TAGS, MessagePosted, NoticePosted
from chatstore.irc import numerics as n
from chatstore.irc.commands import Post, command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY
from chatstore.irc.multiline import collect

if TYPE_CHECKING:
    from chatstore.chat.model.actors import Actor
    from chatstore.chat.session import Unit
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

Make = Callable[[str, Mapping[str, str]], "Unit"]
_CLIENT_ONLY = re.compile(r"\+([A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
"""Matches the key of a client-only tag with its vendor (a host name)."""


@command("PRIVMSG", posts=True)
def privmsg(client: Client, line: Line) -> list[Post]:
    """Send a message to rooms or people."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    return _posts(client, line, MessagePosted.kind)


@command("NOTICE", posts=True)
def notice(client: Client, line: Line) -> list[Post]:
    """Send a message that is never answered, not even with an error."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    try:
        return _posts(client, line, NoticePosted.kind)
    except ChatError:
        return []


@command("TAGMSG", min_params=1, posts=True, spec="IRCv3 message-tags")
def tagmsg(client: Client, line: Line) -> list[Post]:
    """Send client-only tags without a text."""
    if (client.multiline is not None or line.tags) and collect(client, line):
        return []
    return _made(client, line, client.session.sending.tags_only) if client.has("message-tags") else []


def _posts(client: Client, line: Line, kind: str) -> list[Post]:
    quiet, params = line.command == "NOTICE", line.params
    if len(params) < 2 or not params[1] or not params[0].strip(","):
        if not quiet and not line.param(0).strip(","):
            client.reply.numeric(n.ERR_NORECIPIENT, text=f"no recipient given ({line.command})")
        elif not quiet:
            client.reply.numeric(n.ERR_NOTEXTTOSEND, text="no text to send")
        return []
    text = params[1]

    def make(target: str, tags: Mapping[str, str]) -> Unit:
        unit = client.session.sending.draft(target, kind, text, tags)
        if not quiet:
            _check_fits(client.session.actor, target, text)
        return unit

    return _made(client, line, make)


def _check_fits(actor: Actor, target: str, text: str) -> None:
    """Raise ChatError (MESSAGE_TOO_LONG) if the text does not fit into one line behind the sender's mask."""
    mask = actor.mask
    if (len(mask) + len(target) + len(text)) * 4 <= MAX_BODY - 2 - len(":  PRIVMSG  :"):
        return
    room = MAX_BODY - 2 - len(f":{mask} PRIVMSG {target} :".encode())
    if len(text.encode()) > room:
        raise ChatError(Code.MESSAGE_TOO_LONG, f"a line to {target} holds at most {room} bytes of text")


def _made(client: Client, line: Line, make: Make) -> list[Post]:
    """Return a Post for each target. Targets that are refused at once are answered."""
    tags, targets = client_only(client, line), _targets(client, line)
    posts: list[Post] = []
    for target in targets:
        try:
            posts.append(Post(make(target, tags), line.command, target))
        except ChatError as error:
            if len(targets) == 1:
                raise
            if line.command != "NOTICE":
                client.refuse(line.command, error, target)
    return posts


def _targets(client: Client, line: Line) -> list[str]:
    targets = line.params[0].split(",")
    if len(targets) == 1:
        return targets
    targets = list(dict.fromkeys(target for target in targets if target))
    most = client.session.policy.limits.targets
    if len(targets) > most and line.command != "NOTICE":
        client.reply.numeric(
            n.ERR_TOOMANYTARGETS, middle(targets[most]), text=f"at most {most} targets are allowed at once"
        )
    return targets[:most]


def client_only(client: Client, line: Line) -> Mapping[str, str]:
    """Return the tags that are relayed: the client-only tags, if the client has message-tags."""
    if not line.tags or not client.has("message-tags"):
        return NO_TAGS
    return {key: value for key, value in line.tags.items() if _CLIENT_ONLY.fullmatch(key)}
