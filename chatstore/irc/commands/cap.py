"""CAP: which capabilities there are, and which of them this client wants.

Spec: IRCv3 capability-negotiation. LS and REQ before the welcome hold it back until END.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line


@command("CAP", min_params=1, registered=False, spec="IRCv3 capability-negotiation")
def cap(context: IrcConversation, line: Line) -> Pause | None:
    """Negotiate capabilities: LS, LIST, REQ and END."""
    subcommand = line.params[0].upper()
    match subcommand:
        case "LS":
            _ls(context, line.param(1))
        case "LIST":
            send_names(context, "LIST", sorted(context.enabled))
        case "REQ":
            _req(context, line.param(1))
        case "END":
            context.registration.negotiating = False
            return context.try_to_register()
        case _:
            context.reply.numeric(n.ERR_INVALIDCAPCMD, middle(line.params[0]), text="no such CAP command")
    return None


def _ls(context: IrcConversation, version: str) -> None:
    """The higher version stays, and what is listed is what this request's version can take."""
    if not context.registration.done:
        context.registration.negotiating = context.registration.negotiated = True
    asked = int(version[:6]) if version.isascii() and version.isdigit() else 301
    context.cap_version = max(context.cap_version, asked)
    if context.cap_version >= 302:  # cap-notify is part of it, and can't be refused
        context.set_capabilities(context.enabled | {"cap-notify"})
    offered = context.capabilities
    if asked >= 302:
        values = {name: each.value_for(context) for name, each in offered.items()}
        send_names(context, "LS", [f"{name}={value}" if value else name for name, value in values.items()])
        return
    # One line is all that such a client understands: drafts and vendors' own go without saying where it is full.
    names = sorted(
        (each.name for each in offered.values() if each.requestable), key=lambda name: ("/" in name, name)
    )
    context.reply.line("CAP", context.nick, "LS", _lines(context, "LS", names)[0], trailing=True)


def _req(context: IrcConversation, wanted: str) -> None:
    """All or nothing: ACK or NAK, with the client's own words."""
    if not context.registration.done:
        context.registration.negotiating = context.registration.negotiated = True
    enabled = set(context.enabled)
    acceptable = True
    for word in wanted.split():
        name = word.removeprefix("-")
        if name not in context.capabilities or not context.capabilities[name].requestable:
            acceptable = False
        elif not word.startswith("-"):
            enabled.add(name)
        elif context.capabilities[name].with_302 and context.cap_version >= 302:
            acceptable = False
        else:
            enabled.discard(name)
    if any(each.excludes in enabled for name, each in context.capabilities.items() if name in enabled):
        acceptable = False
    answer = "ACK" if acceptable else "NAK"
    lines = _lines(context, answer, wanted.split())
    for text in lines if len(lines) > 1 else [wanted]:
        context.reply.line("CAP", context.nick, answer, text, trailing=True)
    if acceptable:
        context.reply.flush()  # what follows is in the new form
        context.set_capabilities(enabled)


def send_names(context: IrcConversation, subcommand: str, names: Iterable[str]) -> None:
    """As many lines as they need. Each of NEW and DEL counts by itself; of the others all are one answer: with 302,
    every line but the last is marked with `*`."""
    *before, last = _lines(context, f"{subcommand} *", names)
    mark = ["*"] if context.cap_version >= 302 and subcommand in ("LS", "LIST") else []
    for text in before:
        context.reply.line("CAP", context.nick, subcommand, *mark, text, trailing=True)
    if last or subcommand in ("LS", "LIST"):
        context.reply.line("CAP", context.nick, subcommand, last, trailing=True)


def _lines(context: IrcConversation, subcommand: str, names: Iterable[str]) -> list[str]:
    """The names, joined so that each fits on a line; at least one."""
    room = MAX_BODY - 2 - len(f":{context.server.name} CAP {context.nick} {subcommand} :".encode())
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1].encode()) + 1 + len(name.encode()) > room:
            lines.append("")
        lines[-1] += f" {name}" if lines[-1] else name
    return lines
