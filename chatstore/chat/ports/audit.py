"""The audit log: how changes write it, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.audit import AuditEntry, AuditQuery


class AuditReader(Protocol):
    """The audit log."""

    def entries(self, query: AuditQuery) -> Sequence[AuditEntry]:
        """The entries that the query selects, newest first."""


class Audit(AuditReader, Protocol):
    def act_for(self, actor: Actor | None) -> None:
        """What the server does from now on in this change, it does for this administrator."""

    def forget(self, before: int, most: int, *, members: bool = False) -> int:
        """Remove the oldest entries from before a time (ms since 1970 UTC), at most so many; with `members`, only
        of what people who are no administrators did in rooms. Returns how many."""

    def note(self, action: str, by: Actor, about: str = "", detail: str = "") -> str:
        """Write an entry; it is stored if the change is. Returns the name of who did it, as noted. `action`:
        one of model.audit.ACTIONS. `by`: who did it; SERVER stands for whom it acts for, or else for the
        command or server that this is. `about`: the name of the account, room (with `#`) or mask. `detail`:
        for people; never the text of a message, a password, a code or a token."""
