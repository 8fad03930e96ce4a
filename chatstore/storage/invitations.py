"""Invitations to the server in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from chatstore.chat.model.accounts import AccountRole
from chatstore.chat.model.invitations import AccountInvitation, InvitationShown, InvitationsQuery
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import account_invitations, accounts

_BY_DIGEST = select(account_invitations).where(account_invitations.c.digest == bindparam("digest"))
_MAKERS, _USERS = accounts.alias(), accounts.alias()
_SHOWN = (
    select(account_invitations, _MAKERS.c.name.label("maker"), _USERS.c.name.label("user"))
    .outerjoin(_MAKERS, _MAKERS.c.id == account_invitations.c.made_by)
    .outerjoin(_USERS, _USERS.c.id == account_invitations.c.used_by)
)
_USE = update(account_invitations).where(account_invitations.c.used_at.is_(None))
_UNUSED = delete(account_invitations).where(account_invitations.c.used_at.is_(None))


class Invitations(Rows):
    """Invitations to the server."""

    @one_statement
    def by_digest(self, digest: str) -> AccountInvitation | None:
        row = self._connection.execute(_BY_DIGEST, {"digest": digest}).one_or_none()
        return _invitation(row) if row is not None else None

    def all(self) -> list[AccountInvitation]:
        """All invitations, including used and expired ones, oldest first."""
        rows = self._connection.execute(select(account_invitations).order_by(account_invitations.c.id)).all()
        return [_invitation(row) for row in rows]

    @one_statement
    def chosen(self, query: InvitationsQuery) -> list[InvitationShown]:
        """The invitations that the query selects, newest first."""
        unused, over = account_invitations.c.used_at.is_(None), account_invitations.c.expires_at <= query.now
        found = _SHOWN.order_by(account_invitations.c.id.desc())
        if query.state == "used":
            found = found.where(~unused)
        elif query.state is not None:
            found = found.where(unused, over if query.state == "expired" else ~over)
        if query.before is not None:
            found = found.where(account_invitations.c.id < query.before)
        if query.limit is not None:
            found = found.limit(query.limit)
        rows = self._connection.execute(found).all()
        return [InvitationShown(_invitation(row[:-2]), row.maker or "", row.user or "") for row in rows]

    def add(
        self,
        digest: str,
        name: str,
        role: AccountRole,
        expires_at: int,
        made_by: int | None,
        *,
        token: int | None = None,
        first: bool = False,
        account_id: int | None = None,
    ) -> AccountInvitation:
        values = {
            "digest": digest,
            "name": name,
            "role": role,
            "created_at": self._now,
            "expires_at": expires_at,
            "made_by": made_by,
            "made_by_token": token,
            "first": int(first),
            "account_id": account_id,
        }
        self._connection.execute(insert(account_invitations).values(values))
        added = self.by_digest(digest)
        assert added is not None
        return added

    def use(self, invitation_id: int, account_id: int) -> bool:
        """Use the invitation up. Returns False if it was used or removed meanwhile."""
        used = _USE.values(used_at=self._now, used_by=account_id)
        return self._connection.execute(used.where(account_invitations.c.id == invitation_id)).rowcount > 0

    def remove(self, invitation_id: int) -> bool:
        """Remove an unused invitation. Returns whether there was one."""
        return self._connection.execute(_UNUSED.where(account_invitations.c.id == invitation_id)).rowcount > 0

    def remove_made_by_tokens(self, account_id: int, *, only: Collection[int] = (), but: int | None = None) -> None:
        """Remove the account's unused invitations that were made by one of these device tokens (`only`); if
        `only` is empty, by any token except `but`."""
        token = account_invitations.c.made_by_token
        chosen = _UNUSED.where(account_invitations.c.made_by == account_id, token.is_not(None))
        if only:
            chosen = chosen.where(token.in_(only))
        if but is not None:
            chosen = chosen.where(token != but)
        self._connection.execute(chosen)

    def remove_made_by(self, account_id: int) -> None:
        """Remove all unused invitations of the account."""
        self._connection.execute(_UNUSED.where(account_invitations.c.made_by == account_id))

    def renew_token(self, old: int, new: int) -> None:
        """Treat what was made by the old device token as made by the new one."""
        chosen = update(account_invitations).where(account_invitations.c.made_by_token == old)
        self._connection.execute(chosen.values(made_by_token=new))

    def remove_for_account(self, account_id: int) -> None:
        """Remove what would set this account's password."""
        self._connection.execute(_UNUSED.where(account_invitations.c.account_id == account_id))

    def remove_first(self) -> None:
        """Remove the unused invitations for the first admin."""
        self._connection.execute(_UNUSED.where(account_invitations.c.first == 1))


def _invitation(row: Sequence[Any]) -> AccountInvitation:
    values = dict(zip(account_invitations.c.keys(), row, strict=True))
    return AccountInvitation(**{**values, "first": bool(values["first"])})
