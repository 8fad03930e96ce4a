"""The command for bots, the accounts of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatstore.chat.session.bots import BotShown
from chatstore.plain.commands import command, tokens, wrong_use

if TYPE_CHECKING:
    from chatstore.plain.client import Client


@command(
    "bot",
    "[add NAME | token NAME [ROOM... | [scopes=read,write] [rooms=#a,#b] [LABEL]] | tokens NAME | revoke NAME ID "
    "| remove NAME]",
    "your bots, the accounts of programs; rooms or scopes make a token that allows no more",
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
        case ["token", name, *given]:
            scopes, rooms, label = _wanted(given)
            added, text = bots.add_token(name, label, scopes, rooms).result()
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


def _wanted(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None, str]:
    """The scopes, rooms and label of a new token: said as for /token, or the names of rooms alone."""
    if not words or words[0].startswith(("scopes=", "rooms=")):
        return tokens.wanted(words)
    return ("read", "write", "files"), [word if word.startswith("#") else f"#{word}" for word in words], ""


def _listed(client: Client) -> list[str]:
    found = client.session.bots.list()
    return ["Your bots:", *map(_line, found)] if found else ["You have no bots. /bot add NAME makes one."]


def _line(each: BotShown) -> str:
    many = "1 token" if each.tokens == 1 else f"{each.tokens} tokens"
    state = (
        "connected" if each.online else each.account.status if each.account.status != "active" else "not connected"
    )
    return f"  {each.account.name}, {state}, {many}"


def _tokens(client: Client, name: str) -> list[str]:
    said = []
    for token, used in client.session.bots.tokens(name):
        label = f" ({token.label})" if token.label else ""
        said.append(f"  {token.id}{label}: {tokens.allows(client, token)}{', in use' if used else ''}")
    return [f"Tokens of {name}:", *said] if said else [f"{name} has no token: /bot token {name} makes one."]
