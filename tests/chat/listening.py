"""Sessions and renderers that record what the hub does with them, and a room that lives without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Person
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event, Published, RoomOpened
from chatstore.chat.model.room_events import NO_TAGS, MemberJoined, MessagePosted, RoomEvent
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.model.scopes import EVERYTHING
from chatstore.chat.ports import StoredMember

ALICE, BOB, EVE = Actor("alice", "alice", 1), Actor("bob", "bob", 2), Actor("eve", "eve", 3)
GUEST = Actor("visitor", guest="g1")


@dataclass(frozen=True)
class RecordingRenderer:
    """Renders an event as `kind room seq body` and keeps every event that it rendered."""

    name: str = "plain"
    echo: bool = True
    shows_own: bool = True
    follows_renames: bool = True
    follows: bool = False
    ignored: frozenset[int | str] = frozenset()
    rendered: list[Event] = field(default_factory=list, compare=False)

    def ignoring(self, people: frozenset[int | str]) -> RecordingRenderer:
        return replace(self, ignored=people)

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        self.rendered.append(event)
        seq, body = getattr(event, "seq", "-"), getattr(event, "body", "")
        what = getattr(event, "kind", type(event).__name__)
        return f"{what} {room or '>' + to} {seq} {body}\n".encode()


class FakeSession:
    """Keeps what it is sent. `events` are the rooms that it entered, `ends` the reasons why it was ended."""

    def __init__(self, renderer: RecordingRenderer | None = None) -> None:
        self.renderer: Any = renderer or RecordingRenderer()
        self.person: Person | None = None
        self.grant = EVERYTHING
        self.away, self.away_at, self.operator, self.secure = "", 0.0, False, False
        self.operator = self.secure = False
        self.sent: list[bytes] = []
        self.events: list[RoomEvent] = []
        self.ends: list[str] = []
        self.online: list[str] = []

    def send(self, data: bytes) -> None:
        if data:
            self.sent.append(data)

    def entered(self, _room_id: int, joined: RoomEvent) -> None:
        self.events.append(joined)

    def came_online(self, nick: str) -> None:
        self.online.append(nick)

    def end(self, reason: str) -> None:
        self.ends.append(reason)

    @property
    def lines(self) -> list[str]:
        return b"".join(self.sent).decode().splitlines()

    @property
    def seqs(self) -> list[int]:
        """The seqs of the messages that it was sent, in order."""
        return [int(line.split(" ")[2]) for line in self.lines if line.startswith(("message ", "notice "))]


class Life:
    """A hub with one room, `main` (id 1), and the next seq of that room."""

    def __init__(self, *members: Actor, roles: Mapping[Actor, Role] = NO_TAGS) -> None:  # type: ignore[assignment]
        self.hub = Hub()
        self.delivery = Delivery(self.hub)
        self.room = Room(1, "room", "#main", "main", 0, last_seq=len(members))
        self.seq = len(members)
        stored = [
            StoredMember(1, actor, roles.get(actor, Role.MEMBER), seq) for seq, actor in enumerate(members, 1)
        ]
        self.hub.load([self.room], stored)

    def attach(self, actor: Actor, renderer: RecordingRenderer | None = None) -> FakeSession:
        """A session of that person. It is held in the room if the person is a member."""
        session: Any = FakeSession(renderer)
        session.person, _ = self.hub.attach(session, actor, "", 0.0)
        return session  # type: ignore[no-any-return]

    def listen(self, actor: Actor, renderer: RecordingRenderer | None = None) -> FakeSession:
        """A session that listens to the room."""
        session: Any = self.attach(actor, renderer)
        self.hub.release(session, 1, self.seq)
        self.hub.release_direct_conversations(session, {})
        return session  # type: ignore[no-any-return]

    def event(
        self, kind: type[RoomEvent], actor: Actor, body: str = "", origin: object = None, room: int = 1, **tags: str
    ) -> Published:
        """The next event, as it would be committed; it is not published yet."""
        self.seq += 1
        return kind(room, self.seq, self.seq * 10, actor, body, tags), origin

    def happens(
        self, kind: type[RoomEvent], actor: Actor, body: str = "", origin: object = None, **tags: str
    ) -> RoomEvent:
        published = self.event(kind, actor, body, origin, **tags)
        self.delivery.publish([published])
        return published[0]  # type: ignore[return-value]

    def say(self, actor: Actor, *bodies: str, origin: object = None) -> None:
        """Publish messages in one batch."""
        self.delivery.publish([self.event(MessagePosted, actor, body, origin) for body in bodies])

    def join(self, actor: Actor) -> None:
        self.happens(MemberJoined, actor)

    def open(self, room: Room, *persons: Actor) -> None:
        self.delivery.publish([(RoomOpened(room, persons), None)])

    def names(self) -> set[str]:
        live = self.hub.room(1)
        assert live is not None
        return {member.person.nick for member in live.members.values()}


def bodies(lines: Iterable[str]) -> list[str]:
    return [line.split(" ", 3)[3] for line in lines]
