"""NICK, USER, PASS and QUIT: the beginning and the end of a connection. Spec: Modern, "Connection
Messages"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.welcome import try_to_register
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("NICK", min_params=1, registered=False, missing=(n.ERR_NONICKNAMEGIVEN, "no nickname given"))
def nick(client: Client, line: Line) -> Ticket | None:
    """Choose or change your nick. Before the welcome the server only notes it; it checks at the welcome
    whether the nick is free."""
    wanted = line.params[0]
    if not wanted:
        client.reply.numeric(n.ERR_NONICKNAMEGIVEN, text="no nickname given")
        return None
    if client.registration.done:
        return Work(lambda: _change(client, wanted))
    try:
        client.registration.nick = person_name(wanted).shown
    except ChatError as error:
        client.refuse("NICK", error, wanted)
        return None
    return try_to_register(client)


def _change(client: Client, wanted: str) -> None:
    try:
        client.session.change_nick(wanted).result()
    except ChatError as error:
        client.refuse("NICK", error, wanted)


@command("USER", min_params=4, registered=False)
def user(client: Client, line: Line) -> Ticket | None:
    """Send your user name and real name, once, before the welcome."""
    if client.registration.done:
        client.reply.numeric(n.ERR_ALREADYREGISTERED, text="you have registered already")
        return None
    if not line.params[0] or not line.params[3]:
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "USER", text="not enough parameters")
        return None
    client.registration.user = line.params[0].split(" ")[0][:20]
    client.registration.realname = line.params[3][: client.session.policy.limits.realname_length]
    return try_to_register(client)


@command("PASS", min_params=1, registered=False)
def password(client: Client, line: Line) -> None:
    """Send the server's password, or `ACCOUNT:PASSWORD`, or the password of the account that NICK names."""
    if client.registration.done:
        client.reply.numeric(n.ERR_ALREADYREGISTERED, text="you have registered already")
        return
    client.registration.password = line.params[0]


@command("QUIT", registered=False, cost=0)
def quit_(client: Client, line: Line) -> Ticket:
    """Disconnect, with a reason. ERROR answers it, after the other members have been told."""
    limit = client.session.policy.limits.reason_length
    why = f"Quit: {line.param(0)[:limit]}" if line.param(0) else "Quit"
    return client.session.leave(why).then(lambda _: client.quit(why))
