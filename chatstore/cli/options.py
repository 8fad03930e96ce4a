"""What the commands share: --config and --database, and how a command fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from chatstore.config import Config, ConfigError, load

FAILED, USAGE, NOT_AUTHENTICATED, UNREACHABLE, NOT_FOUND, INCOMPLETE = 1, 2, 3, 4, 5, 6
EXIT_CODES = {
    0: "Done.",
    FAILED: "It failed. One line on standard error says why.",
    USAGE: "The command line is wrong.",
    NOT_AUTHENTICATED: "The server did not accept the password or token.",
    UNREACHABLE: "The server can't be reached.",
    NOT_FOUND: "What was named is not there.",
    INCOMPLETE: "Everything that could be read is imported, and some of it could not be read.",
}

Function = TypeVar("Function", bound=Callable[..., Any])


def with_config(function: Function) -> Function:
    """Add the options --config and --database, as the parameters `config_file` and `database`."""
    function = click.option(
        "--database", metavar="URL", help="Database: the path of a file, sqlite:///PATH, or postgresql://HOST/NAME."
    )(function)
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration file.",
    )(function)


def read_config(
    config_file: Path | None, database: str | None, flags: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The configuration with a command's flags. Ends the command with exit code 1 if it is invalid."""
    try:
        return load_config(config_file, database, flags)
    except ConfigError as error:
        fail(str(error))


def load_config(
    config_file: Path | None, database: str | None, flags: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The same, but raises ConfigError if it is invalid."""
    return load(config_file, {"database": {"url": database}, **(flags or {})})


def at_terminal() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def need_terminal(instead: str) -> None:
    """Raise a usage error that names the option to give instead, unless standard input is a terminal."""
    if not at_terminal():
        raise click.UsageError(f"standard input is not a terminal: give {instead}")


def fail(text: str, code: int = FAILED) -> NoReturn:
    """Print one line to standard error and exit with the code."""
    click.echo(f"chatstore: {text}", err=True)
    raise SystemExit(code)
