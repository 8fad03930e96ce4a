"""AUTHENTICATE: log in with SASL. Spec: IRCv3 sasl-3.1 and sasl-3.2; numerics 900 to 908."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.tokens import is_token
from chatstore.irc import numerics as n
from chatstore.irc.client import SaslExchange
from chatstore.irc.commands import command
from chatstore.irc.metadata import show_own_metadata
from chatstore.irc.sasl import BadResponseError, Credentials, TooLongError, external, plain
from chatstore.irc.show import show_missed_directs
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("AUTHENTICATE", min_params=1, registered=False, spec="IRCv3 sasl-3.2")
def authenticate(client: Client, line: Line) -> Ticket | None:
    """Log in with SASL: first send the mechanism, then its response in chunks of 400 bytes."""
    # A client need not have requested the `sasl` capability: some bots leave that out.
    said, sasl = line.params[0], client.sasl
    if client.session.account is not None:
        client.reply.numeric(n.ERR_SASLALREADY, text="you have logged in already")
    elif said == "*":
        client.sasl = None
        client.reply.numeric(n.ERR_SASLABORTED, text="SASL authentication aborted")
    elif sasl is not None:
        return _chunk(client, sasl, said)
    elif said.upper() in client.mechanisms:
        client.sasl = SaslExchange(said.upper())
        # Without a source, as in the specification's examples: irc3 matches exactly that line.
        client.reply.raw(b"AUTHENTICATE +\r\n")
    else:
        client.reply.numeric(
            n.RPL_SASLMECHS, ",".join(client.mechanisms) or "*", text="are the available SASL mechanisms"
        )
        client.reply.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")
    return None


def _chunk(client: Client, sasl: SaslExchange, chunk: str) -> Ticket | None:
    try:
        response = sasl.response.feed(chunk)
        if response is None:
            return None
        credentials = plain(response) if sasl.mechanism == "PLAIN" else external(response)
    except TooLongError as error:
        client.sasl = None
        client.reply.numeric(n.ERR_SASLTOOLONG, text=str(error))
        client.reply.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")
        return None
    except BadResponseError as error:
        client.sasl = None
        client.reply.numeric(n.ERR_SASLFAIL, text=f"SASL authentication failed: {error}")
        return None
    client.sasl = None
    if isinstance(credentials, str) or is_token(credentials.password):
        return Work(lambda: _check(client, credentials))
    return Work(lambda: _check(client, credentials), password=True, account=credentials.name)


def _check(client: Client, credentials: Credentials | str) -> Ticket | None:
    """In a worker. `credentials`: those of PLAIN; for EXTERNAL, the account name that the client asks for."""
    session = client.session
    try:
        if isinstance(credentials, Credentials):
            account = session.log_in(credentials.name, credentials.password)
        else:
            account = session.log_in_by_certificate(credentials)
    except ChatError as error:
        if error.code is Code.ACCOUNT_WAITING:
            client.reply.fail("AUTHENTICATE", error.code.name, error.about, text=error.text)
        number = n.ERR_NICKLOCKED if error.code is Code.SUSPENDED else n.ERR_SASLFAIL
        client.reply.numeric(number, text=f"SASL authentication failed: {error.text}")
        return None
    client.logged_in(account)
    client.reply.numeric(n.RPL_SASLSUCCESS, text="SASL authentication successful")
    return become_the_account(client)


def become_the_account(client: Client) -> Ticket | None:
    """Return the work that lets a connected guest take the account it has just logged in to; None before the
    welcome."""
    if not client.session.takes_part:
        return None
    return Work(lambda: log_in_late(client), vital=True)


def log_in_late(client: Client) -> None:
    """In a worker: a guest has logged in after the welcome, and becomes the account's person."""
    try:
        client.session.take_account()
    except ChatError as error:
        client.refuse("AUTHENTICATE", error)
        client.quit(error.text)
        return
    show_missed_directs(client)
    show_own_metadata(client)
