"""What follows from something that happened: items to show, lines to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chatstore.client.items import Failure, Info, Item
from chatstore.irc.line import LineError, format_line

_FREE_TEXT = ("PRIVMSG", "TOPIC", "PART", "QUIT")


class Reaction(NamedTuple):
    """Both in order."""

    items: list[Item]
    lines: list[str]


class Reactive:
    """Gathers a reaction. `now`: milliseconds since 1970 UTC, as told last."""

    def __init__(self) -> None:
        self.now = 0
        self._items: list[Item] = []
        self._lines: list[str] = []

    def reaction(self) -> Reaction:
        """What came up since the last one."""
        reaction = Reaction(self._items, self._lines)
        self._items, self._lines = [], []
        return reaction

    def show(self, item: Item | None) -> None:
        if item is not None:
            self._items.append(item)

    def info(self, text: str) -> None:
        self.show(Info("", self.now, text))

    def greet(self, text: str) -> None:
        """What the server says unasked."""
        self.show(Info("", self.now, text, greeting=True))

    def send(self, command: str, *params: str, tags: Mapping[str, str] | None = None) -> None:
        """Send a line; one that can't be written as a line is shown as a failure."""
        trailing = command in _FREE_TEXT and len(params) > 1
        try:
            self._lines.append(format_line(command, *params, tags=tags, trailing=trailing))
        except LineError as error:
            self.show(Failure("", self.now, str(error)))
