"""USERHOST and ISON: short questions about nicks. Spec: Modern, "USERHOST message"; RFC 2812 section 4.9
(ISON)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.session.views import PersonView
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.services import named

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_MAX_NICKS = 5


@command("USERHOST", min_params=1, question=True)
def userhost(client: Client, line: Line) -> None:
    """Show the hosts of up to five nicks, and whether they are away or operators: `USERHOST alice bob`."""
    found = " ".join(_userhost(person) for person in _named(client, line, _MAX_NICKS))
    client.reply.numeric(n.RPL_USERHOST, text=found)


def _userhost(person: PersonView) -> str:
    operator, away = "*" if person.operator else "", "-" if person.away else "+"
    return f"{person.nick}{operator}={away}{person.actor.user}@{person.actor.host}"


@command("ISON", min_params=1, question=True, spec="RFC 2812")
def ison(client: Client, line: Line) -> None:
    """List which of these nicks are connected: `ISON alice bob`."""
    here = [person.nick for person in _named(client, line) if person.online]
    here += [service.nick for service in map(named, " ".join(line.params).split()) if service is not None]
    client.reply.numeric(n.RPL_ISON, text=" ".join(here))


def _named(client: Client, line: Line, most: int | None = None) -> Iterator[PersonView]:
    """Yield the people with these nicks. Each parameter may contain several nicks."""
    nicks = " ".join(line.params).split()
    for nick in nicks[:most]:
        try:
            person = client.session.sees.find(nick)
        except ChatError:  # not a valid nick
            continue
        if person is not None:
            yield person
