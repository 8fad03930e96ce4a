"""CAP: lists the capabilities of the server, and enables those that the client requests.

Spec: IRCv3 capability-negotiation. LS and REQ before the welcome delay it until END.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.capabilities import enable, listed_for, offered_to, one_offered_to
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY
from chatstore.irc.welcome import try_to_register

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("CAP", min_params=1, registered=False, spec="IRCv3 capability-negotiation")
def cap(client: Client, line: Line) -> Ticket | None:
    """Negotiate capabilities: LS, LIST, REQ and END."""
    subcommand = line.params[0].upper()
    match subcommand:
        case "LS":
            _ls(client, line.param(1))
        case "LIST":
            send_names(client, "LIST", sorted(client.enabled))
        case "REQ":
            _req(client, line.param(1))
        case "END":
            client.registration.negotiating = False
            return try_to_register(client)
        case _:
            client.reply.numeric(n.ERR_INVALIDCAPCMD, middle(line.params[0]), text="no such CAP command")
    return None


def _ls(client: Client, version: str) -> None:
    """Answer LS. The highest version that the client sent stays in force; the list has the form of this
    request's version."""
    if not client.registration.done:
        client.registration.negotiating = client.registration.negotiated = True
    asked = int(version[:6]) if version.isascii() and version.isdigit() else 301
    client.cap_version = max(client.cap_version, asked)
    if client.cap_version >= 302:  # cap-notify is part of it, and can't be refused
        enable(client, client.enabled | {"cap-notify"})
    if asked >= 302:
        send_names(client, "LS", listed_for(client))
        return
    # Such a client reads one line only. If the line is full, drafts and vendors' capabilities are left out.
    names = sorted(
        (each.name for each in offered_to(client).values() if each.requestable),
        key=lambda name: ("/" in name, name),
    )
    client.reply.line("CAP", client.nick, "LS", _lines(client, "LS", names)[0], trailing=True)


def _req(client: Client, wanted: str) -> None:
    """Enable all requested capabilities or none. ACK and NAK repeat the client's own text."""
    if not client.registration.done:
        client.registration.negotiating = client.registration.negotiated = True
    enabled = set(client.enabled)
    acceptable = True
    for word in wanted.split():
        name = word.removeprefix("-")
        found = one_offered_to(client, name)
        if found is None or not found.requestable:
            acceptable = False
        elif not word.startswith("-"):
            enabled.add(name)
        elif found.with_302 and client.cap_version >= 302:
            acceptable = False
        else:
            enabled.discard(name)
    known = [one_offered_to(client, name) for name in enabled]
    if any(each is not None and each.excludes in enabled for each in known):
        acceptable = False
    answer = "ACK" if acceptable else "NAK"
    lines = _lines(client, answer, wanted.split())
    for text in lines if len(lines) > 1 else [wanted]:
        client.reply.line("CAP", client.nick, answer, text, trailing=True)
    if acceptable:
        if client.registration.done:
            client.reply.flush()  # everything from here on is rendered for the new capabilities
        enable(client, enabled)


def send_names(client: Client, subcommand: str, names: Iterable[str]) -> None:
    """Send CAP lines with the names, as many lines as they need.

    LS and LIST are one answer: for clients with CAP 302, every line but the last has a `*`. Each line of NEW
    or DEL stands alone.
    """
    *before, last = _lines(client, f"{subcommand} *", names)
    mark = ["*"] if client.cap_version >= 302 and subcommand in ("LS", "LIST") else []
    for text in before:
        client.reply.line("CAP", client.nick, subcommand, *mark, text, trailing=True)
    if last or subcommand in ("LS", "LIST"):
        client.reply.line("CAP", client.nick, subcommand, last, trailing=True)


def _lines(client: Client, subcommand: str, names: Iterable[str]) -> tuple[str, ...]:
    """Join the names so that each text fits on a line. Returns at least one text."""
    room = MAX_BODY - 2 - len(f":{client.server.name} CAP {client.nick} {subcommand} :".encode())
    return _joined(tuple(names), room)


@lru_cache(maxsize=256)
def _joined(names: tuple[str, ...], room: int) -> tuple[str, ...]:
    """Join the names to texts of at most so many bytes. Most clients get one of a few lists, which differ by the
    length of their nick."""
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1].encode()) + 1 + len(name.encode()) > room:
            lines.append("")
        lines[-1] += f" {name}" if lines[-1] else name
    return tuple(lines)
