"""`chatstore account`: accounts, and the certificates and device tokens that log in to them.

A running server applies a change within two seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from chatstore.amounts import counted
from chatstore.chat.changes.accounts import (
    AddCertificate,
    ApproveAccount,
    CreateAccount,
    RefuseAccount,
    RemoveAccount,
    RemoveCertificate,
    RestoreAccount,
    SetPassword,
    SetRole,
    SuspendAccount,
)
from chatstore.chat.changes.administration import Administer
from chatstore.chat.changes.invitations import InviteToReset
from chatstore.chat.changes.tokens import RemoveTokens
from chatstore.chat.model import accounts
from chatstore.chat.model.accounts import Account, AccountRole, PeopleQuery
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.invitations import DAY, RESET_LIFE, new_code
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.passwords import hash_password, required_strong
from chatstore.chat.model.text import printable
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Change
from chatstore.cli.claiming import claim
from chatstore.cli.database import checked_line, find_account, reading, refuse, writing
from chatstore.cli.erasing import erase_account
from chatstore.cli.formats import json_array, labelled, listing, table
from chatstore.cli.links import link_for, tell_life
from chatstore.cli.options import NOT_FOUND, fail, need_terminal, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import end_option, local_time, time_option, utc_time
from chatstore.config import Config
from chatstore.net.tls import CertificateError, fingerprint_of

_password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


_unused_option = click.option(
    "--unused",
    metavar="TIME",
    callback=time_option,
    help="Only accounts that nobody has used since then: 90d, 52w.",
)


@click.group()
def account() -> None:
    """Manage accounts."""


account.add_command(claim)


@account.command("add", short_help="Add an account.")
@with_config
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make it an administrator, who operates the server and its rooms.")
@_password_option
def add(config_file: Path | None, database: str | None, name: str, admin: bool, password_stdin: bool) -> None:
    """Add the account NAME. Asks for its password, unless --password-stdin is given."""
    config = read_config(config_file, database)
    valid = _valid(name)
    hashed = _hashed(valid.shown, password_stdin, config)
    role: AccountRole = "admin" if admin else "user"
    with writing(config, create=True) as store:
        added = store.submit(
            [_by_command(CreateAccount(valid, hashed, role), "account.add", valid.shown, role)]
        ).result()
    done(f"{added.name} was added" + (" as an administrator" if admin else ""))


@account.command("list", short_help="List accounts.")
@with_config
@_unused_option
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, unused: int | None, form: str) -> None:
    """List all accounts. Removed ones are listed too, because their names stay taken.

    --unused 90d lists the active accounts that nobody has used for 90 days.
    """
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.accounts.chosen(PeopleQuery(_now(), unseen_since=unused))
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
        else:
            cells = [(one.name, _role(one), _status(one), _when(one.created_at), _seen(one)) for one in found]
            none = "there is no account" if unused is None else "every active account has been used since then"
            Output(machine=False).write(listing(("name", "role", "status", "created", "last seen"), cells, none))


@account.command("show", short_help="Show an account.")
@with_config
@click.argument("name")
def show(config_file: Path | None, database: str | None, name: str) -> None:
    """Show the account NAME and its rooms."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = find_account(store, name, removed=True)
        rooms = {room.id: room.name for room in store.roster()[0]}
        members = store.members.of_person(Actor(found.nick, found.name, found.id))
        elsewhere = store.imports.of_account(found.id)
        lines = [
            ("name", found.name),
            *([("nick", printable(found.nick))] if found.nick != found.name else []),
            ("role", found.role),
            ("status", _status(found)),
            *([("imported from", printable(", ".join(elsewhere)))] if elsewhere else []),
            ("created", _when(found.created_at)),
            ("last seen", _seen(found)),
            ("rooms", ", ".join(f"{rooms[one.room]} ({one.role.words or 'member'})" for one in members) or "none"),
        ]
        Output(machine=False).write(labelled(lines))


@account.command("passwd", short_help="Set an account's password.")
@with_config
@click.argument("name")
@_password_option
def passwd(config_file: Path | None, database: str | None, name: str, password_stdin: bool) -> None:
    """Set a new password for the account NAME.

    This logs it out everywhere: its device tokens and certificates are removed, and its connections are
    closed.
    """
    config = read_config(config_file, database)
    with reading(config) as store:
        valid = _valid(find_account(store, name).name)
    hashed = _hashed(valid.shown, password_stdin, config)
    with writing(config) as store:
        account = find_account(store, valid.shown)
        gone = (
            (len(store.tokens.of_account(account.id)), "device token"),
            (len(store.accounts.certificates(account.id)), "certificate"),
        )
        store.submit([SetPassword(valid, hashed, certificates=True)]).result()
    removed = " and ".join(counted(number, what) for number, what in gone if number)
    done(f"{valid.shown} has a new password" + (f"; {removed} removed" if removed else ""))


@account.command("reset", short_help="Print a one-use link to set an account's password.")
@with_config
@click.argument("name")
@click.option(
    "--days",
    default=RESET_LIFE // DAY,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, 366),
    help="Days until the link expires.",
)
@click.option("--url", metavar="URL", help="Address of the page for the link. [default: the running server's]")
def reset(config_file: Path | None, database: str | None, name: str, days: int, url: str | None) -> None:
    """Print a link by which somebody sets a new password for the account NAME, once.

    The old password works until then. Using the link logs the account out everywhere. An earlier link for the
    account becomes invalid. For a placeholder of an import, the link makes it an account.
    """
    config = read_config(config_file, database, {"web": {"url": url}})
    code = new_code()
    with writing(config) as store:
        valid = _valid(find_account(store, name).name)
        made = store.submit([InviteToReset(digest_of(code), valid, days * DAY)]).result()
        text = link_for(store, config, config.web_url() if url else "", valid, code)
    done(text)
    tell_life(made)


@account.command("set", short_help="Make an account an administrator, or an ordinary account.")
@with_config
@click.argument("name")
@click.option("--admin/--no-admin", default=None, help="Whether the account is an administrator.")
def set_(config_file: Path | None, database: str | None, name: str, admin: bool | None) -> None:
    """Make the account NAME an administrator, or an ordinary account again."""
    if admin is None:
        raise click.UsageError("nothing to set: give --admin or --no-admin")
    with writing(read_config(config_file, database)) as store:
        found = find_account(store, name)
        new = store.submit([SetRole(_valid(found.name), "admin" if admin else "user")]).result()
    if admin:
        done(f"{found.name} is an administrator" if new else f"{found.name} is already an administrator")
    else:
        done(f"{found.name} is no longer an administrator" if new else f"{found.name} is not an administrator")


@account.command("suspend", short_help="Suspend an account, or all unused ones.")
@with_config
@click.argument("name", required=False)
@_unused_option
@click.option("--reason", required=True, metavar="TEXT", help="Shown when somebody tries to log in.")
@click.option(
    "--until",
    metavar="TIME",
    callback=end_option,
    help="When the suspension ends: 7d, 12h, tomorrow, 2026-12-24 or '2026-12-24 18:00'. [default: never]",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before all unused ones are suspended.")
def suspend(
    config_file: Path | None,
    database: str | None,
    name: str | None,
    unused: int | None,
    reason: str,
    until: int | None,
    yes: bool,
) -> None:
    """Suspend the account NAME: nobody can log in to it until --until, or until it is restored.

    Its connections are closed. Its rooms and messages stay. --unused 90d suspends all accounts that nobody has used
    for 90 days, except administrators'; `chatstore account list --unused 90d` shows them.
    """
    if (name is None) == (unused is None):
        raise click.UsageError("give the NAME of an account, or --unused TIME")
    config = read_config(config_file, database)
    checked_line(reason, config.limits.reason_length, "reason")
    with reading(config) as store:
        if name is not None:
            found = [find_account(store, name)]
        else:
            unused_ones = store.accounts.chosen(PeopleQuery(_now(), unseen_since=unused))
            found = [one for one in unused_ones if not one.admin]
    if not found:
        done("no account is suspended: all are used")
        return
    if unused is not None and not yes:
        need_terminal("--yes")
        click.echo(", ".join(one.name for one in found))
        click.confirm(
            f"Suspend {'this account' if len(found) == 1 else f'these {len(found)} accounts'}?", abort=True
        )
    with writing(config) as store:
        for one in found:
            store.submit([SuspendAccount(_valid(one.name), reason, until)]).result()
    when = f" until {local_time(until)}" if until is not None else ""
    for one in found:
        done(f"{one.name} is suspended{when}: {printable(reason)}")


@account.command("restore", short_help="End a suspension.")
@with_config
@click.argument("name")
def restore(config_file: Path | None, database: str | None, name: str) -> None:
    """End the suspension of the account NAME."""
    with writing(read_config(config_file, database)) as store:
        found = find_account(store, name)
        was_suspended = store.submit([RestoreAccount(_valid(found.name))]).result()
    done(f"{found.name} is restored" if was_suspended else f"{found.name} was not suspended")


@account.command("waiting", short_help="List accounts that wait for approval.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def waiting(config_file: Path | None, database: str | None, form: str) -> None:
    """List the accounts that wait for approval ([accounts] registration = "approval"), the oldest first."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        asked = store.accounts.asked_from()
        found = sorted(store.accounts.chosen(PeopleQuery(_now(), "waiting")), key=lambda one: one.id)
        if form == "json":
            records = ({**_record(one), "address": asked.get(one.id)} for one in found)
            Output(machine=True).write(json_array(records))
        else:
            cells = [(one.name, _when(one.created_at), asked.get(one.id, "")) for one in found]
            Output(machine=False).write(
                listing(("name", "asked for", "from"), cells, "no account waits for approval")
            )


@account.command("approve", short_help="Approve an account that waits for it.")
@with_config
@click.argument("name")
def approve(config_file: Path | None, database: str | None, name: str) -> None:
    """Let the account NAME, which waits for approval, log in."""
    with writing(read_config(config_file, database)) as store:
        approved = store.submit([ApproveAccount(_valid(name))]).result()
    done(f"{approved.name} can log in now")


@account.command("refuse", short_help="Refuse an account that waits for approval.")
@with_config
@click.argument("name")
def refuse_(config_file: Path | None, database: str | None, name: str) -> None:
    """Remove the account NAME, which waits for approval. Its name is free again."""
    with writing(read_config(config_file, database)) as store:
        refused = store.submit([RefuseAccount(_valid(name))]).result()
    done(f"{refused.name} was refused")


@account.command("remove", short_help="Remove an account permanently.")
@with_config
@click.argument("name")
@click.option("--erase", is_flag=True, help="Erase what they said, too; also of an account removed before.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(config_file: Path | None, database: str | None, name: str, erase: bool, yes: bool) -> None:
    """Remove the account NAME permanently. Their messages stay, and the name stays taken.

    With --erase the words go: messages, reactions, reasons, real name, profile. Who said something and when stays,
    as with every redaction, and so do topics and settings of rooms. Copies of the database that chatstore has made
    are named, because the words are still in them. If it is interrupted, begin again.
    """
    config = read_config(config_file, database)
    with reading(config) as store:
        found = find_account(store, name, removed=erase)
    if not yes:
        need_terminal("--yes")
        what = "Everything that they said is erased, for everybody." if erase else "Their messages stay."
        click.confirm(f"Remove {found.name} permanently? {what}", abort=True)
    with writing(config) as store:
        if found.status != "removed":
            store.submit([RemoveAccount(_valid(found.name))]).result()
        if erase:
            erase_account(store, found)
    done(f"{found.name} was removed" + (", and their words were erased" if erase else ""))


@account.group("certificate", short_help="Manage an account's certificates.")
def certificate() -> None:
    """Manage the client certificates that log in to an account (SASL EXTERNAL)."""


@certificate.command("add", short_help="Let a certificate log in to an account.")
@with_config
@click.argument("name")
@click.argument("certificate", metavar="FILE|FINGERPRINT")
def add_certificate(config_file: Path | None, database: str | None, name: str, certificate: str) -> None:
    """Let a client that shows this certificate log in to the account NAME without a password.

    FILE is a certificate in PEM form. FINGERPRINT is its SHA-256 in hexadecimal, with or without colons.
    """
    fingerprint = _fingerprint(certificate)
    with writing(read_config(config_file, database)) as store:
        valid = person_name(find_account(store, name).name)
        changed = store.submit([_certificates(AddCertificate(valid, fingerprint), valid, "added")]).result()
    done(f"{changed.name} can log in by the certificate {fingerprint}")


@certificate.command("list", short_help="List an account's certificates.")
@with_config
@click.argument("name")
def list_certificates(config_file: Path | None, database: str | None, name: str) -> None:
    """List the certificates of the account NAME."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.accounts.certificates(find_account(store, name).id)
        cells = [(fingerprint, local_time(added_at)) for fingerprint, added_at in found]
        Output(machine=False).write(table(("SHA-256", "added"), cells))


@certificate.command("remove", short_help="Remove a certificate from an account.")
@with_config
@click.argument("name")
@click.argument("certificate", metavar="FILE|FINGERPRINT")
def remove_certificate(config_file: Path | None, database: str | None, name: str, certificate: str) -> None:
    """Remove a certificate from the account NAME. Connections that logged in by it are closed."""
    fingerprint = _fingerprint(certificate)
    with writing(read_config(config_file, database)) as store:
        valid = person_name(find_account(store, name).name)
        removed = store.submit([_certificates(RemoveCertificate(valid, fingerprint), valid, "removed")]).result()
    if not removed:
        fail(f"{valid.shown} has no certificate {fingerprint}", NOT_FOUND)
    done(f"{valid.shown} can no longer log in by that certificate")


@account.command("tokens", short_help="List or revoke an account's device tokens.")
@with_config
@click.argument("name")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
@click.option("--revoke", metavar="ID", type=int, help="Revoke the token with this id.")
@click.option("--revoke-all", is_flag=True, help="Revoke all of the account's tokens.")
def tokens(
    config_file: Path | None, database: str | None, name: str, form: str, revoke: int | None, revoke_all: bool
) -> None:
    """List the device tokens of the account NAME, or revoke some.

    A device token keeps a client logged in without the password. Revoking one closes the connections that
    logged in by it.
    """
    if revoke is not None and revoke_all:
        raise click.UsageError("--revoke and --revoke-all exclude each other")
    config = read_config(config_file, database)
    if revoke is not None or revoke_all:
        _revoke_tokens(config, name, revoke)
    else:
        _list_tokens(config, name, form)


def _list_tokens(config: Config, name: str, form: str) -> None:
    with may_be_cut(), reading(config) as store:
        found = store.tokens.of_account(find_account(store, name).id)
        if form == "json":
            Output(machine=True).write(json_array(_token_record(one) for one in found))
        else:
            cells = [(str(one.id), printable(one.label), local_time(one.created_at), _used(one)) for one in found]
            Output(machine=False).write(table(("id", "label", "created", "last used"), cells))


def _revoke_tokens(config: Config, name: str, only: int | None) -> None:
    """Revoke the token with the id `only`, or all of the account's if it is None."""
    with writing(config) as store:
        found = find_account(store, name)
        which = f"token {only}" if only is not None else "all tokens"
        change = _by_command(RemoveTokens(found.id, only=only), "account.signout", found.name, which)
        removed = store.submit([change]).result()
    if only is not None and not removed:
        fail(f"{found.name} has no token {only}", NOT_FOUND)
    what = f"the token {only}" if only is not None else counted(len(removed), "token")
    done(f"{what} of {found.name} {'is' if len(removed) == 1 else 'are'} revoked")


def _fingerprint(text: str) -> str:
    """A certificate's SHA-256 in lower-case hex, from a file or as given. Ends the command if it is
    neither."""
    given = accounts.fingerprint(text)
    if given:
        return given
    if not Path(text).exists():
        fail(f"{text!r} is neither a file nor a SHA-256 fingerprint")
    try:
        return fingerprint_of(Path(text))
    except CertificateError as error:
        fail(str(error))


def _used(one: DeviceToken) -> str:
    return local_time(one.last_used_at) if one.last_used_at is not None else "never"


def _token_record(one: DeviceToken) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "label": one.label,
        "created": utc_time(one.created_at),
        "last_used": utc_time(one.last_used_at) if one.last_used_at is not None else None,
    }


def _valid(name: str) -> Name:
    try:
        return person_name(name)
    except ChatError as error:
        refuse(error)


def _hashed(name: str, from_stdin: bool, config: Config) -> str:
    """The hash of a password, which is the first line of standard input or is asked for."""
    if from_stdin:
        line = sys.stdin.buffer.readline()
        try:
            password = line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            raise click.UsageError("the password is not valid UTF-8") from None
    else:
        need_terminal("--password-stdin")
        password = click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt="Repeat the password")
    try:
        required_strong(password, config.policy.accounts.passwords, name)
        return hash_password(password, config.accounts.bcrypt_cost)
    except ChatError as error:
        refuse(error)


def _record(one: Account) -> dict[str, str | None]:
    return {
        "name": one.name,
        "nick": one.nick,
        "role": one.role,
        "kind": one.kind,
        "status": _state(one),
        "reason": one.status_reason if _state(one) != "active" else "",
        "until": utc_time(end) if (end := _ends(one)) is not None else None,
        "created": utc_time(one.created_at),
        "last_seen": utc_time(one.last_seen_at) if one.last_seen_at is not None else None,
    }


def _role(one: Account) -> str:
    return "bot" if one.bot else one.role


def _state(one: Account) -> str:
    """`active`, `suspended` or `removed`, now: the stored status stays `suspended` after a suspension
    ended."""
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


def _seen(one: Account) -> str:
    return _when(one.last_seen_at) if one.last_seen_at is not None else "never"


def _when(time: int) -> str:
    return local_time(time)


def _by_command(change: Change, action: str, about: str, detail: str = "") -> Administer:
    """A change with its entry in the audit log."""
    return Administer(SERVER, change, action, about, detail)


def _certificates(change: Change, name: Name, what: str) -> Administer:
    return _by_command(change, "account.certificate", name.shown, f"a certificate {what}")
