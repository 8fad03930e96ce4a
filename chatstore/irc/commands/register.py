"""REGISTER and VERIFY: create an account. Spec: IRCv3 draft/account-registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import same_person
from chatstore.irc.commands import command
from chatstore.irc.commands.authenticate import become_the_account
from chatstore.irc.errors import middle
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {
    Code.NAME_TAKEN: "ACCOUNT_EXISTS",
    Code.INVALID_NAME: "BAD_ACCOUNT_NAME",
    Code.BAD_PASSWORD: "UNACCEPTABLE_PASSWORD",
    Code.WEAK_PASSWORD: "WEAK_PASSWORD",
    Code.INVITATION_REQUIRED: "INVITATION_REQUIRED",
    Code.INVALID_CODE: "INVALID_CODE",
}
_DONE = {"reset": "Password changed", "activate": "Account activated"}


@command("REGISTER", min_params=3, registered=False, spec="IRCv3 draft/account-registration")
def register(client: Client, line: Line) -> Ticket | None:
    """Create an account: `REGISTER <account or *> <email or *> <password>`. The server does not store the
    address."""
    name, _, password = line.params[:3]
    if client.nick == "*":
        client.reply.fail("REGISTER", "NEED_NICK", "*", text="send NICK first")
        return None
    wanted = client.nick if name == "*" else name
    if _too_early_or_late(client, "REGISTER", wanted):
        return None
    given = client.session.invitations.given
    resets = given is not None and given.account_id is not None
    custom = client.session.policy.accounts.custom_account_names
    if not (custom or resets) and not same_person(wanted, client.nick):
        text = f"the account's name must be your nick: {client.nick}"
        client.reply.fail("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", middle(wanted), text=text)
        return None
    return Work(lambda: _register(client, wanted, password), password=True, account=wanted)


@command("VERIFY", min_params=2, registered=False, spec="IRCv3 draft/account-registration")
def verify(client: Client, line: Line) -> None:
    """Complete a registration with a code. This server completes accounts at once, so no code is ever
    valid."""
    name = line.params[0]
    if not _too_early_or_late(client, "VERIFY", name):
        client.reply.fail("VERIFY", "INVALID_CODE", middle(name), text="no account is waiting for a code")


def _too_early_or_late(client: Client, command: str, name: str) -> bool:
    """Whether the client has logged in already, or must wait for the welcome. If so, it is told."""
    if client.session.account is not None:
        own = client.session.account.name
        client.reply.fail(command, "ALREADY_AUTHENTICATED", own, text="you have logged in already")
        return True
    if not client.registration.done and not client.session.policy.accounts.register_before_connect:
        text = "finish the registration of the connection first: accounts can be created after the welcome"
        client.reply.fail(command, "COMPLETE_CONNECTION_REQUIRED", middle(name), text=text)
        return True
    return False


def _register(client: Client, name: str, password: str) -> Ticket | None:
    known, kind = client.registration, _kind(client)
    try:
        if not known.done and known.password:
            client.session.give_server_password(known.password)
        account = client.session.register(name, password)
    except ChatError as error:
        if error.code is Code.ACCOUNT_WAITING:
            client.reply.line("REGISTER", "VERIFICATION_REQUIRED", error.about, error.text, trailing=True)
            return None
        code = _CODES.get(error.code, "TEMPORARILY_UNAVAILABLE")
        client.reply.fail("REGISTER", code, middle(name), text=error.text)
        return None
    client.reply.line("REGISTER", "SUCCESS", account.name, _DONE.get(kind, "Account created"), trailing=True)
    client.logged_in(account)
    return become_the_account(client)


def _kind(client: Client) -> str:
    """What REGISTER will do."""
    invitations = client.session.invitations
    return invitations.kind if invitations.given is not None else ""
