"""The table of commands, and what a line means: a message, or a command with a slash. /help prints the table.

Each file has the commands of one subject. A command's function gets the client and the text after the
command's name. It refuses by raising a ChatError. The fields of the table:

- `posts`: it returns a Post, which is queued together with those of the lines around it;
- `blocking`: it may wait for the database, so it runs in a worker;
- `searches`: it runs in a worker that only searches;
- `question`: it only reads, always or (`bare`) without a text, so it counts in the budget of questions (see
  chat/rules/flood.py).
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
    """A message ready for the writer, its text, and its recipient (a nick; empty for the room)."""

    unit: Unit
    text: str
    to: str = ""


Question = bool | Literal["bare"]
"""Whether a command only reads: always, never, or without a text."""


@dataclass(frozen=True)
class Command:
    """A row of the table. The module's docstring explains the fields."""

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

    @property
    def file(self) -> str:
        """The file of this folder that has it."""
        return str(self.run.__module__).rpartition(".")[2]

    def asks(self, argument: str) -> bool:
        """Whether the command only reads when it gets this text."""
        return self.question is True or (self.question == "bare" and not argument)


LEAVE = ".q"
"""A line that disconnects, as /quit does."""
_CLOSE = 0.75
"""How alike a word and a command are for a hint: 1 is the same."""
_MAX_HINTED = 12
"""A longer word is not compared."""
Function = TypeVar("Function", bound=Callable[..., Any])
SUBJECTS = {
    "Talking": ("talking",),
    "Rooms": ("rooms",),
    "What reaches you": ("peace",),
    "Rooms, for their operators": ("moderation", "hooks"),
    "You and others": ("people",),
    "Files and programs": ("files", "tokens", "bots"),
}
"""The headings of /help, and the files of this folder whose commands stand below each."""
_table: dict[str, Command] = {}


@lru_cache(maxsize=1)
def all_commands() -> dict[str, Command]:
    """Return the table, in the order of /help. The first call imports the files of this folder."""
    for names in SUBJECTS.values():
        for name in names:
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
    """Return the error that explains a command's usage."""
    return ChatError(Code.INVALID_TEXT, f"usage: {_table[name].usage} ({_table[name].does})")


def understand(text: str) -> tuple[Command | None, str]:
    """Return the command of a line and its text; no command for a blank line. Raises ChatError for an unknown
    command."""
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
    """Return the message of a line. Raises ChatError."""
    if "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "the line was not sent, because it contains a NUL")
    return Post(client.session.sending.draft(f"#{client.here.name}", "message", text), text)


_SAY = Command("", "", "", say, posts=True)
