"""Ticket: the writer's receipt for work that it has taken. The outcome follows later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from chatstore.chat.model.errors import ChatError


class Ticket:
    """The outcomes of some units of work, in order: for each, its result, or the ChatError that it failed
    with.

    The writer resolves a ticket once, after the commit and after the delivery of what was committed.
    """

    __slots__ = ("_callbacks", "_lock", "outcomes")

    def __init__(self) -> None:
        self.outcomes: Sequence[Any] | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @classmethod
    def of(cls, result: Any) -> Ticket:
        """A ticket that is resolved already, because there was nothing to do."""
        ticket = Ticket()
        ticket.resolve((result,))
        return ticket

    @property
    def done(self) -> bool:
        return self.outcomes is not None

    def resolve(self, outcomes: Sequence[Any]) -> None:
        with self._lock:
            self.outcomes = outcomes
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the ticket is resolved: at once if it is already, otherwise in the writer's
        thread."""
        with self._lock:
            if self.outcomes is None:
                self._callbacks.append(callback)
                return
        callback()

    def when_refused(self, callback: Callable[[], object]) -> None:
        """The same, if one of the units has failed."""

        def run() -> None:
            if any(isinstance(outcome, ChatError) for outcome in self.outcomes or ()):
                callback()

        self.when_done(run)

    def then(self, after: Callable[[Sequence[Any]], None]) -> Ticket:
        """A ticket with the same outcomes. It is resolved after this one is, and after `after` has run with
        the outcomes. Waiting for it never ends before `after` is done, whichever thread resolves this one."""
        following = Ticket()

        def run() -> None:
            outcomes = self.outcomes or ()
            try:
                after(outcomes)
            finally:
                following.resolve(outcomes)

        self.when_done(run)
        return following

    def giving(self, make: Callable[[Any], Any]) -> Ticket:
        """A ticket whose result `make` computes from this one's result; if `make` raises a ChatError, that is
        the outcome. `make` runs in the thread that resolves this one, and must not block."""
        following = Ticket()

        def run() -> None:
            outcome = (self.outcomes or (None,))[0]
            if not isinstance(outcome, ChatError):
                try:
                    outcome = make(outcome)
                except ChatError as error:
                    outcome = error
            following.resolve((outcome,))

        self.when_done(run)
        return following

    def wait(self) -> Sequence[Any]:
        """Block until the ticket is resolved. Call it only where blocking is allowed (a worker, a command
        line)."""
        resolved = threading.Event()
        self.when_done(resolved.set)
        resolved.wait()
        assert self.outcomes is not None
        return self.outcomes

    def result(self) -> Any:
        """Block, and return the result of the first unit, or raise its ChatError."""
        outcome = self.wait()[0]
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome
