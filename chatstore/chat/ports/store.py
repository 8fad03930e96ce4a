"""The database as a whole: what the domain reads from it, and how it changes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event
from chatstore.chat.model.messages import Draft, Found, Search
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.scopes import EVERYTHING, MANAGE, Grant, Needs
from chatstore.chat.ports.accounts import (
    Accounts,
    AccountsReader,
    Invitations,
    InvitationsReader,
    Metadata,
    MetadataReader,
    Tokens,
    TokensReader,
)
from chatstore.chat.ports.audit import Audit, AuditReader
from chatstore.chat.ports.bans import ServerBans, ServerBansReader
from chatstore.chat.ports.favourites import Favourites, FavouritesReader
from chatstore.chat.ports.feed import FeedReader
from chatstore.chat.ports.files import Contents, Files, FilesReader
from chatstore.chat.ports.history import (
    Answered,
    Erasure,
    ErasureReader,
    MessagesReader,
    OwnExport,
    Pins,
    PinsReader,
    Reactions,
    ReadMarkers,
    ReadMarkersReader,
    Retention,
)
from chatstore.chat.ports.hooks import Hooks, HooksReader
from chatstore.chat.ports.imports import Imports
from chatstore.chat.ports.nodes import Nicks, Nodes, Presences
from chatstore.chat.ports.notifications import NotificationSettings, NotificationsReader, Push, PushReader
from chatstore.chat.ports.peace import PeaceReader, PeaceSettings
from chatstore.chat.ports.previews import Previews, PreviewsReader
from chatstore.chat.ports.reports import Reports, ReportsReader
from chatstore.chat.ports.rooms import (
    Invites,
    InvitesReader,
    Members,
    MembersReader,
    Offers,
    OffersReader,
    Rooms,
    RoomsReader,
)
from chatstore.chat.ticket import Ticket


class Transaction(Protocol):
    """What a Change reads and writes while the writer holds the database. `now` is ms since 1970 UTC."""

    now: int

    @property
    def accounts(self) -> Accounts: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def rooms(self) -> Rooms: ...
    @property
    def members(self) -> Members: ...
    @property
    def invites(self) -> Invites: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def messages(self) -> MessagesReader: ...
    @property
    def reactions(self) -> Reactions: ...
    @property
    def pins(self) -> Pins: ...
    @property
    def markers(self) -> ReadMarkers: ...
    @property
    def metadata(self) -> Metadata: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def erasure(self) -> Erasure: ...
    @property
    def presences(self) -> Presences: ...
    @property
    def nicks(self) -> Nicks: ...
    @property
    def nodes(self) -> Nodes: ...
    @property
    def imports(self) -> Imports: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def server_bans(self) -> ServerBans: ...
    @property
    def hooks(self) -> Hooks: ...
    @property
    def answered(self) -> Answered: ...

    @property
    def previews(self) -> Previews: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def files(self) -> Files: ...
    @property
    def notifications(self) -> NotificationSettings: ...
    @property
    def favourites(self) -> Favourites: ...
    @property
    def peace(self) -> PeaceSettings: ...
    @property
    def push(self) -> Push: ...

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
        """Store one event with the room's next seq, and publish it after the commit. `told`: the body that is
        published, if it has a secret that must not be stored with the event."""

    def note_erased(self) -> None:
        """Note that words were erased which no event tells of: their old pages have to leave the files, too."""

    def last_said(self, room_id: int, actor: Actor, since: int) -> int | None:
        """When the person last said something in a room, from the time `since` on (ms since 1970 UTC); None if
        they did not. A redacted message counts, and so do tags that are stored, except reactions."""

    def announce(self, event: Event) -> None:
        """Publish, after the commit, an event that has no place in a room's history."""

    def rewrite(self, event: RoomEvent, body: str, tags: Mapping[str, str], *, erases: bool) -> None:
        """Give an event another text and other tags. `erases`: the text until now is to leave the files, too."""

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        """Erase a message except who said it and when: its text and tags leave the database at once, and its
        file soon."""


class Touched(NamedTuple):
    """The accounts and rooms that a change writes, or that it is judged by and somebody else may write: the ids of
    both, the keys of rooms, and people, for all rooms that they are members of."""

    accounts: Collection[int] = ()
    rooms: Collection[int] = ()
    keys: Collection[str] = ()
    people: Collection[Actor] = ()


@dataclass
class Change(ABC):
    """A unit of work other than a message. It is decided and done inside the writer's transaction."""

    origin: object = field(default=None, kw_only=True)
    """The origin of the events that it records or announces; delivery uses it."""
    grant: Grant = field(default=EVERYTHING, kw_only=True)
    """What the session may do that submits it, as far as its token goes; see changes/granted.py."""
    by_token: int | None = field(default=None, kw_only=True)
    """The id of the token by which that session is logged in."""
    needs: ClassVar[Needs] = MANAGE
    """The scopes of which a token needs one to submit it."""
    ends_batch: ClassVar[bool] = False
    """The change may take away a right to post, so the writer judges what follows only after publishing it."""
    leaves: ClassVar[bool] = False
    """Somebody who has gone leaves by it, or it belongs to that and judges nobody. Such changes may share a batch
    though leaving ends it: who has gone posts nothing until they come back, which is a change of another kind."""
    deferrable: ClassVar[bool] = False
    """The change concerns nothing but its own subject, and may run after later submissions."""
    of_presence: ClassVar[bool] = False
    """The change writes nothing but presence, and that is stored only where the database has several servers."""

    def place(self) -> int | str | None:
        """The room that it is about, for a grant that is limited to rooms: its id; its key if it may be a new one.
        None if it is about no room, or a direct conversation."""
        return None

    def touches(self, tx: Transaction) -> Touched:
        """What it will touch, as far as that is known before it begins. Where several servers write one
        database, they lock all that a batch touches at once, in one order, so that no two wait for each
        other. What a change leaves out is locked when it comes to it: right, but slower. It only reads."""
        return Touched()

    @abstractmethod
    def apply(self, tx: Transaction) -> Any:
        """Do it and return the result. A ChatError refuses the change, and nothing of it is kept."""


class Store(Protocol):
    """The database, as the domain sees it. Everything except submit() blocks. Each call of a reader sees one
    state."""

    @property
    def accounts(self) -> AccountsReader: ...
    @property
    def tokens(self) -> TokensReader: ...
    @property
    def invitations(self) -> InvitationsReader: ...
    @property
    def rooms(self) -> RoomsReader: ...
    @property
    def invites(self) -> InvitesReader: ...
    @property
    def offers(self) -> OffersReader: ...
    @property
    def messages(self) -> MessagesReader: ...
    @property
    def markers(self) -> ReadMarkersReader: ...
    @property
    def pins(self) -> PinsReader: ...
    @property
    def metadata(self) -> MetadataReader: ...
    @property
    def erasure(self) -> ErasureReader: ...
    @property
    def audit(self) -> AuditReader: ...
    @property
    def server_bans(self) -> ServerBansReader: ...
    @property
    def hooks(self) -> HooksReader: ...
    @property
    def feed(self) -> FeedReader: ...

    @property
    def previews(self) -> PreviewsReader: ...
    @property
    def reports(self) -> ReportsReader: ...
    @property
    def files(self) -> FilesReader: ...
    @property
    def contents(self) -> Contents | None:
        """Where the bytes of files are; None if there is no such place."""

    @property
    def members(self) -> MembersReader: ...
    @property
    def notifications(self) -> NotificationsReader: ...
    @property
    def favourites(self) -> FavouritesReader: ...
    @property
    def peace(self) -> PeaceReader: ...
    @property
    def push(self) -> PushReader: ...

    def submit(self, units: Sequence[Draft | Change]) -> Ticket: ...

    def own_export(self, account_id: int) -> OwnExport:
        """Everything about an account, and all that it may read."""

    def copies_with_erased(self) -> Sequence[str]:
        """The names of copies that chatstore has made of the database, and that have, or may have, words that were
        erased since."""

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        """Search the messages for as long as `go_on` returns True; nothing is held open meanwhile."""
