"""What a line means: a message, or a command with a slash. One table; /help is made from it.

Each file has the commands of one subject. A command's function gets the client and the text after the command's
name.

- `posts`: it returns a Post, which is queued together with those of the lines around it;
- `blocking`: it may wait for the database, so it runs in a worker;
- `searches`: it runs in one of the workers that only search;
- `question`: it only reads, always or when it gets no text, so it counts in the budget of questions (see
  chat/rules/flood.py).

A function refuses by raising a ChatError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session import Unit

if TYPE_CHECKING:
    from chatstore.plain.client import Client


class Post(NamedTuple):
    """A message ready for the writer, what was said, and to whom (a nick, or empty for the room)."""

    unit: Unit
    said: str
    to: str = ""


Question = bool | Literal["bare"]


@dataclass(frozen=True)
class Command:
    name: str
    usage: str
    does: str
    run: Callable[..., Any]
    posts: bool = False
    blocking: bool = False
    searches: bool = False
    question: Question = False
    also: tuple[str, ...] = ()
    """Other names, for those who know them from elsewhere. The list of commands leaves them out."""

    @property
    def also_text(self) -> str:
        return " or ".join(f"/{name}" for name in self.also)

    def asks(self, argument: str) -> bool:
        """Whether it only reads, given this."""
        return self.question is True or (self.question == "bare" and not argument)


LEAVE = ".q"
_CLOSE = 0.75
"""How alike a word and a command are for a hint: 1 is the same."""
_MAX_HINTED = 12
"""A longer word is not compared."""
Function = TypeVar("Function", bound=Callable[..., Any])
_table: dict[str, Command] = {}


@lru_cache(maxsize=1)
def all_commands() -> dict[str, Command]:
    """The table, with the files of this folder read in the order of /help."""
    for name in ("talking", "rooms", "moderation", "people"):
        import_module(f"{__name__}.{name}")
    return _table


def command(
    name: str,
    usage: str,
    does: str,
    *,
    posts: bool = False,
    blocking: bool = False,
    searches: bool = False,
    question: Question = False,
    also: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Put a function into the table."""

    def register(function: Function) -> Function:
        shown = f"/{name} {usage}".rstrip()
        _table[name] = Command(name, shown, does, function, posts, blocking or searches, searches, question, also)
        return function

    return register


def wrong_use(name: str) -> ChatError:
    return ChatError(Code.INVALID_TEXT, f"usage: {_table[name].usage}: {_table[name].does}")


def understand(text: str) -> tuple[Command | None, str]:
    """The command of a line and what it is given; None for a blank line. Raises ChatError for an unknown one."""
    if text.strip() == LEAVE:
        return all_commands()["quit"], ""
    if not text or text.isspace():
        return None, ""
    if not text.startswith("/"):
        return _SAY, text
    if text.startswith("//"):
        return _SAY, text[1:]
    word, _, argument = text[1:].partition(" ")
    return command_called(word), argument.strip()


def command_called(word: str) -> Command:
    """The command of that name, or with that other name. INVALID_TEXT where there is none."""
    table = all_commands()
    name = _other_names().get(word.lower(), word.lower())
    if name in table:
        return table[name]
    close = get_close_matches(name, table, 1, _CLOSE) if len(name) <= _MAX_HINTED else []
    hint = f"did you mean /{close[0]}? " if close else ""
    raise ChatError(
        Code.INVALID_TEXT,
        f"unknown command /{word}, nothing was sent: {hint}/help lists the commands, // sends a slash",
    )


@lru_cache(maxsize=1)
def _other_names() -> dict[str, str]:
    return {also: each.name for each in all_commands().values() for also in each.also}


def say(client: Client, text: str) -> Post:
    if "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "the line was not sent, because it contains a NUL")
    return Post(client.session.sending.draft(f"#{client.here.name}", "message", text), text)


_SAY = Command("", "", "", say, posts=True)
