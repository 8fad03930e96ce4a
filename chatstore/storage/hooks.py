"""Webhooks in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, delete, func, insert, or_, select, update

from chatstore.chat.model.hooks import Hook, NewHook, Retry
from chatstore.chat.model.rooms import Role
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import accounts, hook_deliveries, hook_retries, hooks, memberships, rooms

_COLUMNS = (
    "id room_id direction name url trigger word answers secret enabled created_at used_at failed_at failing_since"
    " error place account_id"
).split()
_HOOKS: Select[Any] = (
    select(
        *(hooks.c[name] for name in _COLUMNS),
        func.coalesce(accounts.c.name, "").label("owner"),
        func.coalesce(accounts.c.status, "active").label("status"),
        accounts.c.suspended_until,
        accounts.c.role.label("account_role"),
        case((rooms.c.founder_id == hooks.c.account_id, int(Role.OPERATOR)), else_=memberships.c.role).label(
            "role"
        ),
    )
    .select_from(hooks)
    .join(rooms, rooms.c.id == hooks.c.room_id)
    .outerjoin(accounts, accounts.c.id == hooks.c.account_id)
    .outerjoin(
        memberships, and_(memberships.c.room_id == hooks.c.room_id, memberships.c.account_id == hooks.c.account_id)
    )
)
_BY_DIGEST = _HOOKS.where(hooks.c.digest == bindparam("digest"))
_BY_ID = _HOOKS.where(hooks.c.id == bindparam("id"))
_OF_ROOM = _HOOKS.where(hooks.c.room_id == bindparam("room")).order_by(hooks.c.id)
_EVERYWHERE = _HOOKS.where(hooks.c.id > bindparam("after")).order_by(hooks.c.id).limit(bindparam("most"))
_SENDING = _HOOKS.where(hooks.c.direction == "out", hooks.c.enabled == 1).order_by(hooks.c.id)
_RETRIES = select(hook_retries).where(hook_retries.c.hook_id == bindparam("hook")).order_by(hook_retries.c.next_at)


class Hooks(Rows):
    """Webhooks, what was delivered to them, and what they could not deliver."""

    @one_statement
    def by_digest(self, digest: str) -> Hook | None:
        return self._one(_BY_DIGEST, {"digest": digest})

    @one_statement
    def by_id(self, hook_id: int) -> Hook | None:
        return self._one(_BY_ID, {"id": hook_id})

    @one_statement
    def of_room(self, room_id: int) -> list[Hook]:
        """The hooks of a room, oldest first."""
        return [self._hook(row) for row in self._connection.execute(_OF_ROOM, {"room": room_id}).all()]

    @one_statement
    def everywhere(self, after: int, most: int) -> list[Hook]:
        """The hooks of all rooms, oldest first: at most so many behind the one with this id."""
        values = {"after": after, "most": most}
        return [self._hook(row) for row in self._connection.execute(_EVERYWHERE, values).all()]

    @one_statement
    def sending(self) -> list[Hook]:
        """The outgoing hooks that are on."""
        return [self._hook(row) for row in self._connection.execute(_SENDING).all()]

    @one_statement
    def retries(self, hook_id: int) -> list[Retry]:
        """The messages that a hook could not deliver yet, the next one first."""
        return [Retry(*row) for row in self._connection.execute(_RETRIES, {"hook": hook_id}).all()]

    def add(
        self,
        room_id: int,
        wanted: NewHook,
        digest: str | None,
        account_id: int | None,
        place: int,
        *,
        token: int | None = None,
    ) -> Hook:
        values = {
            "room_id": room_id,
            "direction": wanted.direction,
            "name": wanted.name,
            "digest": digest,
            "url": wanted.url,
            "trigger": wanted.trigger,
            "word": wanted.word,
            "answers": int(wanted.answers),
            "secret": wanted.secret,
            "account_id": account_id,
            "created_at": self._now,
            "place": place,
            "made_by_token": token,
        }
        made = self._connection.execute(insert(hooks).values(values)).inserted_primary_key
        assert made is not None
        added = self.by_id(int(made[0]))
        assert added is not None
        return added

    def update(self, hook_id: int, **values: Any) -> None:
        """Set columns of a hook."""
        self._connection.execute(update(hooks).where(hooks.c.id == hook_id).values(**values))

    def remove(self, hook_id: int) -> None:
        self._connection.execute(delete(hooks).where(hooks.c.id == hook_id))

    def stop_made_by_tokens(
        self, account_id: int, why: str, *, only: Collection[int] = (), but: int | None = None
    ) -> None:
        """See chat/ports/hooks.py."""
        token = hooks.c.made_by_token
        chosen = (hooks.c.account_id == account_id) & token.is_not(None)
        if only:
            chosen &= token.in_(only)
        if but is not None:
            chosen &= token != but
        stopped = self._connection.execute(select(hooks.c.id).where(chosen)).scalars().all()
        if stopped:
            self._connection.execute(delete(hook_retries).where(hook_retries.c.hook_id.in_(stopped)))
            values = {"enabled": 0, "made_by_token": None, "error": why, "failed_at": self._now}
            self._connection.execute(update(hooks).where(hooks.c.id.in_(stopped)).values(values))

    def renew_token(self, old: int, new: int) -> None:
        """See chat/ports/hooks.py."""
        self._connection.execute(update(hooks).where(hooks.c.made_by_token == old).values(made_by_token=new))

    def note_delivery(self, hook_id: int, delivery: str, before: int) -> bool:
        """Remember that something was delivered to an incoming hook, and forget what was before that time. Returns
        False if it was delivered already."""
        old = or_(hook_deliveries.c.received_at < before, hook_deliveries.c.received_at > self._now)
        self._connection.execute(delete(hook_deliveries).where(hook_deliveries.c.hook_id == hook_id, old))
        here = (hook_deliveries.c.hook_id == hook_id, hook_deliveries.c.delivery == delivery)
        if self._connection.execute(select(hook_deliveries.c.hook_id).where(*here)).one_or_none() is not None:
            return False
        values = {"hook_id": hook_id, "delivery": delivery, "received_at": self._now}
        self._connection.execute(insert(hook_deliveries).values(values))
        return True

    def put_retries(self, retries: Sequence[Retry]) -> None:
        for retry in retries:
            self.remove_retries(retry.hook_id, [retry.seq])
            self._connection.execute(insert(hook_retries).values(retry._asdict()))

    def remove_retries(self, hook_id: int, seqs: Collection[int] | None = None) -> None:
        """Forget what waits: these messages, or all."""
        gone = delete(hook_retries).where(hook_retries.c.hook_id == hook_id)
        if seqs is not None:
            gone = gone.where(hook_retries.c.seq.in_([*seqs]))
        self._connection.execute(gone)

    def _one(self, query: Select[Any], values: dict[str, Any]) -> Hook | None:
        row = self._connection.execute(query, values).one_or_none()
        return self._hook(row) if row is not None else None

    def _hook(self, row: Row[Any]) -> Hook:
        values = {name: getattr(row, name) for name in _COLUMNS}
        values["answers"], values["enabled"] = bool(row.answers), bool(row.enabled)
        return Hook(
            **values,
            owner=row.owner,
            owner_role=Role(row.role) if row.role is not None else None,
            owner_admin=row.account_role == "admin",
            owner_status=row.status,
            owner_suspended_until=row.suspended_until,
        )
