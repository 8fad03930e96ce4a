"""What an export for readers has: the conversations, and what people want to read of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.model.room_events import (
    SHOWN_KINDS,
    FounderChanged,
    MemberKicked,
    RoomEvent,
    RoomRenamed,
    TopicChanged,
)
from chatstore.storage import reading_places
from chatstore.storage.exporting import Scope, Snapshot
from chatstore.storage.reading_places import Place, all_places, places

READ_KINDS = (*SHOWN_KINDS, TopicChanged.kind, MemberKicked.kind, RoomRenamed.kind, FounderChanged.kind)
"""What is worth reading years later: not who came and went."""
_SLUG = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Talk:
    """A room or direct conversation. `title` is its name as people know it, `file` a name for files: letters and
    digits, whatever people call their rooms. `members`: their nicks."""

    place: Place
    title: str
    members: Sequence[str] = field(default=())

    @property
    def id(self) -> int:
        return self.place.room.id

    @property
    def direct(self) -> bool:
        return self.place.room.direct

    @property
    def file(self) -> str:
        plain = unicodedata.normalize("NFKD", self.title).encode("ascii", "ignore").decode().lower()
        return f"{self.id}-{_SLUG.sub('-', plain)[:40].strip('-')}".strip("-")


def talks(snapshot: Snapshot, scope: Scope) -> list[Talk]:
    """The conversations of an export: rooms by name, then direct conversations."""
    found = [
        _talk(snapshot, place)
        for place in (all_places(snapshot, scope) if scope.account is None else places(snapshot, scope))
    ]
    return sorted(found, key=lambda talk: (talk.direct, talk.title.casefold(), talk.id))


def _talk(snapshot: Snapshot, place: Place) -> Talk:
    title = " and ".join(snapshot.people(place.room.key)) if place.room.direct else f"#{place.room.name}"
    members = (
        reading_places.members(snapshot, place.room.id) if place.first is not None and not place.room.direct else ()
    )
    return Talk(place, title, members)


def events(snapshot: Snapshot, talk: Talk, scope: Scope) -> Iterator[Sequence[RoomEvent]]:
    """What there is to read of a conversation, oldest first, some at a time."""
    yield from reading_places.read(snapshot, talk.place, scope, READ_KINDS)


def reactions(
    snapshot: Snapshot, talk: Talk, among: Sequence[RoomEvent]
) -> Mapping[int, Mapping[str, Sequence[str]]]:
    """Who has reacted to some events that follow each other: names by value by seq."""
    if not among or talk.place.first is None:
        return {}
    return reading_places.reactions(snapshot, talk.id, among[0].seq, among[-1].seq)
