"""TOKEN: device tokens, with which programs log in to an account without its password.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.tokens import REMOVED
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.line import timestamp

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED", Code.LIST_FULL: "LIMIT_REACHED"}


@command("TOKEN", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def token(client: Client, line: Line) -> None:
    """Manage device tokens, with which a device logs in to your account without its password: `TOKEN ADD
    :label`, `TOKEN LIST`, `TOKEN REMOVE id`."""
    about: list[str] = []
    try:
        match line.params[0].upper(), line.params[1:]:
            case "ADD", ([] | [_]):
                _add(client, line.param(1))
            case "LIST", []:
                _list(client)
            case "REMOVE", [wanted]:
                about = [middle(wanted)]
                _remove(client, wanted)
            case _:
                client.reply.fail("TOKEN", "INVALID_PARAMETERS", text="expected ADD :LABEL, LIST or REMOVE ID")
    except ChatError as error:
        client.reply.fail("TOKEN", _CODES.get(error.code) or fail_code(error), *about, text=error.text)


def _add(client: Client, label: str) -> None:
    added, text = client.session.tokens.add(label).result()
    client.reply.line("TOKEN", "ADD", str(added.id), text, added.label, trailing=True)


def _list(client: Client) -> None:
    for each, use in client.session.tokens.list():
        used = timestamp(each.last_used_at) if each.last_used_at is not None else "*"
        times = (timestamp(each.created_at), used)
        client.reply.line("TOKEN", "LIST", str(each.id), *times, use, each.label, trailing=True)
    client.reply.line("TOKEN", "LIST", "*")


def _remove(client: Client, wanted: str) -> None:
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    own = client.session.tokens.remove(number).result()
    client.reply.line("TOKEN", "REMOVE", str(number))
    if own:
        client.quit(REMOVED)
