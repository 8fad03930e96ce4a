"""What a person reads of the history: their conversations, pages of these, and searches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatstore.chat.changes.reading import MarkRead
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.message_ids import is_id_of, message_place
from chatstore.chat.model.messages import HistoryQuery, Page, Search
from chatstore.chat.model.names import person_name
from chatstore.chat.model.room_events import EARLIER, EDITS, MESSAGE_KINDS, RoomEvent
from chatstore.chat.model.rooms import Room, direct_key
from chatstore.chat.model.scopes import READ, outside_scope
from chatstore.chat.ports import Conversation
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.views import ConversationView, Recent
from chatstore.chat.session.visibility import Visibility, no_such_person, no_such_room
from chatstore.chat.ticket import Ticket

SECONDS = 2.0
"""The longest time, in seconds, that one search may take."""
_ALWAYS = 2**62
_ABOUT_NOW = 60_000
"""By how many milliseconds the clock of a client that requests everything up to now may differ from the
server's."""


@dataclass(frozen=True)
class Hit:
    """A message, and where it was said."""

    event: RoomEvent
    conversation: ConversationView


@dataclass(frozen=True)
class Wanted:
    """The search that a person wants, as chat.model.messages.Search. `target` is `#room` or a nick; empty for
    everywhere."""

    limit: int
    target: str = ""
    text: str = ""
    author: str = ""
    after: int | None = None
    before: int | None = None


class History:
    """`session.history`. All of its questions block."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees

    def conversation(self, target: str) -> ConversationView:
        """The room or direct conversation behind `#room` or a nick. Raises NO_SUCH_ROOM or NO_SUCH_PERSON if
        this person may not read it, whether it exists or not."""
        return ConversationView.of(*self._readable(target))

    def _readable(self, target: str) -> tuple[Room, str]:
        """The room of conversation(), and its name as the view has it."""
        actor = self._session.actor
        if target.startswith("#"):
            live = self._sees.live_named(target)
            if live is not None and permissions.may_read(live.room, live.role(actor.key), actor):
                self._session.need("read", live.room.id, target)
                return live.room, live.name
            raise no_such_room(target)
        self._session.need("read", about=target)
        other = self._sees.online(target) or self._sees.absent(target, removed=True)
        room = self._session.chat.store.rooms.keyed(direct_key(actor.key, other.key))
        if room is None or not room.last_seq or not permissions.may_read(room, None, actor):
            raise no_such_person(target)
        return room, other.nick

    def page(self, query: HistoryQuery) -> Page:
        """A page of a conversation that conversation() or join() returned; it is empty for a room that the
        person has left.

        The permission is checked after reading: what is said after a kick is stored only when the hub knows
        of the kick.
        """
        live, actor = self._session.chat.hub.room(query.room), self._session.actor
        self._session.need("read", live.room.id if live is not None else None)
        if live is not None:
            after = max(query.after, self.readable_from(live.room) - 1)
            query = replace(query, after=after, audiences=permissions.readable_audiences(live.role(actor.key)))
        if not query.most_bytes:
            query = replace(query, most_bytes=self._session.chat.policy.limits.history_page_bytes)
        page = self._session.chat.store.messages.page(query)
        if live is not None and not permissions.may_read(live.room, live.role(actor.key), actor):
            return Page((), page.last_seq)
        if live is not None:  # who left and came back meanwhile reads from that join on
            first = self.readable_from(live.room)
            page = replace(page, events=[event for event in page.events if event.seq >= first])
        return page

    def seq_of(self, conversation: ConversationView, text: str) -> int | None:
        """The seq of the message with this id, in a conversation that conversation() returned; None if the id
        is unknown there. A pruned message still has its place: everything that is left comes after it."""
        self._session.need("read", None if conversation.direct else conversation.id)
        place = message_place(text)
        if place is None or place[0] != conversation.id:
            return None
        seq = place[1]
        if seq < conversation.first_seq:
            return seq
        events = self._session.chat.store.messages.page(
            HistoryQuery(conversation.id, 1, after=seq - 1, before=seq + 1)
        ).events
        if not events:  # pruned since, or never there
            now = self._session.chat.store.rooms.keyed(conversation.key)
            return seq if now is not None and seq < now.first_seq else None
        return seq if is_id_of(text, events[0].time) else None

    def pins(self, conversation: ConversationView) -> Sequence[RoomEvent]:
        """The pinned messages that this person may read, in the order in which they were pinned."""
        self._session.need("read", None if conversation.direct else conversation.id)
        found = (self._at(conversation, seq) for seq in self._session.chat.store.pins.of(conversation.id))
        return [message for message in found if message is not None]

    def earlier_texts(self, conversation: ConversationView, text: str) -> Sequence[tuple[int, str]]:
        """The earlier texts of an edited message, by its id: each with when it was said (ms since 1970 UTC), in
        ascending order. None if the room does not keep them. Raises NO_SUCH_MESSAGE."""
        seq = self.seq_of(conversation, text)
        message = self._at(conversation, seq) if seq is not None else None
        if message is None or message.kind not in MESSAGE_KINDS:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here", text)
        found, said = [], message.time
        for number in message.tags.get(EDITS, "").split(","):
            edit = self._at(conversation, int(number)) if number else None
            if edit is not None:
                if EARLIER in edit.tags:
                    found.append((said, edit.tags[EARLIER]))
                said = edit.time
        return found

    def _at(self, conversation: ConversationView, seq: int) -> RoomEvent | None:
        page = self.page(HistoryQuery(conversation.id, 1, after=seq - 1, before=seq + 1))
        return next(iter(page.events), None)

    def search(self, wanted: Wanted) -> tuple[Sequence[Hit], bool]:
        """The hits among what this person may read now, in ascending order, and whether the search was
        complete. Raises BUSY while another search of the same person runs."""
        running, key = self._session.chat.searching, self._session.actor.key
        if running.setdefault(key, self) is not self:
            raise ChatError(Code.BUSY, "another search of yours is still running: try again when it is done")
        try:
            return self._search(wanted)
        finally:
            del running[key]

    def readable_from(self, room: Room) -> int:
        """The first seq of a conversation that this person may read. Pages, searches and everything else that
        reads messages use it."""
        live = self._session.chat.hub.room(room.id)
        member = live.members.get(self._session.actor.key) if live is not None else None
        joined = member.joined_seq if member is not None else None
        return permissions.readable_from(live.room if live is not None else room, joined)

    def read_marker(self, target: str) -> int | None:
        """The read marker for `#room` or a nick: up to when this person has read, in ms since 1970 UTC. None
        if they have set none, or know of no such conversation."""
        session, room = self._session, None
        try:
            if target.startswith("#"):
                live = self._sees.live_named(target)
                if live is not None and permissions.may_see(live.room, live.role(session.actor.key)):
                    room = live.room
            else:
                session.need("read", about=target)
                other = self._sees.online(target) or self._sees.absent(target, removed=True)
                room = session.chat.store.rooms.keyed(direct_key(session.actor.key, other.key))
        except ChatError as error:
            if error.code is Code.OUTSIDE_SCOPE:
                raise
            return None
        if room is not None:
            session.need("read", None if room.direct else room.id, target)
        return session.chat.store.markers.read_at(room.id, session.actor) if room is not None else None

    def mark_read(self, target: str, time: int) -> Ticket:
        """Mark everything up to `time` (ms since 1970 UTC) as read. The result is the marker, which never
        goes back; None if nothing was said with that person. Raises NO_SUCH_ROOM, NO_SUCH_PERSON."""
        session = self._session
        session.present.read_at = session.chat.clock()
        whom: int | Actor | str
        if target.startswith("#"):
            live = self._sees.live_room(target)
            if not permissions.may_read(live.room, live.role(session.actor.key), session.actor):
                raise no_such_room(target)
            whom = live.room.id
        else:
            whom = self._sees.online(target) or person_name(target).folded
        return session.submit([MarkRead(session.actor, whom, time, origin=session.origin)])

    def first_seq_from(self, room_id: int, time: int) -> int:
        """See Store.first_seq_from."""
        self._session.need("read", room_id if self._session.chat.hub.room(room_id) is not None else None)
        return self._session.chat.store.messages.first_seq_from(room_id, time)

    def conversations(self, after: int, before: int, limit: int, *, newest: bool = True) -> Sequence[Recent]:
        """The conversations of this person; see MessagesReader.conversations. A `before` near now reads up to
        the newest message: if the clock was ahead once, old messages have times in the future."""
        self._need_read()
        found = self._conversations(after, before, limit, newest=newest)
        return [
            Recent(ConversationView.of(each.room, each.name), each.latest)
            for each in found
            if self._may_hear(each.room)
        ]

    def _conversations(self, after: int, before: int, limit: int, *, newest: bool = True) -> Sequence[Conversation]:
        chat = self._session.chat
        now = int(chat.clock() * 1000)
        ahead = now if abs(before - now) <= _ABOUT_NOW else None
        return chat.store.messages.conversations(
            self._session.actor, after, before, limit, newest=newest, ahead=ahead
        )

    def _search(self, wanted: Wanted) -> tuple[Sequence[Hit], bool]:
        session = self._session
        places = {room.id: (room, name) for room, name in self._places(wanted.target)}
        rooms = {room.id: self.readable_from(room) for room, _ in places.values()}
        if not rooms:
            return (), True
        most = session.chat.policy.limits.history_page_bytes
        until = time.monotonic() + SECONDS
        found = session.chat.store.search(
            Search(rooms, wanted.limit, wanted.text, wanted.author, wanted.after, wanted.before, most),
            lambda: time.monotonic() < until and session.here,
        )
        # Check again: the person may have been kicked meanwhile, and then may not read the room, even after
        # coming back.
        first = {id_: self.readable_from(room) for id_, (room, _) in places.items() if self._may_read(id_)}
        hits = [event for event in found.events if event.room in first and event.seq >= first[event.room]]
        return [Hit(event, ConversationView.of(*places[event.room])) for event in hits], found.complete

    def _places(self, target: str) -> list[tuple[Room, str]]:
        """The conversations to search; empty if this person has no such conversation."""
        if target:
            try:
                return [self._readable(target)]
            except ChatError as error:
                if error.code is Code.OUTSIDE_SCOPE:
                    raise
                return []
        self._need_read()
        return [
            (each.room, each.name)
            for each in self._conversations(-1, _ALWAYS, 100_000)
            if self._may_read(each.room.id) and self._may_hear(each.room)
        ]

    def _may_hear(self, room: Room) -> bool:
        """Whether the token lets the session read a conversation."""
        return self._session.grant.hears(None if room.direct else room.id)

    def _need_read(self) -> None:
        """Raise OUTSIDE_SCOPE if the token lets the session read nothing."""
        if "read" not in self._session.grant.scopes:
            raise outside_scope(READ)

    def _may_read(self, room_id: int) -> bool:
        live, actor = self._session.chat.hub.room(room_id), self._session.actor
        return live is None or permissions.may_read(live.room, live.role(actor.key), actor)
