"""INVITATION: use and create invitations to the server.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import AccountRole
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import MOST_DAYS, code_in, link
from chatstore.irc.capabilities import offered_to
from chatstore.irc.commands import command
from chatstore.irc.commands.cap import send_names
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    NOTHING,
    Subcommands,
    Value,
    end,
    given_attributes,
    number_in,
    number_of,
    row,
    time_of,
)

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED"}
_REGISTRATION = "draft/account-registration"


invitation_commands = Subcommands("INVITATION")


@command("INVITATION", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def invitation(client: Client, line: Line) -> None:
    """Use an invitation to the server: after `INVITATION code`, REGISTER creates an account. Administrators
    create invitations with `INVITATION CREATE [name]`; `INVITATION ALLOWED` asks whether you may. They list
    and revoke invitations with `INVITATION LIST` and `INVITATION REVOKE id`."""
    word = line.params[0].upper()
    if word in invitation_commands.names and not (word == "CREATE" and len(line.params) < 3):
        invitation_commands.run(client, line)
        return
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


def _create(client: Client, name: str, role: AccountRole = "user", days: int | None = None) -> None:
    code, made = client.session.invitations.create(name, role, days).result()
    where = link(client.server.access.web, code)
    told = (code, timestamp(made.expires_at), made.name or "*", where)
    client.reply.line("INVITATION", "CREATE", *told, trailing=True)


@invitation_commands("CREATE NAME|* ATTRIBUTES", 2)
def create(client: Client, name: str, attributes: str) -> None:
    values = given_attributes(attributes, "admin", "days")
    days = number_in(values, "days", None, MOST_DAYS)
    _create(client, name if name != NOTHING else "", "admin" if values.get("admin") == "1" else "user", days)


@invitation_commands("LIST")
def list_(client: Client) -> None:
    now = client.session.now
    for each, maker, user in client.session.invitations.all():
        state = "used" if each.used_at is not None else "open" if each.usable(now) else "expired"
        values: dict[str, Value] = {
            "for": each.name,
            "role": each.role,
            "kind": "reset" if each.account_id is not None else None,
            "by": maker,
            "made": timestamp(each.created_at),
            "expires": timestamp(each.expires_at),
            "state": state,
            "used": time_of(each.used_at),
            "account": user,
        }
        row(client, values, "INVITATION", "LIST", str(each.id))
    end(client, "INVITATION", "LIST")


@invitation_commands("REVOKE ID", 1)
def revoke(client: Client, which: str) -> None:
    number = number_of(which, "the id of an invitation")
    client.session.invitations.revoke(number).result()
    client.reply.line("INVITATION", "REVOKE", str(number))
