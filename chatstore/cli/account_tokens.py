"""`chatstore account tokens`: the device tokens by which an account is logged in to."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.changes.tokens import RemoveTokens
from chatstore.chat.model.text import printable
from chatstore.chat.model.tokens import DeviceToken
from chatstore.cli.database import find_account, reading, writing
from chatstore.cli.formats import json_text, table
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.config import Config


@click.command("tokens", short_help="List or revoke device tokens.")
@with_config
@click.argument("name")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
@click.option("--revoke", metavar="ID", type=int, help="End the token with this number.")
@click.option("--revoke-all", is_flag=True, help="End all of them.")
def tokens(
    config_file: Path | None, database: str | None, name: str, form: str, revoke: int | None, revoke_all: bool
) -> None:
    """Show the device tokens of the account NAME, or end some: who came by them is put out."""
    if revoke is not None and revoke_all:
        raise click.UsageError("give one of --revoke ID and --revoke-all")
    config = read_config(config_file, database)
    if revoke is not None or revoke_all:
        _revoke(config, name, revoke)
    else:
        _list(config, name, form)


def _list(config: Config, name: str, form: str) -> None:
    with may_be_cut(), reading(config) as store:
        found = store.tokens.of_account(find_account(store, name).id)
        if form == "json":
            rows = [json_text(_record(one)) for one in found]
            Output(machine=True).write("[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n")
        else:
            cells = [(str(one.id), printable(one.label), local_time(one.created_at), _used(one)) for one in found]
            Output(machine=False).write(table(("id", "label", "created", "last used"), cells))


def _revoke(config: Config, name: str, only: int | None) -> None:
    """That one; all where none is given."""
    with writing(config) as store:
        found = find_account(store, name)
        removed = store.submit([RemoveTokens(found.id, only=only)]).result()
    if only is not None and not removed:
        fail(f"{found.name} has no token {only}", NOT_FOUND)
    count = len(removed)
    what = f"the token {only}" if only is not None else f"{count} token{'' if count == 1 else 's'}"
    done(f"{what} of {found.name} {'is' if count == 1 else 'are'} revoked")


def _used(one: DeviceToken) -> str:
    return local_time(one.last_used_at) if one.last_used_at is not None else "never"


def _record(one: DeviceToken) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "label": one.label,
        "created": utc_time(one.created_at),
        "last_used": utc_time(one.last_used_at) if one.last_used_at is not None else None,
    }
