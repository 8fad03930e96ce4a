"""What `account remove --erase` does: the words of a person go, and what is left of them is named."""

from __future__ import annotations

import click

from chatstore.chat.long_work import erase
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.audit import AuditQuery
from chatstore.chat.model.text import printable
from chatstore.cli.formats import table
from chatstore.cli.output import Output
from chatstore.cli.progress import Progress
from chatstore.cli.times import local_time
from chatstore.storage.store import DatabaseStore


def erase_account(store: DatabaseStore, account: Account) -> None:
    """Erase all words of a removed account, and print what was erased. Begun again, it goes on."""
    with Progress("events") as progress:
        counts = erase(store, account, lambda done, total: progress("looking through", done, total))
    rows = [(what, f"{number:,}") for what, number in counts.items() if number or what == "messages"]
    Output(machine=False).write(table(("erased", "number"), rows))
    if copies := [copy for copy in store.copies() if copy.erased != 0]:
        click.echo("\nThese copies of the database may still have the words. Remove them if nobody needs them:")
        for copy in copies:
            click.echo(f"  {printable(str(copy.path))}   ({_KINDS[copy.kind]}, {local_time(copy.made_at)})")
    exports = store.audit.entries(AuditQuery(action="data.export", since=account.created_at))
    if exports:
        made = "export was" if len(exports) == 1 else "exports were"
        click.echo(f"\n{len(exports):,} {made} made since this account was: chatstore audit --action data.export")
    click.echo()


_KINDS = {"migration": "from before an upgrade", "backup": "a backup", "replaced": "replaced by a restored backup"}
