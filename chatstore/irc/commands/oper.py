"""OPER, KILL, WALLOPS, REHASH: operators of the server. Spec: Modern, "Operator Messages", OPER, WALLOPS.

OPER takes the name and password of an administrator's account, over any connection, logged in or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.user_modes import OPERATOR
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("OPER", min_params=2)
def oper(client: Client, line: Line) -> Ticket | None:
    """Become an operator of the server, with the name and password of an administrator's account: `OPER olga
    secret`."""
    name, password = line.params[:2]
    return Work(lambda: _begin(client, name, password), command="OPER", password=True, account=name)


def _begin(client: Client, name: str, password: str) -> None:
    already = client.session.operator
    try:
        client.session.server_operator.begin(name, password)
    except ChatError as error:
        number = n.ERR_NOOPERHOST if error.code is Code.ADMIN_REQUIRED else n.ERR_PASSWDMISMATCH
        client.reply.numeric(number, text=error.text)
        return
    client.reply.numeric(n.RPL_YOUREOPER, text="you are now an operator of this server")
    if not already:
        client.reply.line_from(client.session.actor.mask, "MODE", client.nick, f"+{OPERATOR}")


@command("KILL", min_params=1, blocking=True)
def kill(client: Client, line: Line) -> None:
    """Close every connection of a user: `KILL eve no more of that`. For operators of the server.

    The user can come back, and an account stays in its rooms. To keep an account out, use `chatstore account
    suspend` on the server's machine.
    """
    nick, reason = line.params[0], " ".join(line.params[1:]).strip()
    if client.session.operator and nick.casefold() == client.server.name:
        client.reply.numeric(n.ERR_CANTKILLSERVER, text="a server can't be killed")
        return
    limit = client.session.policy.limits.reason_length
    try:
        client.session.server_operator.kill(nick, reason[:limit] or client.nick).result()
    except ChatError as error:
        client.refuse("KILL", error, nick)


@command("WALLOPS", min_params=1, blocking=True)
def wallops(client: Client, line: Line) -> None:
    """Send a message to the operators of the server and to users with mode +w. For operators of the
    server."""
    if client.session.operator and not line.params[0]:
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "WALLOPS", text="not enough parameters")
        return
    client.session.server_operator.tell_operators(line.params[0]).result()


@command("REHASH", blocking=True)
def rehash(client: Client, line: Line) -> None:
    """Make the server read its configuration again, as SIGHUP does. For operators of the server.

    Settings that can change while the server runs take effect. The log names those that wait for the next
    start. If anything in the configuration is wrong, nothing changes.
    """
    client.session.server_operator.may_reload()
    wrong = client.server.reload()
    if wrong:
        client.reply.numeric(n.ERR_UNKNOWNERROR, "REHASH", text=wrong)
    else:
        client.reply.numeric(n.RPL_REHASHING, "chatstore.toml", text="the configuration has been read again")
