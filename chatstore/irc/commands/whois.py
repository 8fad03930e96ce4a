"""WHOIS: what the client may know of a user. Spec: Modern, "WHOIS message"; IRCv3 bot-mode (335) and
draft/metadata-3 (760).

An account that stays in its rooms is found even without a connection. It is then away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.metadata import Subject
from chatstore.chat.session.views import PersonView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY
from chatstore.irc.metadata import WHOIS_KEYS, aware
from chatstore.irc.services import Service, named
from chatstore.irc.show import prefix

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("WHOIS", min_params=1, blocking=True, missing=(n.ERR_NONICKNAMEGIVEN, "no nickname given"), question=True)
def whois(client: Client, line: Line) -> None:
    """Show who somebody is: `WHOIS alice`, or `WHOIS server alice`. Separate several nicks with
    commas."""
    server, asked = (line.params[0], line.params[1]) if len(line.params) > 1 else ("", line.params[0])
    if not client.is_this_server(server):
        return
    most = client.session.policy.limits.targets
    nicks = [nick for nick in asked.split(",") if nick]
    if not nicks:
        client.reply.numeric(n.ERR_NONICKNAMEGIVEN, text="no nickname given")
        return
    for nick in nicks[:most]:
        service = named(nick)
        if service is not None:
            _tell_service(client, service)
            continue
        try:
            _tell(client, client.session.sees.person(nick))
        except ChatError as error:
            client.refuse("WHOIS", error, nick)
    client.reply.numeric(n.RPL_ENDOFWHOIS, middle(asked), text="end of WHOIS")


def _tell_service(client: Client, service: Service) -> None:
    reply, nick, mask = client.reply, service.nick, service.mask(client.server.name)
    user, _, host = mask.partition("!")[2].partition("@")
    reply.numeric(n.RPL_WHOISUSER, nick, user, host, "*", text=service.about)
    reply.numeric(
        n.RPL_WHOISSERVER, nick, client.server.name, text=client.server.description or client.server.network
    )
    reply.numeric(n.RPL_WHOISBOT, nick, text=f"is a bot on {client.server.network}")


def _tell(client: Client, person: PersonView) -> None:
    reply, actor, nick = client.reply, person.actor, person.nick
    reply.numeric(n.RPL_WHOISUSER, nick, person.user, actor.host, "*", text=person.shown_realname)
    _tell_rooms(client, person)
    reply.numeric(
        n.RPL_WHOISSERVER, nick, client.server.name, text=client.server.description or client.server.network
    )
    if person.operator:
        reply.numeric(n.RPL_WHOISOPERATOR, nick, text="is an operator of this server")
    if person.away:
        reply.numeric(n.RPL_AWAY, nick, text=person.away)
    if person.bot:
        reply.numeric(n.RPL_WHOISBOT, nick, text=f"is a bot on {client.server.network}")
    if actor.account is not None:
        reply.numeric(n.RPL_WHOISACCOUNT, nick, actor.account, text="is logged in as")
    if person.secure:
        reply.numeric(n.RPL_WHOISSECURE, nick, text="is using a secure connection")
    if person.online:
        idle = str(person.idle)
        reply.numeric(n.RPL_WHOISIDLE, nick, idle, str(int(person.signed_on)), text="seconds idle, signon time")
    if aware(client):
        values = client.session.metadata.of(Subject(nick, actor=actor))
        for key in WHOIS_KEYS:
            if key in values:
                reply.numeric(n.RPL_WHOISKEYVALUE, nick, key, "*", text=values[key])


def _tell_rooms(client: Client, person: PersonView) -> None:
    """Send the rooms that the client may know of; for an invisible user, only those that both are in."""
    head = len(f":{client.server.name} 319 {client.nick} {person.nick} :".encode())
    names: list[str] = []
    for room, role in client.session.sees.rooms_of(person.nick):
        name = f"{prefix(client, role)}#{room}"
        if names and head + len(" ".join([*names, name]).encode()) > MAX_BODY - 2:
            client.reply.numeric(n.RPL_WHOISCHANNELS, person.nick, text=" ".join(names))
            names = []
        names.append(name)
    if names:
        client.reply.numeric(n.RPL_WHOISCHANNELS, person.nick, text=" ".join(names))
