"""PASSWORD: change the password of the account.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED", Code.BAD_PASSWORD: "UNACCEPTABLE_PASSWORD"}


@command("PASSWORD", min_params=1, spec="chatstore/accounts")
def password(client: Client, line: Line) -> Ticket | None:
    """Change your password: `PASSWORD <base64 of the old password, NUL and the new one>`, in UTF-8. It closes
    your other connections and removes all device tokens."""
    try:
        old, new = base64.b64decode(line.params[0], validate=True).decode("utf-8").split("\0")
    except (binascii.Error, ValueError):
        text = "expected the base64 of the old password, NUL and the new one"
        client.reply.fail("PASSWORD", "INVALID_PARAMETERS", text=text)
        return None
    return Work(lambda: _set(client, old, new), command="PASSWORD", password=True)


def _set(client: Client, old: str, new: str) -> None:
    try:
        renewed = client.session.accounts.set_password(old, new).result()
    except ChatError as error:
        client.reply.fail("PASSWORD", _CODES.get(error.code) or fail_code(error), text=error.text)
    else:
        number, token = renewed or ("", "")
        client.reply.line("PASSWORD", "SUCCESS", *([str(number), token] if renewed else []))
