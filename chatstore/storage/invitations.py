"""Invitations to the server, as functions of a connection."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from chatstore.chat.model.invitations import AccountInvitation
from chatstore.storage.schema import account_invitations, accounts

_BY_DIGEST = select(account_invitations).where(account_invitations.c.digest == bindparam("digest"))
_UNUSED = delete(account_invitations).where(account_invitations.c.used_at.is_(None))


def by_digest(connection: Connection, digest: str) -> AccountInvitation | None:
    row = connection.execute(_BY_DIGEST, {"digest": digest}).one_or_none()
    return _invitation(row) if row is not None else None


def every(connection: Connection) -> list[AccountInvitation]:
    """The used and expired ones too, the oldest first."""
    rows = connection.execute(select(account_invitations).order_by(account_invitations.c.id)).all()
    return [_invitation(row) for row in rows]


def add(connection: Connection, **values: Any) -> AccountInvitation:
    connection.execute(insert(account_invitations).values(values))
    added = by_digest(connection, values["digest"])
    assert added is not None
    return added


def use(connection: Connection, invitation_id: int, account_id: int, now: int) -> None:
    chosen = update(account_invitations).where(account_invitations.c.id == invitation_id)
    connection.execute(chosen.values(used_at=now, used_by=account_id))


def remove(connection: Connection, invitation_id: int) -> bool:
    """One that nobody has used; whether there was one."""
    return connection.execute(_UNUSED.where(account_invitations.c.id == invitation_id)).rowcount > 0


def remove_made_by_tokens(
    connection: Connection, account_id: int, *, only: Collection[int], but: int | None
) -> None:
    """Those that the account made by one of these device tokens (`only`), or where there is none by any `but` one,
    and that nobody has used."""
    token = account_invitations.c.made_by_token
    chosen = _UNUSED.where(account_invitations.c.made_by == account_id, token.is_not(None))
    if only:
        chosen = chosen.where(token.in_(only))
    if but is not None:
        chosen = chosen.where(token != but)
    connection.execute(chosen)


def remove_made_by(connection: Connection, account_id: int) -> None:
    """All that the account made, and that nobody has used."""
    connection.execute(_UNUSED.where(account_invitations.c.made_by == account_id))


def renew_token(connection: Connection, old: int, new: int) -> None:
    """What was made by the old device token counts as made by the new one."""
    chosen = update(account_invitations).where(account_invitations.c.made_by_token == old)
    connection.execute(chosen.values(made_by_token=new))


def remove_first(connection: Connection) -> None:
    """Those for the first admin that nobody has used."""
    connection.execute(_UNUSED.where(account_invitations.c.first == 1))


def has_admin(connection: Connection) -> bool:
    """Whether some account is an admin's that was not removed."""
    query = select(accounts.c.id).where(accounts.c.role == "admin", accounts.c.status != "removed").limit(1)
    return connection.execute(query).one_or_none() is not None


def _invitation(row: Row[Any]) -> AccountInvitation:
    values = dict(row._mapping)
    return AccountInvitation(**{**values, "first": bool(values["first"])})
