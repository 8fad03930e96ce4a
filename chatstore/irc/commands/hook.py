"""HOOK: the webhooks of a room.

Spec: chatstore/rooms, this server's own; docs/webhooks.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.hooks import DIRECTIONS, TRIGGERS, Hook, NewHook, hook_url
from chatstore.irc.commands import command
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    InvalidError,
    Subcommands,
    Value,
    end,
    given_attributes,
    number_in,
    number_of,
    row,
    time_of,
)

if TYPE_CHECKING:
    from chatstore.chat.session.hooks import Made
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "HOOK"
hook_commands = Subcommands(NAME)
_YES = {"1": True, "on": True, "yes": True, "0": False, "off": False, "no": False}


@command(NAME, min_params=1, blocking=True, spec="chatstore/rooms")
def hook(client: Client, line: Line) -> None:
    """Manage the webhooks of a room, for its operators and administrators: `HOOK LIST #a`, `HOOK LIST *` (of all
    rooms, for administrators), `HOOK ADD #a in * :CI`, `HOOK ADD #a out
    url=https://example.org/x;trigger=command;word=deploy :Deploy`, `HOOK RENEW #a 3`, `HOOK TEST #a 3`, `HOOK SET
    #a 3 state=off`, `HOOK REMOVE #a 3`."""
    hook_commands.run(client, line)


@hook_commands("LIST #ROOM|* [ATTRIBUTES]", 1)
def list_(client: Client, room: str, attributes: str = NOTHING) -> None:
    if room == NOTHING:
        _list_all(client, attributes)
        return
    for each in client.session.hooks.list(room):
        row(client, _about(client, each), NAME, "LIST", room, str(each.id), text=each.name)
    end(client, NAME, "LIST", room)


def _list_all(client: Client, attributes: str) -> None:
    """Those of all rooms, page by page: `after` is the last id before."""
    values = given_attributes(attributes, "after", "limit")
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    for room, each in client.session.hooks.everywhere(number_in(values, "after", 0) or 0, limit):
        row(client, _about(client, each), NAME, "LIST", f"#{room}", str(each.id), text=each.name)
    end(client, NAME, "LIST", NOTHING)


@hook_commands("ADD #ROOM in|out ATTRIBUTES|* :NAME", 4)
def add(client: Client, room: str, direction: str, attributes: str, name: str) -> None:
    way = next((each for each in DIRECTIONS if each == direction.lower()), None)
    if way is None:
        raise InvalidError("expected in (it posts to the room) or out (it is sent what is said there)")
    known = ("secret",) if way == "in" else ("url", "trigger", "word", "answers", "secret")
    values = given_attributes(attributes, *known)
    given, word = values.get("trigger", "word" if values.get("word") else "all").lower(), values.get("word", "")
    trigger = next((each for each in TRIGGERS if each == given), None)
    if trigger is None:
        raise InvalidError(f"trigger: expected {', '.join(TRIGGERS)}")
    answers = _flag(values.get("answers", "0"), "answers")
    wanted = NewHook(way, name, values.get("url", ""), trigger, word, answers, values.get("secret", ""))
    _made(client, "ADD", room, client.session.hooks.add(room, wanted))


@hook_commands("RENEW #ROOM ID", 2)
def renew(client: Client, room: str, hook_id: str) -> None:
    _made(client, "RENEW", room, client.session.hooks.renew(room, _id(hook_id)))


@hook_commands("SET #ROOM ID ATTRIBUTES", 3)
def set_(client: Client, room: str, hook_id: str, attributes: str) -> None:
    values = given_attributes(attributes, "state", "secret")
    enabled = _flag(values["state"], "state") if "state" in values else None
    changed = client.session.hooks.set(room, _id(hook_id), enabled=enabled, secret=values.get("secret"))
    row(client, _about(client, changed), NAME, "SET", room, str(changed.id), text=changed.name)


@hook_commands("TEST #ROOM ID", 2)
def test(client: Client, room: str, hook_id: str) -> None:
    number = _id(hook_id)
    if why := client.session.hooks.test(room, number):
        client.reply.fail(NAME, "TEST_FAILED", room, str(number), text=why)
        return
    client.reply.line(NAME, "TEST", room, str(number))


@hook_commands("REMOVE #ROOM ID", 2)
def remove(client: Client, room: str, hook_id: str) -> None:
    number = _id(hook_id)
    client.session.hooks.remove(room, number)
    client.reply.line(NAME, "REMOVE", room, str(number))


def _about(client: Client, each: Hook) -> dict[str, Value]:
    state, error = client.session.hooks.state(each)
    return {
        "direction": each.direction,
        "state": state,
        "owner": each.owner,
        "created": timestamp(each.created_at),
        "used": time_of(each.used_at),
        "failed": time_of(each.failed_at) if each.error else None,
        "failing": time_of(each.failing_since),
        "error": error,
        "trigger": each.trigger,
        "word": each.word,
        "url": each.url,
        "answers": each.answers,
        "has-secret": bool(each.secret),
    }


def _made(client: Client, word: str, room: str, made: Made) -> None:
    """What is shown once: the URL of an incoming webhook, the secret of an outgoing one."""
    url = hook_url(client.server.access.web, made.token) if made.token else None
    row(client, {"url": url, "secret": made.secret}, NAME, word, room, str(made.hook.id), text=made.hook.name)


def _id(text: str) -> int:
    return number_of(text, "the id of a webhook")


def _flag(text: str, name: str) -> bool:
    if text.lower() not in _YES:
        raise InvalidError(f"{name}: expected on or off")
    return _YES[text.lower()]
