"""BAN, KLINE, DLINE, UNKLINE, UNDLINE: server-wide bans of networks and people.

Spec of BAN: chatstore/administration, this server's own; docs/extensions.md describes its lines. The others
are what operators know from other servers. Here a mask says by its form what it bans, so both pairs do the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import said_time
from chatstore.chat.model.server_bans import ServerBan
from chatstore.irc.commands import command
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import NOTHING, InvalidError, Subcommands, end, row, time_of, until_of

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "BAN"
ban_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/administration")
def ban(client: Client, line: Line) -> None:
    """Ban networks and people from the server: `BAN ADD 192.0.2.0/24 * :spam`, `BAN LIST`, `BAN REMOVE 3`. For
    administrators."""
    ban_commands.run(client, line)


@ban_commands("LIST")
def list_(client: Client) -> None:
    for each, closed in client.session.administration.bans():
        values = {
            "kind": "network" if each.network is not None else "mask",
            "by": each.set_by,
            "set": timestamp(each.set_at),
            "until": time_of(each.until),
            "closed": closed,
        }
        row(client, values, NAME, "LIST", str(each.id), each.mask, text=each.reason)
    end(client, NAME, "LIST")


@ban_commands("ADD MASK UNTIL :REASON", 3)
def add(client: Client, mask: str, until: str, reason: str) -> None:
    if not reason.strip():
        raise InvalidError("give a reason: those who are banned are told it")
    made: ServerBan = client.session.administration.ban(mask, until_of(client, until), reason).result()
    client.reply.line(
        NAME, "ADD", str(made.id), made.mask, time_of(made.until) or NOTHING, made.reason, trailing=True
    )


@ban_commands("REMOVE ID|MASK", 1)
def remove(client: Client, which: str) -> None:
    gone: ServerBan = client.session.administration.end_ban(which).result()
    client.reply.line(NAME, "REMOVE", str(gone.id), gone.mask)


@command("KLINE", blocking=True)
def kline(client: Client, line: Line) -> None:
    """Ban a network or people from the server: `KLINE 192.0.2.0/24 :spam`, for some minutes `KLINE 60 eve!*@*
    :spam`. Without parameters, list the bans. For operators of the server."""
    _set(client, line)


@command("DLINE", blocking=True)
def dline(client: Client, line: Line) -> None:
    """The same as KLINE."""
    _set(client, line)


@command("UNKLINE", min_params=1, blocking=True)
def unkline(client: Client, line: Line) -> None:
    """End a server-wide ban: `UNKLINE 192.0.2.0/24`. For operators of the server."""
    _end(client, line)


@command("UNDLINE", min_params=1, blocking=True)
def undline(client: Client, line: Line) -> None:
    """The same as UNKLINE."""
    _end(client, line)


def _set(client: Client, line: Line) -> None:
    params = list(line.params)
    minutes = int(params.pop(0)) if len(params) > 1 and params[0].isascii() and params[0].isdigit() else 0
    until = client.session.now + min(minutes, 5_000_000) * 60_000 if minutes else None
    if not params:
        bans = client.session.administration.bans()
        for each, _ in bans:
            _tell(client, f"{each.mask} {_end_of(each)}, by {each.set_by}: {each.reason}")
        _tell(client, f"{len(bans)} bans")
        return
    reason = " ".join(params[1:]).strip() or "no reason given"
    made: ServerBan = client.session.administration.ban(params[0], until, reason).result()
    _tell(client, f"{made.mask} is banned {_end_of(made)}: {made.reason}")


def _end(client: Client, line: Line) -> None:
    gone: ServerBan = client.session.administration.end_ban(line.params[0]).result()
    _tell(client, f"{gone.mask} is not banned any more")


def _end_of(each: ServerBan) -> str:
    return f"until {said_time(each.until)}" if each.until is not None else "for good"


def _tell(client: Client, text: str) -> None:
    client.reply.line("NOTICE", client.nick, text, trailing=True)
