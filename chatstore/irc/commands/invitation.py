"""INVITATION: use and create invitations to the server.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import code_in, link
from chatstore.irc.capabilities import offered_to
from chatstore.irc.commands import command
from chatstore.irc.commands.cap import send_names
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.line import timestamp

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED"}
_REGISTRATION = "draft/account-registration"


@command("INVITATION", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def invitation(client: Client, line: Line) -> None:
    """Use an invitation to the server: after `INVITATION code`, REGISTER creates an account. Administrators
    create invitations with `INVITATION CREATE [name]`; `INVITATION ALLOWED` asks whether you may."""
    word = line.params[0].upper()
    creates = word == "CREATE"
    name = line.param(1) if creates else ""
    try:
        if creates:
            _create(client, name)
        elif word == "ALLOWED":
            client.session.invitations.check_allowed()
            client.reply.line("INVITATION", "ALLOWED")
        else:
            _give(client, line.params[0])
    except ChatError as error:
        about = [middle(name)] if name else []
        client.reply.fail("INVITATION", _CODES.get(error.code) or fail_code(error), *about, text=error.text)


def _give(client: Client, text: str) -> None:
    could = _REGISTRATION in offered_to(client)
    given = client.session.invitations.give(text)
    kind = client.session.invitations.kind
    client.reply.line("INVITATION", code_in(text), timestamp(given.expires_at), kind, given.name or "*")
    if not could and client.has("cap-notify") and (new := offered_to(client).get(_REGISTRATION)) is not None:
        send_names(client, "NEW", [f"{_REGISTRATION}={new.value_for(client)}"])


def _create(client: Client, name: str) -> None:
    code, made = client.session.invitations.create(name).result()
    where = link(client.server.access.web, code)
    told = (code, timestamp(made.expires_at), made.name or "*", where)
    client.reply.line("INVITATION", "CREATE", *told, trailing=True)
