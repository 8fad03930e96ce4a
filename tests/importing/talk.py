"""A source that says what a test wants."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from chatstore.importing.reading.files import UnreadableError
from chatstore.importing.source import Item, Message
from chatstore.importing.summary import Summary
from chatstore.importing.texts import Longest
from chatstore.importing.work import Import, Plan
from chatstore.storage.store import DatabaseStore

LONGEST = Longest(400, 1024, 8)
DAY = 24 * 60 * 60 * 1000
AT = 1_500_000_000_000


@dataclass
class Talk:
    """A Source."""

    items: Sequence[Item]
    scope: str = "workspace"
    title: str = "the workspace"
    met: Callable[[int], None] = lambda _number: None
    """Called before each item with its number; it may raise, as a run that is killed ends."""
    read: int = field(default=0)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def progress(self) -> tuple[int, int]:
        return self.read, len(self.items)

    def __iter__(self) -> Iterator[Item]:
        for number, item in enumerate(self.items):
            self.met(number)
            self.read = number + 1
            yield item

    def attached(self, name: str, most: int) -> IO[bytes]:
        """`files` has the bytes by name."""
        if name not in self.files:
            raise UnreadableError(f"{name} is not there")
        return io.BytesIO(self.files[name])

    def close(self) -> None: ...


def run(store: DatabaseStore | None, talk: Talk | Sequence[Item], **plan: Any) -> Summary:
    """Import it."""
    source = talk if isinstance(talk, Talk) else Talk(talk)
    summary = Summary()
    Import(source, store, Plan("slack", LONGEST, **plan), summary).run(lambda *_: None)
    return summary


def said(
    number: int, room: str = "C1", who: str = "U1", text: str = "", at: int | None = None, **more: Any
) -> Message:
    """The message of this number: a minute after the one before."""
    when = AT + number * 60_000 if at is None else at
    return Message(f"{room}/{number}", room, who, when, text or f"message {number}", **more)
