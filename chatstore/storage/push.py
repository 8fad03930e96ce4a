"""The key and the subscriptions of Web Push in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, insert, literal, or_, select, update

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.push import MOST_SUBSCRIPTIONS, PushKey, Subscriber, Subscription
from chatstore.storage.rows import Rows, one_statement, rows_of
from chatstore.storage.schema import accounts, memberships, push_keys, push_subscriptions

_NAMES = (
    "id account_id service endpoint digest p256dh auth switches token_id certificate epoch address registered_at "
    "active_at"
).split()
_here = push_subscriptions.c
_SUBSCRIPTION = select(*(_here[name] for name in _NAMES))
_SUBSCRIBED = (
    select(accounts.c.name.label("called"), accounts.c.nick, *(_here[name] for name in _NAMES))
    .join(accounts, accounts.c.id == _here.account_id)
    .where(accounts.c.epoch == _here.epoch)
)
_ANY = select(literal(1)).where(select(_here.id).limit(1).exists())
_MEMBERS = select(memberships.c.room_id, memberships.c.account_id).where(
    memberships.c.account_id.in_(select(_here.account_id))
)


class Push(Rows):
    """The key by which push services know this server, and the subscriptions of accounts."""

    @one_statement
    def key(self) -> PushKey | None:
        row = self._connection.execute(select(push_keys.c.private_key, push_keys.c.public_key)).one_or_none()
        return PushKey(*row) if row is not None else None

    def put_key(self, key: PushKey) -> None:
        values = {"id": 1, "private_key": key.private, "public_key": key.public, "created_at": self._now}
        self._connection.execute(insert(push_keys).values(values))

    @one_statement
    def any(self) -> bool:
        """Whether there is a subscription at all."""
        return self._connection.execute(_ANY).scalar() is not None

    @one_statement
    def of_account(self, account_id: int) -> list[Subscription]:
        """The subscriptions of an account, the one that was registered last first."""
        query = _SUBSCRIPTION.where(_here.account_id == account_id)
        rows = self._connection.execute(query.order_by(_here.registered_at.desc(), _here.id.desc())).all()
        return [Subscription(*row) for row in rows]

    def in_rooms(self, rooms: Collection[int]) -> Mapping[int, Collection[int]]:
        """For rooms with names, which of their members have subscriptions, by room."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for row in rows_of(self._connection, _MEMBERS, memberships.c.room_id, rooms):
            found[row.room_id].add(row.account_id)
        return found

    def subscribed(self, of: Collection[int], now: int) -> Mapping[int, Subscriber]:
        """The subscriptions of these accounts, if they can log in, by account."""
        found: defaultdict[int, list[Subscription]] = defaultdict(list)
        people: dict[int, Actor] = {}
        welcome = or_(accounts.c.status == "active", accounts.c.suspended_until <= now)
        for row in rows_of(self._connection, _SUBSCRIBED.where(welcome), _here.account_id, of):
            found[row.account_id].append(Subscription(*row[2:]))
            people[row.account_id] = Actor(row[1], row[0], row.account_id)
        return {account: Subscriber(people[account], each) for account, each in found.items()}

    def put(
        self,
        account_id: int,
        endpoint: str,
        service: str,
        keys: tuple[str, str],
        switches: str,
        login: tuple[int | None, str, int],
        address: str,
    ) -> Subscription:
        """Register a subscription in place of any of the same endpoint."""
        digest = digest_of(endpoint)
        self._connection.execute(delete(push_subscriptions).where(_here.digest == digest))
        values: dict[str, Any] = {
            "account_id": account_id,
            "service": service,
            "endpoint": endpoint,
            "digest": digest,
            "p256dh": keys[0],
            "auth": keys[1],
            "switches": switches,
            "token_id": login[0],
            "certificate": login[1],
            "epoch": login[2],
            "address": address,
            "registered_at": self._now,
            "active_at": self._now,
        }
        self._connection.execute(insert(push_subscriptions).values(values))
        every = self.of_account(account_id)
        self.remove_ids([each.id for each in every[MOST_SUBSCRIPTIONS:]])
        return next(each for each in every if each.digest == digest)

    def remove_endpoint(self, account_id: int, digest: str) -> bool:
        """Remove the subscription of an account with this endpoint. Returns whether there was one."""
        here = (_here.account_id == account_id) & (_here.digest == digest)
        return self._connection.execute(delete(push_subscriptions).where(here)).rowcount > 0

    def remove(self, account_id: int, *, certificates: Collection[str] | None = None) -> int:
        """Remove the subscriptions of an account. Returns how many."""
        chosen = delete(push_subscriptions).where(_here.account_id == account_id)
        if certificates is not None:
            chosen = chosen.where(_here.certificate.in_([*certificates]))
        return self._connection.execute(chosen).rowcount

    def remove_ids(self, ids: Collection[int]) -> None:
        if ids:
            self._connection.execute(delete(push_subscriptions).where(_here.id.in_([*ids])))

    def note_active(self, of: Collection[int]) -> None:
        """Note that accounts that have subscriptions are active now."""
        here = _here.account_id.in_(sorted(of))
        self._connection.execute(update(push_subscriptions).where(here).values(active_at=self._now))
