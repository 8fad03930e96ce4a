"""The export of a session's account: everything that it may read, ever said, and that is about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.ports.history import OwnExport
from chatstore.chat.session.state import SessionState

LONGEST_PAUSE = 60.0
"""Seconds after which an export that nobody continues has ended."""


class OwnData:
    """`session.own_data`. Everything here blocks, and raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_clock", "_export", "_session")

    def __init__(self, session: SessionState, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._export: OwnExport | None = None

    def begin(self) -> None:
        """Begin an export; one that was begun before ends. Raises BUSY if another session fetches one of this
        account."""
        self._session.need("manage")
        account, exporting = self._session.own_account.id, self._session.chat.exporting
        held, used_at = exporting.setdefault(account, (self, self._clock()))
        if held is not self and self._clock() - used_at < LONGEST_PAUSE:
            raise ChatError(Code.BUSY, "another of your connections exports already: wait until it is done")
        exporting[account] = (self, self._clock())
        self._export = self._session.chat.store.own_export(account)

    def part(self) -> Sequence[bytes]:
        """The next lines, each a JSON object that ends with LF; none at the end. Raises NO_EXPORT if none was
        begun, or another session has begun one since."""
        self._session.need("manage")
        account, exporting = self._session.own_account.id, self._session.chat.exporting
        if self._export is None or exporting.get(account, (None,))[0] is not self:
            self._export = None
            raise ChatError(Code.NO_EXPORT, "no export was begun")
        exporting[account] = (self, self._clock())
        found = self._export.part()
        if not found:
            self._export = None
            exporting.pop(account, None)
        return found
