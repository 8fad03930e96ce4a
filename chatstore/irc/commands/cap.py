"""CAP: which capabilities there are, and which of them this client wants.

Spec: IRCv3 capability-negotiation. LS and REQ before the welcome hold it back until END.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line

_LINE = 400
"""Bytes of capability names a line, which leaves room for what stands before them."""


@command("CAP", min_params=1, registered=False, spec="IRCv3 capability-negotiation")
def cap(context: IrcConversation, line: Line) -> Pause | None:
    """Negotiate capabilities: LS, LIST, REQ and END."""
    subcommand = line.params[0].upper()
    match subcommand:
        case "LS":
            _ls(context, line.param(1))
        case "LIST":
            _send(context, "LIST", sorted(context.enabled), several=True)
        case "REQ":
            _req(context, line.param(1))
        case "END":
            context.registration.negotiating = False
            return context.try_to_register()
        case _:
            context.reply.numeric(n.ERR_INVALIDCAPCMD, middle(subcommand), text="no such CAP command")
    return None


def _ls(context: IrcConversation, version: str) -> None:
    if not context.registration.done:
        context.registration.negotiating = True
    if version.isascii() and version.isdigit():
        context.cap_version = max(context.cap_version, int(version[:6]))
    with_values = context.cap_version >= 302
    if with_values:  # cap-notify is part of it, and can't be refused
        context.set_capabilities(context.enabled | {"cap-notify"})
    names = []
    for name, capability in context.capabilities.items():
        value = capability.value(context.server.chat.policy) if with_values else ""
        names.append(f"{name}={value}" if value else name)
    _send(context, "LS", names, several=with_values)


def _req(context: IrcConversation, wanted: str) -> None:
    """All or nothing: ACK or NAK, with the client's own words."""
    if not context.registration.done:
        context.registration.negotiating = True
    enabled = set(context.enabled)
    acceptable = True
    for word in wanted.split():
        name = word.removeprefix("-")
        if name not in context.capabilities:
            acceptable = False
        elif not word.startswith("-"):
            enabled.add(name)
        elif context.capabilities[name].with_302 and context.cap_version >= 302:
            acceptable = False
        else:
            enabled.discard(name)
    if any(context.capabilities[name].excludes in enabled for name in enabled):
        acceptable = False
    if acceptable:
        context.reply.line("CAP", context.nick, "ACK", wanted, trailing=True)
        context.reply.flush()  # what follows is in the new form
        context.set_capabilities(enabled)
    else:
        context.reply.line("CAP", context.nick, "NAK", wanted, trailing=True)


def _send(context: IrcConversation, subcommand: str, names: Iterable[str], *, several: bool) -> None:
    """The names in as many lines as they need; all but the last are marked with `*`."""
    lines = [""]
    for name in names:
        if several and len(lines[-1]) + len(name) > _LINE:
            lines.append("")
        lines[-1] += f" {name}" if lines[-1] else name
    for text in lines[:-1]:
        context.reply.line("CAP", context.nick, subcommand, "*", text, trailing=True)
    context.reply.line("CAP", context.nick, subcommand, lines[-1], trailing=True)
