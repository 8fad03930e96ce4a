"""/hook: the webhooks of the current room, for its operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatstore.chat.model.hooks import COMMAND_SIGN, Hook, NewHook, hook_url
from chatstore.chat.session import room_text
from chatstore.plain.commands import command, wrong_use

if TYPE_CHECKING:
    from chatstore.chat.session.hooks import Made
    from chatstore.plain.client import Client

Do = Callable[["Client", str, int], str]


@command(
    "hook",
    "[add NAME [URL [WORD|!COMMAND]] | renew ID | test ID | on ID | off ID | remove ID]",
    "list or manage the webhooks of this room: what other programs say here, and what they are told",
    blocking=True,
)
def hook(client: Client, argument: str) -> None:
    room, words = f"#{client.here.name}", argument.split()
    match words:
        case []:
            client.tell(*_list(client, room))
        case ["add", name]:
            client.tell(_made(client, client.session.hooks.add(room, NewHook("in", name))))
        case ["add", name, url, *word] if len(word) < 2:
            client.tell(_made(client, client.session.hooks.add(room, _outgoing(name, url, "".join(word)))))
        case [verb, number] if verb in _VERBS and number.isascii() and number.isdigit() and len(number) < 17:
            client.tell(_VERBS[verb](client, room, int(number)))
        case _:
            raise wrong_use("hook")


def _outgoing(name: str, url: str, word: str) -> NewHook:
    """It posts what its receiver answers, because a command wants an answer."""
    if word.startswith(COMMAND_SIGN):
        return NewHook("out", name, url, "command", word, answers=True)
    return NewHook("out", name, url, "word" if word else "all", word)


def _list(client: Client, room: str) -> list[str]:
    found = client.session.hooks.list(room)
    if not found:
        return [f"{client.here.name} has no webhooks. /hook add NAME makes one."]
    return [f"Webhooks of {client.here.name}:", *(f"  {each.id}: {_described(client, each)}" for each in found)]


def _described(client: Client, each: Hook) -> str:
    _, error = client.session.hooks.state(each)
    way = "posts here" if each.direction == "in" else f"sends {_what(each)} to {each.url}"
    used = f"last used on {room_text.day(each.used_at)}" if each.used_at else "never used"
    return f"{each.name} {way}, {used}{f' ({error})' if error else ''}"


def _what(each: Hook) -> str:
    if each.trigger == "command":
        return f"{COMMAND_SIGN}{each.word}"
    return f"messages with {each.word}" if each.trigger == "word" else "every message"


def _made(client: Client, made: Made) -> str:
    if made.token:
        url = hook_url(client.server.page, made.token)
        return f"{made.hook.name} posts what is sent to {url} (this is shown once)"
    return f"{made.hook.name} signs what it sends with {made.secret} (this is shown once)"


def _renew(client: Client, room: str, number: int) -> str:
    return _made(client, client.session.hooks.renew(room, number))


def _test(client: Client, room: str, number: int) -> str:
    why = client.session.hooks.test(room, number)
    return f"The test failed: {why}" if why else "The test worked."


def _on(client: Client, room: str, number: int) -> str:
    return f"{client.session.hooks.set(room, number, enabled=True).name} is on."


def _off(client: Client, room: str, number: int) -> str:
    return f"{client.session.hooks.set(room, number, enabled=False).name} is off."


def _remove(client: Client, room: str, number: int) -> str:
    client.session.hooks.remove(room, number)
    return f"Webhook {number} was removed."


_VERBS: dict[str, Do] = {"renew": _renew, "test": _test, "on": _on, "off": _off, "remove": _remove}
