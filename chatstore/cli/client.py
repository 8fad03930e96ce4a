"""`chatstore client`: chat in a terminal, or send the lines of a pipe."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.text import printable
from chatstore.cli import client_password as passwords
from chatstore.cli.client_password import Password
from chatstore.cli.options import read_config
from chatstore.client import loop
from chatstore.client.address import Address, parse_address
from chatstore.client.names import channel
from chatstore.client.pipe import Pipe
from chatstore.client.protocol import ClientProtocol
from chatstore.client.terminal import Terminal, takes_escapes

_STDIN = 0
_INTERRUPTED = 130
_VARIABLE = "CHATSTORE_PASSWORD"
_PIPE_GIVES_UP = 60.0
"""Seconds without a connection after which a pipe gives up."""
_SCREEN_PACKAGES = ("textual", "rich", "emoji")
"""What the full screen needs: the extra `client`."""
_NO_SCREEN = "chatstore client: for the full screen: pip install 'chatstore[client]'"


@click.command("client")
@click.option("--user", required=True, metavar="NAME", help="Your account.")
@click.option("--server", metavar="URL", help="irc://host:port or ircs://host:port (TLS). [default: this machine]")
@click.option("--room", "rooms", multiple=True, metavar="ROOM", help="A room to join; repeatable. [default: main]")
@click.option("--plain", is_flag=True, help="Print lines instead of the full screen; best for screen readers.")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="The colors of the full screen.")
@click.option("--password-stdin", is_flag=True, help="The first line of the input is the password.")
@click.option("--password-command", metavar="CMD", help="A command that prints the password.")
@click.option("--save-password", is_flag=True, help="Save the login in the system's keyring.")
@click.option("--register", is_flag=True, help="Create the account if it does not exist, without asking.")
@click.option("--invitation", metavar="CODE", help="Create the account with this invitation (a code or a link).")
@click.option("--guest", is_flag=True, help="Log in as a guest, without an account, if the server allows it.")
@click.option("--verbose", is_flag=True, help="In a pipe: report progress on stderr.")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Configuration file."
)
@click.option("--database", metavar="URL", hidden=True)  # for scripts that give it to every command
def client(
    user: str,
    server: str | None,
    rooms: tuple[str, ...],
    plain: bool,
    theme: str | None,
    password_stdin: bool,
    password_command: str | None,
    save_password: bool,
    register: bool,
    invitation: str | None,
    guest: bool,
    verbose: bool,
    config_file: Path | None,
    database: str | None,
) -> None:
    """Chat as NAME: in a terminal, or through a pipe.

    In a terminal this is the full screen. --plain prints each message as a line instead, for screen readers,
    simple terminals, and the terminal's own scrollback.

    The password is the first line of the input (--password-stdin), the output of a command
    (--password-command), or CHATSTORE_PASSWORD. Otherwise the system's keyring is used (see --save-password),
    or you are asked.

    If the input is not a terminal, each line of it is sent to the first room. A room that does not exist is
    created, and stderr says so. Exit codes: 0 all lines are stored, 1 something was refused, 2 usage, 3 not
    logged in, 4 cannot reach the server, 5 the room does not exist and cannot be created.
    """
    config = read_config(config_file, database)
    address = _address(server or config.listen.irc)
    names = [_room(room) for room in rooms or config.rooms.default[:1]]
    name = _name(user)
    interactive = sys.stdin is not None and sys.stdin.isatty()
    if not interactive and not names:
        raise click.UsageError("there is no room to send to: give --room")
    if not address.local and not address.tls and not guest:
        click.echo(f"chatstore client: {address} is not encrypted: others may read your password", err=True)
    keep = passwords.keeper(address, name) if save_password else None
    if guest:
        password = Password("")
    elif invitation and interactive and not (password_stdin or password_command or os.environ.get(_VARIABLE)):
        password = passwords.ask_new(name)
    else:
        password = passwords.find(address, name, from_stdin=password_stdin, command=password_command or "")
    account = _account(address, name, password, keep, register, invitation or "", interactive)
    try:
        sys.exit(_run(address, account, names, password, interactive, plain, theme or "", verbose))
    except KeyboardInterrupt:
        sys.exit(loop.OK if interactive else _INTERRUPTED)


def _account(
    address: Address,
    name: str,
    password: Password,
    keep: Callable[[str], None] | None,
    register: bool,
    invitation: str,
    interactive: bool,
) -> loop.Account:
    """How to log in. `keep`: saves what logs in the next time, if the person wants that. What came from the
    keyring is renewed there anyway."""
    from_keyring = password.source == "keyring"
    return loop.Account(
        name,
        password.text,
        register or bool(invitation),
        may_create=lambda: interactive and passwords.may_create(name, password),
        hint="" if interactive else " (--register creates the account)",
        invitation=invitation,
        invited=lambda: passwords.ask_invitation(name) if interactive else "",
        keep=None if from_keyring else keep,
        keep_renewed=passwords.keeper(address, name) if from_keyring else keep,
    )


def _run(
    address: Address,
    account: loop.Account,
    rooms: list[str],
    password: Password,
    interactive: bool,
    plain: bool,
    theme: str,
    verbose: bool,
) -> int:
    if not interactive:
        return _send(address, account, rooms[0], verbose)
    chat = partial(_show, theme=theme) if not plain and _can_show() else _talk
    if password.source != "keyring":
        return chat(address, account, rooms)
    try:
        return chat(address, replace(account, may_create=lambda: False), rooms, ends=(loop.NOT_AUTHENTICATED,))
    except loop.EndError as end:
        click.echo(f"{printable(str(end))}; the password in the keyring is wrong", err=True)
        asked = Password(passwords.ask(f"Password of {account.name}: "), "asked")
        may_create = partial(passwords.may_create, account.name, asked)
        return chat(
            address, replace(account, password=asked.text, may_create=may_create, keep=account.keep_renewed), rooms
        )


def _can_show() -> bool:
    """Whether there is a full screen. If only its packages are missing, the person is told how to install
    them."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    if any(importlib.util.find_spec(package) is None for package in _SCREEN_PACKAGES):
        click.echo(_NO_SCREEN, err=True)
        return False
    return True


def _show(
    address: Address, account: loop.Account, rooms: list[str], *, theme: str = "", ends: tuple[int, ...] = ()
) -> int:
    """Chat on the full screen, after logging in without it. `ends`: exit codes to raise EndError for."""
    from chatstore.client.buffers import Buffers  # only the screen needs these, and Textual may be missing
    from chatstore.client.network import Network
    from chatstore.client.screen.run import run

    network = Network(address, account, rooms)
    try:
        network.enter()
    except loop.EndError as end:
        if end.code in ends:
            raise
        click.echo(f"chatstore client: {printable(str(end))}", err=True)
        return end.code
    return run(network, Buffers(account.name), rooms=rooms, theme=theme)


def _talk(address: Address, account: loop.Account, rooms: list[str], *, ends: tuple[int, ...] = ()) -> int:
    protocol = ClientProtocol(account.name, rooms)
    room = rooms[0] if rooms else ""
    terminal = Terminal(protocol, room, _STDIN, sys.stdout, escapes=takes_escapes(sys.stdout))
    client = loop.Client(protocol, terminal, address, account, hint="; /help lists the commands")
    try:
        client.enter()
        return client.run()
    except loop.EndError as end:
        if end.code in ends:
            raise
        terminal.fail(str(end))
        return end.code
    finally:
        terminal.close()


def _send(address: Address, account: loop.Account, room: str, verbose: bool) -> int:
    protocol = ClientProtocol(account.name, [room], history=1, resend=True, single=True)
    timing = loop.Timing(give_up=_PIPE_GIVES_UP)
    pipe = Pipe(protocol, room, _STDIN, sys.stderr, verbose=verbose)
    return loop.Client(protocol, pipe, address, account, timing=timing).run()


def _address(text: str) -> Address:
    if text == "off":
        raise click.UsageError("the configuration has no IRC address: give --server")
    try:
        return parse_address(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from error


def _name(user: str) -> str:
    try:
        return person_name(user).shown
    except ChatError as error:
        raise click.BadParameter(str(error), param_hint="--user") from error


def _room(text: str) -> str:
    try:
        return channel(room_name(text).shown)
    except ChatError as error:
        raise click.BadParameter(str(error), param_hint="--room") from error
