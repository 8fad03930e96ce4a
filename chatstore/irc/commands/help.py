"""HELP and HELPOP: what the commands do, from the docstrings of the command functions. Spec: Modern, "HELP
message"."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from inspect import getdoc
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import Command, all_commands, command
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_WIDTH = 76


@command("HELP", question=True)
@command("HELPOP", question=True)
def help_(client: Client, line: Line) -> None:
    """Explain a command: `HELP PRIVMSG`. Without one, list the commands."""
    subject = line.param(0)
    if not subject:
        names = " ".join(sorted(all_commands()))
        _send(
            client,
            "*",
            "commands of this server",
            [*textwrap.wrap(names, _WIDTH), "", "HELP COMMAND explains a command"],
        )
        return
    found = all_commands().get(subject.upper())
    if found is None:
        shown = subject if middle(subject) == subject else "*"
        client.reply.numeric(n.ERR_HELPNOTFOUND, shown, text="no help on that topic")
        return
    _send(client, found.name, found.name, _says(found))


def _says(found: Command) -> list[str]:
    """Return the paragraphs of the docstring, wrapped, and the command's specification."""
    lines: list[str] = []
    for paragraph in (getdoc(found.run) or "").split("\n\n"):
        lines += [*textwrap.wrap(" ".join(paragraph.split()), _WIDTH), ""]
    return [*lines, f"Specified by: {found.spec}"]


def _send(client: Client, subject: str, title: str, lines: Sequence[str]) -> None:
    client.reply.numeric(n.RPL_HELPSTART, subject, text=title)
    for text in ("", *lines[:-1]):
        client.reply.numeric(n.RPL_HELPTXT, subject, text=text)
    client.reply.numeric(n.RPL_ENDOFHELP, subject, text=lines[-1])
