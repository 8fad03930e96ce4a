"""The manual page: what formats it has no complaint, and it has every command and option that help has."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chatstore.cli import main
from chatstore.cli.man import page
from tests.cli.home import Home
from tests.running import SECONDS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man")
    made = folder / "chatstore.1"
    result = Home(folder).run("man")
    assert result.exit_code == 0
    made.write_text(result.stdout, encoding="utf-8")
    return made


def formatted(file: Path, *command: str) -> tuple[str, str]:
    """What a program makes of it, and what it complains of."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [*command, str(file)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "200"},
    )
    return done.stdout, done.stderr


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    if not isinstance(command, click.Group):
        yield context.command_path, command, context
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from commands(below, click.Context(below, info_name=name, parent=context))


def test_no_linter_complains(file: Path) -> None:
    shown, complaints = formatted(file, "mandoc", "-T", "lint", "-W", "style")
    assert shown + complaints == ""
    assert formatted(file, "groff", "-man", "-ww", "-z", "-Tutf8") == ("", "")


def test_man_shows_every_command_and_option(file: Path) -> None:
    shown, complaints = formatted(file, "man", "--warnings", "-l")
    assert complaints == ""
    for path, command, context in commands(main, click.Context(main, info_name="chatstore")):
        assert f"   {path} " in shown or f"   {path}\n" in shown
        for parameter in command.params:
            record = parameter.get_help_record(context)
            assert record is None or record[0] in shown
    assert "CHATSTORE_PASSWORD" in shown


def test_what_looks_like_a_request_is_text() -> None:
    @click.command()
    @click.option("--it", help="'quoted' and \\back… .dot")
    def odd(it: str) -> None:
        """.SH in the text

        \b
        .one line
        'another line
        """

    lines = list(page(click.Group("chatstore", commands={"odd": odd})))
    for line in (r"\&.SH in the text", r"\&.one line", r"\&'another line", r"\&'quoted' and \eback\[u2026] .dot"):
        assert line in lines
