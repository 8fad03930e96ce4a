"""`chatstore ban`: server-wide bans of networks and people. A running server applies a change within two
seconds."""

from __future__ import annotations

import time
from pathlib import Path

import click

from chatstore.chat.changes.server_bans import BanFromServer, EndServerBan
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.server_bans import ServerBan, server_mask
from chatstore.chat.model.text import printable
from chatstore.cli.database import checked_line, reading, refuse, writing
from chatstore.cli.formats import json_array, listing
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import end_option, local_time, utc_time

_HEADERS = ("id", "mask", "ends", "by", "set", "reason")


@click.group()
def ban() -> None:
    """Ban networks and people from the server."""


@ban.command("add", short_help="Ban a network or people.")
@with_config
@click.argument("mask")
@click.option("--reason", required=True, metavar="TEXT", help="Shown to those who are banned.")
@click.option(
    "--until",
    metavar="TIME",
    callback=end_option,
    help="When the ban ends: 7d, 12h, tomorrow, 2026-12-24 or '2026-12-24 18:00'. [default: never]",
)
def add(config_file: Path | None, database: str | None, mask: str, reason: str, until: int | None) -> None:
    """Ban MASK from the server: an address (192.0.2.7), a network (192.0.2.0/24), or people, as bans of rooms name
    them (eve!*@*, a:eve for an account).

    Connections that the ban covers are closed. A ban of the same MASK is replaced.
    """
    config = read_config(config_file, database)
    checked_line(reason, config.limits.reason_length, "reason")
    try:
        server_mask(mask)
    except ChatError as error:
        refuse(error)
    with writing(config, create=True) as store:
        before = {one.mask: one for one in store.server_bans.all() if one.holds(int(time.time() * 1000))}
        made: ServerBan = store.submit([BanFromServer(mask, reason, until)]).result()
    replaced = before.get(made.mask)
    instead = f", instead of{_until(replaced) or ' for good'}: {replaced.reason}" if replaced is not None else ""
    done(printable(f"{made.mask} is banned{_until(made)}: {reason}{instead}"))


@ban.command("list", short_help="List the bans.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, form: str) -> None:
    """List the bans that hold."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = [one for one in store.server_bans.all() if one.holds(int(time.time() * 1000))]
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
        else:
            cells = [
                (
                    str(one.id),
                    printable(one.mask),
                    local_time(one.until) if one.until is not None else "never",
                    printable(one.set_by),
                    local_time(one.set_at),
                    printable(one.reason),
                )
                for one in found
            ]
            Output(machine=False).write(listing(_HEADERS, cells, "nobody is banned from the server"))


@ban.command("remove", short_help="End a ban.")
@with_config
@click.argument("mask", metavar="MASK|ID")
def remove(config_file: Path | None, database: str | None, mask: str) -> None:
    """End the ban of MASK, or with this id (see list)."""
    with writing(read_config(config_file, database)) as store:
        gone: ServerBan = store.submit([EndServerBan(mask)]).result()
    done(f"{printable(gone.mask)} is not banned any more")


def _until(one: ServerBan) -> str:
    return f" until {local_time(one.until)}" if one.until is not None else ""


def _record(one: ServerBan) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "mask": one.mask,
        "reason": one.reason,
        "by": one.set_by,
        "set": utc_time(one.set_at),
        "until": utc_time(one.until) if one.until is not None else None,
    }
