"""Mutants of the network, of the clock, and of coming back; the table is as in `mutants.py`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from chatstore.chat.live import LiveRoom
from chatstore.net.outbox import Outbox
from chatstore.storage import messages
from chatstore.storage.schema import rooms
from tests.faults.mutants import Mutant


def drop_when_slow() -> None:
    """An outbox that has something waiting drops what comes, instead of keeping it."""

    def keep(self: Any, data: Any) -> None:
        if not self._waiting:  # the rest of a line that was begun
            self._waiting.append(data)
            self._bytes += len(data)

    Outbox._keep = keep  # type: ignore[method-assign]


def believe_the_clock() -> None:
    """Messages have the clock's time, also when it has stepped back."""
    take = messages.take_seqs

    def believing(connection: Connection, room: int, n: int, now: int) -> tuple[int, int] | None:
        connection.execute(update(rooms).where(rooms.c.id == room).values(last_sent_at=0))
        return take(connection, room, n, now)

    messages.take_seqs = believing


def forget_to_hold() -> None:
    """Who is shown history isn't held, but listens at once; release() gives nothing."""

    def hold(self: Any, session: Any) -> bool:
        with self._lock:
            if session in self._listeners.get(session.view, {}):
                return False
            self._listeners.setdefault(session.view, {})[session] = None
            return True

    LiveRoom.hold = hold  # type: ignore[method-assign]


NET: dict[str, Mutant] = {}
