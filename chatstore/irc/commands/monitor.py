"""MONITOR: the client is told when certain nicks come online or go offline. Spec: IRCv3 monitor.

A nick is online while it has a connection. An account that stays in its rooms without one is offline.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import MAX_BODY
from chatstore.irc.metadata import aware, show_person_metadata
from chatstore.irc.services import named
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.session.views import MonitorAnswer
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("MONITOR", min_params=1, question=True, spec="IRCv3 monitor")
def monitor(client: Client, line: Line) -> Ticket | None:
    """`MONITOR + nick,nick` monitors nicks, and `MONITOR - nick` stops that. `MONITOR C` clears the list, `L`
    shows it, `S` shows which nicks are online."""
    monitor_list, what = client.session.monitor, line.params[0].upper()
    nicks = [nick for nick in line.param(1).split(",") if nick]
    match what:
        case "+" | "-" if len(line.params) < 2:
            client.reply.numeric(n.ERR_NEEDMOREPARAMS, "MONITOR", text="not enough parameters")
        case "+":
            return _add(client, nicks)
        case "-":
            monitor_list.remove(nicks)
        case "C":
            monitor_list.clear()
        case "L":
            _send(client, n.RPL_MONLIST, monitor_list.nicks())
            client.reply.numeric(n.RPL_ENDOFMONLIST, text="end of the monitor list")
        case "S":
            return _answer(client, monitor_list.status())
        case _:
            client.reply.numeric(n.ERR_UNKNOWNERROR, "MONITOR", middle(what), text="no such MONITOR command")
    return None


def _add(client: Client, nicks: list[str]) -> Ticket | None:
    answer, refused = client.session.monitor.add(nicks)
    pause = _answer(client, answer)
    if refused:
        most = str(client.session.policy.limits.watched)
        client.reply.numeric(n.ERR_MONLISTFULL, most, ",".join(refused), text="the monitor list is full")
    return pause


def _answer(client: Client, answer: MonitorAnswer) -> Ticket | None:
    """Send RPL_MONONLINE and RPL_MONOFFLINE, and then the metadata of those online.

    Changes since `answer` was made follow in a turn of their own, so that they come after this answer.
    """
    online, offline, here = [], [], []
    for nick, actor in answer.nicks:
        service = named(nick)
        if actor is not None:
            online.append(actor.mask)
            here.append(actor.nick)
        elif service is not None:
            online.append(service.mask(client.server.name))
        else:
            offline.append(nick)
    _send(client, n.RPL_MONONLINE, online)
    _send(client, n.RPL_MONOFFLINE, offline)
    client.push(answer.begin)
    if not here or not aware(client):
        return None
    return Work(lambda: show_person_metadata(client, here), command="MONITOR")


def _send(client: Client, numeric: n.Numeric, targets: Iterable[str]) -> None:
    """Send the targets, in as many lines as they need."""
    most = MAX_BODY - 2 - len(f":{client.server.name} {numeric} {client.nick} :".encode())
    text = ""
    for target in targets:
        if text and len(f"{text},{target}".encode()) > most:
            client.reply.numeric(numeric, text=text)
            text = ""
        text += f",{target}" if text else target
    if text:
        client.reply.numeric(numeric, text=text)
