"""`chatstore account claim`: give an account what was imported for a placeholder."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.amounts import counted
from chatstore.chat.long_work import claim as claim_imported
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import Name, person_name
from chatstore.cli.database import refuse, writing
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import done
from chatstore.cli.progress import Progress


@click.command("claim", short_help="Give an account what was imported.")
@with_config
@click.argument("name")
@click.option("--imported", "old", metavar="OLD", required=True, help="The placeholder, by its name here.")
def claim(config_file: Path | None, database: str | None, name: str, old: str) -> None:
    """Give the account NAME what was imported for the placeholder OLD: its messages, reactions, files,
    direct conversations and its way into private rooms.

    The messages show the old name, as they do after a change of nick. A server may be running. If this is stopped,
    repeat it.
    """
    account, placeholder = _valid(name), _valid(old)
    with writing(read_config(config_file, database)) as store, Progress("messages") as progress:
        began, claimed = claim_imported(
            store, account, placeholder, lambda done, last: progress("looking at", done, last)
        )
    kinds = (
        (claimed.messages, "message"),
        (claimed.reactions, "reaction"),
        (claimed.files, "file"),
        (claimed.conversations, "direct conversation"),
    )
    *others, last = [counted(number, kind) for number, kind in kinds if number] or ["nothing that was said"]
    what = f"{', '.join(others)} and {last}" if others else last
    done(f"{began.account.name} has what was imported as {began.placeholder.name}: {what}")


def _valid(name: str) -> Name:
    try:
        return person_name(name)
    except ChatError as error:
        refuse(error)
