"""The audit log in the database."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, delete, insert, or_, select

from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.audit import IN_ROOMS, AuditEntry, AuditQuery, Via, folded
from chatstore.storage.rows import Rows
from chatstore.storage.schema import accounts, audit

_SHOWN = [audit.c[field.name] for field in fields(AuditEntry)]


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
            "actor_folded": folded(name),
            "about_folded": folded(about),
            "by_member": int(via == "chat" and action.startswith(f"{IN_ROOMS}.") and not self._is_admin(who)),
        }
        self._connection.execute(insert(audit).values(values))
        return name

    def _is_admin(self, actor: Actor) -> bool:
        role = select(accounts.c.role).where(accounts.c.id == actor.account_id)
        return actor.account_id is not None and self._connection.execute(role).scalar() == "admin"

    def forget(self, before: int, most: int, *, members: bool = False) -> int:
        """Remove the oldest entries from before a time, at most so many; with `members`, only of what people
        who are no administrators did in rooms. Returns how many."""
        old = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(most)
        if members:
            old = old.where(audit.c.by_member == 1)
        return self._connection.execute(delete(audit).where(audit.c.id.in_(old))).rowcount

    def entries(self, query: AuditQuery) -> list[AuditEntry]:
        """The entries that the query selects, newest first."""
        chosen = select(*_SHOWN).where(*_conditions(query)).order_by(audit.c.id.desc())
        if query.limit is not None:
            chosen = chosen.limit(query.limit)
        return [AuditEntry(*row) for row in self._connection.execute(chosen).all()]


def _conditions(query: AuditQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(audit.c.at >= query.since)
    if query.until is not None:
        found.append(audit.c.at < query.until)
    if query.by:
        found.append(audit.c.actor_folded == folded(query.by))
    if query.about:
        about = folded(query.about)
        found.append(audit.c.about_folded.in_((about, f"#{about}")))
    if query.action:
        group = audit.c.action.startswith(f"{query.action}.", autoescape=True)
        found.append(or_(audit.c.action == query.action, group))
    if not query.members_too:
        found.append(audit.c.by_member == 0)
    if query.before is not None:
        found.append(audit.c.id < query.before)
    return found
