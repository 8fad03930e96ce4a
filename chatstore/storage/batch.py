"""The work of one transaction: its units, and what becomes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from chatstore.chat.changes.granted import apply_granted
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import Published
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.room_events import Said
from chatstore.chat.ports import Change
from chatstore.chat.ports.nodes import Nicks, Presences
from chatstore.chat.ticket import Ticket
from chatstore.storage import drivers
from chatstore.storage.backend import Begun, Fate, Unit
from chatstore.storage.errors import NOT_STORED, UndoneError
from chatstore.storage.last_said import LastSaid
from chatstore.storage.posting import post
from chatstore.storage.presence import ONE_SERVER
from chatstore.storage.transaction import Transaction

log = logging.getLogger(__name__)

_OF_ONE = (Fate.UNIT, Fate.TWICE)
"""An error with such a fate leaves the transaction as it was before the unit."""


@dataclass
class Job:
    """Units that were submitted together, and their ticket."""

    units: Sequence[Unit]
    ticket: Ticket


class Batch:
    """The work of one transaction: outcomes by job, and what to publish, in order.

    A `careful` one runs each unit in a savepoint, so a unit that fails is undone alone. One that is not has none. A
    unit that fails before it has written anything is refused as well; any other ends the batch (UndoneError, or the
    database's error), which has to be done once more, carefully. That is rare: what is refused is refused by what
    was read.
    """

    def __init__(
        self,
        connection: Connection,
        begun: Begun,
        refusal: Callable[[Draft], ChatError | None],
        last_said: LastSaid,
        hold: Callable[[int], None],
        people: tuple[Presences, Nicks] = (ONE_SERVER, ONE_SERVER),
        *,
        careful: bool = True,
        user: str = "",
    ) -> None:
        """`hold` and `people`: see WriterConnection. `user`: see Audit."""
        self._careful = careful
        self._user = user
        self._held = begun.held
        self._connection = connection
        self._driver = drivers.of(connection)
        self._hold = hold
        self._people = people
        self._now = begun.now
        self._refusal = refusal
        self._last_said = last_said
        self.outcomes: list[list[Any]] = []
        self.published: list[Published] = []
        self.erased = False
        self.messages = 0
        """How much people have said: messages, notices, kept tags, redactions."""
        self._run: list[tuple[Draft, list[Any], int]] = []
        """Messages that are judged and not stored yet, each with the place for its outcome."""
        self._judged: tuple[tuple[Any, ...], Actor, ChatError | None] | None = None
        """The last question that judge() asked, the actor, and the answer."""

    def add(self, job: Job) -> None:
        outcome: list[Any] = [None] * len(job.units)
        self.outcomes.append(outcome)
        for index, unit in enumerate(job.units):
            if not isinstance(unit, Draft):
                self.flush()
                outcome[index] = self._change(unit)
            elif (refused := self.judge(unit)) is not None:
                outcome[index] = refused
            else:
                self._run.append((unit, outcome, index))

    def judge(self, draft: Draft) -> ChatError | None:
        """Why a message is refused; None if it may be posted. Asked once for a run of somebody's messages to
        one room, because what the hub knows changes only between batches."""
        question = (draft.room, draft.kind, draft.audience, draft.actor)
        if self._judged is None or question != self._judged[0]:
            refused = self._refusal(draft)
            self._judged = question, draft.actor, refused
        _, draft.actor, refused = self._judged
        return refused

    def flush(self) -> None:
        """Store the messages that were added: all at once, or if that fails, one by one."""
        run, self._run = self._run, []
        if not run:
            return
        try:
            with self._driver.savepoint(self._connection) if self._careful else nullcontext():
                events = post(self._connection, self._now, [draft for draft, _, _ in run])
        except Exception as error:
            if not self._careful or self._driver.fate(error, self._connection) not in _OF_ONE:
                raise
            if len(run) == 1:
                log.error("a message could not be stored: %(why)s", {"event": "message-not-stored", "why": error})
                run[0][1][run[0][2]] = ChatError(Code.NOT_STORED, NOT_STORED)
                return
            for one in run:
                self._run = [one]
                self.flush()
            return
        self.messages += len(run)
        for (draft, outcome, index), event in zip(run, events, strict=True):
            if event is None:  # the room was removed after the message was judged
                outcome[index] = ChatError(Code.NO_SUCH_ROOM, "there is no such room")
            else:
                outcome[index] = event
                self.published.append((event, draft.origin))

    def finish(self) -> None:
        """Execute all that is left, before COMMIT."""
        self.flush()
        self._driver.flush(self._connection)

    def _change(self, change: Change, *, again: bool = False) -> Any:
        """Apply a change. If somebody else has inserted the same key meanwhile, it is applied once more, and
        finds theirs."""
        unnamed: list[int] = []
        hold = None if self._held is None else partial(self._hold_first, unnamed)
        tx = Transaction(self._connection, self._now, self._last_said, hold, self._people, self._user)
        if not self._careful:
            return self._change_boldly(change, tx)
        try:
            with self._savepoint(change):
                result = apply_granted(change, tx)
        except ChatError as refused:
            self._let_go(unnamed)
            return refused
        except Exception as error:
            self._let_go(unnamed)
            fate = self._driver.fate(error, self._connection)
            if fate is Fate.TWICE and not again:
                return self._change(change, again=True)
            if fate not in _OF_ONE:
                raise
            log.exception("%(change)s failed", {"event": "change-failed", "change": type(change).__name__})
            if isinstance(error, self._driver.ERRORS):
                return ChatError(Code.NOT_STORED, "this could not be stored")
            return ChatError(Code.INTERNAL, "internal error")
        self._keep(change, tx)
        return result

    def _savepoint(self, change: Change) -> AbstractContextManager[None]:
        """What undoes a change that fails. There is nothing to undo where a change has nothing to write."""
        if change.of_presence and not self._people[0].node:
            return nullcontext()
        return self._driver.savepoint(self._connection)

    def _change_boldly(self, change: Change, tx: Transaction) -> Any:
        """Apply a change without a savepoint."""
        before = self._driver.writes(self._connection)
        try:
            result = apply_granted(change, tx)
        except ChatError as refused:
            if self._driver.writes(self._connection) != before:
                raise UndoneError(f"{type(change).__name__} was refused") from refused
            return refused
        self._keep(change, tx)
        return result

    def _keep(self, change: Change, tx: Transaction) -> None:
        self.published += [(event, change.origin) for event in tx.events]
        self.messages += sum(isinstance(event, Said) for event in tx.events)
        self.erased = self.erased or tx.erased

    def _hold_first(self, unnamed: list[int], room_id: int) -> bool:
        """Hold a room that nobody has named. Only the first time in a batch: later, what lies beyond what was
        published may be our own, which is not committed."""
        assert self._held is not None
        if room_id in self._held:
            return False
        self._held.add(room_id)
        unnamed.append(room_id)
        self._hold(room_id)
        self._judged = None  # the answer was by what was published before
        return True

    def _let_go(self, unnamed: list[int]) -> None:
        """A unit was undone: with it, the database has let go of what was locked since it began."""
        if self._held is not None:
            self._held.difference_update(unnamed)
