"""BOT: the accounts of programs, which log in by tokens alone.

Spec: chatstore/accounts, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.commands import command
from chatstore.irc.commands.token import show_grant, wanted
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import NOTHING, Subcommands, end, given_attributes, number_of, row, time_of

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "BOT"
bot_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/accounts")
def bot(client: Client, line: Line) -> None:
    """Manage your bots, the accounts of programs: `BOT ADD builds`, `BOT TOKEN builds scopes=read,write;rooms=#ops
    :on the build server`, `BOT LIST`, `BOT TOKENS builds`, `BOT REVOKE builds 7`, `BOT REMOVE builds`."""
    bot_commands.run(client, line)


@bot_commands("ADD NAME ATTR", 1)
def add(client: Client, name: str, attributes: str = NOTHING) -> None:
    given = given_attributes(attributes, "server")
    made = client.session.bots.add(name, servers_own=given.get("server") == "1").result()
    client.reply.line(NAME, "ADD", made.name)


@bot_commands("LIST ATTR")
def list_(client: Client, attributes: str = NOTHING) -> None:
    """One's own bots; for administrators with `all=1` everybody's."""
    given = given_attributes(attributes, "all")
    for each in client.session.bots.list(everybodys=given.get("all") == "1"):
        values = {
            "owner": each.owner,
            "status": each.account.status,
            "created": timestamp(each.account.created_at),
            "seen": time_of(each.account.last_seen_at),
            "tokens": each.tokens,
            "online": each.online,
        }
        row(client, values, NAME, "LIST", each.account.name)
    end(client, NAME, "LIST")


@bot_commands("TOKEN NAME ATTR :LABEL", 1)
def token(client: Client, name: str, attributes: str = NOTHING, label: str = "") -> None:
    """Make a token. Without attributes it allows all that the bot may do."""
    scopes, rooms = wanted(given_attributes(attributes, "scopes", "rooms"))
    added, text = client.session.bots.add_token(name, label, scopes, rooms).result()
    client.reply.line(NAME, "TOKEN", name, str(added.id), text, added.label, trailing=True)


@bot_commands("TOKENS NAME", 1)
def tokens(client: Client, name: str) -> None:
    for each, used in client.session.bots.tokens(name):
        last = timestamp(each.last_used_at) if each.last_used_at is not None else NOTHING
        times = (timestamp(each.created_at), last)
        state = "online" if used else "offline"
        client.reply.line(NAME, "TOKENS", name, str(each.id), *times, state, each.label, trailing=True)
        show_grant(client, each, NAME, "SCOPES", name, str(each.id))
    end(client, NAME, "TOKENS", name)


@bot_commands("REVOKE NAME ID", 1)
def revoke(client: Client, name: str, number: str = NOTHING) -> None:
    """Remove a token; without a number, all."""
    removed = client.session.bots.revoke(name, number_of(number, "the id") if number != NOTHING else None).result()
    client.reply.line(NAME, "REVOKE", name, ",".join(map(str, removed)) or NOTHING)


@bot_commands("REMOVE NAME", 1)
def remove(client: Client, name: str) -> None:
    client.reply.line(NAME, "REMOVE", client.session.bots.remove(name).result().name)
