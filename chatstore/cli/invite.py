"""`chatstore invite`: invitations to the server. Each lets one person create an account."""

from __future__ import annotations

import time
from pathlib import Path

import click

from chatstore.chat.changes.invitations import InviteToServer, RevokeInvitation
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.invitations import DAY, MOST_DAYS, USUAL_LIFE, InvitationShown, InvitationsQuery, new_code
from chatstore.chat.model.names import Name, new_person_name
from chatstore.cli.database import reading, refuse, writing
from chatstore.cli.formats import json_array, table
from chatstore.cli.links import link_for, tell_life
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.config import Config


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
    """Print a new invitation. `url`: the page's URL if --url gave one."""
    if config.registration == "closed":
        fail("registration is closed: set accounts.registration, or add accounts with chatstore account add")
    wanted, code = _valid(name, config) if name else None, new_code()
    with writing(config, create=True) as store:
        change = InviteToServer(digest_of(code), wanted, "admin" if admin else "user", days * DAY)
        made = store.submit([change]).result()
        text = link_for(store, config, url, wanted, code)
    done(text)
    tell_life(made)


def _list(config: Config, form: str) -> None:
    with may_be_cut(), reading(config) as store:
        found = store.invitations.chosen(InvitationsQuery(_now()))[::-1]
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
        else:
            columns = ("id", "kind", "for", "role", "made by", "made", "state")
            Output(machine=False).write(table(columns, [_cells(one) for one in found]))


def _cells(one: InvitationShown) -> tuple[str, ...]:
    made = one.invitation
    return (
        str(made.id),
        _kind(one),
        made.name or "anyone",
        made.role,
        _maker(one),
        local_time(made.created_at),
        _state(one),
    )


def _revoke(config: Config, number: int) -> None:
    with writing(config) as store:
        if not store.submit([RevokeInvitation(number)]).result():
            fail(f"there is no unused invitation {number}", NOT_FOUND)
    done(f"the invitation {number} is revoked")


def _kind(one: InvitationShown) -> str:
    """An invitation makes an account; a one-use link sets the password of one that exists."""
    return "password" if one.invitation.account_id is not None else "account"


def _maker(one: InvitationShown) -> str:
    return "the first start" if one.invitation.first else one.maker or "the command line"


def _state(one: InvitationShown) -> str:
    made = one.invitation
    if made.used_at is not None:
        return f"used by {one.user}, {local_time(made.used_at)}"
    word = "until" if one.state(_now()) == "open" else "expired"
    return f"{word} {local_time(made.expires_at)}"


def _record(one: InvitationShown) -> dict[str, int | str | None]:
    made = one.invitation
    return {
        "id": made.id,
        "kind": _kind(one),
        "name": made.name or None,
        "role": made.role,
        "by": one.maker or None,
        "created": utc_time(made.created_at),
        "expires": utc_time(made.expires_at),
        "used": utc_time(made.used_at) if made.used_at is not None else None,
        "used_by": one.user or None,
    }


def _now() -> int:
    return int(time.time() * 1000)


def _valid(name: str, config: Config) -> Name:
    try:
        return new_person_name(name, config.limits.nick_length)
    except ChatError as error:
        refuse(error)
