"""Whom accounts ignore, and from whom they take direct messages, in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select, update

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.peace import OPEN, DirectFrom, Ignored, Peace
from chatstore.storage.rows import Rows
from chatstore.storage.schema import accounts, ignores, peace

_OWN = ignores.c.account_id == bindparam("account")
_PEOPLE = select(ignores.c.person).where(_OWN)
_SETTINGS = select(peace.c.direct, peace.c.version).where(peace.c.account_id == bindparam("account"))
_LIST: Select[Any] = (
    select(
        ignores.c.person,
        func.coalesce(accounts.c.nick, ignores.c.nick),
        func.coalesce(accounts.c.name, ""),
        ignores.c.since,
    )
    .outerjoin(accounts, accounts.c.id == ignores.c.ignored_id)
    .where(_OWN)
    .order_by(ignores.c.id)
)


class PeaceSettings(Rows):
    """Whom accounts ignore, and from whom they take direct messages."""

    def of(self, account_id: int) -> Peace:
        row = self._connection.execute(_SETTINGS, {"account": account_id}).one_or_none()
        if row is None:
            return OPEN
        people = self._connection.execute(_PEOPLE, {"account": account_id}).scalars()
        return Peace(row.direct, frozenset(map(person_key, people)), row.version)

    def all(self) -> Mapping[int, Peace]:
        """What accounts have set, by account."""
        found: defaultdict[int, set[int | str]] = defaultdict(set)
        for account, person in self._connection.execute(select(ignores.c.account_id, ignores.c.person)).all():
            found[account].add(person_key(person))
        return {
            row.account_id: Peace(row.direct, frozenset(found[row.account_id]), row.version)
            for row in self._connection.execute(select(peace)).all()
        }

    def ignored(self, account_id: int) -> Sequence[Ignored]:
        """Whom an account ignores, the oldest first."""
        rows = self._connection.execute(_LIST, {"account": account_id}).all()
        return [Ignored(person_key(person), nick, name, since) for person, nick, name, since in rows]

    def add(self, account_id: int, person: Actor) -> None:
        known = {"person": str(person.key), "ignored_id": person.account_id, "nick": person.nick}
        self._connection.execute(insert(ignores).values(account_id=account_id, since=self._now, **known))
        self._changed(account_id)

    def remove(self, account_id: int, person: int | str) -> None:
        here = (ignores.c.account_id == account_id) & (ignores.c.person == str(person))
        self._connection.execute(delete(ignores).where(here))
        self._changed(account_id)

    def set_direct(self, account_id: int, direct: DirectFrom) -> None:
        self._changed(account_id, direct=direct)

    def _changed(self, account_id: int, **values: Any) -> None:
        """Count a change of an account's settings."""
        here = update(peace).where(peace.c.account_id == account_id)
        if not self._connection.execute(here.values(version=peace.c.version + 1, **values)).rowcount:
            first = {"account_id": account_id, "direct": OPEN.direct, "version": 1, **values}
            self._connection.execute(insert(peace).values(first))

    def forget(self, account_id: int) -> None:
        """Remove what an account has set, and it from the lists of others. A deleted row of `peace` would begin
        with a version that others know already, so it stays."""
        about = or_(ignores.c.account_id == account_id, ignores.c.ignored_id == account_id)
        self._connection.execute(delete(ignores).where(about))
        if not self.of(account_id).version:
            return
        self._changed(account_id, direct=OPEN.direct)
