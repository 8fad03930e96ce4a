"""The Transaction of chat.ports: what a Change sees while the writer holds the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import NO_TAGS, Event, RoomEvent
from chatstore.storage import driver
from chatstore.storage.accounts import Accounts
from chatstore.storage.invitations import Invitations
from chatstore.storage.messages import Messages
from chatstore.storage.metadata import Metadata
from chatstore.storage.reactions import Reactions
from chatstore.storage.read_markers import ReadMarkers
from chatstore.storage.retention import Retention
from chatstore.storage.rooms import Invites, Members, Offers, Rooms
from chatstore.storage.tokens import Tokens


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """What fails inside is undone alone. Savepoints do not nest.

    Written out, because every join and quit takes one: SQLAlchemy's nested transaction costs fifty times what
    SQLite needs.
    """
    driver.run(connection, "SAVEPOINT unit")
    try:
        yield
    except BaseException:
        driver.run(connection, "ROLLBACK TO SAVEPOINT unit")
        driver.run(connection, "RELEASE SAVEPOINT unit")
        raise
    driver.run(connection, "RELEASE SAVEPOINT unit")


class Transaction:
    """One unit's part of the writer's transaction, subject by subject. `now`: ms since 1970 UTC."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self.now = now
        self.accounts = Accounts(connection, now)
        self.tokens = Tokens(connection, now)
        self.invitations = Invitations(connection, now)
        self.rooms = Rooms(connection, now)
        self.members = Members(connection, now)
        self.invites = Invites(connection, now)
        self.offers = Offers(connection, now)
        self.messages = Messages(connection, now)
        self.reactions = Reactions(connection, now)
        self.markers = ReadMarkers(connection, now)
        self.metadata = Metadata(connection, now)
        self.retention = Retention(connection, now)
        self.events: list[Event] = []
        """What to publish once this is committed."""
        self.erased = False
        """Something was erased, and the write-ahead log still has a copy."""

    def record(
        self,
        kind: type[RoomEvent],
        room_id: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] | None = None,
        audience: str = "",
    ) -> RoomEvent:
        event = self.messages.record(kind, room_id, actor, body, tags if tags is not None else NO_TAGS, audience)
        self.events.append(event)
        return event

    def announce(self, event: Event) -> None:
        self.events.append(event)

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        self.messages.erase(event, by, reason)
        self.erased = True

    def touch(self) -> None:
        """Write what is there already, to find out whether anything can be written."""
        driver.run(self._connection, "UPDATE incarnations SET token = token")
