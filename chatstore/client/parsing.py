"""What a line of the server says: who sent it, when, and which message it is."""

from __future__ import annotations

from datetime import datetime, timezone

from chatstore.client.events import Message, MessageKind
from chatstore.irc.line import Line


def nick_of(source: str) -> str:
    """`bob` of `bob!u@host`."""
    return source.partition("!")[0]


def audience_of(target: str) -> str:
    """`@` of `@#main` (STATUSMSG); "" for every other target."""
    return target[0] if target[:1] in ("@", "+") and target[1:2] == "#" else ""


def time_of(line: Line, default: int) -> int:
    """The line's server-time tag, in ms since 1970 UTC."""
    return parse_time(line.tags.get("time", ""), default)


def parse_time(text: str, default: int) -> int:
    """`2025-03-04T05:06:07.089Z` in ms since 1970 UTC; the default for anything else."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return default
    return round(moment.timestamp() * 1000)


def format_time(time: int) -> str:
    """The reverse of parse_time."""
    moment = datetime.fromtimestamp(time // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03}Z"


def message_in(line: Line, target: str, own: bool, now: int) -> Message | None:
    """The message of a PRIVMSG or NOTICE; None for a CTCP other than ACTION."""
    body = line.params[-1]
    kind: MessageKind = "notice" if line.command == "NOTICE" else "message"
    if body.startswith("\x01"):
        word, _, rest = body.strip("\x01").partition(" ")
        if word != "ACTION":
            return None  # a CTCP request is no speech, and answering would only tell strangers about us
        kind, body = "action", rest
    return Message(
        target,
        time_of(line, now),
        nick_of(line.source),
        body,
        kind,
        own,
        audience_of(line.param(0)),
        edited=parse_time(line.tags.get("chatstore/edited", ""), 0),
        bot="bot" in line.tags,
        relayed=line.tags.get("draft/relaymsg", ""),
        account=line.tags.get("account", ""),
        msgid=line.tags.get("msgid", ""),
        reply_to=replied_to(line),
    )


def replied_to(line: Line) -> str:
    """The msgid of the message that a line replies or reacts to. Spec: IRCv3 client-tags/reply."""
    return line.tags.get("+draft/reply") or line.tags.get("+reply", "")
