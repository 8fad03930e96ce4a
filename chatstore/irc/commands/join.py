"""JOIN and PART. Spec: Modern, "Channel Operations"."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import ROOM_LENGTH
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import show_room

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


def _are_own(client: Client, line: Line) -> bool:
    """Whether the client is in all of these rooms already, as after a reconnect: then JOIN only reads."""
    return all(name[:1] == "#" and client.session.sees.is_in(name) for name in line.params[0].split(","))


@command("JOIN", min_params=1, blocking=True, question=_are_own)
def join(client: Client, line: Line) -> None:
    """`JOIN #a,#b key,key` joins rooms, and creates those that do not exist. `JOIN 0` leaves every room."""
    if line.params[0] == "0":
        for name in _own_rooms(client):
            _part(client, name, "")
        return
    names, keys = line.params[0].split(","), line.param(1).split(",")
    if not any(names):
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "JOIN", text="not enough parameters")
    for name, key in zip_longest(names, keys[: len(names)], fillvalue=""):
        if name and client.is_channel(name):
            join_room(client, name, key, len(names))


@command("PART", min_params=1, blocking=True)
def part(client: Client, line: Line) -> None:
    """`PART #a,#b reason` leaves rooms."""
    reason = line.param(1)[: client.session.policy.limits.reason_length]
    for name in line.params[0].split(","):
        if name and client.is_channel(name):
            _part(client, name, reason)


def _part(client: Client, name: str, reason: str) -> None:
    try:
        client.session.rooms.part(name, reason).result()
    except ChatError as error:
        client.refuse("PART", error, name)


def _own_rooms(client: Client) -> list[str]:
    return sorted(f"#{room.name}" for room in client.session.sees.own_rooms())


def join_room(client: Client, name: str, key: str, together: int = 1) -> None:
    """In a worker: join a room and show it. Refusals are answered; joining a room twice does nothing.

    `together`: the number of rooms that this command joins, which share the bytes of the replay.
    """
    try:
        joined = client.session.rooms.join(name, key).result()
    except ChatError as error:
        if error.code is Code.INVALID_NAME:
            bad = n.ERR_NOSUCHCHANNEL if len(name) > ROOM_LENGTH + 1 else n.ERR_BADCHANMASK
            client.reply.numeric(bad, middle(name), text=error.text)
        elif error.code is not Code.ALREADY_A_MEMBER:
            client.refuse("JOIN", error, name if name.startswith("#") else f"#{name}")
        return
    show_room(client, joined, together)
