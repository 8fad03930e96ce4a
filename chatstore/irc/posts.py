"""What PRIVMSG, NOTICE and TAGMSG send, made ready for the writer.

Spec: Modern, "Sending Messages"; IRCv3 message-tags. Client-only tags (`+...`) are stored with the message and
sent to clients that understand tags.

Other clients get a message with its sender's mask in front. So it can be too long for one line though the
sender's own line was not. PRIVMSG is then refused (417) instead of cut. NOTICE must never be answered, so it
is sent as several lines.

A message to a service (irc/services/) is taken out before it becomes a stored message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_events import NO_TAGS, MessagePosted, NoticePosted
from chatstore.irc import numerics as n
from chatstore.irc.commands import Command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY
from chatstore.irc.services import NICKSERV, Talk, handle, named

if TYPE_CHECKING:
    from chatstore.chat.model.actors import Actor
    from chatstore.chat.session import Unit
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

Make = Callable[["Client", "Line", str, Mapping[str, str]], "Unit"]
"""Makes what the writer stores: of a line, one of its targets, and the tags that are relayed."""
_TOGETHER = MAX_BODY - 2 - len(": PRIVMSG  :")
"""Bytes of mask, target and text that fit into one line."""
_CLIENT_ONLY = re.compile(r"\+([A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
"""Matches the key of a client-only tag with its vendor (a host name)."""
_ASTRAY = re.compile(
    r"[\s/\\.]*(?:(?:msg|m|query|q|privmsg|squery)\s+(?:nickserv|ns)|nickserv)(?:@\S+)?\s*[:,]?\s+"
    r"(?:identify|id|login|register|drop|ghost|recover|regain|set\s+passw(?:or)?d)\s+[^\s<]",
    re.IGNORECASE,
)
"""Matches a password for NickServ in a message to somebody else. Behind the command, `<` marks an explanation
like `identify <password>`, which may be sent."""
_ASTRAY_BEGINS = frozenset("/\\.mqpsnMQPSN\N{LATIN SMALL LETTER LONG S}")
"""The characters with which such a message may begin, beside white space. IGNORECASE matches the long s as an s."""


class Post:
    """A message ready for the writer. `command` and `target` appear in the answer if the writer refuses
    it."""

    # No dataclass: see irc.line.Line.

    __slots__ = ("command", "target", "unit")

    def __init__(self, unit: Unit, command: str, target: str) -> None:
        self.unit = unit
        self.command = command
        self.target = target


def message(client: Client, line: Line, target: str, tags: Mapping[str, str]) -> Unit:
    text = line.params[1]
    unit = client.session.sending.draft(target, MessagePosted.kind, text, tags)
    check_fits(unit.actor, target, text)
    return unit


def notice_text(client: Client, line: Line, target: str, tags: Mapping[str, str]) -> Unit:
    return client.session.sending.draft(target, NoticePosted.kind, line.params[1], tags)


def tags_alone(client: Client, _: Line, target: str, tags: Mapping[str, str]) -> Unit:
    return client.session.sending.tags_only(target, tags)


def posts(client: Client, line: Line, make: Make) -> list[Post]:
    """Return a Post for each target of a line with a text. A line that lacks something is answered."""
    params = line.params
    if len(params) < 2 or not params[1] or not params[0].strip(","):
        quiet = line.command == "NOTICE"
        if not quiet and not line.param(0).strip(","):
            client.reply.numeric(n.ERR_NORECIPIENT, text=f"no recipient given ({line.command})")
        elif not quiet:
            client.reply.numeric(n.ERR_NOTEXTTOSEND, text="no text to send")
        return []
    return for_each_target(client, line, make)


def check_fits(actor: Actor, target: str, text: str) -> None:
    """Raise ChatError (MESSAGE_TOO_LONG) if the text does not fit into one line behind the sender's mask."""
    mask = actor.mask
    size = len(mask) + len(target) + len(text)
    # A character has at most four bytes, and one of ASCII has one: for most texts nothing needs to be encoded.
    if size <= _TOGETHER and (size * 4 <= _TOGETHER or (text.isascii() and target.isascii() and mask.isascii())):
        return
    room = MAX_BODY - 2 - len(f":{mask} PRIVMSG {target} :".encode())
    if len(text.encode()) > room:
        raise ChatError(Code.MESSAGE_TOO_LONG, f"a line to {target} holds at most {room} bytes of text")


def for_each_target(client: Client, line: Line, make: Make) -> list[Post]:
    """Return a Post for each target. Targets that are refused at once are answered."""
    tags, target = client_only(client, line) if line.tags else NO_TAGS, line.params[0]
    if "," not in target:
        return [Post(make(client, line, target, tags), line.command, target)]
    targets = _targets(client, line)
    found: list[Post] = []
    for target in targets:
        try:
            found.append(Post(make(client, line, target, tags), line.command, target))
        except ChatError as error:
            if len(targets) == 1:
                raise
            if line.command != "NOTICE":
                client.refuse(line.command, error, target)
    return found


def _targets(client: Client, line: Line) -> list[str]:
    targets = list(dict.fromkeys(target for target in line.params[0].split(",") if target))
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


# What is for a service.


def instead_of(line: Line) -> Command | None:
    """Return the command that replaces a PRIVMSG, NOTICE or TAGMSG to a service; None for all other
    messages."""
    params = line.params
    targets = params[0] if params else ""
    if targets[:1] != "#" or "," in targets:
        others = (target for target in targets.split(",") if target and target[0] != "#")
        if any(map(named, others)):
            if line.command != "PRIVMSG":
                return _NOTHING  # a NOTICE is never answered
            return _SAID if "," not in targets else _SEVERAL
    if len(params) > 1 and line.command != "TAGMSG":
        text, first = params[1], params[1][:1]
        # The fast test comes first, because this runs for every message.
        if (first in _ASTRAY_BEGINS or first.isspace()) and _ASTRAY.match(text) is not None:
            return _NOT_SENT
    return None


def _said(client: Client, line: Line) -> Ticket | None:
    service = named(line.params[0])
    assert service is not None
    return handle(client, service, line.param(1))


def _several(client: Client, _: Line) -> None:
    Talk(client, NICKSERV).say("Your message was not sent, because it went to a service and to others at once.")


def _not_sent(client: Client, line: Line) -> None:
    if line.command == "PRIVMSG":
        Talk(client, NICKSERV).say(
            "Your message was not sent, because it looked like a password for me. Begin the line with /msg."
        )


def _nothing(_: Client, __: Line) -> None:
    return None


_SAID = Command("PRIVMSG", _said)
_SEVERAL = Command("PRIVMSG", _several)
_NOT_SENT = Command("PRIVMSG", _not_sent)
_NOTHING = Command("NOTICE", _nothing)
