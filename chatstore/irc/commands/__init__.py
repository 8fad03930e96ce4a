"""The IRC commands. Each file has one command or one family; all_commands() finds them.

A command's function gets the client and the line. It reads the parameters, asks the session, and answers. The
table says what holds before the function runs:

- `min_params`: with fewer parameters, the answer is 461 (or the numeric in `missing`, if IRC has a special
  one);
- `registered`: it runs only after the welcome; before, the answer is 451;
- `blocking`: it may wait for the database, so it runs in a worker. Other commands run in the I/O thread;
- `searches`: it may read all messages, so it runs in a worker that only searches;
- `posts`: it returns messages (Post), which are queued together with those of the lines around it;
- `question`: it only reads, always or for the lines that a function names. So it counts in the budget of
  questions, and so does the time that a worker takes for it (see chat/rules/flood.py);
- `cost`: the number of lines that it counts as in flood control, for each target in its first parameter;
- `spec`: its specification, for docs/irc.md.

A function that must wait returns a Ticket: the writer's, or a Work for a worker (see turns.py).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

from chatstore.irc.numerics import Numeric

Question = bool | Callable[[Any, Any], bool]
"""Whether a command only reads: always, never, or as a function of a client and a line decides."""


@dataclass(frozen=True)
class Command:
    """A row of the table of commands. The module's docstring explains the fields."""

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
    """Put a function into the table of commands."""

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
    """Return the table. The first call imports every file of this folder."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _table
