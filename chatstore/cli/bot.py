"""`chatstore bot`: bots, the accounts of programs, and their tokens. A running server applies a change within two
seconds."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.changes.bots import AddBot, AddBotToken, RemoveBot, RemoveBotTokens
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import new_person_name, person_name
from chatstore.chat.model.scopes import EVERYTHING, SCOPES, Grant, read_scopes
from chatstore.chat.model.text import one_line, printable
from chatstore.chat.model.tokens import MAX_LABEL, DeviceToken, new_token
from chatstore.cli.database import find_account, find_room, reading, refuse, writing
from chatstore.cli.formats import json_array, listing
from chatstore.cli.options import NOT_FOUND, fail, need_terminal, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.storage.store import DatabaseStore

_HEADERS = ("name", "owner", "status", "tokens", "created", "last seen")


@click.group()
def bot() -> None:
    """Manage bots, the accounts of programs."""


@bot.command("add", short_help="Add a bot.")
@with_config
@click.argument("name")
@click.option("--owner", metavar="ACCOUNT", help="Whose bot it is. [default: the server's own]")
def add(config_file: Path | None, database: str | None, name: str, owner: str | None) -> None:
    """Add the bot NAME. It has no password: `chatstore bot token` makes a token for it to log in with.

    A bot is suspended and removed with its owner.
    """
    config = read_config(config_file, database)
    try:
        valid = new_person_name(name, config.limits.nick_length)
    except ChatError as error:
        refuse(error)
    with writing(config, create=owner is None) as store:
        by = SERVER if owner is None else find_account(store, owner).actor
        made: Account = store.submit([AddBot(by, valid, config.limits.bots_per_account)]).result()
    whose = f" of {owner}" if owner else ""
    done(f"the bot {made.name}{whose} is added: chatstore bot token {made.name} makes its token")


@bot.command("token", short_help="Make a token for a bot.")
@with_config
@click.argument("name")
@click.option("--label", default="", metavar="TEXT", help="Where it is used, to find it in lists.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it allows. [default: everything]"
)
@click.option("--room", "rooms", multiple=True, metavar="ROOM", help="A room that it is limited to.")
def token(
    config_file: Path | None,
    database: str | None,
    name: str,
    label: str,
    scopes: tuple[str, ...],
    rooms: tuple[str, ...],
) -> None:
    """Make a token by which the bot NAME logs in, and print it. It is never shown again."""
    text = new_token()
    with writing(read_config(config_file, database)) as store:
        ids = frozenset(find_room(store, room).id for room in rooms) if rooms else None
        allows = Grant(read_scopes(scopes or SCOPES), ids) if scopes or rooms else EVERYTHING
        bot = _bot(store, name)
        change = AddBotToken(SERVER, person_name(bot.name), digest_of(text), one_line(label)[:MAX_LABEL], allows)
        store.submit([change]).result()
    click.echo(text)


@bot.command("list", short_help="List the bots.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, form: str) -> None:
    """List all bots, with their owners."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.accounts.bots()
        owners = store.accounts.names({one.owner_id for one in found if one.owner_id is not None})
        rows = [(one, owners.get(one.owner_id or 0, ""), store.tokens.of_account(one.id)) for one in found]
        if form == "json":
            Output(machine=True).write(json_array(_record(*row) for row in rows))
        else:
            Output(machine=False).write(listing(_HEADERS, [_cells(*row) for row in rows], "there are no bots"))


@bot.command("tokens", short_help="List the tokens of a bot.")
@with_config
@click.argument("name")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def tokens(config_file: Path | None, database: str | None, name: str, form: str) -> None:
    """List the tokens of the bot NAME, and what each allows."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        rooms = {room.id: f"#{room.name}" for room in store.rooms.all()}
        found = [(one, _where(one, rooms)) for one in store.tokens.of_account(_bot(store, name).id)]
        if form == "json":
            records = [
                {
                    "id": one.id,
                    "label": one.label,
                    "created": utc_time(one.created_at),
                    "scopes": one.scopes,
                    "rooms": where,
                }
                for one, where in found
            ]
            Output(machine=True).write(json_array(iter(records)))
        else:
            cells = [
                (str(one.id), printable(one.label), one.scopes, where or "all", local_time(one.created_at))
                for one, where in found
            ]
            headers = ("id", "label", "scopes", "rooms", "created")
            Output(machine=False).write(listing(headers, cells, f"{name} has no tokens"))


@bot.command("revoke", short_help="Remove a token of a bot.")
@with_config
@click.argument("name")
@click.argument("token_id", metavar="ID", type=int)
def revoke(config_file: Path | None, database: str | None, name: str, token_id: int) -> None:
    """Remove the token ID of the bot NAME, and close its connections by it."""
    with writing(read_config(config_file, database)) as store:
        bot = _bot(store, name)
        removed = store.submit([RemoveBotTokens(SERVER, person_name(bot.name), token_id)]).result()
    if not removed:
        fail(f"{bot.name} has no token {token_id}", NOT_FOUND)
    done(f"the token {token_id} of {bot.name} is removed")


@bot.command("remove", short_help="Remove a bot.")
@with_config
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(config_file: Path | None, database: str | None, name: str, yes: bool) -> None:
    """Remove the bot NAME for good. Its messages stay, and nobody else gets its name."""
    if not yes:
        need_terminal("--yes")
        click.confirm(f"Remove the bot {name} for good?", abort=True)
    with writing(read_config(config_file, database)) as store:
        bot = _bot(store, name)
        store.submit([RemoveBot(SERVER, person_name(bot.name))]).result()
    done(f"the bot {bot.name} is removed")


def _bot(store: DatabaseStore, name: str) -> Account:
    found = find_account(store, name)
    if not found.bot:
        fail(f"{found.name} is no bot", NOT_FOUND)
    return found


def _where(one: DeviceToken, rooms: dict[int, str]) -> str:
    """The rooms that a token is limited to; empty if it is not limited."""
    limits = one.grant.rooms
    return " ".join(rooms.get(room_id, "?") for room_id in sorted(limits)) if limits is not None else ""


def _record(one: Account, owner: str, tokens: list[DeviceToken]) -> dict[str, str | int | None]:
    return {
        "name": one.name,
        "owner": owner,
        "status": one.status,
        "tokens": len(tokens),
        "created": utc_time(one.created_at),
        "last_seen": utc_time(one.last_seen_at) if one.last_seen_at is not None else None,
    }


def _token_record(one: DeviceToken, rooms: str) -> dict[str, str | int | None]:
    made = utc_time(one.created_at)
    return {"id": one.id, "label": one.label, "created": made, "scopes": one.scopes, "rooms": rooms or None}


def _cells(one: Account, owner: str, tokens: list[DeviceToken]) -> tuple[str, ...]:
    seen = local_time(one.last_seen_at) if one.last_seen_at is not None else "never"
    return one.name, owner or "the server", one.status, str(len(tokens)), local_time(one.created_at), seen
