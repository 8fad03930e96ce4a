"""NOTIFY: what an account wants to be told of, the same on all of its devices.

Spec: chatstore/notify, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chatstore.chat.model.notifications import LEVELS, Level
from chatstore.irc.commands import command
from chatstore.irc.renderer import account_notifications, conversation_notifications
from chatstore.irc.subcommands import NOTHING, InvalidError, Subcommands, end, given_attributes, moment_of

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_subcommands = Subcommands("NOTIFY")
_DEFAULT = "default"


def _only_reads(_: Client, line: Line) -> bool:
    return line.param(0).upper() == "LIST"


@command("NOTIFY", min_params=1, blocking=True, question=_only_reads, spec="chatstore/notify")
def notify(client: Client, line: Line) -> None:
    """Choose what you want to be told of while you look elsewhere: `NOTIFY LIST`; `NOTIFY SET #a level=all`
    (or `mentions`, `nothing`, `default`), `NOTIFY SET bob muted-until=2026-12-24T18:00:00.000Z`; for all
    conversations `NOTIFY SET *
    rooms=mentions;direct=all;keywords=cake,tea;quiet=22:00-07:00;zone=Europe/Berlin`."""
    _subcommands.run(client, line)


@_subcommands("LIST")
def _list(client: Client) -> None:
    mine = client.session.notifications
    client.reply.line("NOTIFY", "LIST", NOTHING, account_notifications(mine.all().account))
    for name, settings in mine.conversations():
        client.reply.line("NOTIFY", "LIST", name, conversation_notifications(settings))
    end(client, "NOTIFY", "LIST")


@_subcommands("SET TARGET SETTINGS", least=2)
def _set(client: Client, target: str, settings: str) -> None:
    if target == NOTHING:
        _set_all(client, settings)
        return
    given = given_attributes(settings, "level", "muted-until")
    level = given.get("level", "")
    if level and level not in (*LEVELS, _DEFAULT):
        raise InvalidError(f"level has to be {', '.join(LEVELS)} or {_DEFAULT}")
    until = given.get("muted-until")
    muted = None if until is None else moment_of(until, "muted-until") if until else 0
    mine = client.session.notifications
    shown = mine.called(target)
    wanted = cast("Level", level) if level and level != _DEFAULT else None
    after = mine.set_for(target, wanted, muted, default=level == _DEFAULT).result()
    client.reply.line("NOTIFY", "SET", shown, conversation_notifications(after))


def _set_all(client: Client, settings: str) -> None:
    given = given_attributes(settings, "rooms", "direct", "keywords", "quiet", "zone")
    values: dict[str, Any] = dict(given)
    if "keywords" in given:
        values["keywords"] = tuple(
            dict.fromkeys(word.strip() for word in given["keywords"].split(",") if word.strip())
        )
    if values.get("zone") == "":
        values["zone"] = "UTC"
    after = client.session.notifications.set(values).result()
    client.reply.line("NOTIFY", "SET", NOTHING, account_notifications(after))
