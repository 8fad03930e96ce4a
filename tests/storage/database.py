"""Stores over real files, a bus that records, and changes that run a test's function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event, Published
from chatstore.chat.model.messages import Draft, HistoryQuery
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Change
from chatstore.storage.store import DatabaseStore
from tests.database_files import new_file

SECONDS = 60
ALICE = Actor("alice", guest="g1")
"""A guest, so that messages need no account."""


class RecordingBus:
    """Keeps what was published; `batches` keeps it as it came, at most one batch at a time."""

    def __init__(self) -> None:
        self.batches: list[list[Published]] = []
        self._changed = threading.Condition()

    def publish(self, events: Iterable[Published]) -> None:
        with self._changed:
            self.batches.append(list(events))
            self._changed.notify_all()

    @property
    def events(self) -> list[Event]:
        with self._changed:
            return [event for batch in self.batches for event, _ in batch]

    @property
    def room_events(self) -> list[RoomEvent]:
        return [event for event in self.events if isinstance(event, RoomEvent)]

    @property
    def bodies(self) -> list[str]:
        return [event.body for event in self.room_events]

    def wait(self, seen: Callable[[list[Event]], bool]) -> list[Event]:
        """Everything that was published, once `seen` accepts it."""
        with self._changed:
            assert self._changed.wait_for(lambda: seen([e for batch in self.batches for e, _ in batch]), SECONDS)
        return self.events


class Do(Change):
    """A change that calls a function with the transaction."""

    def __init__(self, act: Callable[[Any], Any], *, ends_batch: bool = False) -> None:
        super().__init__()
        self._act = act
        self.ends_batch = ends_batch  # type: ignore[misc]

    def apply(self, tx: Any) -> Any:
        return self._act(tx)


def pragma(name: str) -> Do:
    """Read a pragma on the writer's own connection."""
    return Do(lambda tx: tx._connection.exec_driver_sql(f"PRAGMA {name}").scalar())


class Database:
    """A store with a running writer (until `close`), its bus, and a clock that the test sets (seconds)."""

    def __init__(
        self, url: str | Path, bus: Any = None, *, start: bool = True, copied: bool = True, **arguments: Any
    ) -> None:
        """`url`: a URL, or a file of SQLite. `copied`: a file that is not there is not made by the migrations, but
        is a copy of one that was."""
        file = url if isinstance(url, Path) else Path(url.removeprefix("sqlite:///"))
        if copied and file.is_absolute() and not file.exists():
            new_file(file)
        self.store = DatabaseStore(url if isinstance(url, str) else f"sqlite:///{url}")
        self.bus = bus if bus is not None else RecordingBus()
        self.now = 1_000_000.0
        if start:
            self.store.start_writer(self.bus.publish, lambda: self.now, **arguments)
            self.writing.clock = lambda: self.now

    @property
    def writing(self) -> Any:
        """The writer's WriterConnection."""
        assert self.store._writer is not None
        return self.store._writer._database

    def room(self, name: str = "main") -> Room:
        """The room, which is made if it does not exist."""
        known = self.store.rooms.keyed(f"#{name}")
        return known if known is not None else self.do(AddRoom(room_name(name)))

    def do(self, change: Any) -> Any:
        return self.store.submit([change]).result()

    def say(self, room: Room, *bodies: str) -> list[RoomEvent]:
        """Store messages as one job."""
        return list(self.store.submit(said(room, *bodies)).wait())

    def events(self, room: Room) -> Sequence[RoomEvent]:
        return self.store.messages.page(HistoryQuery(room.id, 100_000)).events

    def bodies(self, room: Room) -> list[str]:
        return [event.body for event in self.events(room)]

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Keep the writer in a batch of its own: what is submitted meanwhile is the next batch."""
        begun, go = threading.Event(), threading.Event()

        def block(_tx: Any) -> None:
            begun.set()
            go.wait(SECONDS)

        self.store.submit([Do(block, ends_batch=True)])
        assert begun.wait(SECONDS)
        try:
            yield
        finally:
            go.set()

    def close(self) -> None:
        self.store.close()


def said(room: Room, *bodies: str, actor: Actor = ALICE) -> list[Draft]:
    return [Draft(room.id, actor, "message", body) for body in bodies]
