"""What a shell offers for the names of rooms and accounts: those of the database that the command would use.

`chatstore completion` makes the shell ask. Nothing here prints or fails: where names can't be had, none are
offered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from chatstore.config import ConfigError, load
from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore

_MOST = 200
"""Names that a shell is given. More help nobody."""
Names = Callable[[DatabaseStore], list[str]]


def offer_names(command: click.Command, path: tuple[str, ...] = ()) -> None:
    """Let the options and arguments of a command, and of those below it, offer names. `path`: the words after
    `chatstore` that lead to it."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            offer_names(below, (*path, name))
    for parameter in command.params:
        names = _names_for(parameter, path)
        if names is not None:
            # click asks the parameter by this method. The argument of its constructor would have to stand at each
            # parameter, and load the database's code with every command.
            setattr(parameter, "shell_complete", _completer(names))  # noqa: B010


def _names_for(parameter: click.Parameter, path: tuple[str, ...]) -> Names | None:
    """What the parameter names that is there already."""
    words = {*parameter.opts, parameter.name if isinstance(parameter, click.Argument) else ""}
    if "--room" in words or (path[0] == "room" and "name" in words and path[-1] != "add"):
        return _rooms
    accounts = {"--account", "--founder", "--user", "account"}
    if words & accounts or (path[0] == "account" and "name" in words and path[-1] != "add"):
        return _accounts
    return None


def _rooms(store: DatabaseStore) -> list[str]:
    return [room.name for room in store.rooms.all()]


def _accounts(store: DatabaseStore) -> list[str]:
    return [account.name for account in store.accounts.all() if account.status != "removed"]


def _completer(names: Names) -> Callable[[click.Context, str], list[CompletionItem]]:
    def complete(context: click.Context, incomplete: str) -> list[CompletionItem]:
        file, database = context.params.get("config_file"), context.params.get("database")
        try:
            config = load(Path(file) if file else None, {"database": {"url": database}})
            store = DatabaseStore(config.database_url, readers=1, create=False, read_only=True)
            with closing(store):
                store.check_schema()
                found = names(store)
        except (ConfigError, StorageError):
            return []
        wanted = incomplete.removeprefix("#").casefold()
        return [CompletionItem(name) for name in found if name.casefold().startswith(wanted)][:_MOST]

    return complete
