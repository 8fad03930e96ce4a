"""`chatstore audit`: what administrators and operators did."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.model.audit import ACTIONS, AuditEntry, AuditQuery
from chatstore.chat.model.text import printable
from chatstore.cli.database import reading
from chatstore.cli.formats import json_array, json_text, listing
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import Output, may_be_cut
from chatstore.cli.times import local_time, time_option, utc_time


@click.command("audit", short_help="Show what administrators and operators did.")
@with_config
@click.option("--since", metavar="TIME", callback=time_option, help="Only from then on: 7d, yesterday, 2026-11-22.")
@click.option("--by", metavar="NAME", default="", help="Only what this account, guest or user of this machine did.")
@click.option("--about", metavar="NAME", default="", help="Only what was done to this account, room or mask.")
@click.option(
    "--action", metavar="ACTION", default="", help="Only this action (account.suspend) or group (account)."
)
@click.option("--rooms", is_flag=True, help="Also what people who are no administrators did in rooms.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Only the latest N. [default: all]")
@click.option(
    "--format", "form", default="table", show_default=True, type=click.Choice(["table", "text", "json", "jsonl"])
)
def audit(
    config_file: Path | None,
    database: str | None,
    since: int | None,
    by: str,
    about: str,
    action: str,
    rooms: bool,
    limit: int | None,
    form: str,
) -> None:
    """Show what administrators, server operators, and the users of this machine did to people, rooms and the
    server: the oldest first.

    Names match in any case. What the operators of rooms did in these, who are no administrators, is shown with
    --rooms or --action room.
    """
    groups = sorted({each.partition(".")[0] for each in ACTIONS})
    if action and action.lower() not in (*ACTIONS, *groups):
        raise click.UsageError(f"no action is called {action}: the groups are {', '.join(groups)}")
    query = AuditQuery(since=since, by=by, about=about, action=action.lower(), rooms=rooms, limit=limit)
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = list(reversed(store.audit.entries(query)))
        output = Output(machine=form.startswith("json"))
        if form == "json":
            output.write(json_array(map(_record, found)))
        elif form == "jsonl":
            output.write("".join(f"{json_text(_record(one))}\n" for one in found))
        elif form == "text":
            output.write("".join(_line(one) for one in found))
        else:
            cells = [
                (local_time(one.at), _who(one), one.action, printable(one.about), printable(one.detail))
                for one in found
            ]
            output.write(
                listing(("time", "by", "action", "about", "detail"), cells, "the audit log has nothing of that")
            )


def _line(one: AuditEntry) -> str:
    detail = f" ({printable(one.detail)})" if one.detail else ""
    return f"{local_time(one.at)} {_who(one)} {printable(one.sentence)}{detail}\n"


def _who(one: AuditEntry) -> str:
    """Who did it: `alice`, `root (command)`, `the server`."""
    name = printable(one.actor)
    return f"{name} ({one.via})" if one.via == "command" else name or "the server"


def _record(one: AuditEntry) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "time": utc_time(one.at),
        "by": one.actor or None,
        "via": one.via,
        "action": one.action,
        "about": one.about or None,
        "detail": one.detail or None,
    }
