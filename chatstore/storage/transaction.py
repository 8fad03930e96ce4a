"""What one change sees of the writer's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from sqlalchemy import Connection

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event
from chatstore.chat.model.previews import previewed
from chatstore.chat.model.room_events import EARLIER, NO_TAGS, RoomEvent
from chatstore.chat.ports.nodes import Nicks, Presences
from chatstore.storage import drivers
from chatstore.storage.accounts import Accounts
from chatstore.storage.answered import Answered
from chatstore.storage.audit import Audit
from chatstore.storage.erasure import Erasure
from chatstore.storage.favourites import Favourites
from chatstore.storage.hooks import Hooks
from chatstore.storage.imports import Imports
from chatstore.storage.invitations import Invitations
from chatstore.storage.last_said import LastSaid
from chatstore.storage.messages import Messages
from chatstore.storage.metadata import Metadata
from chatstore.storage.nodes import Nodes
from chatstore.storage.notifications import NotificationSettings
from chatstore.storage.peace import PeaceSettings
from chatstore.storage.pins import Pins
from chatstore.storage.presence import ONE_SERVER
from chatstore.storage.previews import Previews
from chatstore.storage.push import Push
from chatstore.storage.reactions import Reactions
from chatstore.storage.read_markers import ReadMarkers
from chatstore.storage.reports import Reports
from chatstore.storage.retention import Retention
from chatstore.storage.rooms import HeldRooms, Invites, Members, Offers, Rooms
from chatstore.storage.server_bans import ServerBans
from chatstore.storage.tokens import Tokens
from chatstore.storage.uploads import Files

Hold = Callable[[int], bool]
"""Makes sure that nobody else changes a room until the transaction is over, and that what others have committed
there was published. Returns whether it had to be done."""


class Transaction:
    """The Transaction of chat.ports: what one change sees of the batch's transaction, subject by subject.

    `now`: ms since 1970 UTC. `hold`: called with each room that the change reads (`rooms`) or records in; None if
    nobody else can write. A subject is made when it is first asked for: a change needs two or three of them.
    """

    accounts: Accounts
    tokens: Tokens
    invitations: Invitations
    members: Members
    invites: Invites
    offers: Offers
    messages: Messages
    reactions: Reactions
    pins: Pins
    markers: ReadMarkers
    metadata: Metadata
    retention: Retention
    erasure: Erasure
    imports: Imports
    nodes: Nodes
    reports: Reports
    server_bans: ServerBans
    hooks: Hooks
    files: Files
    notifications: NotificationSettings
    favourites: Favourites
    peace: PeaceSettings
    push: Push
    answered: Answered
    previews: Previews

    def __init__(
        self,
        connection: Connection,
        now: int,
        last_said: LastSaid,
        hold: Hold | None,
        people: tuple[Presences, Nicks] = (ONE_SERVER, ONE_SERVER),
        user: str = "",
    ) -> None:
        self._connection = connection
        self._last_said = last_said
        self._hold = hold
        self.now = now
        self.rooms = Rooms(connection, now) if hold is None else HeldRooms(connection, now, hold)
        self.audit = Audit(connection, now, user)
        self.presences, self.nicks = people
        self.events: list[Event] = []
        """What to publish once this is committed."""
        self.erased = False
        """Whether something was erased of which the write-ahead log still has a copy."""

    def __getattr__(self, name: str) -> Any:
        subject = _SUBJECTS.get(name)
        if subject is None:
            raise AttributeError(name)
        made = subject(self._connection, self.now)
        setattr(self, name, made)
        return made

    def record(
        self,
        kind: type[RoomEvent],
        room_id: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] | None = None,
        audience: str = "",
        told: str | None = None,
    ) -> RoomEvent:
        if self._hold is not None:
            self._hold(room_id)
        event = self.messages.record(kind, room_id, actor, body, tags if tags is not None else NO_TAGS, audience)
        if told is not None:
            event = event.with_body(told)
        self.events.append(event)
        return event

    def last_said(self, room_id: int, actor: Actor, since: int) -> int | None:
        return self._last_said.at(self._connection, room_id, actor.key, since)

    def announce(self, event: Event) -> None:
        self.events.append(event)

    def rewrite(self, event: RoomEvent, body: str, tags: Mapping[str, str], *, erases: bool) -> None:
        self.messages.rewrite(event, body, tags, erases=erases)
        self.erased = self.erased or erases
        if erases:
            for gone in (event.body, event.tags.get(EARLIER, "")):
                if previewed(gone) != previewed(body):  # a link that stays keeps its preview
                    self.previews.forget(gone)

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        self.messages.erase(event, by, reason)
        self.previews.forget(event.body)
        self.erased = True

    def note_erased(self) -> None:
        self.erased = True

    def touch(self) -> None:
        """Write an unchanged value, to find out whether the database accepts writes."""
        drivers.of(self._connection).run(self._connection, "UPDATE incarnations SET token = token")


_SUBJECTS: Mapping[str, Callable[[Connection, int], object]] = get_type_hints(Transaction)
