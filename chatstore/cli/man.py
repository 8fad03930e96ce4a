"""`chatstore man`: the manual page, made from the commands' help: man(7)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import datetime, timezone

import click

from chatstore import __version__
from chatstore.cli.options import EXIT_CODES
from chatstore.cli.output import Output

_ABOUT = """A chat server in one process and one database file: IRC, a web page, plain text, accounts and history.
Start it with chatstore server. The other commands work beside a running server, unless they say otherwise."""
_FILES = [
    ("~/.local/share/chatstore/chatstore.db", "The database, unless another one is configured."),
    ("DATABASE-search", "The index for searches, which the server makes again if it is missing."),
    ("DATABASE-lock", "Which server has the database. It stays; don't remove it while one runs."),
    ("DATABASE-backups", "The backups that were made of the database."),
    ("DATABASE-status", "The socket at which chatstore status asks a running server."),
    ("./chatstore.toml, ~/.config/chatstore/chatstore.toml, /etc/chatstore/chatstore.toml", "The configuration."),
]
_VARIABLES = [
    ("CHATSTORE_TABLE_KEY", "A setting, such as CHATSTORE_LISTEN_IRC for [listen] irc."),
    ("CHATSTORE_PASSWORD", "The password for chatstore client."),
    ("CREDENTIALS_DIRECTORY", "A folder with secrets, one file each, called like their setting."),
]


@click.command()
def man() -> None:
    """Print the manual page, for man.

    \b
    mkdir -p ~/.local/share/man/man1
    chatstore man > ~/.local/share/man/man1/chatstore.1
    man chatstore
    """
    program = click.get_current_context().find_root().command
    Output(machine=True).write("\n".join(page(program)) + "\n")


def page(program: click.Command) -> Iterator[str]:
    """The lines of the page."""
    yield f'.TH CHATSTORE 1 "{datetime.now(timezone.utc):%Y-%m-%d}" "chatstore {__version__}"'
    yield ".SH NAME"
    yield r"chatstore \- " + _escaped("the chat server that remembers")
    yield ".SH SYNOPSIS"
    yield r"\fBchatstore\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield from _filled(_ABOUT)
    yield ".SH COMMANDS"
    context = click.Context(program, info_name="chatstore")
    yield from _commands(program, context)
    codes = [(str(code), text) for code, text in EXIT_CODES.items()]
    for title, entries in (("EXIT STATUS", codes), ("ENVIRONMENT", _VARIABLES), ("FILES", _FILES)):
        yield f".SH {title}"
        for term, text in entries:
            yield from _entry(term, text)


def _commands(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command and those below it, in the order in which help lists them."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _commands(below, click.Context(below, info_name=name, parent=context))
    else:
        yield from _command(command, context)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f'.SS "{_escaped(usage)}"'
    yield from _help(command.help or "")
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            yield from _entry(*record)


def _help(text: str) -> Iterator[str]:
    """Paragraphs as click reads them: those that begin with a backspace keep their lines."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.split("\f")[0].strip())):
        lines = [line.strip() for line in paragraph.split("\n")]
        if number:
            yield ".PP"
        if lines[0] == "\b":
            yield ".nf"
            yield from map(_escaped, lines[1:])
            yield ".fi"
        else:
            yield from _filled(paragraph)


def _entry(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield rf"\fB{_escaped(term)}\fR"
    yield from _filled(text or "See above.")


def _filled(text: str) -> Iterator[str]:
    """Text that is filled to the terminal's width, in lines as short as man's linters want them."""
    yield from map(_escaped, textwrap.wrap(" ".join(text.split()), 70, break_long_words=False))


def _escaped(text: str) -> str:
    """Text that means itself in a manual page: no escapes, no requests, and hyphens as people type them."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    text = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text)
    return rf"\&{text}" if text.startswith((".", "'")) else text
