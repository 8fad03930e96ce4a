"""The export of a session's account: everything that it may read, ever said, and that is about it."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.ports.history import OwnExport
from chatstore.chat.session.state import SessionState


class OwnData:
    """`session.own_data`. Everything here blocks, and raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_export", "_session")

    def __init__(self, session: SessionState) -> None:
        self._session = session
        self._export: OwnExport | None = None

    def begin(self) -> None:
        """Begin an export; one that was begun before ends."""
        self._export = self._session.chat.store.own_export(self._session.own_account.id)

    def part(self) -> Sequence[bytes]:
        """The next lines, each a JSON object that ends with LF; none at the end. Raises NO_EXPORT if none was
        begun."""
        if self._export is None:
            raise ChatError(Code.NO_EXPORT, "no export was begun")
        found = self._export.part()
        if not found:
            self._export = None
        return found
