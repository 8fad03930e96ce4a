"""The end of connection registration: login by PASS, and the welcome.

Spec: Modern, "Connection Registration" (001 to 005, MOTD).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.tokens import is_token
from chatstore.irc import isupport
from chatstore.irc import numerics as n
from chatstore.irc.client import NEED_ACCOUNT
from chatstore.irc.commands.isupport import send_isupport
from chatstore.irc.commands.lusers import send_lusers
from chatstore.irc.commands.persistence import send_status
from chatstore.irc.metadata import begin, begins_with_metadata
from chatstore.irc.prepared import send_prepared
from chatstore.irc.show import show_joined_rooms, show_missed_directs, show_offers
from chatstore.irc.user_modes import USER_MODES
from chatstore.turns import Stages, Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client

log = logging.getLogger(__name__)


def try_to_register(client: Client) -> Ticket | None:
    """Register the connection if the client has sent everything that this needs."""
    if not client.registration.complete:
        return None
    if client.sasl is not None:  # IRCv3 sasl-3.1: CAP END aborts an unfinished exchange
        client.sasl = None
        client.reply.numeric(n.ERR_SASLABORTED, text="SASL authentication aborted")
    if client.registration.password and client.session.account is None:
        name, colon, password = client.registration.password.rpartition(":")
        account = name if colon else client.registration.nick
        hashes = not is_token(password)
        return Work(lambda: log_in_by_pass(client), password=hashes, account=account, vital=True)
    return _take_part(client)


def _take_part(client: Client) -> Ticket | None:
    """Take part in the chat: at once as a guest, in a worker with an account."""
    known = client.registration
    try:
        ticket = client.session.enter_as_guest(known.nick, known.realname, known.user)
    except ChatError as error:
        _turn_away(client, error)
        return None
    if ticket is None:
        return Work(lambda: register(client), vital=True)
    return Stages(ticket, lambda outcomes: _welcome_guest(client, outcomes[0]))


def _welcome_guest(client: Client, outcome: Any) -> Ticket | None:
    """Send the welcome to a guest whom the writer has let in. A guest has no rooms yet, and has missed nothing."""
    try:
        if not client.session.entered_as_guest(outcome):
            return Work(lambda: register(client), vital=True)
    except ChatError as error:
        _turn_away(client, error)
        return None
    if begins_with_metadata(client):
        return Work(lambda: _welcome(client), vital=True)
    _welcome(client)
    return None


def register(client: Client) -> None:
    """In a worker: take part in the chat, send the welcome, and show the rooms that the person is in."""
    known, session = client.registration, client.session
    try:
        rooms = session.enter(known.nick, known.realname, known.user)
    except ChatError as error:
        _turn_away(client, error)
        return
    _welcome(client, rooms)


def _welcome(client: Client, rooms: Sequence[int] = ()) -> None:
    session = client.session
    client.registration.done = True
    if session.account is None:
        log.info(
            "%(nick)s connected as a guest from %(address)s",
            {"event": "guest", "nick": client.nick, "address": session.address},
        )
    _greet(client)
    show_joined_rooms(client, rooms)
    show_missed_directs(client)
    show_offers(client)


def log_in_by_pass(client: Client) -> Ticket | None:
    """In a password worker. PASS had the server's password, or ACCOUNT:PASSWORD, or the password of the
    account that NICK names."""
    known, session = client.registration, client.session
    try:
        if not session.give_server_password(known.password, counted=False):
            name, colon, password = known.password.partition(":")
            account = session.log_in(name, password) if colon else session.log_in(known.nick, known.password)
            client.logged_in(account)
    except ChatError as error:
        _turn_away(client, error)
        return None
    return Work(lambda: register(client), vital=True)


def _turn_away(client: Client, error: ChatError) -> None:
    """Answer a refusal. The client may try another nick; every other refusal ends the connection."""
    known = client.registration
    chosen = client.session.account is None or not client.session.policy.accounts.nick_must_be_account
    if error.code in (Code.NAME_TAKEN, Code.INVALID_NAME) and chosen:
        wanted, known.nick = known.nick, ""
        client.refuse("NICK", error, wanted)
        return
    if error.code is Code.LOGIN_REQUIRED:
        client.reply.fail("*", "ACCOUNT_REQUIRED", text=NEED_ACCOUNT)
        if known.negotiated and not known.warned:
            # The lines it has sent already may contain the login. If not, keepalive.py closes the connection.
            known.warned = True
        else:
            client.quit(NEED_ACCOUNT)
        return
    if error.code is Code.SERVER_PASSWORD:
        client.reply.numeric(n.ERR_PASSWDMISMATCH, text=error.text)
    else:
        client.refuse("PASS", error, known.nick)
    client.quit(error.text)


def _greet(client: Client) -> None:
    """Send the welcome: 001 to 005, metadata, persistence, LUSERS and MOTD."""
    mask = client.session.actor.mask
    client.reply.numeric(n.RPL_WELCOME, text=f"Welcome to {client.server.network}, {mask}")
    send_prepared(client, ("server",), (), _send_server)
    send_isupport(client)
    begin(client)
    if client.has("draft/persistence"):
        send_status(client)
    send_lusers(client)
    send_motd(client)


def _send_server(client: Client) -> None:
    """Send what the server is: 002 to 004."""
    server, reply = client.server, client.reply
    reply.numeric(n.RPL_YOURHOST, text=f"Your host is {server.name}, running chatstore {server.version}")
    reply.numeric(n.RPL_CREATED, text=f"This server was started {server.created}")
    lists, always, when_set, never = isupport.CHANNEL_MODES.split(",")
    with_parameter = "".join(sorted(lists + always + when_set + "ov"))
    modes = "".join(sorted(with_parameter + never))
    reply.numeric(n.RPL_MYINFO, server.name, f"chatstore-{server.version}", USER_MODES, modes, with_parameter)


def send_motd(client: Client) -> None:
    """Send the message of the day (RPL_MOTDSTART, RPL_MOTD, RPL_ENDOFMOTD), or ERR_NOMOTD."""
    send_prepared(client, ("motd",), (client.server.motd,), _send_motd)


def _send_motd(client: Client) -> None:
    motd, reply = client.server.motd, client.reply
    if not motd:
        reply.numeric(n.ERR_NOMOTD, text="there is no message of the day")
        return
    reply.numeric(n.RPL_MOTDSTART, text=f"- {client.server.name} message of the day -")
    for line in motd.splitlines():
        reply.numeric(n.RPL_MOTD, text=f"- {line}")
    reply.numeric(n.RPL_ENDOFMOTD, text="end of the message of the day")
