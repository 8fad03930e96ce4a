"""`chatstore room hook`: the webhooks of a room. A running server knows of a change within some seconds."""

from __future__ import annotations

import time
from pathlib import Path

import click

from chatstore.chat.changes.hooks import AddHook, RemoveHook, RenewHook, SetHook
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.hooks import (
    COMMAND_SIGN,
    Hook,
    NewHook,
    State,
    Trigger,
    hook_url,
    new_hook_token,
    new_secret,
    prepared,
)
from chatstore.chat.model.text import printable
from chatstore.chat.rules import permissions
from chatstore.cli.database import find_room, reading, refuse, writing
from chatstore.cli.formats import json_array, listing
from chatstore.cli.links import served_page
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.config import Config
from chatstore.storage.store import DatabaseStore
from chatstore.urls import Networks, UrlError, read_url

_NUMBER = click.argument("number", metavar="ID", type=click.IntRange(1))


@click.group()
def hook() -> None:
    """Manage the webhooks of rooms.

    What other programs say there, and what they are told.
    """


@hook.command("list", short_help="List the webhooks of a room.")
@with_config
@click.argument("room")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, room: str, form: str) -> None:
    """List the webhooks of ROOM, when each was used last, and what is wrong with it."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.hooks.of_room(find_room(store, room).id)
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
            return
        cells = [
            (
                str(one.id),
                printable(one.name),
                _what(one),
                _state(one)[0],
                printable(one.owner) or "the server",
                local_time(one.used_at) if one.used_at is not None else "never",
                printable(_state(one)[1]),
            )
            for one in found
        ]
        headers = ("id", "name", "what it does", "state", "owner", "used", "error")
        Output(machine=False).write(listing(headers, cells, "this room has no webhooks"))


@hook.command("add", short_help="Add a webhook.")
@with_config
@click.argument("room")
@click.argument("name")
@click.option("--url", default="", help="Send what is said to this URL. [default: post what is sent to a new URL]")
@click.option("--word", default="", help="Send only messages with this word.")
@click.option("--command", default="", metavar="WORD", help="Send only messages that begin with !WORD.")
@click.option("--answers", is_flag=True, help="Post the text that the URL answers with.")
@click.option("--secret", default="", help="The secret that requests are signed with.")
def add(
    config_file: Path | None,
    database: str | None,
    room: str,
    name: str,
    url: str,
    word: str,
    command: str,
    answers: bool,
    secret: str,
) -> None:
    """Add the webhook NAME to ROOM: an incoming one, or with --url an outgoing one. Prints its URL, or its
    secret."""
    config = read_config(config_file, database)
    if not url and (word or command or answers):
        fail("--word, --command and --answers are for an outgoing webhook: give its --url")
    if word and command:
        fail("a webhook has one word: --word or --command")
    trigger: Trigger = "command" if command else "word" if word else "all"
    try:
        wanted = prepared(NewHook("out" if url else "in", name, url, trigger, word or command, answers, secret))
        if url:
            read_url(url, Networks(config.webhooks.allowed))
    except UrlError as error:
        fail(error.sentence)
    except ChatError as error:
        refuse(error)
    token = new_hook_token()
    with writing(config) as store:
        found = find_room(store, room)
        digest = digest_of(token) if not url else None
        change = AddHook(SERVER, found.id, wanted, digest, config.webhooks.per_room)
        made: Hook = store.submit([change]).result()
        _tell(store, config, made, token, wanted.secret)


@hook.command("renew", short_help="Give a webhook another URL or secret.")
@with_config
@click.argument("room")
@_NUMBER
def renew(config_file: Path | None, database: str | None, room: str, number: int) -> None:
    """Give the webhook ID of ROOM another URL, or an outgoing one another secret. The old one does not work any
    more. The webhook is on then, and stands for nobody's account."""
    config, token, secret = read_config(config_file, database), new_hook_token(), new_secret()
    with writing(config) as store:
        change = RenewHook(SERVER, find_room(store, room).id, number, digest_of(token), secret)
        made: Hook = store.submit([change]).result()
        _tell(store, config, made, token, secret)


@hook.command("set", short_help="Switch a webhook on or off, or give it a secret.")
@with_config
@click.argument("room")
@_NUMBER
@click.option("--on/--off", "enabled", default=None, help="Switch it on, or off.")
@click.option("--secret", default=None, help="The secret that requests are signed with; an empty one removes it.")
def set_(
    config_file: Path | None,
    database: str | None,
    room: str,
    number: int,
    enabled: bool | None,
    secret: str | None,
) -> None:
    """Switch the webhook ID of ROOM on or off, or give it a secret."""
    with writing(read_config(config_file, database)) as store:
        change = SetHook(SERVER, find_room(store, room).id, number, enabled, secret)
        made: Hook = store.submit([change]).result()
    done(f"{printable(made.name)} is {'on' if made.enabled else 'off'}")


@hook.command("remove", short_help="Remove a webhook.")
@with_config
@click.argument("room")
@_NUMBER
def remove(config_file: Path | None, database: str | None, room: str, number: int) -> None:
    """Remove the webhook ID of ROOM."""
    with writing(read_config(config_file, database)) as store:
        store.submit([RemoveHook(SERVER, find_room(store, room).id, number)]).result()
    done(f"webhook {number} was removed")


def _tell(store: DatabaseStore, config: Config, made: Hook, token: str, secret: str) -> None:
    """Print what is shown once, alone on standard output."""
    if made.direction == "out":
        click.echo(secret)
        click.echo(f"{printable(made.name)} signs what it sends with this secret, which is shown once", err=True)
        return
    click.echo(hook_url(served_page(store, config), token))
    click.echo(f"{printable(made.name)} posts what is sent to this URL, which is shown once", err=True)


def _what(one: Hook) -> str:
    if one.direction == "in":
        return "posts what it gets"
    what = {"all": "every message", "word": f"messages with {one.word}", "command": f"{COMMAND_SIGN}{one.word}"}
    return f"sends {what[one.trigger or 'all']} to {printable(one.url)}"


def _state(one: Hook) -> tuple[State, str]:
    """Its state, and what is wrong with it."""
    return permissions.hook_state(one, int(time.time() * 1000))


def _record(one: Hook) -> dict[str, str | int | bool | None]:
    state, error = _state(one)
    return {
        "id": one.id,
        "direction": one.direction,
        "name": one.name,
        "state": state,
        "owner": one.owner or None,
        "created": utc_time(one.created_at),
        "used": utc_time(one.used_at) if one.used_at is not None else None,
        "failed": utc_time(one.failed_at) if one.failed_at is not None and one.error else None,
        "failing": utc_time(one.failing_since) if one.failing_since is not None else None,
        "error": error or None,
        "trigger": one.trigger or None,
        "word": one.word or None,
        "url": one.url or None,
        "answers": one.answers,
        "has_secret": bool(one.secret),
    }
