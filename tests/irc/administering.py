"""Administrators over IRC, for the tests of chatstore/administration."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.irc.line import Line, parse_tags
from tests.running import PASSWORD, IrcClient, Running, plain

CAPABILITY = "chatstore/administration"


def account(server: Running, name: str, role: AccountRole = "user") -> Account:
    """A new account with PASSWORD."""
    made: Account = server.server.store.submit(
        [CreateAccount(person_name(name), hash_password(PASSWORD, 4), role)]
    ).result()
    return made


def admin(server: Running, name: str = "olga", caps: str = f"batch labeled-response {CAPABILITY}") -> IrcClient:
    """A new administrator, logged in by the password."""
    account(server, name, "admin")
    return server.login(name, caps)


def by_token(server: Running, client: IrcClient) -> tuple[IrcClient, str]:
    """Another connection of the same person, by a new device token; and the id of that."""
    number, token = client.parsed("TOKEN ADD :page")[0].params[1:3]
    page = server.connect()
    page.nick = client.nick
    page.ask(f"CAP REQ :sasl {CAPABILITY}", f"NICK {client.nick}", "USER o 0 * :o", "AUTHENTICATE PLAIN")
    page.ask(f"AUTHENTICATE {plain(client.nick, token)}", "CAP END")
    return page, number


def asked(client: IrcClient, line: str) -> list[Line]:
    """The answer, without what administrators are told meanwhile of what waits for them."""
    ours = (line.split()[0], "FAIL")
    return [each for each in client.parsed(line) if each.command in ours and each.params[:1] != ("ALLOWED",)]


def rows(client: IrcClient, line: str) -> list[tuple[Sequence[str], dict[str, str]]]:
    """The rows of a list, without its end: the parameters before the attributes, and the attributes."""
    *found, last = asked(client, line)
    assert (last.command, last.params[-1]) == (line.split()[0], "*"), last
    return [_row(each) for each in found]


def one(client: IrcClient, line: str) -> tuple[Sequence[str], dict[str, str]]:
    """The only line of an answer, as a row."""
    [found] = asked(client, line)
    assert found.command == line.split()[0], found
    return _row(found)


def refusal(client: IrcClient, line: str) -> str:
    """The code of the FAIL that answers."""
    [found] = asked(client, line)
    assert (found.command, found.params[0]) == ("FAIL", line.split()[0]), found
    return found.params[1]


def _row(line: Line) -> tuple[Sequence[str], dict[str, str]]:
    """The attributes are the first parameter with a `=`; what follows them is `text`."""
    for place, param in enumerate(line.params):
        if "=" in param and not param.startswith("http"):
            rest = line.params[place + 1 :]
            return line.params[:place], parse_tags(param) | ({"text": rest[0]} if rest else {})
    return line.params, {}
