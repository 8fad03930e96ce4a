"""TOKEN: device tokens, with which programs log in to an account without its password.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.scopes import EVERYTHING, EVERYWHERE, SCOPES
from chatstore.chat.model.tokens import DeviceToken
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import InvalidError, Value, given_attributes, row

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {
    Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED",
    Code.LIST_FULL: "LIMIT_REACHED",
    Code.INVALID_TEXT: "INVALID_PARAMETERS",
}
_EXPECTED = "expected ADD :LABEL, ADD scopes=SCOPES;rooms=ROOMS :LABEL, LIST or REMOVE ID"


@command("TOKEN", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def token(client: Client, line: Line) -> None:
    """Manage device tokens, with which a device or program logs in to your account without its password: `TOKEN
    ADD :label`, `TOKEN ADD scopes=read,write;rooms=#a :label` (one that allows no more), `TOKEN LIST`, `TOKEN
    REMOVE id`."""
    about: list[str] = []
    try:
        match line.params[0].upper(), line.params[1:]:
            case "ADD", [attributes] if attributes.startswith(("scopes=", "rooms=")):
                _add(client, "", given_attributes(attributes, "scopes", "rooms"))
            case "ADD", ([] | [_]):
                _add(client, line.param(1), {})
            case "ADD", [attributes, label]:
                _add(client, label, given_attributes(attributes, "scopes", "rooms"))
            case "LIST", []:
                _list(client)
            case "REMOVE", [wanted]:
                about = [middle(wanted)]
                _remove(client, wanted)
            case _:
                client.reply.fail("TOKEN", "INVALID_PARAMETERS", text=_EXPECTED)
    except InvalidError as error:
        client.reply.fail("TOKEN", "INVALID_PARAMETERS", text=str(error))
    except ChatError as error:
        client.reply.fail("TOKEN", _CODES.get(error.code) or fail_code(error), *about, text=error.text)


def _add(client: Client, label: str, given: Mapping[str, str]) -> None:
    added, text = client.session.tokens.add(label, *wanted(given)).result()
    client.reply.line("TOKEN", "ADD", str(added.id), text, added.label, trailing=True)


def wanted(given: Mapping[str, str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """The scopes and rooms that somebody wants a token for."""
    scopes, rooms = given.get("scopes", ",".join(SCOPES)), given.get("rooms", EVERYWHERE)
    return scopes.split(","), None if rooms == EVERYWHERE else [room for room in rooms.split(",") if room]


def _list(client: Client) -> None:
    for each, use in client.session.tokens.list():
        used = timestamp(each.last_used_at) if each.last_used_at is not None else "*"
        times = (timestamp(each.created_at), used)
        client.reply.line("TOKEN", "LIST", str(each.id), *times, use, each.label, trailing=True)
        show_grant(client, each, "TOKEN", "SCOPES", str(each.id))
    client.reply.line("TOKEN", "LIST", "*")


def show_grant(client: Client, token: DeviceToken, *head: str) -> None:
    """Send what a token allows, if that is not everything."""
    if values := grant_words(client, token):
        row(client, values, *head)


def grant_words(client: Client, token: DeviceToken) -> dict[str, Value]:
    """What a token allows, as attributes; none if that is everything."""
    if token.grant is EVERYTHING:
        return {}
    rooms = client.session.tokens.rooms_of(token.grant)
    return {
        "scopes": token.grant.scope_text.replace(" ", ","),
        "rooms": ",".join(rooms) if rooms is not None else EVERYWHERE,
    }


def _remove(client: Client, wanted: str) -> None:
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    client.session.tokens.remove(number).result()
    client.reply.line("TOKEN", "REMOVE", str(number))
