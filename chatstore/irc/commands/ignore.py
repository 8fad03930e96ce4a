"""IGNORE and SILENCE: whom an account ignores, and from whom it takes direct messages.

Spec: chatstore/ignore, this server's own; docs/extensions.md describes its lines. SILENCE is an older command of
several servers, for clients that know it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import NOTHING, Subcommands, end, row

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_subcommands = Subcommands("IGNORE")
_ANYBODY = "!*@*"


@command(
    "IGNORE",
    min_params=1,
    blocking=True,
    question=lambda _, line: line.param(0).upper() == "LIST",
    spec="chatstore/ignore",
)
def ignore(client: Client, line: Line) -> None:
    """Ignore people: `IGNORE ADD bob`, `IGNORE REMOVE bob`, `IGNORE LIST`. Choose from whom you take direct
    messages: `IGNORE DIRECT known` (who shares a room with you, or to whom you have written), `everyone` or
    `nobody`."""
    _subcommands.run(client, line)


@_subcommands("LIST")
def _list(client: Client) -> None:
    mine = client.session.peace
    row(client, {"direct": mine.direct()}, "IGNORE", "LIST", NOTHING)
    for each in mine.ignored():
        known = {"account": each.account or None, "since": timestamp(each.since)}
        row(client, known, "IGNORE", "LIST", each.nick)
    end(client, "IGNORE", "LIST")


@_subcommands("ADD NICK", least=1)
def _add(client: Client, nick: str) -> None:
    client.reply.line("IGNORE", "ADD", client.session.peace.ignore(nick).result())


@_subcommands("REMOVE NICK", least=1)
def _remove(client: Client, nick: str) -> None:
    client.reply.line("IGNORE", "REMOVE", client.session.peace.heed(nick).result())


@_subcommands("DIRECT WHOM", least=1)
def _direct(client: Client, whom: str) -> None:
    client.session.peace.take_direct(whom.lower()).result()
    client.reply.line("IGNORE", "DIRECT", whom.lower())


@command("SILENCE", blocking=True, question=lambda _, line: not line.params, spec="chatstore/ignore")
def silence(client: Client, line: Line) -> None:
    """The same list in the older way: `SILENCE +bob!*@*`, `SILENCE -bob!*@*`, and `SILENCE` to list it. A mask
    names one nick."""
    mine, reply = client.session.peace, client.reply
    if not line.params:
        for each in mine.ignored():
            reply.numeric(n.RPL_SILELIST, f"{each.nick}{_ANYBODY}")
        reply.numeric(n.RPL_ENDOFSILELIST, text="the end of the people whom you ignore")
        return
    mask = line.params[0]
    nick = mask.lstrip("+-").removesuffix(_ANYBODY)
    try:
        change = mine.heed(nick) if mask.startswith("-") else mine.ignore(nick)
        nick = change.result()
    except ChatError as error:
        client.refuse("SILENCE", error, nick)
        return
    sign = "-" if mask.startswith("-") else "+"
    reply.line("SILENCE", f"{sign}{nick}{_ANYBODY}")
