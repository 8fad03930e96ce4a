"""WEBIRC: a web gateway states the address of the client it connects for. Spec: IRCv3 webirc."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.irc import numerics as n
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

log = logging.getLogger(__name__)


@command("WEBIRC", min_params=4, registered=False, spec="IRCv3 webirc")
def webirc(client: Client, line: Line) -> None:
    """Tell the server, as a gateway, whom you connect for: `WEBIRC <password> <gateway> <host> <address>
    [:options]`. It must be the first command."""
    known, session = client.registration, client.session
    if known.done:
        client.reply.numeric(n.ERR_ALREADYREGISTERED, text="you have registered already")
        return
    password, gateway, _, address = line.params[:4]
    gateways = client.server.access.gateways
    right = hmac.compare_digest(password.encode(), gateways.password.encode()) and bool(gateways.password)
    if not right or session.address not in gateways.addresses:
        log.warning(
            "refused WEBIRC by %(gateway)s from %(address)s",
            {"event": "webirc-refused", "gateway": gateway, "address": session.address},
        )
        client.quit("Invalid WebIRC password")
        return
    if known.nick or known.user or known.password or known.negotiating or session.account is not None:
        client.quit("WEBIRC must come first")
        return
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        client.quit("Invalid WebIRC address")
        return
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    address = str(mapped or parsed)
    if not client.moved(address):
        client.quit("too many connections from your address")
        return
    log.info(
        "%(proxy)s connects for %(address)s through the gateway %(gateway)s",
        {"event": "webirc", "proxy": session.address, "address": address, "gateway": gateway},
    )
    options = {option.partition("=")[0] for option in line.param(4).split()}
    try:
        session.speaks_for(address, secure=session.secure and "secure" in options)
    except ChatError as error:
        client.refuse("WEBIRC", error)
        client.quit(error.text)
