"""What one server of a database does for all of them: retention, and the ends of servers, of people that have gone,
and of requests for an account that nobody has decided.

With SQLite there is one server. With PostgreSQL one of them leads (DatabaseStore.leads), and nothing is wrong if
two do it for a moment.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

from chatstore.chat.changes.accounts import MarkPresent, RefuseForgotten
from chatstore.chat.changes.nodes import EndNode, EndTemporaryMembers, ForgetGuests
from chatstore.chat.changes.pruning import Pruned, Retention
from chatstore.chat.model.errors import ChatError
from chatstore.chat.rules.retention import Kept
from chatstore.net.loop import Loop
from chatstore.server_warnings import Warnings
from chatstore.storage.collecting import Collector
from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore

log = logging.getLogger("chatstore")

_PRUNE_SECONDS, _PRUNE_MORE_SECONDS = 600.0, 0.1
"""Seconds between two passes of retention: when nothing is left to erase, and while there is."""
_ASK_SECONDS = 1.0
"""Seconds after which a server that does not lead asks again."""
_SWEEP_SECONDS = 60.0
"""Seconds between two looks for people who have gone and left something behind."""
_PRESENT_SECONDS = 6 * 60 * 60.0
"""Seconds between two notes of who is here, and between two looks for accounts that nobody approves."""
_COLLECT_SECONDS = 60.0
"""Seconds between two looks for files that nobody refers to any more."""
_FILES_SWEEP_SECONDS = 24 * 60 * 60.0
"""Seconds between two looks for contents of files that a crash has left; the first is an hour after the start."""
_MOST = 200
"""The most memberships or people of one change, so that nobody waits long for it."""


class Housekeeping:
    """Its work is submitted to the writer, from timers in the I/O thread. `work` runs what reads the database for
    long in another thread. `always_on`: see permissions.stays. `warnings` is told of what goes wrong. `kept`:
    what the server lets be kept. `here`: the accounts that have a session here."""

    def __init__(
        self,
        store: DatabaseStore,
        loop: Loop,
        work: Callable[[Callable[[], None]], object],
        always_on: Callable[[], bool],
        warnings: Warnings,
        kept: Callable[[], Kept],
        here: Callable[[], Collection[int] | None],
    ) -> None:
        self._store = store
        self._loop = loop
        self._work = work
        self._always_on = always_on
        self._warnings = warnings
        self._kept = kept
        self._here = here
        self._retention = Retention(_steady)
        self._ending: set[str] = set()
        """The servers whose end is submitted."""
        self._forgets = True
        """Whether guests may have left something that is not removed yet: who led before may have been killed."""
        contents = store.contents
        self._collector = Collector(store, contents) if contents is not None else None
        self._next_files_sweep = time.monotonic() + _FILES_SWEEP_SECONDS / 24
        self._next_sweep = 0.0
        """When a server that leads looks for people who have gone (time.monotonic): at once if it has just begun
        to lead."""

    def start(self) -> None:
        """Begin. After DatabaseStore.start_writer()."""
        self._store.start_leading(self._end)
        self._prune()
        if self._collector is not None:
            self._later(_COLLECT_SECONDS, self._collect)
        self._loop.call_soon(lambda: self._loop.call_later(_PRESENT_SECONDS, self._mark_present))
        if self._store.node:
            self._loop.call_soon(self._sweep)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """From any thread."""
        self._loop.call_soon(lambda: self._loop.call_later(seconds, call))

    def _mark_present(self) -> None:
        """Note who is here, for those who never go: an account is unused by when it was seen last. Who leads
        refuses the accounts that nobody has approved for long."""
        here = [*(self._here() or ())]
        for first in range(0, len(here), _MOST):
            self._store.submit([MarkPresent(here[first : first + _MOST])])
        if self._store.leads:
            self._store.submit([RefuseForgotten()])
        self._loop.call_later(_PRESENT_SECONDS, self._mark_present)

    def _prune(self) -> None:
        """Erase a little of what retention no longer keeps, then come again: soon if there is more, else after a
        while."""
        if not self._store.leads:
            self._later(_ASK_SECONDS, self._prune)
            return
        ticket = self._store.submit([self._retention.next_pass(self._kept())])

        def again() -> None:
            done = ticket.outcomes[0] if ticket.outcomes is not None else None
            more = isinstance(done, Pruned) and self._retention.done(done)
            self._later(_PRUNE_MORE_SECONDS if more else _PRUNE_SECONDS, self._prune)

        ticket.when_done(again)

    def _collect(self) -> None:
        """Remove files that nobody refers to any more, in a worker, then come again."""
        if not self._store.leads or not self._work(self._collect_now):
            self._later(_COLLECT_SECONDS, self._collect)

    def _collect_now(self) -> None:
        collector, more = self._collector, False
        assert collector is not None
        try:
            more = collector.collect()
            if time.monotonic() >= self._next_files_sweep:
                self._next_files_sweep = time.monotonic() + _FILES_SWEEP_SECONDS
                collector.sweep()
            self._warnings.clear("files-left")
        except (ChatError, StorageError, OSError) as error:
            self._warnings.set("files-left", f"files that nobody refers to any more can't be removed: {error}")
        finally:
            self._later(_PRUNE_MORE_SECONDS if more else _COLLECT_SECONDS, self._collect)

    def _sweep(self) -> None:
        if not self._store.leads:
            self._next_sweep = 0.0
        elif time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_SECONDS
            self._work(self._look)
            if self._forgets:
                self._forget_guests()
        self._loop.call_later(_ASK_SECONDS, self._sweep)

    def _forget_guests(self) -> None:
        self._forgets = True
        ticket = self._store.submit([ForgetGuests()])

        def done() -> None:
            self._forgets = ticket.outcomes != [None]

        ticket.when_done(done)

    def _look(self) -> None:
        """Look for people who have gone and left memberships behind, and end these, a part at a time. In a thread
        that may read for long."""
        always_on = self._always_on()
        try:
            absent = self._store.members.some_temporary(_MOST, always_on=always_on)
        except StorageError as error:
            self._warnings.set("people-left", f"could not look for people who have gone: {error}")
            return
        self._warnings.clear("people-left")
        if not absent:
            return
        end = EndTemporaryMembers(always_on, absent)

        def again() -> None:
            if ticket.outcomes == [None]:
                self._work(self._look)

        ticket = self._store.submit([end])
        ticket.when_done(again)

    def _end(self, node: str, beat_at: int) -> None:
        """A server is dead. In the leader's thread."""
        if node in self._ending:
            return
        self._ending.add(node)
        ticket = self._store.submit([EndNode(node, beat_at)])

        def done() -> None:
            self._ending.discard(node)
            people = ticket.outcomes[0] if ticket.outcomes is not None else None
            if people is None or isinstance(people, ChatError):
                return
            log.warning(
                "server %(node)s was silent for too long: it was declared dead",
                {"event": "node-dead", "node": node},
            )
            always_on = self._always_on()
            for first in range(0, len(people), _MOST):
                some = people[first : first + _MOST]
                self._store.submit([EndTemporaryMembers(always_on, some, node)])
            self._forget_guests()

        ticket.when_done(done)


def _steady() -> float:
    """Seconds of a clock that nobody sets. On Linux it also counts the time that the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
