"""The audit log in the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, or_, select

from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.audit import AuditEntry, AuditQuery, Via
from chatstore.storage.rows import Rows
from chatstore.storage.schema import audit


@dataclass(slots=True, eq=False)
class Audit(Rows):
    """The audit log. `_user`: the user of this machine who runs the command that writes; empty in a server."""

    _user: str = ""
    _acting: Actor | None = None

    def act_for(self, actor: Actor | None) -> None:
        """What the server does from now on in this change, it does for this administrator."""
        self._acting = actor

    def note(self, action: str, by: Actor, about: str = "", detail: str = "") -> str:
        """Write an entry; it is stored if the change is. Returns the name of who did it."""
        who = self._acting if by is SERVER and self._acting is not None else by
        via: Via = "chat"
        name = who.account or who.nick
        if who is SERVER:
            via, name = ("command", self._user) if self._user else ("server", "")
        values = {
            "at": self._now,
            "actor": name,
            "account_id": who.account_id,
            "via": via,
            "action": action,
            "about": about,
            "detail": detail,
        }
        self._connection.execute(insert(audit).values(values))
        return name

    def forget(self, before: int) -> None:
        """Remove the entries from before a time."""
        self._connection.execute(delete(audit).where(audit.c.at < before))

    def entries(self, query: AuditQuery) -> list[AuditEntry]:
        """The entries that the query selects, newest first."""
        chosen = select(audit).where(*_conditions(query)).order_by(audit.c.id.desc())
        if query.limit is not None:
            chosen = chosen.limit(query.limit)
        return [AuditEntry(**row._mapping) for row in self._connection.execute(chosen).all()]


def _conditions(query: AuditQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(audit.c.at >= query.since)
    if query.until is not None:
        found.append(audit.c.at < query.until)
    if query.by:
        found.append(func.lower(audit.c.actor) == query.by.lower())
    if query.about:
        about = query.about.lower()
        found.append(func.lower(audit.c.about).in_((about, f"#{about}")))
    if query.action:
        group = audit.c.action.startswith(f"{query.action}.", autoescape=True)
        found.append(or_(audit.c.action == query.action, group))
    if query.before is not None:
        found.append(audit.c.id < query.before)
    return found
