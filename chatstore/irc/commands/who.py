"""WHO: users in a room, with a nick, or matching a mask. Spec: Modern, "WHO message"; IRCv3 whox.

A mask is compared with nick, user, host, real name, account and `nick!user@host`. It finds users who are
connected, and invisible ones only if they share a room with the client. A room shows its members to clients
that may know of it. A nick is always found.
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
"""The fields of WHOX, in the order of the answer."""


class _Query(NamedTuple):
    """What follows the mask: `o` asks for operators of the server only, `%` for certain fields and a token
    (WHOX)."""

    operators: bool
    fields: str | None
    token: str


@command("WHO", blocking=True, question=True)
def who(client: Client, line: Line) -> None:
    """List the members of a room, or the users with a nick or a mask: `WHO #room`, `WHO alice`, `WHO
    *.example o`.

    With `%` and letters (WHOX) the answer has exactly these fields: t the token after the comma, c a room, u
    user, i address (never shown), h host, s server, n nick, f flags, d hops, l seconds idle, a account, o
    rank in the room (never shown), r real name: `WHO #room %tnaf,42`.
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
        return  # nothing matches: the list is empty


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
    """Return the flags: H (here) or G (gone); `*` for an operator of the server; the prefixes in the room; B
    for a bot."""
    flags = ("G" if person.away else "H") + ("*" if person.operator else "")
    if person.role is not None:
        flags += prefix(client, person.role)
    return flags + ("B" if person.bot else "")
