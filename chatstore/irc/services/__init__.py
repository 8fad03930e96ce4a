"""Services: NickServ and ChanServ, for people and bots who expect them.

A service is only a front: a command reads its parameters, asks the session what any other command asks it,
and answers with a sentence, as a NOTICE of the service. HELP prints the table of commands. Each service has a
file, found by itself.

A message to a service is never stored. irc/commands/privmsg.py takes it out before anything is made of it, so
a password reaches neither the history nor a log. A message that looks like a password for a service, sent
elsewhere by mistake, is not sent at all.
"""

from __future__ import annotations

import pkgutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.chat.model.refusals import explained
from chatstore.turns import Work

if TYPE_CHECKING:
    from chatstore.chat.ticket import Ticket
    from chatstore.irc.client import Client

_WIDTH = 350
_COLUMN = 30
"""Characters of a usage that its description stands beside; of a longer one, below."""


@dataclass(frozen=True)
class Service:
    nick: str
    about: str

    def mask(self, server: str) -> str:
        return f"{self.nick}!services@services.{server}"


NICKSERV = Service("NickServ", "register an account, log in, manage your account")
CHANSERV = Service("ChanServ", "manage your rooms")
_NAMED = {service.nick.lower(): service for service in (NICKSERV, CHANSERV)}


@dataclass(frozen=True)
class Talk:
    """What one client says to one service."""

    client: Client
    service: Service

    def say(self, *lines: str) -> None:
        mask = self.service.mask(self.client.server.name)
        for line in lines:
            for piece in textwrap.wrap(line, _WIDTH, break_on_hyphens=False, subsequent_indent="  "):
                self.client.reply.line_from(mask, "NOTICE", self.client.nick, piece)


Run = Callable[[Talk, str], "Ticket | None"]
_Function = TypeVar("_Function", bound=Run)


@dataclass(frozen=True)
class ServiceCommand:
    """`run` gets what stands after the command's name, and runs in a worker: of passwords, where that
    `hashes`."""

    name: str
    usage: str
    does: str
    run: Run
    fewest: int
    hashes: Callable[[str], bool]


_tables: dict[Service, dict[str, ServiceCommand]] = {NICKSERV: {}, CHANSERV: {}}


def serves(
    service: Service,
    name: str,
    usage: str,
    does: str,
    *,
    fewest: int = 0,
    hashes: bool | Callable[[str], bool] = False,
) -> Callable[[_Function], _Function]:
    """Put a function into the table of a service. `fewest`: words that it needs."""

    def register(function: _Function) -> _Function:
        whole = f"{name} {usage}".rstrip()
        slow = hashes if callable(hashes) else lambda _: bool(hashes)
        _tables[service][name] = ServiceCommand(name, whole, does, function, fewest, slow)
        return function

    return register


@lru_cache(maxsize=1)
def all_commands() -> dict[Service, dict[str, ServiceCommand]]:
    """The tables, with every file of this folder read."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _tables


def named(target: str) -> Service | None:
    """The service behind a nick, or `nick@server`."""
    try:
        return _NAMED.get(person_name(target.partition("@")[0]).folded)
    except ChatError:
        return None


def handle(client: Client, service: Service, text: str) -> Ticket | None:
    """One line for a service."""
    talk, known = Talk(client, service), all_commands()[service]
    name, _, rest = text.strip().partition(" ")
    if text.startswith("\x01"):
        return None  # CTCP: a question to a program, and this is none
    if name.upper() in ("", "HELP"):
        _help(talk, rest)
        return None
    command = known.get(name.upper())
    if command is None:
        talk.say(f"Unknown command. /msg {service.nick} HELP lists the commands.")
        return None
    if len(rest.split()) < command.fewest:
        talk.say(f"Usage: {command.usage}: {command.does}.")
        return None
    job = lambda: _run(talk, command, rest.strip())  # noqa: E731
    return Work(job, command="PRIVMSG", password=command.hashes(rest))


def _run(talk: Talk, command: ServiceCommand, rest: str) -> Ticket | None:
    try:
        return command.run(talk, rest)
    except ChatError as error:
        text = explained(error)
        talk.say(f"{text[:1].upper()}{text[1:]}.")
        return None


def _help(talk: Talk, about: str) -> None:
    known, word = all_commands()[talk.service], about.strip().upper()
    if word:
        command = known.get(word)
        talk.say(f"{command.usage}: {command.does}." if command else "No such command.")
        return
    talk.say(f"{talk.service.nick}: {talk.service.about}. Say /msg {talk.service.nick} and then:")
    for command in known.values():
        if len(command.usage) > _COLUMN:
            talk.say(command.usage, f"{'':{_COLUMN}}  {command.does}")
        else:
            talk.say(f"{command.usage:{_COLUMN}}  {command.does}")
