"""A Ticket: what the writer gives for work it has taken, and on which it later says how that went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from chatstore.chat.model.errors import ChatError


class Ticket:
    """The outcome of some units of work, in their order: for each, its result or the ChatError it failed
    with.

    Resolved once, by the writer, after the commit and after the delivery of what was committed.
    """

    __slots__ = ("_callbacks", "_lock", "outcomes")

    def __init__(self) -> None:
        self.outcomes: Sequence[Any] | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @classmethod
    def of(cls, result: Any) -> Ticket:
        """One that is resolved already, because there was nothing to do."""
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
        """Call back once it is resolved: at once when it already is, otherwise in the writer's thread."""
        with self._lock:
            if self.outcomes is None:
                self._callbacks.append(callback)
                return
        callback()

    def then(self, after: Callable[[Sequence[Any]], None]) -> Ticket:
        """A ticket that is resolved, with the same outcomes, once this one is and `after` has run with them.
        Whoever waits for it never goes on before `after` is done, whichever thread resolves this one."""
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
        """A ticket whose result is what `make` makes of this one's result, or the ChatError that it raises. `make`
        runs in the thread that resolves this one, and must not block."""
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
        """Block until it is resolved; only where blocking is allowed (a worker, a command line)."""
        resolved = threading.Event()
        self.when_done(resolved.set)
        resolved.wait()
        assert self.outcomes is not None
        return self.outcomes

    def result(self) -> Any:
        """Block; the result of its first unit, or its ChatError raised."""
        outcome = self.wait()[0]
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome
