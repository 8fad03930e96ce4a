"""`chatstore invite`: invitations to the server. Each lets one person create an account."""

from __future__ import annotations

import time
from pathlib import Path

import click

from chatstore.chat.changes.invitations import InviteToServer, RevokeInvitation
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.invitations import DAY, MOST_DAYS, USUAL_LIFE, AccountInvitation, digest_of, new_code
from chatstore.chat.model.names import Name, new_person_name
from chatstore.cli.database import reading, refuse, writing
from chatstore.cli.formats import json_array, table
from chatstore.cli.links import link_for
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.config import Config
from chatstore.storage.store import DatabaseStore


@click.command("invite")
@with_config
@click.argument("name", default="")
@click.option("--admin", is_flag=True, help="The account will be an administrator.")
@click.option(
    "--days",
    default=USUAL_LIFE // DAY,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, MOST_DAYS),
    help="Days until the invitation expires.",
)
@click.option(
    "--url",
    metavar="URL",
    help="Address of the page for the link. [default: the running server's, or the configured one]",
)
@click.option("--list", "listing", is_flag=True, help="List the invitations.")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
@click.option("--revoke", metavar="ID", type=int, help="Revoke the invitation with this id (see --list).")
def invite(
    config_file: Path | None,
    database: str | None,
    name: str,
    admin: bool,
    days: int,
    url: str | None,
    listing: bool,
    form: str,
    revoke: int | None,
) -> None:
    """Invite somebody to the server: print a link that creates one account.

    With NAME, the account gets this name. The link works at once, also on a server that is running already.
    """
    if (revoke is not None) + listing + bool(name or admin) > 1:
        raise click.UsageError("--list and --revoke exclude each other, and NAME and --admin")
    config = read_config(config_file, database, {"web": {"url": url}})
    if listing:
        _list(config, form)
    elif revoke is not None:
        _revoke(config, revoke)
    else:
        _invite(config, name, admin, days, config.web_url() if url else "")


def _invite(config: Config, name: str, admin: bool, days: int, url: str) -> None:
    """Print a new invitation. `url`: the page's address if --url gave one."""
    if config.registration == "closed":
        fail("registration is closed: set accounts.registration, or add accounts with chatstore account add")
    wanted, code = _valid(name, config) if name else None, new_code()
    with writing(config, create=True) as store:
        change = InviteToServer(digest_of(code), wanted, "admin" if admin else "user", days * DAY)
        store.submit([change]).result()
        text = link_for(store, config, url, wanted, code)
    done(text)


def _list(config: Config, form: str) -> None:
    with may_be_cut(), reading(config) as store:
        found, names = store.invitations.all(), _Names(store)
        if form == "json":
            Output(machine=True).write(json_array(_record(one, names) for one in found))
        else:
            cells = [
                (
                    str(one.id),
                    one.name or "anyone",
                    one.role,
                    names.maker(one),
                    local_time(one.created_at),
                    _state(one, names),
                )
                for one in found
            ]
            Output(machine=False).write(table(("id", "for", "role", "made by", "made", "state"), cells))


def _revoke(config: Config, number: int) -> None:
    with writing(config) as store:
        if not store.submit([RevokeInvitation(number)]).result():
            fail(f"there is no unused invitation {number}", NOT_FOUND)
    done(f"the invitation {number} is revoked")


class _Names:
    """Names of accounts by their ids."""

    def __init__(self, store: DatabaseStore) -> None:
        self._known = {one.id: one.name for one in store.accounts.all()}

    def maker(self, one: AccountInvitation) -> str:
        if one.first:
            return "the first start"
        return self._known.get(one.made_by, "?") if one.made_by is not None else "the administrator"

    def user(self, one: AccountInvitation) -> str | None:
        return self._known.get(one.used_by, "?") if one.used_by is not None else None


def _state(one: AccountInvitation, names: _Names) -> str:
    if one.used_at is not None:
        return f"used by {names.user(one)}, {local_time(one.used_at)}"
    word = "until" if one.usable(int(time.time() * 1000)) else "expired"
    return f"{word} {local_time(one.expires_at)}"


def _record(one: AccountInvitation, names: _Names) -> dict[str, int | str | None]:
    return {
        "id": one.id,
        "name": one.name or None,
        "role": one.role,
        "made_by": names.maker(one),
        "created": utc_time(one.created_at),
        "expires": utc_time(one.expires_at),
        "used": utc_time(one.used_at) if one.used_at is not None else None,
        "used_by": names.user(one),
    }


def _valid(name: str, config: Config) -> Name:
    try:
        return new_person_name(name, config.limits.nick_length)
    except ChatError as error:
        refuse(error)
