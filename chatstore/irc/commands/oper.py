"""OPER, KILL, WALLOPS, REHASH: operators of the server. Spec: Modern, "Operator Messages", OPER, WALLOPS.

An operator is who shows an administrator's account and its password, over any connection, logged in or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.user_modes import OPERATOR

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation, Pause
    from chatstore.irc.line import Line


@command("OPER", min_params=2)
def oper(context: IrcConversation, line: Line) -> Pause | None:
    """Become an operator of the server, with the name and password of an admin's account: `OPER olga secret`."""
    name, password = line.params[:2]
    return context.in_worker(lambda: _begin(context, name, password), command="OPER", password=True, account=name)


def _begin(context: IrcConversation, name: str, password: str) -> None:
    already = context.session.operator
    try:
        context.session.operates.begin(name, password)
    except ChatError as error:
        number = n.ERR_NOOPERHOST if error.code is Code.ADMIN_REQUIRED else n.ERR_PASSWDMISMATCH
        context.reply.numeric(number, text=error.text)
        return
    context.reply.numeric(n.RPL_YOUREOPER, text="you are an operator of this server now")
    if not already:
        context.reply.line_from(context.session.actor.mask, "MODE", context.nick, f"+{OPERATOR}")


@command("KILL", min_params=1, blocking=True)
def kill(context: IrcConversation, line: Line) -> None:
    """Close every connection of somebody, which operators of the server may: `KILL eve no more of that`.

    It keeps nobody out: who has an account stays in their rooms and can come back. `chatstore account suspend`, on
    the server's machine, keeps an account out.
    """
    nick, reason = line.params[0], " ".join(line.params[1:]).strip()
    if context.session.operator and nick.casefold() == context.server.name:
        context.reply.numeric(n.ERR_CANTKILLSERVER, text="a server can't be killed")
        return
    limit = context.server.chat.policy.limits.reason_length
    try:
        context.session.operates.kill(nick, reason[:limit] or context.nick)
    except ChatError as error:
        context.refuse("KILL", error, nick)


@command("WALLOPS", min_params=1, blocking=True)
def wallops(context: IrcConversation, line: Line) -> None:
    """Tell something to the operators of the server and to whoever has set mode +w, which operators may."""
    if context.session.operator and not line.params[0]:
        context.reply.numeric(n.ERR_NEEDMOREPARAMS, "WALLOPS", text="not enough parameters")
        return
    context.session.operates.tell_operators(line.params[0])


@command("REHASH", blocking=True)
def rehash(context: IrcConversation, line: Line) -> None:
    """Have the server read its configuration again, which operators of the server may. SIGHUP does the same.

    What can change while it runs does, and the log names what waits for the next start. If anything is wrong with
    it, nothing changes.
    """
    context.session.operates.may_reload()
    wrong = context.server.reload()
    if wrong:
        context.reply.numeric(n.ERR_UNKNOWNERROR, "REHASH", text=wrong)
    else:
        context.reply.numeric(n.RPL_REHASHING, "chatstore.toml", text="the configuration was read again")
