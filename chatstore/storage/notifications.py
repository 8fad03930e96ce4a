"""What accounts want to be told of, in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from chatstore.chat.model.notifications import (
    DEFAULT,
    NO_OWN,
    AccountNotifications,
    ConversationNotifications,
    Notifications,
)
from chatstore.storage.conversation_names import CONVERSATION, shown_name
from chatstore.storage.rows import Rows, rows_of
from chatstore.storage.schema import conversation_notifications, notifications, rooms

_own = conversation_notifications.c
_CONVERSATIONS = select(_own.account_id, _own.room_id, _own.level, _own.muted_until)


class NotificationSettings(Rows):
    """What accounts want to be told of."""

    def of(self, account_id: int) -> Notifications:
        """All that an account has set."""
        return self.of_all([account_id]).get(account_id, Notifications())

    def of_all(self, of: Collection[int]) -> Mapping[int, Notifications]:
        """All that these accounts have set, by account; those that have set nothing are left out."""
        found: defaultdict[int, dict[int, ConversationNotifications]] = defaultdict(dict)
        for account, room, *values in rows_of(self._connection, _CONVERSATIONS, _own.account_id, of):
            found[account][room] = ConversationNotifications(*values)
        every: dict[int, AccountNotifications] = {}
        for row in rows_of(self._connection, select(notifications), notifications.c.account_id, of):
            account, rooms_level, direct, keywords, quiet, zone = row
            words = tuple(json.loads(keywords))
            every[account] = AccountNotifications(rooms_level, direct, words, quiet, zone)
        return {
            account: Notifications(every.get(account, DEFAULT), found.get(account, {}))
            for account in every.keys() | found.keys()
        }

    def named(self, account_id: int) -> list[tuple[str, ConversationNotifications]]:
        """The settings of conversations, each with its `#name` or the nick of the other person, by name."""
        query = (
            select(*CONVERSATION, _own.level, _own.muted_until)
            .join(rooms, rooms.c.id == _own.room_id)
            .where(_own.account_id == account_id)
        )
        found = []
        for kind, key, name, level, muted_until in self._connection.execute(query).all():
            if shown := shown_name(self._connection, account_id, kind, key, name):
                found.append((shown, ConversationNotifications(level, muted_until)))
        return sorted(found, key=lambda each: each[0].casefold())

    def put(self, account_id: int, settings: AccountNotifications) -> None:
        values: dict[str, Any] = {
            "rooms": settings.rooms,
            "direct": settings.direct,
            "keywords": json.dumps(settings.keywords, ensure_ascii=False),
            "quiet": settings.quiet,
            "zone": settings.zone,
        }
        here = notifications.c.account_id == account_id
        if settings == DEFAULT:
            self._connection.execute(delete(notifications).where(here))
        elif self._connection.execute(update(notifications).where(here).values(values)).rowcount == 0:
            self._connection.execute(insert(notifications).values(account_id=account_id, **values))

    def put_for(self, account_id: int, room_id: int, settings: ConversationNotifications) -> None:
        """Set what counts in one conversation."""
        here = (_own.account_id == account_id) & (_own.room_id == room_id)
        values: dict[str, Any] = {"level": settings.level, "muted_until": settings.muted_until}
        if settings == NO_OWN:
            self._connection.execute(delete(conversation_notifications).where(here))
        elif self._connection.execute(update(conversation_notifications).where(here).values(values)).rowcount == 0:
            added = insert(conversation_notifications).values(account_id=account_id, room_id=room_id, **values)
            self._connection.execute(added)

    def count(self, account_id: int) -> int:
        """For how many conversations the account has settings."""
        query = select(func.count()).select_from(conversation_notifications)
        return int(self._connection.execute(query.where(_own.account_id == account_id)).scalar_one())

    def forget(self, account_id: int) -> int:
        """Remove all of an account. Returns how many rows that were."""
        return sum(
            self._connection.execute(delete(table).where(table.c.account_id == account_id)).rowcount
            for table in (notifications, conversation_notifications)
        )
