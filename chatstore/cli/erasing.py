"""What `account remove --erase` does: the words of a person go, and what is left of them is named."""

from __future__ import annotations

from collections.abc import Mapping

import click

from chatstore.chat.changes.erasing import erase
from chatstore.chat.model.accounts import Account
from chatstore.cli.formats import table
from chatstore.cli.output import Output
from chatstore.cli.progress import Progress
from chatstore.storage.store import DatabaseStore


def erase_account(store: DatabaseStore, account: Account) -> None:
    """Erase all words of a removed account, and print what was erased. Begun again, it goes on."""
    with Progress("events") as progress:
        counts = erase(store, account, lambda done, total: progress("looking through", done, total))
    _show(counts)


def _show(counts: Mapping[str, int]) -> None:
    Output(machine=False).write(table(("erased", "number"), [(what, f"{n:,}") for what, n in counts.items()]))
    click.echo()
