"""Accounts in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, not_, or_, select, update

from chatstore.chat.model.accounts import Account, PeopleQuery, ended_because
from chatstore.chat.model.names import Name, looks_of
from chatstore.storage import drivers
from chatstore.storage.rows import Rows, one_statement, rows_of
from chatstore.storage.schema import account_requests, accounts, certificates, known_networks

_SKELETONS = ("skeleton", "shown_skeleton")
_ACCOUNT = select(*(column for column in accounts.c if column.name not in _SKELETONS))
_BY_ID = _ACCOUNT.where(accounts.c.id == bindparam("id"))
_BY_FOLDED = _ACCOUNT.where(accounts.c.folded == bindparam("folded"))
_LOOKING_LIKE = f"""
    SELECT {", ".join(column.name for column in _ACCOUNT.selected_columns)} FROM accounts
    WHERE skeleton IN (:folded, :shown) OR shown_skeleton IN (:folded, :shown) OR folded = :name
    ORDER BY id LIMIT 1
"""
_LATER = select(accounts.c.id, accounts.c.epoch).where(accounts.c.epoch > 0)
_NAMES = select(accounts.c.id, accounts.c.name)
_ADMINS = select(accounts.c.id).where(accounts.c.role == "admin")
_FINGERPRINTS = select(certificates.c.fingerprint)
_MAX_NETWORKS = 20
"""The most networks that are remembered for an account: the latest ones that it logged in from."""

_FREED = "refused#"
"""Begins the name of an account that was refused; no name that anybody can have has a `#`."""


class Accounts(Rows):
    """Accounts, their client certificates, and the networks that they logged in from."""

    @one_statement
    def by_id(self, account_id: int) -> Account | None:
        return _account(self._connection.execute(_BY_ID, {"id": account_id}).one_or_none())

    @one_statement
    def named(self, folded: str) -> Account | None:
        return _account(self._connection.execute(_BY_FOLDED, {"folded": folded}).one_or_none())

    def all(self) -> list[Account]:
        """All accounts, by name."""
        rows = self._connection.execute(_ACCOUNT.order_by(accounts.c.folded)).all()
        return [Account(*row) for row in rows]

    def bots_of(self, owner_id: int | None) -> list[Account]:
        """The bots of an account (None: of the server) that are not removed, by name."""
        owned = accounts.c.owner_id == owner_id if owner_id is not None else accounts.c.owner_id.is_(None)
        found = _ACCOUNT.where(accounts.c.kind == "bot", owned, accounts.c.status != "removed")
        return [Account(*row) for row in self._connection.execute(found.order_by(accounts.c.folded)).all()]

    def bots(self) -> list[Account]:
        """All bots that are not removed, by name."""
        found = _ACCOUNT.where(accounts.c.kind == "bot", accounts.c.status != "removed")
        return [Account(*row) for row in self._connection.execute(found.order_by(accounts.c.folded)).all()]

    def ended(self) -> dict[int, str]:
        """Suspended and removed accounts, with the reason that their sessions are told."""
        query = select(accounts.c.id, accounts.c.status, accounts.c.status_reason, accounts.c.suspended_until)
        rows = self._connection.execute(query.where(accounts.c.status.in_(("suspended", "removed")))).all()
        return {row.id: ended_because(row.status, row.status_reason, row.suspended_until) for row in rows}

    def epochs(self, of: Collection[int] | None = None) -> dict[int, int]:
        """How often each account's password was changed; accounts whose password never changed are left out. `of`:
        of these accounts alone."""
        return {row.id: row.epoch for row in rows_of(self._connection, _LATER, accounts.c.id, of)}

    def admins(self, of: Collection[int] | None = None) -> frozenset[int]:
        return frozenset(row.id for row in rows_of(self._connection, _ADMINS, accounts.c.id, of))

    @one_statement
    def looking_like(self, name: Name) -> Account | None:
        """An account whose name looks the same, or is the same."""
        looks = looks_of(name)
        values = {"name": name.folded, "folded": looks.folded, "shown": looks.shown}
        rows = drivers.of(self._connection).run(self._connection, _LOOKING_LIKE, values)
        return _account(rows[0]) if rows else None

    def add(self, name: Name, password: str, role: str) -> Account:
        looks = looks_of(name)
        values = {
            "name": name.shown,
            "folded": name.folded,
            "nick": name.shown,
            "role": role,
            "status": "active",
            "status_reason": "",
            "password": password,
            "created_at": self._now,
            "skeleton": looks.folded,
            "shown_skeleton": looks.shown,
        }
        self._connection.execute(insert(accounts).values(values))
        account = self.named(name.folded)
        assert account is not None
        return account

    def update(self, account_id: int, **values: Any) -> None:
        self._connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))

    @one_statement
    def with_certificate(self, fingerprint: str) -> Account | None:
        query = _ACCOUNT.join(certificates).where(certificates.c.fingerprint == fingerprint)
        return _account(self._connection.execute(query).one_or_none())

    def all_fingerprints(self, of: Collection[int] | None = None) -> frozenset[str]:
        rows = rows_of(self._connection, _FINGERPRINTS, certificates.c.account_id, of)
        return frozenset(row.fingerprint for row in rows)

    @one_statement
    def certificates(self, account_id: int) -> list[tuple[str, int]]:
        """(fingerprint, when it was added in ms since 1970 UTC) of the account's certificates, oldest first."""
        query = select(certificates.c.fingerprint, certificates.c.added_at).where(
            certificates.c.account_id == account_id
        )
        return [
            (row.fingerprint, row.added_at)
            for row in self._connection.execute(query.order_by(certificates.c.id)).all()
        ]

    def mark_seen(self, account_ids: Collection[int]) -> None:
        here = accounts.c.id.in_([*account_ids])
        self._connection.execute(update(accounts).where(here).values(last_seen_at=self._now))

    def add_certificate(self, account_id: int, fingerprint: str) -> None:
        values = {"account_id": account_id, "fingerprint": fingerprint, "added_at": self._now}
        self._connection.execute(insert(certificates).values(values))

    def remove_certificates(self, account_id: int, fingerprint: str = "") -> list[str]:
        """Remove one certificate, or without a fingerprint all of the account's. Returns the fingerprints
        removed."""
        chosen = _FINGERPRINTS.where(certificates.c.account_id == account_id)
        if fingerprint:
            chosen = chosen.where(certificates.c.fingerprint == fingerprint)
        found = list(self._connection.execute(chosen).scalars().all())
        if found:
            self._connection.execute(delete(certificates).where(certificates.c.fingerprint.in_(found)))
        return found

    @one_statement
    def knows_network(self, account_id: int, digest: str) -> bool:
        query = select(known_networks.c.id).where(
            known_networks.c.account_id == account_id, known_networks.c.digest == digest
        )
        return self._connection.execute(query).one_or_none() is not None

    def note_network(self, account_id: int, digest: str) -> None:
        """Note that the account has logged in from this network now. If there are too many networks, the
        oldest are forgotten."""
        own = known_networks.c.account_id == account_id
        used = update(known_networks).where(own, known_networks.c.digest == digest).values(last_used_at=self._now)
        if self._connection.execute(used).rowcount:
            return
        values = {"account_id": account_id, "digest": digest, "last_used_at": self._now}
        self._connection.execute(insert(known_networks).values(values))
        newest = select(known_networks.c.id).where(own)
        newest = newest.order_by(known_networks.c.last_used_at.desc(), known_networks.c.id.desc())
        self._connection.execute(
            delete(known_networks).where(own, known_networks.c.id.not_in(newest.limit(_MAX_NETWORKS)))
        )

    @one_statement
    def has_admin(self) -> bool:
        """Whether an account that is not removed is an admin's."""
        query = select(accounts.c.id).where(accounts.c.role == "admin", accounts.c.status != "removed").limit(1)
        return self._connection.execute(query).one_or_none() is not None

    def chosen(self, query: PeopleQuery) -> list[Account]:
        """The accounts that the query selects, by name."""
        found = _ACCOUNT.where(~accounts.c.folded.startswith(_FREED)).order_by(accounts.c.folded)
        status = query.status or ("active" if query.unseen_since is not None else "")
        if status:
            found = found.where(_has(status, query.now))
        if query.match:
            found = found.where(accounts.c.folded.contains(query.match.casefold(), autoescape=True))
        if query.unseen_since is not None:
            found = found.where(func.coalesce(accounts.c.last_seen_at, accounts.c.created_at) < query.unseen_since)
        if query.after:
            found = found.where(accounts.c.folded > query.after)
        if query.limit is not None:
            found = found.limit(query.limit)
        return [Account(*row) for row in self._connection.execute(found).all()]

    def names(self, of: Collection[int]) -> dict[int, str]:
        """The names of accounts, by their ids."""
        return {row.id: row.name for row in rows_of(self._connection, _NAMES, accounts.c.id, of)}

    def asked_from(self, of: Collection[int] | None = None) -> dict[int, str]:
        """Of the accounts that wait for approval: where each was asked for, by its id; the oldest first. `of`: of
        these accounts alone."""
        query = select(account_requests).order_by(account_requests.c.account_id)
        return {
            row.account_id: row.address
            for row in rows_of(self._connection, query, account_requests.c.account_id, of)
        }

    def asked_before(self, time: int) -> list[Account]:
        """The accounts that wait for approval since before a time (ms since 1970 UTC)."""
        waiting = accounts.c.id.in_(select(account_requests.c.account_id))
        found = self._connection.execute(_ACCOUNT.where(waiting, accounts.c.created_at < time)).all()
        return [Account(*row) for row in found]

    def ask_for(self, account_id: int, address: str) -> None:
        """Note where an account that waits for approval was asked for."""
        self._connection.execute(insert(account_requests).values({"account_id": account_id, "address": address}))

    def decided(self, account_id: int) -> None:
        self._connection.execute(delete(account_requests).where(account_requests.c.account_id == account_id))

    def forget(self, account_id: int) -> None:
        """Remove an account that nothing else is about, and free its name. Its row stays, by a name that nobody can
        have: to delete it, SQLite would look through all messages for the foreign key."""
        self.remove_certificates(account_id)
        self.forget_networks(account_id)
        self.decided(account_id)
        freed = dict.fromkeys(("name", "folded", "nick"), f"{_FREED}{account_id}")
        gone = {"status": "removed", "password": "", "skeleton": "", "shown_skeleton": "", **freed}
        self._connection.execute(update(accounts).where(accounts.c.id == account_id).values(gone))

    def forget_networks(self, account_id: int) -> None:
        self._connection.execute(delete(known_networks).where(known_networks.c.account_id == account_id))


def _has(status: str, now: int) -> ColumnElement[bool]:
    """Whether an account has this status at `now` (ms since 1970 UTC); the stored one stays `suspended` when a
    suspension is over. See Account.active."""
    over = and_(accounts.c.status == "suspended", func.coalesce(accounts.c.suspended_until, now + 1) <= now)
    if status == "active":
        return or_(accounts.c.status == "active", over)
    return and_(accounts.c.status == status, not_(over))


def _account(row: Any) -> Account | None:
    return Account(*row) if row is not None else None
