"""`chatstore client`: chat from a terminal, or send what comes through a pipe."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

import click

from chatstore.chat.errors import ChatError
from chatstore.chat.names import person_name, room_name
from chatstore.cli.options import read_config
from chatstore.client import loop
from chatstore.client.address import Address, parse_address
from chatstore.client.desk import channel
from chatstore.client.pipe import Pipe
from chatstore.client.reading import read_first_line
from chatstore.client.state import ChatState
from chatstore.client.terminal import Terminal, takes_escapes

_STDIN = 0
_INTERRUPTED = 130
_PIPE_GIVES_UP = 60.0


@click.command("client")
@click.option("--user", required=True, metavar="NAME", help="Your account.")
@click.option("--server", metavar="URL", help="irc://host:port or ircs://host:port (TLS). [default: this machine]")
@click.option("--room", "rooms", multiple=True, metavar="ROOM", help="A room to enter; repeatable. [default: main]")
@click.option("--password-stdin", is_flag=True, help="The first line of the input is the password.")
@click.option("--register", is_flag=True, help="Create the account if it does not exist, without asking.")
@click.option("--verbose", is_flag=True, help="In a pipe: tell on stderr what is being done.")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Configuration file."
)
@click.option("--database", metavar="URL", help="Taken like everywhere; the client needs none.")
def client(
    user: str,
    server: str | None,
    rooms: tuple[str, ...],
    password_stdin: bool,
    register: bool,
    verbose: bool,
    config_file: Path | None,
    database: str | None,
) -> None:
    """Chat as NAME: in a terminal, or through a pipe.

    The password is asked, or it is the first line of the input (--password-stdin), or CHATSTORE_PASSWORD.

    When the input is no terminal, each of its lines is sent to the first room, and the exit code is 0 when all
    of them are stored. A room that does not exist yet is made, and stderr says so. Otherwise: 1 something was
    refused, 2 usage, 3 not logged in, 4 cannot reach the server, 5 no such room, and none can be made.
    """
    config = read_config(config_file, database)
    address = _address(server or config.listen.irc)
    names = [_room(room) for room in rooms or config.rooms.default[:1]]
    try:
        name = person_name(user).shown
    except ChatError as error:
        raise click.BadParameter(str(error), param_hint="--user") from error
    interactive = sys.stdin is not None and sys.stdin.isatty()
    if not interactive and not names:
        raise click.UsageError("no room to send to: give --room")
    if not address.local and not address.tls:
        click.echo(f"chatstore client: {address} is not encrypted: others may read the password", err=True)
    asked, password = _password(name, password_stdin)
    account = loop.Account(
        name,
        password,
        register,
        may_create=lambda: interactive and _may_create(name, password, asked),
        hint="" if interactive else " (--register makes the account)",
    )
    try:
        sys.exit(_talk(address, account, names) if interactive else _send(address, account, names[0], verbose))
    except KeyboardInterrupt:
        sys.exit(loop.OK if interactive else _INTERRUPTED)


def _talk(address: Address, account: loop.Account, rooms: list[str]) -> int:
    state = ChatState(account.name, rooms)
    room = rooms[0] if rooms else ""
    terminal = Terminal(state, room, _STDIN, sys.stdout, escapes=takes_escapes(sys.stdout))
    try:
        return loop.Client(state, terminal, address, account, hint="; /help lists the commands").run()
    finally:
        terminal.close()


def _send(address: Address, account: loop.Account, room: str, verbose: bool) -> int:
    state = ChatState(account.name, [room], history=1, resend=True)
    timing = loop.Timing(give_up=_PIPE_GIVES_UP)
    pipe = Pipe(state, room, _STDIN, sys.stderr, verbose=verbose)
    return loop.Client(state, pipe, address, account, timing=timing).run()


def _address(text: str) -> Address:
    if text == "off":
        raise click.UsageError("the configuration has no IRC address: give --server")
    try:
        return parse_address(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from error


def _room(text: str) -> str:
    try:
        return channel(room_name(text).shown)
    except ChatError as error:
        raise click.BadParameter(str(error), param_hint="--room") from error


def _password(name: str, from_stdin: bool) -> tuple[bool, str]:
    """(whether a person was asked, the password)."""
    if from_stdin:
        password = read_first_line(_STDIN).decode("utf-8", "replace")
    elif "CHATSTORE_PASSWORD" in os.environ:
        password = os.environ["CHATSTORE_PASSWORD"]
    elif _has_terminal():
        return True, _asked(f"Password of {name}: ")
    else:
        raise click.UsageError("no password: give --password-stdin or CHATSTORE_PASSWORD")
    if not password:
        raise click.UsageError("the password is empty")
    return False, password


def _asked(prompt: str) -> str:
    try:
        password = getpass.getpass(prompt)
    except (EOFError, KeyboardInterrupt):
        raise click.Abort from None
    if not password:
        raise click.UsageError("the password is empty")
    return password


def _may_create(name: str, password: str, asked: bool) -> bool:
    question = f"No account {name}, or a wrong password. Make a new account {name}?"
    if not click.confirm(question, prompt_suffix=" "):
        return False
    if not asked:
        return True
    for _ in range(3):
        if _asked("The same password again: ") == password:
            return True
        click.echo("That is not the same.", err=True)
    return False


def _has_terminal() -> bool:
    """Whether there is somebody to ask, even when the input is a pipe."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
