"""Work that takes minutes or hours, beside the chat: many short transactions, with pauses for everybody else.

What was interrupted can be begun again. A command does it in its own thread; a server has one thread for it, which
does one such work at a time (LongWork), so that none of them keeps others waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chatstore.chat.changes.claiming import SLICE, BeginClaim, Claim, Claimed, ClaimMessages, FinishClaim
from chatstore.chat.changes.erasing import ERASED_KINDS, MAX_AT_ONCE, EraseEvents, EraseScattered, EraseTraces
from chatstore.chat.changes.files import Collected, CollectFiles
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, StoreError
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.ports import Change, Store

log = logging.getLogger(__name__)

Told = Callable[[int, int], None]
"""Hears how much was looked at, and how much there is."""
_LOOKED_AT = 20_000
"""Rows that are read at once to find those of one account."""


class StoppedError(Exception):
    """The server stops, and the work with it: begin it again."""


@dataclass(frozen=True)
class Pace:
    """How long work leaves time for everybody else: after each transaction comes a pause as long as that took.
    `clock` is in seconds. `pause` may raise StoppedError."""

    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    longest: float = 0.1

    def do(self, store: Store, change: Change) -> Any:
        """Have a change applied, and pause. Returns its result."""
        began = self.clock()
        result = store.submit([change]).result()
        self.pause(min(self.longest, self.clock() - began))
        return result


def erase(
    store: Store, account: Account, told: Told, by: Actor = SERVER, pace: Pace | None = None
) -> Mapping[str, int]:
    """Erase all words of a removed account. Returns how much of what was erased. `by`: who wants it, for the audit
    log. Raises ChatError."""
    pace, name = pace or Pace(), person_name(account.name)
    counts = Counter(messages=0, reactions=0, reasons=0)
    last, traces = store.erasure.last_id(), store.erasure.last_trace()
    for after, upto in _slices(last, _LOOKED_AT):
        found = store.erasure.events_by(account.id, ERASED_KINDS, after, upto)
        for first in range(0, len(found), MAX_AT_ONCE):
            counts.update(pace.do(store, EraseEvents(name, found[first : first + MAX_AT_ONCE])))
        pace.pause(0)
        told(upto, last)
    for after, upto in _slices(traces, _LOOKED_AT):
        counts.update(pace.do(store, EraseScattered(name, after, upto)))
    erased: Mapping[str, int] = pace.do(store, EraseTraces(name, counts, by))
    _remove_files(store, pace)
    return erased


def _remove_files(store: Store, pace: Pace) -> None:
    """Remove the files of the account now: a command may have no server beside it that does. What can't be removed,
    or is held by a backup, is left to that."""
    contents = store.contents
    more = contents is not None
    while contents is not None and more and not contents.held:
        collected: Collected = pace.do(store, CollectFiles())
        more = collected.more
        if not contents.held:
            with suppress(OSError):
                contents.remove(collected.places)


def claim(
    store: Store, account: Name, placeholder: Name, told: Told, pace: Pace | None = None
) -> tuple[Claim, Claimed]:
    """Give an account what was imported for a placeholder. Returns what was claimed, with all of its messages.
    Raises ChatError."""
    pace = pace or Pace()
    began: Claim = store.submit([BeginClaim(account, placeholder)]).result()
    messages = 0
    for after, upto in _slices(began.last, SLICE):
        messages += pace.do(store, ClaimMessages(began, after, upto))
        told(upto, began.last)
    claimed: Claimed = store.submit([FinishClaim(began)]).result()
    return began, claimed._replace(messages=claimed.messages + messages)


def _slices(last: int, size: int) -> Iterator[tuple[int, int]]:
    """Ids up to `last`, in slices: each from behind its first to its second."""
    for after in range(0, last, size):
        yield after, min(after + size, last)


class LongWork:
    """One thread for long work, while there is any. `begin` and `stop` are for any thread."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def begin(self, what: str, work: Callable[[Pace], None]) -> bool:
        """Do the work, unless there is some already, or the server stops. `what` names it in the log."""
        with self._lock:
            if self._stopping.is_set() or (self._thread is not None and self._thread.is_alive()):
                return False
            self._thread = threading.Thread(target=self._run, args=(what, work), name="long work")
            self._thread.start()
            return True

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """End the work after its present transaction."""
        with self._lock:
            self._stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self, what: str, work: Callable[[Pace], None]) -> None:
        try:
            work(Pace(pause=self._pause))
        except StoppedError:
            log.warning(
                "%(what)s was interrupted, because the server stops: begin it again",
                {"event": "long-work-interrupted", "what": what},
            )
        except (ChatError, StoreError) as error:
            log.error("%(what)s failed: %(why)s", {"event": "long-work-ended", "what": what, "why": str(error)})
        except Exception:
            log.exception("%(what)s failed", {"event": "long-work-failed", "what": what})

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise StoppedError
