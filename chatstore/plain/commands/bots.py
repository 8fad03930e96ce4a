"""The command for bots, the accounts of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.scopes import SCOPES
from chatstore.chat.session.bots import BotShown
from chatstore.plain.commands import command, wrong_use

if TYPE_CHECKING:
    from chatstore.plain.client import Client


@command(
    "bot",
    "[add|token|tokens|revoke|remove NAME ...]",
    "your bots, the accounts of programs: /bot token NAME ROOM... makes a token for these rooms alone",
    blocking=True,
    question="bare",
)
def bot(client: Client, argument: str) -> None:
    words, bots = argument.split(), client.session.bots
    match words:
        case []:
            client.tell(*_listed(client))
        case ["add", name]:
            made = bots.add(name).result()
            client.tell(
                f"{made.name} is a bot of yours. /bot token {made.name} makes the token that it logs in with."
            )
        case ["token", name, *rooms]:
            scopes = SCOPES if not rooms else ("read", "write", "files")
            added, text = bots.add_token(name, "", scopes, [_room(room) for room in rooms] or None).result()
            client.tell(f"Token {added.id} of {name}, which is not shown again:", text)
        case ["tokens", name]:
            client.tell(*_tokens(client, name))
        case ["revoke", name, number] if number.isascii() and number.isdigit() and len(number) < 19:
            bots.revoke(name, int(number)).result()
            client.tell(f"Token {number} of {name} is removed.")
        case ["remove", name]:
            client.tell(f"The bot {bots.remove(name).result().name} is removed.")
        case _:
            raise wrong_use("bot")


def _room(name: str) -> str:
    return name if name.startswith("#") else f"#{name}"


def _listed(client: Client) -> list[str]:
    found = client.session.bots.list()
    return ["Your bots:", *map(_line, found)] if found else ["You have no bots. /bot add NAME makes one."]


def _line(each: BotShown) -> str:
    tokens = "1 token" if each.tokens == 1 else f"{each.tokens} tokens"
    state = (
        "connected" if each.online else each.account.status if each.account.status != "active" else "not connected"
    )
    return f"  {each.account.name}, {state}, {tokens}"


def _tokens(client: Client, name: str) -> list[str]:
    said = []
    for token, used in client.session.bots.tokens(name):
        rooms = client.session.tokens.rooms_of(token.grant)
        where = f" in {', '.join(rooms)}" if rooms is not None else ""
        label = f" ({token.label})" if token.label else ""
        said.append(f"  {token.id}{label}: {token.grant.scope_text}{where}{', in use' if used else ''}")
    return [f"Tokens of {name}:", *said] if said else [f"{name} has no token: /bot token {name} makes one."]
