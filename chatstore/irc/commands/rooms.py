"""ROOMS: all rooms of the server, for its administrators.

Spec: chatstore/administration, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.room_settings import FLAGS, MOTD, values_of
from chatstore.chat.model.rooms import Role
from chatstore.chat.session.room_administration import RoomShown
from chatstore.irc.commands import command
from chatstore.irc.line import parse_tags, timestamp
from chatstore.irc.renderer import room_settings
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    InvalidError,
    Subcommands,
    Value,
    end,
    given_attributes,
    number_in,
    row,
)

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "ROOMS"
ROLES = {"operator": Role.OPERATOR, "voice": Role.VOICE, "member": Role.MEMBER}
room_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/administration")
def rooms(client: Client, line: Line) -> None:
    """Manage all rooms: `ROOMS LIST`, `ROOMS SHOW #tea`, `ROOMS MEMBERS #tea`, `ROOMS SET #tea retention=30`,
    `ROOMS FOUNDER #tea bob`, `ROOMS ROLE #tea bob operator`, `ROOMS KICK #tea eve :why`, `ROOMS REMOVE #tea`.
    For administrators."""
    room_commands.run(client, line)


@room_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "match", "after", "limit")
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    for shown in client.session.room_administration.all(values.get("match", ""), values.get("after", ""), limit):
        row(client, _about(shown), NAME, "LIST", f"#{shown.room.name}", text=shown.room.topic)
    end(client, NAME, "LIST")


def _about(shown: RoomShown) -> dict[str, Value]:
    room = shown.room
    return {
        "members": shown.members,
        "events": shown.events,
        "founder": shown.founder,
        "created": timestamp(room.created_at),
        "latest": timestamp(shown.latest) if shown.events > 0 and shown.latest else None,
        "secret": room.has("s"),
        "key": bool(room.password),
        "invite-only": room.has("i"),
        "retention": room.retention_days,
        "history": room.history,
    }


@room_commands("SHOW #ROOM", 1)
def show(client: Client, name: str) -> None:
    shown = client.session.room_administration.show(name)
    text = room_settings(values_of(shown.room), shown.founder)
    flags = [f"{flag.name}={'on' if shown.room.has(flag.mode) else 'off'}" for flag in FLAGS]
    said = ";".join([text, *flags, f"key={'on' if shown.room.password else 'off'}"])
    client.reply.line(NAME, "SHOW", f"#{shown.room.name}", said, shown.room.motd, trailing=True)


@room_commands("MEMBERS #ROOM [ATTRIBUTES]", 1)
def members(client: Client, name: str, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "match", "after", "limit")
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    match, after = values.get("match", ""), values.get("after", "")
    for each in client.session.room_administration.members(name, match, after, limit):
        role = "@" if each.role.operator else "+" if each.role.voiced else None
        said: dict[str, Value] = {"role": role, "account": each.actor.account, "online": each.online}
        row(client, said, NAME, "MEMBERS", name, each.actor.nick)
    end(client, NAME, "MEMBERS", name)


@room_commands("SET #ROOM SETTINGS|* [:MOTD]", 2)
def set_(client: Client, name: str, settings: str, motd: str | None = None) -> None:
    given = parse_tags(settings) if settings != NOTHING else {}
    if motd is not None:
        given[MOTD.name] = motd
    try:
        client.session.room_administration.configure(name, given)
    except ValueError as error:
        raise InvalidError(str(error)) from None
    show(client, name)


@room_commands("FOUNDER #ROOM ACCOUNT", 2)
def founder(client: Client, name: str, account: str) -> None:
    client.session.room_administration.give(name, account).result()
    client.reply.line(NAME, "FOUNDER", name, account)


@room_commands("ROLE #ROOM NICK operator|voice|member", 3)
def role(client: Client, name: str, nick: str, wanted: str) -> None:
    if wanted.lower() not in ROLES:
        raise InvalidError(f"expected {', '.join(ROLES)}")
    client.session.room_administration.set_role(name, nick, ROLES[wanted.lower()])
    client.reply.line(NAME, "ROLE", name, nick, wanted.lower())


@room_commands("KICK #ROOM NICK [:REASON]", 2)
def kick(client: Client, name: str, nick: str, reason: str = "") -> None:
    client.session.room_administration.kick(name, nick, reason).result()
    client.reply.line(NAME, "KICK", name, nick)


@room_commands("REMOVE #ROOM", 1)
def remove(client: Client, name: str) -> None:
    client.session.room_administration.remove(name).result()
    client.reply.line(NAME, "REMOVE", name)
