"""What the commands share: --config and --database, and how a command fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from chatstore.config import Config, ConfigError, load

FAILED, USAGE, NOT_AUTHENTICATED, UNREACHABLE, NOT_FOUND = 1, 2, 3, 4, 5

Function = TypeVar("Function", bound=Callable[..., Any])


def with_config(function: Function) -> Function:
    """Adds `--config FILE` and `--database URL`, as the parameters `config_file` and `database`."""
    function = click.option("--database", metavar="URL", help="The database: sqlite:///… or the path of a file.")(
        function
    )
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration file.",
    )(function)


def read_config(
    config_file: Path | None, database: str | None, flags: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The configuration with a command's flags; a wrong one ends the command with exit code 1."""
    try:
        return load_config(config_file, database, flags)
    except ConfigError as error:
        fail(str(error))


def load_config(
    config_file: Path | None, database: str | None, flags: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The same, for who goes on after a ConfigError."""
    return load(config_file, {"database": {"url": database}, **(flags or {})})


def at_terminal() -> bool:
    """Whether somebody sits at the input."""
    return sys.stdin is not None and sys.stdin.isatty()


def need_terminal(instead: str) -> None:
    """A usage error that names the option to give instead, where nobody can be asked."""
    if not at_terminal():
        raise click.UsageError(f"no terminal to ask: give {instead}")


def fail(text: str, code: int = FAILED) -> NoReturn:
    """One line on standard error, and the exit code."""
    click.echo(f"chatstore: {text}", err=True)
    raise SystemExit(code)
