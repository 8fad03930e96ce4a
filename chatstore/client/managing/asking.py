"""/files, /hook, /bot, /token, /notify, /ignore and /direct: what the person types, as lines for the server.

Each function returns False if the text is no use of its command. Specs: docs/extensions.md, docs/webhooks.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from chatstore.client.context import CommandContext
from chatstore.client.managing import ignoring
from chatstore.client.managing.answers import SHOWN
from chatstore.client.names import channel
from chatstore.client.parsing import format_time
from chatstore.irc.line import escape

_LEVELS = ("all", "mentions", "nothing", "default")
_DIRECT_FROM = ("everyone", "known", "nobody")
_HOURS = re.compile(r"\d{1,2}:\d\d-\d{1,2}:\d\d")
_HOUR_MS = 3_600_000
_MOST_HOURS = 24 * 366
EVERYWHERE = "*"


def files(context: CommandContext, rest: str) -> bool:
    send, state = context.protocol.send, context.protocol.files
    match rest.split():
        case []:
            state.listed.clear()
            send("FILES", "LIST")
            send("FILES", "LIMITS")
        case ["more"] if state.listed:
            send("FILES", "LIST", f"before={state.listed[-1].number}")
        case ["remove", number] if number.isdecimal() and 0 < int(number) <= len(state.listed):
            send("FILES", "REMOVE", state.listed[int(number) - 1].url)
        case ["remove", url] if not url.isdecimal():
            send("FILES", "REMOVE", url.partition("#")[0])
        case ["remove", number]:
            context.fail(f"there is no file {number} in the list: /files shows it")
        case _:
            return False
    return True


def hook(context: CommandContext, rest: str) -> bool:
    """About the webhooks of the current room."""
    room = context.room()
    if not room:
        return True
    send = context.protocol.send
    match rest.split():
        case []:
            send("HOOK", "LIST", room)
        case ["add", name]:
            send("HOOK", "ADD", room, "in", EVERYWHERE, name)
        case ["add", name, url, *words] if len(words) < 2:
            trigger = f";trigger=word;word={escape(words[0])}" if words else ""
            send("HOOK", "ADD", room, "out", f"url={escape(url)}{trigger}", name)
        case [("renew" | "test" | "remove") as what, number]:
            send("HOOK", what.upper(), room, number)
        case [("on" | "off") as state, number]:
            send("HOOK", "SET", room, number, f"state={state}")
        case _:
            return False
    return True


def bot(context: CommandContext, rest: str) -> bool:
    send = context.protocol.send
    match rest.split():
        case []:
            send("BOT", "LIST")
        case [("add" | "tokens" | "remove") as what, name]:
            send("BOT", what.upper(), name)
        case ["token", name, *words]:
            allowed, label = _allowed(words)
            if not allowed and not label.startswith(":"):  # the names of rooms alone
                allowed, label = label, ""
            label = label.removeprefix(":")
            send("BOT", "TOKEN", name, _grant(allowed), *([label] if label else []))
        case ["revoke", name, *number] if len(number) < 2:
            send("BOT", "REVOKE", name, *number)
        case _:
            return False
    return True


def token(context: CommandContext, rest: str) -> bool:
    """As in the plain protocol: what the token allows comes before its label."""
    send = context.protocol.send
    match rest.split():
        case []:
            send("TOKEN", "LIST")
        case ["add", *words]:
            allowed, label = _allowed(words)
            label = label.removeprefix(":")
            send("TOKEN", "ADD", *([_grant(allowed)] if allowed else []), *([label] if label else []))
        case ["remove", number]:
            send("TOKEN", "REMOVE", number)
        case _:
            return False
    return True


def _allowed(words: Sequence[str]) -> tuple[str, str]:
    """The attributes of a new token, and what stands behind them."""
    attributes = [*takewhile(lambda word: word.startswith(("scopes=", "rooms=")), words)]
    return " ".join(attributes), " ".join(words[len(attributes) :])


def _grant(text: str) -> str:
    """What a token allows, as attributes: `scopes=read rooms=#ops,dev`, or the names of rooms alone, in which it
    may read, write and send files."""
    scopes, rooms = "", ""
    for word in text.replace(";", " ").split():
        name, _, value = word.rpartition("=")
        if name == "scopes":
            scopes = value
        else:
            rooms += f",{value}"
    only = ",".join(channel(room) for room in rooms.split(",") if room)
    if only and not scopes:
        scopes = "read,write,files"
    values = {"scopes": scopes, "rooms": only}
    return ";".join(f"{key}={escape(value)}" for key, value in values.items() if value) or EVERYWHERE


def notify(context: CommandContext, rest: str) -> bool:
    """What one is told of: about the current conversation, or everywhere."""
    here = context.current
    match rest.split():
        case ["list"]:
            context.protocol.asked.add((SHOWN, "LIST"))
            context.protocol.send("NOTIFY", "LIST")
        case [level] if level in _LEVELS and here:
            _set(context, here, f"level={level}")
        case [level, "everywhere"] if level in _LEVELS[:-1]:
            _set(context, EVERYWHERE, f"rooms={level}")
        case ["mute", hours] if hours.isdecimal() and 0 < int(hours) <= _MOST_HOURS and here:
            _set(context, here, f"muted-until={format_time(context.now + int(hours) * _HOUR_MS)}")
        case ["unmute"] if here:
            _set(context, here, "muted-until=")
        case ["words", *words]:
            _set(context, EVERYWHERE, f"keywords={escape(','.join(words).replace(',,', ','))}")
        case ["quiet", hours] if hours == "off" or _HOURS.fullmatch(hours):
            _set(context, EVERYWHERE, f"quiet={'' if hours == 'off' else hours}")
        case _:
            return False
    return True


def ignore(context: CommandContext, rest: str) -> bool:
    """Ignore somebody; without a name, list them."""
    return _ignoring(context, "ADD" if rest else "LIST", rest)


def unignore(context: CommandContext, rest: str) -> bool:
    return bool(rest) and _ignoring(context, "REMOVE", rest)


def direct(context: CommandContext, rest: str) -> bool:
    """From whom one takes direct messages; without a word, say it."""
    if rest not in ("", *_DIRECT_FROM):
        return False
    return _ignoring(context, "DIRECT" if rest else "LIST", rest)


def _ignoring(context: CommandContext, subcommand: str, name: str) -> bool:
    if " " in name:
        return False
    context.protocol.asked.add((ignoring.SHOWN, subcommand))
    context.protocol.send("IGNORE", subcommand, *([name.removeprefix("@")] if name else []))
    return True


def _set(context: CommandContext, where: str, value: str) -> None:
    context.protocol.asked.add((SHOWN, "SET"))
    context.protocol.send("NOTIFY", "SET", where, value)
