"""The command line: thin. One file a command or family of commands.

Exit codes: 0 done, 1 failure, 2 usage, 3 not authenticated, 4 cannot reach, 5 not found, 6 done in part.
"""

from __future__ import annotations

import os
from importlib import import_module

import click

from chatstore import version_and_build

_COMMANDS = (
    "server",
    "client",
    "history",
    "room",
    "account",
    "bot",
    "invite",
    "status",
    "audit",
    "ban",
    "report",
    "files",
    "nodes",
    "doctor",
    "backup",
    "restore",
    "copy",
    "export",
    "import",
    "certificate",
    "completion",
    "man",
)

COMPLETE = "_CHATSTORE_COMPLETE"
"""The environment variable by which a shell asks for completions: click answers, and no command runs."""
_MODULES = {"import": "importing"}
"""Where a command's module and function have another name, because Python has that one for itself."""


class Lazy(click.Group):
    """Imports a command only when it is used: the client need not load the database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name)
        found = getattr(import_module(f"chatstore.cli.{name}"), name)
        assert isinstance(found, click.Command)
        if COMPLETE in os.environ:
            import_module("chatstore.cli.completing").offer_names(found, (cmd_name,))
        return found


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version_and_build(), message="chatstore %(version)s")
def main() -> None:
    """The chat server that remembers."""
