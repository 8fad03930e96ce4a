"""WHO: people that are in a room, have a nick, or fit a mask. Spec: Modern, "WHO message"; IRCv3 whox.

A mask finds people who are connected and not invisible (or share a room with who asks), by nick, user, host,
real name, account or `nick!user@host`. A room shows its members to those who may know of it, and a nick is
found always.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from chatstore.chat.model.errors import ChatError
from chatstore.chat.session.views import PersonView, RoomView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import prefix

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_FIELDS = "tcuihsnfdlaor"
"""In the order in which they are answered."""


class _Query(NamedTuple):
    """What follows the mask: `o` for operators of the server only, `%` the fields of WHOX and a token."""

    operators: bool
    fields: str | None
    token: str


@command("WHO", blocking=True, question=True)
def who(client: Client, line: Line) -> None:
    """List the members of a room, or the users with a nick or a mask: `WHO #room`, `WHO alice`, `WHO
    *.example o`.

    With `%` and letters (WHOX) the answer has exactly the fields that are asked for: t the token after the
    comma, c a room, u user, i address (never told), h host, s server, n nick, f flags, d hops, l seconds
    idle, a account, o rank in the room (never told), r real name: `WHO #room %tnaf,42`.
    """
    mask = line.param(0) or "*"
    query = _read(line.param(1))
    for person, room in _found(client, mask):
        if not query.operators or person.operator:
            if query.fields is None:
                _reply(client, person, room)
            else:
                _reply_fields(client, person, room, query.fields, query.token)
    client.reply.numeric(n.RPL_ENDOFWHO, middle(mask), text="end of WHO")


def _read(text: str) -> _Query:
    flags, percent, rest = text.partition("%")
    letters, _, token = rest.partition(",")
    valid = token.isascii() and token.isdigit() and len(token) <= 3
    wanted = "".join(field for field in _FIELDS if field in letters) if percent else None
    return _Query("o" in flags, wanted, token if valid else "0")


def _found(client: Client, mask: str) -> Iterator[tuple[PersonView, RoomView | None]]:
    sees = client.session.sees
    try:
        if mask.startswith("#"):
            room = sees.room(mask)
            yield from ((person, room) for person in sees.people_in(room))
        elif "*" in mask or "?" in mask:
            yield from ((person, None) for person in sees.matching(mask))
        else:
            yield sees.person(mask), None
    except ChatError:
        return  # nothing matches, which the end of the list says


def _reply(client: Client, person: PersonView, room: RoomView | None) -> None:
    client.reply.numeric(
        n.RPL_WHOREPLY,
        _room(room),
        person.actor.user,
        person.actor.host,
        client.server.name,
        person.nick,
        _flags(client, person),
        text=f"0 {person.shown_realname}",
    )


def _reply_fields(client: Client, person: PersonView, room: RoomView | None, fields: str, token: str) -> None:
    values = {
        "t": token,
        "c": _room(room),
        "u": person.actor.user,
        "i": "255.255.255.255",
        "h": person.actor.host,
        "s": client.server.name,
        "n": person.nick,
        "f": _flags(client, person),
        "d": "0",
        "l": str(person.idle),
        "a": person.actor.account or "0",
        "o": "n/a",
    }
    realname = person.shown_realname if "r" in fields else None
    client.reply.numeric(n.RPL_WHOSPCRPL, *(values[each] for each in fields if each != "r"), text=realname)


def _room(room: RoomView | None) -> str:
    return f"#{room.name}" if room is not None else "*"


def _flags(client: Client, person: PersonView) -> str:
    """H or G: here or gone; `*` for an operator of the server; the prefixes in the room; B for a bot."""
    flags = ("G" if person.away else "H") + ("*" if person.operator else "")
    if person.role is not None:
        flags += prefix(client, person.role)
    return flags + ("B" if person.bot else "")
