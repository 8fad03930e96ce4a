"""REGISTER: make an account. Spec: IRCv3 draft/account-registration (before-connect, custom-account-name)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.commands.authenticate import become_the_account
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line

_CODES = {
    Code.NAME_TAKEN: "ACCOUNT_EXISTS",
    Code.INVALID_NAME: "BAD_ACCOUNT_NAME",
    Code.BAD_PASSWORD: "UNACCEPTABLE_PASSWORD",
}


@command("REGISTER", min_params=3, registered=False, spec="IRCv3 draft/account-registration")
def register(context: IrcConversation, line: Line) -> Pause | None:
    """Make an account: `REGISTER <account or *> <email or *> <password>`; no address is asked for, so none is
    kept."""
    name, _, password = line.params[:3]
    if context.nick == "*":
        context.reply.fail("REGISTER", "NEED_NICK", "*", text="send NICK first")
        return None
    if context.session.account is not None:
        own = context.session.account.name
        context.reply.fail("REGISTER", "ALREADY_AUTHENTICATED", own, text="you have logged in already")
        return None
    wanted = context.nick if name == "*" else name
    return context.in_worker(lambda: _register(context, wanted, password), password=True)


def _register(context: IrcConversation, name: str, password: str) -> Pause | None:
    known = context.registration
    try:
        if not known.done and known.password:
            context.session.give_server_password(known.password)
        account = context.session.register(name, password)
    except ChatError as error:
        code = _CODES.get(error.code, "TEMPORARILY_UNAVAILABLE")
        context.reply.fail("REGISTER", code, middle(name), text=error.text)
        return None
    context.reply.line("REGISTER", "SUCCESS", account.name, "Account created", trailing=True)
    context.logged_in(account)
    return become_the_account(context)
