"""AUTHENTICATE: log in with SASL. Spec: IRCv3 sasl-3.1 and sasl-3.2; numerics 900 to 908."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.tokens import is_token
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.metadata import show_own_metadata
from chatstore.irc.sasl import BadResponseError, Credentials, Response, TooLongError, external, plain
from chatstore.irc.show import show_missed_directs

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line


@command("AUTHENTICATE", min_params=1, registered=False, spec="IRCv3 sasl-3.2")
def authenticate(context: IrcConversation, line: Line) -> Pause | None:
    """Log in with SASL: the mechanism first, then its response in chunks of 400.

    A client that has not requested the `sasl` capability is heard, too: bots are known to leave that out. The `+`
    has no source, as in the specification's examples: irc3 matches that line, and would wait for ever.
    """
    said, sasl = line.params[0], context.sasl
    if context.session.account is not None:
        context.reply.numeric(n.ERR_SASLALREADY, text="you have logged in already")
    elif said == "*":
        sasl.mechanism = ""
        context.reply.numeric(n.ERR_SASLABORTED, text="SASL authentication aborted")
    elif sasl.mechanism:
        return _chunk(context, said)
    elif said.upper() in context.mechanisms:
        sasl.mechanism, sasl.response = said.upper(), Response()
        context.reply.raw(b"AUTHENTICATE +\r\n")
    else:
        context.reply.numeric(n.RPL_SASLMECHS, ",".join(context.mechanisms) or "*", text="are the mechanisms here")
        context.reply.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")
    return None


def _chunk(context: IrcConversation, chunk: str) -> Pause | None:
    sasl = context.sasl
    try:
        response = sasl.response.feed(chunk)
        if response is None:
            return None
        credentials = plain(response) if sasl.mechanism == "PLAIN" else external(response)
    except TooLongError as error:
        sasl.mechanism = ""
        context.reply.numeric(n.ERR_SASLTOOLONG, text=str(error))
        context.reply.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")
        return None
    except BadResponseError as error:
        sasl.mechanism = ""
        context.reply.numeric(n.ERR_SASLFAIL, text=f"SASL authentication failed: {error}")
        return None
    sasl.mechanism = ""
    if isinstance(credentials, str) or is_token(credentials.password):
        return context.in_worker(lambda: _check(context, credentials))
    return context.in_worker(lambda: _check(context, credentials), password=True, account=credentials.name)


def _check(context: IrcConversation, credentials: Credentials | str) -> Pause | None:
    """`credentials`: of PLAIN, or for EXTERNAL the name that the client would like."""
    session = context.session
    try:
        if isinstance(credentials, Credentials):
            account = session.log_in(credentials.name, credentials.password)
        else:
            account = session.log_in_by_certificate(credentials)
    except ChatError as error:
        number = n.ERR_NICKLOCKED if error.code is Code.SUSPENDED else n.ERR_SASLFAIL
        context.reply.numeric(number, text=f"SASL authentication failed: {error.text}")
        return None
    context.logged_in(account)
    context.reply.numeric(n.RPL_SASLSUCCESS, text="SASL authentication successful")
    return become_the_account(context)


def become_the_account(context: IrcConversation) -> Pause | None:
    """What is left to do for a client that has logged in after its welcome, as a guest."""
    if context.session.person is None:
        return None
    return context.in_worker(lambda: log_in_late(context), vital=True)


def log_in_late(context: IrcConversation) -> None:
    """In a worker: a guest has logged in after the welcome, and is the account's person from now on."""
    try:
        context.session.take_account()
    except ChatError as error:
        context.refuse("AUTHENTICATE", error)
        context.quit(error.text)
        return
    show_missed_directs(context)
    show_own_metadata(context)
