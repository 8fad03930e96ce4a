"""/token: device tokens, with which programs log in to one's account without its password.

The words are those of IRC's TOKEN; docs/extensions.md describes them under chatstore/accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.scopes import EVERYTHING, EVERYWHERE, SCOPES
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.session import room_text
from chatstore.plain.commands import command, wrong_use

if TYPE_CHECKING:
    from chatstore.plain.client import Client

_USED = {"current": ", this connection's", "online": ", connected now", "offline": ""}


@command(
    "token",
    "[add [scopes=read,write] [rooms=#a,#b] [LABEL] | remove ID]",
    "your tokens, with which programs log in without your password; scopes and rooms make one that allows no more",
    blocking=True,
    question="bare",
)
def token(client: Client, argument: str) -> None:
    tokens = client.session.tokens
    match argument.split():
        case []:
            client.tell(*_listed(client))
        case ["add", *words]:
            scopes, rooms, label = wanted(words)
            added, text = tokens.add(label, scopes, rooms).result()
            all_of_it = rooms is None and {*scopes} == {*SCOPES}
            worth = " and is as good as your password" if all_of_it else ""
            client.tell(f"Token {added.id}, which is not shown again{worth}:", text)
        case ["remove", number] if number.isascii() and number.isdigit() and len(number) < 19:
            tokens.remove(int(number)).result()
            client.tell(f"Token {number} is removed: what logged in with it is disconnected.")
        case _:
            raise wrong_use("token")


def wanted(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None, str]:
    """The scopes, the rooms (None: all) and the label of a new token. Attributes come before the label."""
    scopes: Sequence[str] = SCOPES
    rooms: Sequence[str] | None = None
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if not equals or name not in ("scopes", "rooms"):
            return scopes, rooms, " ".join(words[place:])
        given = [each for each in value.split(",") if each]
        if not given:
            raise ChatError(Code.INVALID_TEXT, f"{name}= names nothing: leave it out for all")
        if name == "scopes":
            scopes = given
        else:
            rooms = (
                None if given == [EVERYWHERE] else [each if each.startswith("#") else f"#{each}" for each in given]
            )
    return scopes, rooms, ""


def _listed(client: Client) -> list[str]:
    found = client.session.tokens.list()
    if not found:
        return ["You have no tokens. /token add LABEL makes one."]
    return ["Your tokens:", *(_line(client, each, _USED[use]) for each, use in found)]


def _line(client: Client, each: DeviceToken, use: str) -> str:
    used = f"last used on {room_text.day(each.last_used_at)}" if each.last_used_at is not None else "never used"
    label = f" ({each.label})" if each.label else ""
    return f"  {each.id}{label}: {allows(client, each)}, {used}{use}"


def allows(client: Client, each: DeviceToken) -> str:
    if each.grant is EVERYTHING:
        return "allows everything"
    rooms = client.session.tokens.rooms_of(each.grant)
    scopes = each.grant.scope_text.replace(" ", ", ")
    return f"allows {scopes}" if rooms is None else f"allows {scopes} in {', '.join(rooms)}"
