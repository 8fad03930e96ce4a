"""Services: NickServ and ChanServ, for people and bots who expect them.

A service only translates. Its commands read their parameters, call the session like any other command, and
answer with a sentence, as a NOTICE of the service. HELP prints the table of commands. Each service has a
file; all_commands() finds them.

A message to a service is never stored: irc/posts.py takes it out first, so a password reaches
neither the history nor a log. A message to somebody else that looks like a password for a service is not sent
at all.
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
"""Characters in a line of a service's answer."""
_COLUMN = 30
"""Characters for the usage in HELP. The description stands beside it, or below a longer one."""


@dataclass(frozen=True)
class Service:
    """A service's nick, and its purpose in a few words."""

    nick: str
    about: str

    def mask(self, server: str) -> str:
        """Return the source of the service's lines. `server`: the server's name."""
        return f"{self.nick}!services@services.{server}"


NICKSERV = Service("NickServ", "register an account, log in, manage your account")
CHANSERV = Service("ChanServ", "manage your rooms")
_NAMED = {service.nick.lower(): service for service in (NICKSERV, CHANSERV)}


@dataclass(frozen=True)
class Talk:
    """The answers of one service to one client."""

    client: Client
    service: Service

    def say(self, *lines: str) -> None:
        """Send each line as a NOTICE of the service; a long one as several."""
        mask = self.service.mask(self.client.server.name)
        for line in lines:
            for piece in textwrap.wrap(line, _WIDTH, break_on_hyphens=False, subsequent_indent="  "):
                self.client.reply.line_from(mask, "NOTICE", self.client.nick, piece)


Run = Callable[[Talk, str], "Ticket | None"]
_Function = TypeVar("_Function", bound=Run)


@dataclass(frozen=True)
class ServiceCommand:
    """A row of the table of commands.

    `run` gets the text after the command's name, and runs in a worker: in a password worker if `hashes` is
    true of that text. `min_words`: words that the text needs.
    """

    name: str
    usage: str
    does: str
    run: Run
    min_words: int
    hashes: Callable[[str], bool]


_tables: dict[Service, dict[str, ServiceCommand]] = {NICKSERV: {}, CHANSERV: {}}


def serves(
    service: Service,
    name: str,
    usage: str,
    does: str,
    *,
    min_words: int = 0,
    hashes: bool | Callable[[str], bool] = False,
) -> Callable[[_Function], _Function]:
    """Put a function into the table of a service. Parameters: see ServiceCommand."""

    def register(function: _Function) -> _Function:
        whole = f"{name} {usage}".rstrip()
        slow = hashes if callable(hashes) else lambda _: bool(hashes)
        _tables[service][name] = ServiceCommand(name, whole, does, function, min_words, slow)
        return function

    return register


@lru_cache(maxsize=1)
def all_commands() -> dict[Service, dict[str, ServiceCommand]]:
    """Return the tables. The first call imports every file of this folder."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _tables


def named(target: str) -> Service | None:
    """Return the service with this nick; `nick@server` works, too. None if there is no such service."""
    try:
        return _NAMED.get(person_name(target.partition("@")[0]).folded)
    except ChatError:
        return None


def handle(client: Client, service: Service, text: str) -> Ticket | None:
    """Handle one message to a service. Returns the work that the connection waits for, if there is any."""
    talk, known = Talk(client, service), all_commands()[service]
    name, _, rest = text.strip().partition(" ")
    if text.startswith("\x01"):
        return None  # CTCP asks a client program; a service does not answer it
    if name.upper() in ("", "HELP"):
        _help(talk, rest)
        return None
    command = known.get(name.upper())
    if command is None:
        talk.say(f"Unknown command. /msg {service.nick} HELP lists the commands.")
        return None
    if len(rest.split()) < command.min_words:
        talk.say(f"Usage: {command.usage}: {command.does}.")
        return None
    job = lambda: _run(talk, command, rest.strip())  # noqa: E731
    return Work(job, command="PRIVMSG", password=command.hashes(rest))


def _run(talk: Talk, command: ServiceCommand, rest: str) -> Ticket | None:
    """In a worker: run a command, and answer with the reason if it is refused."""
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
