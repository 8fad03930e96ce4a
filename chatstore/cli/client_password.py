"""The password of `chatstore client`: where it comes from, and saving it in the keyring."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import click

from chatstore.client import keyring_store
from chatstore.client.address import Address
from chatstore.client.keyring_store import KeyringError
from chatstore.client.line_reader import read_first_line

_STDIN = 0
Source = Literal["given", "asked", "keyring"]


@dataclass(frozen=True)
class Password:
    """`source`: "asked" of the person, "keyring", or "given" by an option or the environment."""

    text: str
    source: Source = "given"


def find(address: Address, name: str, *, from_stdin: bool, command: str) -> Password:
    """The password from the option that was given; otherwise from the environment, the keyring, or the
    person. Raises UsageError if there is none."""
    if from_stdin:
        password = read_first_line(_STDIN).decode("utf-8", "replace")
    elif command:
        password = said_by(command)
    elif "CHATSTORE_PASSWORD" in os.environ:
        password = os.environ["CHATSTORE_PASSWORD"]
    elif secret := keyring_store.load(address, name):
        return Password(secret, "keyring")
    elif has_terminal():
        return Password(ask(f"Password of {name}: "), "asked")
    else:
        raise click.UsageError("no password: give --password-stdin, --password-command or CHATSTORE_PASSWORD")
    if not password:
        raise click.UsageError("the password is empty")
    return Password(password)


def said_by(command: str) -> str:
    """The first line that a shell command prints. Raises UsageError if it fails."""
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise click.UsageError(f"--password-command ended with exit code {done.returncode}")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""


def ask(prompt: str) -> str:
    try:
        password = getpass.getpass(prompt)
    except (EOFError, KeyboardInterrupt):
        raise click.Abort from None
    if not password:
        raise click.UsageError("the password is empty")
    return password


def ask_new(name: str) -> Password:
    """Ask twice for the password of a new account."""
    for _ in range(3):
        password = ask(f"New password for {name}: ")
        if is_repeated(password):
            return Password(password, "asked")
    raise click.UsageError("the two passwords differ")


def is_repeated(password: str) -> bool:
    same = ask("Repeat the password: ") == password
    if not same:
        click.echo("The passwords differ.", err=True)
    return same


def may_create(name: str, password: Password) -> bool:
    """Ask the person whether to create an account."""
    question = f"There is no account {name}, or the password is wrong. Create the account {name}?"
    if not click.confirm(question, prompt_suffix=" "):
        return False
    if password.source != "asked":
        return True
    return any(is_repeated(password.text) for _ in range(3))


def ask_invitation(name: str) -> str:
    """Ask for an invitation: a code or a link, "" for none."""
    question = f"There is no account {name}, or the password is wrong. To create it: your invitation (code or link)"
    invitation = click.prompt(question, default="", show_default=False)
    return str(invitation).strip()


def keeper(address: Address, name: str) -> Callable[[str], None]:
    """A function that saves a secret in the keyring. Raises UsageError if there is no keyring."""
    try:
        keyring_store.check()
    except KeyringError as error:
        raise click.UsageError(f"--save-password: {error}") from error

    def keep(secret: str) -> None:
        keyring_store.save(address, name, secret)

    return keep


def has_terminal() -> bool:
    """Whether the process has a terminal to ask on, even if the input is a pipe."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
