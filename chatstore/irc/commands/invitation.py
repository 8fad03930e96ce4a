"""INVITATION: use and create invitations to the server.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from chatstore.chat.model.accounts import AccountRole
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.invitations import MOST_DAYS, State, code_in, link
from chatstore.irc.capabilities import offered_to
from chatstore.irc.commands import command
from chatstore.irc.commands.cap import send_names
from chatstore.irc.errors import fail_code
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    InvalidError,
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

_REGISTRATION = "draft/account-registration"


invitation_commands = Subcommands("INVITATION")


@command("INVITATION", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def invitation(client: Client, line: Line) -> None:
    """Use an invitation to the server: after `INVITATION code`, REGISTER creates an account. Administrators
    create invitations with `INVITATION CREATE [name]`; `INVITATION ALLOWED` asks whether you may. They list
    and revoke invitations with `INVITATION LIST` and `INVITATION REVOKE id`."""
    if line.params[0].upper() in invitation_commands.names:
        invitation_commands.run(client, line)
        return
    try:
        _give(client, line.params[0])
    except ChatError as error:
        client.reply.fail("INVITATION", fail_code(error), text=error.text)


def _give(client: Client, text: str) -> None:
    could = _REGISTRATION in offered_to(client)
    given = client.session.invitations.give(text)
    kind = client.session.invitations.kind
    client.reply.line("INVITATION", code_in(text), timestamp(given.expires_at), kind, given.name or NOTHING)
    if not could and client.has("cap-notify") and (new := offered_to(client).get(_REGISTRATION)) is not None:
        send_names(client, "NEW", [f"{_REGISTRATION}={new.value_for(client)}"])


@invitation_commands("CREATE [NAME|*] [ATTRIBUTES]")
def create(client: Client, name: str = NOTHING, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "admin", "days")
    role: AccountRole = "admin" if values.get("admin") == "1" else "user"
    days = number_in(values, "days", None, MOST_DAYS)
    code, made = client.session.invitations.create(name if name != NOTHING else "", role, days).result()
    where = link(client.server.access.web, code)
    told = (code, timestamp(made.expires_at), made.name or NOTHING, where)
    client.reply.line("INVITATION", "CREATE", *told, trailing=True)


@invitation_commands("ALLOWED")
def allowed(client: Client) -> None:
    client.session.invitations.check_allowed()
    client.reply.line("INVITATION", "ALLOWED")


@invitation_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    """The newest first; those that are open, unless another `state` is asked for."""
    values = given_attributes(attributes, "state", "before", "limit")
    state, now = values.get("state", "open"), client.session.now
    if state not in (*get_args(State), "all"):
        raise InvalidError(f"expected state={'|'.join(get_args(State))}|all")
    before = number_in(values, "before", None)
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    wanted = None if state == "all" else cast(State, state)
    for shown in client.session.invitations.chosen(wanted, before, limit):
        each = shown.invitation
        said: dict[str, Value] = {
            "for": each.name,
            "role": each.role,
            "kind": "reset" if each.account_id is not None else None,
            "by": shown.maker,
            "made": timestamp(each.created_at),
            "expires": timestamp(each.expires_at),
            "state": shown.state(now),
            "used": time_of(each.used_at),
            "account": shown.user,
        }
        row(client, said, "INVITATION", "LIST", str(each.id))
    end(client, "INVITATION", "LIST")


@invitation_commands("REVOKE ID", 1)
def revoke(client: Client, which: str) -> None:
    number = number_of(which, "the id of an invitation")
    client.session.invitations.revoke(number).result()
    client.reply.line("INVITATION", "REVOKE", str(number))
