"""`chatstore account`: who may log in. A running server obeys within two seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from chatstore.chat.changes.accounts import (
    CreateAccount,
    RemoveAccount,
    RestoreAccount,
    SetPassword,
    SetRole,
    SuspendAccount,
)
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.passwords import hash_password, required_strong
from chatstore.chat.model.text import printable
from chatstore.cli.account_certificate import certificate
from chatstore.cli.account_tokens import tokens
from chatstore.cli.database import checked_line, find_account, reading, refuse, writing
from chatstore.cli.formats import json_text, table
from chatstore.cli.options import need_terminal, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import end_option, local_time, utc_time
from chatstore.config import Config

_password_option = click.option(
    "--password-stdin", is_flag=True, help="The first line of the input is the password."
)


@click.group()
def account() -> None:
    """Add, change and remove accounts."""


@account.command("add", short_help="Make an account.")
@with_config
@click.argument("name")
@click.option("--admin", is_flag=True, help="Operator of the rooms that nobody founded.")
@_password_option
def add(config_file: Path | None, database: str | None, name: str, admin: bool, password_stdin: bool) -> None:
    """Add the account NAME. The password is asked for twice, or read from the input."""
    config = read_config(config_file, database)
    valid = _valid(name)
    hashed = _hashed(valid.shown, password_stdin, config)
    with writing(config, create=True) as store:
        added = store.submit([CreateAccount(valid, hashed, "admin" if admin else "user")]).result()
    done(f"{added.name} was added" + (" as an admin" if admin else ""))


@account.command("list", short_help="List all accounts, the removed ones too.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, form: str) -> None:
    """Show all accounts, the removed ones too: their names stay taken."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.all_accounts()
        if form == "json":
            rows = [json_text(_record(one)) for one in found]
            Output(machine=True).write("[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n")
        else:
            cells = [(one.name, one.role, _status(one), _when(one.created_at), _seen(one)) for one in found]
            Output(machine=False).write(table(("name", "role", "status", "created", "last seen"), cells))


@account.command("show", short_help="Tell about an account.")
@with_config
@click.argument("name")
def show(config_file: Path | None, database: str | None, name: str) -> None:
    """Show the account NAME, and the rooms it is in."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = find_account(store, name, removed=True)
        rooms = {room.id: room.name for room in store.roster()[0]}
        members = store.memberships(Actor(found.nick, found.name, found.id))
        lines = [
            ("name", found.name),
            *([("nick", printable(found.nick))] if found.nick != found.name else []),
            ("role", found.role),
            ("status", _status(found)),
            ("created", _when(found.created_at)),
            ("last seen", _seen(found)),
            ("rooms", ", ".join(f"{rooms[one.room]} ({one.role.words or 'member'})" for one in members) or "none"),
        ]
        Output(machine=False).write("".join(f"{key:10}{value}\n" for key, value in lines))


@account.command("passwd", short_help="Change a password.")
@with_config
@click.argument("name")
@_password_option
def passwd(config_file: Path | None, database: str | None, name: str, password_stdin: bool) -> None:
    """Give the account NAME another password. Nothing else logs in to it any more: its device tokens and
    certificates are removed, and its connections end."""
    config = read_config(config_file, database)
    with reading(config) as store:
        valid = _valid(find_account(store, name).name)
    hashed = _hashed(valid.shown, password_stdin, config)
    with writing(config) as store:
        account = find_account(store, valid.shown)
        gone = (
            _counted(len(store.tokens(account.id)), "device token"),
            _counted(len(store.certificates(account.id)), "certificate"),
        )
        store.submit([SetPassword(valid, hashed, certificates=True)]).result()
    removed = " and ".join(each for each in gone if each)
    done(f"{valid.shown} has a new password" + (f"; {removed} removed" if removed else ""))


@account.command("set", short_help="Make an account an admin, or an admin an ordinary account.")
@with_config
@click.argument("name")
@click.option("--admin/--no-admin", default=None, help="Whether it is an admin.")
def set_(config_file: Path | None, database: str | None, name: str, admin: bool | None) -> None:
    """Change what the account NAME may do."""
    if admin is None:
        raise click.UsageError("say what to set: --admin or --no-admin")
    with writing(read_config(config_file, database)) as store:
        found = find_account(store, name)
        new = store.submit([SetRole(_valid(found.name), "admin" if admin else "user")]).result()
    if admin:
        done(f"{found.name} is an admin" if new else f"{found.name} is an admin already")
    else:
        done(f"{found.name} is no longer an admin" if new else f"{found.name} is not an admin")


account.add_command(certificate)
account.add_command(tokens)


@account.command("suspend", short_help="Keep an account out for a time.")
@with_config
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="Told to whoever tries to log in.")
@click.option(
    "--until",
    metavar="TIME",
    callback=end_option,
    help="When it ends by itself: 7d, 12h, tomorrow, 2026-12-24 or '2026-12-24 18:00'.",
)
def suspend(config_file: Path | None, database: str | None, name: str, reason: str, until: int | None) -> None:
    """Keep the account NAME out, until that time or until it is restored. Its rooms and its messages stay."""
    config = read_config(config_file, database)
    checked_line(reason, config.limits.reason_length, "reason")
    with writing(config) as store:
        found = store.submit([SuspendAccount(_valid(find_account(store, name).name), reason, until)]).result()
    when = f" until {local_time(until)}" if until is not None else ""
    done(f"{found.name} is suspended{when}: {printable(reason)}")


@account.command("restore", short_help="End a suspension.")
@with_config
@click.argument("name")
def restore(config_file: Path | None, database: str | None, name: str) -> None:
    """Let a suspended account log in again."""
    with writing(read_config(config_file, database)) as store:
        before = store.submit([RestoreAccount(_valid(find_account(store, name).name))]).result()
    done(f"{before.name} was not suspended" if before.active(_now()) else f"{before.name} is restored")


@account.command("remove", short_help="Remove an account for good.")
@with_config
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask.")
def remove(config_file: Path | None, database: str | None, name: str, yes: bool) -> None:
    """Remove the account NAME for good. What it wrote stays, and nobody else gets its name."""
    config = read_config(config_file, database)
    with reading(config) as store:
        found = find_account(store, name)
    if not yes:
        need_terminal("--yes")
        click.confirm(f"Remove {found.name} for good? What {found.name} wrote stays.", abort=True)
    with writing(config) as store:
        store.submit([RemoveAccount(_valid(found.name))]).result()
    done(f"{found.name} was removed")


def _valid(name: str) -> Name:
    try:
        return person_name(name)
    except ChatError as error:
        refuse(error)


def _hashed(name: str, from_stdin: bool, config: Config) -> str:
    """The hash of a password that is asked for, or of the first line of the input."""
    if from_stdin:
        line = sys.stdin.buffer.readline()
        try:
            password = line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            raise click.UsageError("the password is not valid UTF-8") from None
    else:
        need_terminal("--password-stdin")
        password = click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt="The same again")
    try:
        required_strong(password, config.policy.passwords, name)
        return hash_password(password, config.accounts.bcrypt_cost)
    except ChatError as error:
        refuse(error)


def _record(one: Account) -> dict[str, str | None]:
    return {
        "name": one.name,
        "nick": one.nick,
        "role": one.role,
        "status": _state(one),
        "reason": one.status_reason if _state(one) != "active" else "",
        "until": utc_time(end) if (end := _ends(one)) is not None else None,
        "created": utc_time(one.created_at),
        "last_seen": utc_time(one.last_seen_at) if one.last_seen_at is not None else None,
    }


def _state(one: Account) -> str:
    """A suspension that is over is none, though nobody has written that down."""
    return "active" if one.active(_now()) else one.status


def _ends(one: Account) -> int | None:
    return one.suspended_until if _state(one) == "suspended" else None


def _status(one: Account) -> str:
    state, end = _state(one), _ends(one)
    if state == "active":
        return state
    until = f" until {local_time(end)}" if end is not None else ""
    return f"{state}{until}" + (f": {printable(one.status_reason)}" if one.status_reason else "")


def _now() -> int:
    return int(time.time() * 1000)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}" if count else ""


def _seen(one: Account) -> str:
    return _when(one.last_seen_at) if one.last_seen_at is not None else "never"


def _when(time: int) -> str:
    return local_time(time)
