"""`chatstore report`: messages that people have reported."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.changes.reports import CloseReport
from chatstore.chat.model.reports import Report
from chatstore.chat.model.text import printable
from chatstore.cli.database import checked_line, reading, writing
from chatstore.cli.formats import json_array, listing
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time


@click.group()
def report() -> None:
    """Decide what becomes of messages that people have reported."""


@report.command("list", short_help="List reports.")
@with_config
@click.option("--closed", is_flag=True, help="List the closed reports. [default: the open ones]")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, closed: bool, form: str) -> None:
    """List the open reports with the reported messages, the oldest first; the closed ones, the latest first."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.reports.closed() if closed else store.reports.open()
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
        else:
            cells = [
                (
                    str(one.id),
                    local_time(one.reported_at),
                    printable(one.reporter),
                    f"#{one.room}" if one.room else "direct",
                    printable(one.author),
                    printable(one.text) if one.text is not None else "(erased)",
                    printable(one.decision if closed else one.reason),
                )
                for one in found
            ]
            headers = ("id", "reported", "by", "room", "author", "message", "decision" if closed else "reason")
            Output(machine=False).write(
                listing(headers, cells, "no report is closed" if closed else "no report is open")
            )


@report.command("close", short_help="Close a report.")
@with_config
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--decision", default="", metavar="TEXT", help="What was done, for the audit log.")
@click.option("--erase", is_flag=True, help="Erase the message first, and close all reports about it.")
def close(config_file: Path | None, database: str | None, number: int, decision: str, erase: bool) -> None:
    """Close the report ID (see list)."""
    config = read_config(config_file, database)
    checked_line(decision, config.limits.reason_length, "decision")
    with writing(config) as store:
        closed: Report = store.submit([CloseReport(number, decision, erase=erase)]).result()
    done(
        f"report {closed.id} is closed"
        + (f", and the message of {printable(closed.author)} erased" if erase else "")
    )


def _record(one: Report) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "reported": utc_time(one.reported_at),
        "by": one.reporter,
        "reason": one.reason or None,
        "room": one.room or None,
        "author": one.author,
        "sent": utc_time(one.sent_at) if one.sent_at else None,
        "message": one.text,
        "closed": utc_time(one.closed_at) if one.closed_at is not None else None,
        "closed_by": one.closed_by or None,
        "decision": one.decision or None,
    }
