"""IRC commands: one command, or one family, a file; found by themselves.

A command's function gets the client and the line, and always does the same: read the parameters, ask the
session, answer. The table says what holds before it runs:

- `min_params`: with fewer, the answer is 461 (or the numeric in `missing`, where IRC has a special one);
- `registered`: it runs only after the welcome; before, the answer is 451;
- `blocking`: it may wait for the database, so it runs in a worker. What doesn't block runs in the I/O thread;
- `searches`: it may look through everything, so it runs in one of the workers that only search;
- `posts`: it returns messages (Post), which are queued together with those of the lines around it;
- `question`: it only reads, always or for the lines that a function names. So it counts in the budget of questions,
  and so does the time that a worker takes for it (see chat/rules/flood.py);
- `cost`: as how many lines it counts in flood control; each further target in its first parameter counts again;
- `spec`: where it is specified, for docs/irc.md.

A function that must wait returns a Ticket: the writer's, or a Work for a worker (see turns.py).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

from chatstore.chat.session import Unit
from chatstore.irc.numerics import Numeric

Question = bool | Callable[[Any, Any], bool]
"""Whether a command only reads: always, never, or what a function says of a client and a line."""


@dataclass(frozen=True)
class Command:
    name: str
    run: Callable[..., Any]
    min_params: int = 0
    registered: bool = True
    blocking: bool = False
    searches: bool = False
    posts: bool = False
    missing: tuple[Numeric, str] | None = None
    cost: float = 1
    spec: str = "Modern"
    question: Question = False


class Post(NamedTuple):
    """A message ready for the writer, and what its errors are to be told about."""

    unit: Unit
    command: str
    target: str


_table: dict[str, Command] = {}
Function = TypeVar("Function", bound=Callable[..., Any])


def command(
    name: str,
    *,
    min_params: int = 0,
    registered: bool = True,
    blocking: bool = False,
    searches: bool = False,
    posts: bool = False,
    missing: tuple[Numeric, str] | None = None,
    cost: float = 1,
    spec: str = "Modern",
    question: Question = False,
) -> Callable[[Function], Function]:
    """Put a function into the table."""

    def register(function: Function) -> Function:
        _table[name] = Command(
            name,
            function,
            min_params,
            registered,
            blocking or searches,
            searches,
            posts,
            missing,
            cost,
            spec,
            question,
        )
        return function

    return register


@lru_cache(maxsize=1)
def all_commands() -> dict[str, Command]:
    """The table, with every file of this folder read."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _table
