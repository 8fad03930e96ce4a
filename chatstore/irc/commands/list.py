"""LIST: the rooms of the server. Spec: Modern, "LIST message", and the ELIST and SAFELIST parameters of
RPL_ISUPPORT.

The whole answer is one piece for the outbox, which accepts one long piece even from a client that reads
slowly (net.outbox).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.masks import wildcard_matches
from chatstore.chat.model.names import room_name
from chatstore.chat.model.rooms import room_key
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

Test = Callable[[RoomView], bool]
_CONDITION = re.compile(r"([CT]?)([<>])(\d{1,9})", re.ASCII | re.IGNORECASE)


@command("LIST", blocking=True, question=True)
def list_(client: Client, line: Line) -> None:
    """List the rooms you may see, with their topics and numbers of members: `LIST`, `LIST #tea,#coffee`.

    Names may contain * and ?. A ! before a name excludes the rooms that match it. `>3` and `<3` are rooms
    with more or fewer than three people; `C<60` and `C>60` rooms created less or more than sixty minutes ago;
    `T<60` and `T>60` rooms whose topic was set then. Separate conditions with commas; all of them must be
    true.
    """
    if not client.is_this_server(line.param(1)):
        return
    fits = _read(line.param(0), client.session.clock())
    client.reply.numeric(n.RPL_LISTSTART, "Channel", text="Users  Name")
    for room in client.session.sees.rooms():
        if fits(room):
            client.reply.numeric(n.RPL_LIST, f"#{room.name}", str(room.members), text=room.topic)
    client.reply.numeric(n.RPL_LISTEND, text="end of the list")


def _read(text: str, now: float) -> Test:
    """Return a test for rooms: one of the names (if any are given) and all of the conditions must match."""
    names: list[Test] = []
    conditions: list[Test] = []
    for word in text.split(","):
        condition = _CONDITION.fullmatch(word)
        if condition is not None:
            conditions.append(_compare(condition[1], condition[2], int(condition[3]), now))
        elif word.startswith("!"):
            conditions.append(_unlike(word[1:]))
        elif word:
            names.append(_like(word))
    return lambda room: (not names or any(name(room) for name in names)) and all(each(room) for each in conditions)


def _like(mask: str) -> Test:
    if "*" in mask or "?" in mask:
        return lambda room: wildcard_matches(mask, f"#{room.name}")
    try:
        key = room_key(room_name(mask).folded) if mask.startswith("#") else ""
    except ChatError:
        key = ""
    return lambda room: room.key == key


def _unlike(mask: str) -> Test:
    return lambda room: not wildcard_matches(mask, f"#{room.name}")


def _compare(what: str, sign: str, limit: int, now: float) -> Test:
    """Return a test for the number of people, or for the minutes since the room was created or its topic was
    set.

    A room without a topic never passes a test of its topic's age.
    """

    def value(room: RoomView) -> float | None:
        if not what:
            return room.members
        since = room.created_at if what in "Cc" else room.topic_at if room.topic else None
        return None if since is None else (now - since / 1000) / 60

    def fits(room: RoomView) -> bool:
        found = value(room)
        return found is not None and (found < limit if sign == "<" else found > limit)

    return fits
