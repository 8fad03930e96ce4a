"""What is shown of rooms: what was missed, a room as one comes into it, older messages.

A session is held in a room while its past is shown (see chat.live.room): everything up to some seq from the
database, everything after it live, so nothing is missing and nothing comes twice. `Shown` keeps what that
was, so that /history goes on before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import MemberJoined, RoomEvent
from chatstore.chat.model.kinds import SHOWN_KINDS
from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.chat.model.names import room_name
from chatstore.chat.model.rooms import Room, room_key
from chatstore.plain.client import Client, Shown
from chatstore.plain.renderer import room_label

_MOST_BYTES = 256 * 1024
"""Of history at once; what does not fit is one /history away."""


def look_ahead(client: Client) -> None:
    """Before taking part: the first default room is the current one, so that nothing it says looks
    foreign."""
    default = client.server.chat.policy.rooms.default[:1]
    client.look_at(_room_id(client, default[0]) if default else 0)


def show_arrival(client: Client, rooms: Sequence[int]) -> None:
    """In a worker: what was missed in the rooms that one is in already, then one's place in the first default
    room, or in another where that isn't possible."""
    session, hub = client.session, client.server.chat.hub
    client.tell(*client.server.motd.splitlines())
    client.tell(f"Hello {session.actor.nick}. Every line is a message; /help lists what else there is.")
    places = [*client.server.chat.policy.rooms.default[:1]]
    if not places and rooms:
        client.look_at(rooms[0])
    _show_other_rooms(client, [room_id for room_id in rooms if room_id != client.renderer.current])
    _show_missed_directs(client)
    own = session.account.id if session.account is not None else 0
    for offer in session.rooms.offers():
        if offer.account == own:
            client.tell(f"{offer.by_name} offers you the room {offer.name}: /accept {offer.name} makes it yours.")
    places += [live.name for live in map(hub.room, rooms) if live is not None]
    for place in places:
        try:
            join(client, place, "")
        except ChatError as error:
            client.refuse("join", error)
        else:
            return
    client.look_at(0)
    client.tell("You are in no room: /rooms lists them, /join ROOM goes into one.")


def join(client: Client, room: str, key: str) -> None:
    """In a worker: make it the current room, and come into it where the person isn't in. Raises ChatError.

    The view changes first, so that what is said while the past is read looks like the rest of it.
    """
    session, hub, before = client.session, client.server.chat.hub, client.renderer.current
    room_id = _room_id(client, room)
    client.look_at(room_id)
    live, joined = hub.room(room_id), None
    if live is None or live.role(session.actor.key) is None:
        try:
            joined = session.rooms.join(room, key).result()
        except ChatError as error:
            if error.code is not Code.ALREADY_A_MEMBER:
                client.look_at(before)
                raise
    live = session.sees.room(room)
    if live.room.id != room_id:  # it was made just now
        client.look_at(live.room.id)
    _show_current(client, live, joined)


def show_entered_elsewhere(client: Client, joined: MemberJoined) -> None:
    """Another connection of the same person went into a room: from here on it is heard here too."""
    shown, live = client.shown.get(joined.room), client.server.chat.hub.room(joined.room)
    if live is None:
        return
    if shown is not None and joined.seq <= shown.live:  # it was shown already, as one of those of the arrival
        client.session.release(joined.room, shown.live)
        return
    client.shown[joined.room] = Shown(first=joined.seq, live=joined.seq)
    if joined.room == client.renderer.current:
        client.tell(f"You are in {live.name} again.")
    else:
        client.tell(
            f"You went into {live.name} from elsewhere: its lines begin with [{room_label(live.name)}] here, "
            f"/join {live.name} goes there."
        )
    client.session.release(joined.room, joined.seq)


def show_older(client: Client, room: Room, name: str, other: str, count: int) -> None:
    """In a worker: messages before those that were shown. `name` of a room, or whom the conversation is
    with."""
    shown = client.shown.get(room.id)
    before = shown.first if shown is not None else None
    query = HistoryQuery(room.id, count, before=before, kinds=SHOWN_KINDS, most_bytes=_MOST_BYTES)
    page = client.session.history.page(query)
    if not page.events:
        client.tell("There is nothing older.")
        return
    first = _show_events(client, page.events, name, other)
    if shown is None:
        client.shown[room.id] = Shown(first, page.last_seq, past=True)
    else:
        shown.first = first
    more = page.cut or len(page.events) == count or first > page.events[0].seq
    client.tell("/history goes on before these." if more else "That is all there is.")
    client.session.answered(sum(len(event.body) for event in page.events))


def _show_current(client: Client, live: LiveRoom, joined: MemberJoined | None) -> None:
    """The room where one's lines go now. `joined`: one's own join, where it has not been shown yet."""
    room_id, shown = live.room.id, client.shown.get(live.room.id)
    if shown is not None and joined is not None and joined.seq > shown.live:
        shown = None  # what was shown was before one left
    topic = f" Topic: {live.room.topic}" if live.room.topic else ""
    client.tell(f"You are in {live.name} ({counted(len(live.members), 'member')}).{topic}")
    if shown is not None and shown.past:
        return
    before = shown.first if shown is not None else joined.seq if joined is not None else None
    page = _page(client, room_id, before=before)
    first = before if before is not None else page.last_seq + 1
    if page.events:
        first = _show_events(client, page.events, live.name, "")
    if shown is not None:
        shown.first, shown.past = first, True
        return
    last = joined.seq if joined is not None else page.last_seq
    client.shown[room_id] = Shown(first, last, past=True)
    if joined is None and _missed_before(client, room_id, first):
        client.tell("More was said since you were here last: /history shows it.")
    client.session.release(room_id, last)


def _show_other_rooms(client: Client, rooms: Sequence[int]) -> None:
    """What was missed in the rooms that one is in without speaking there; then they are live."""
    session, hub = client.session, client.server.chat.hub
    lives = [live for live in map(hub.room, rooms) if live is not None]
    if lives:
        labels = ", ".join(f"[{room_label(live.name)}]" for live in lives)
        client.tell(f"You are also in {labels}: their lines begin with that. /join ROOM goes there.")
    for live in lives:
        room_id = live.room.id
        missed = session.missed.get(room_id)
        if missed is None:
            last = session.history.page(HistoryQuery(room_id, 0)).last_seq
            client.shown[room_id] = Shown(last + 1, last)
            session.release(room_id, 0)
            continue
        page = _page(client, room_id, after=missed.after)
        first = _show_events(client, page.events, live.name, "") if page.events else page.last_seq + 1
        client.shown[room_id] = Shown(first, page.last_seq)
        if page.events and _missed_before(client, room_id, first):
            client.tell(f"More was said in {live.name} since you were here last: /join {live.name} shows it.")
        session.release(room_id, page.last_seq)


def _show_missed_directs(client: Client) -> None:
    """What was said to the account while nobody of it was here; then direct messages are live."""
    session = client.session
    last: dict[int, int] = {}
    for missed in session.missed.values():
        room, name = missed.room, missed.name
        page = _page(client, room.id, after=missed.after) if room.direct else None
        if page is None:
            continue
        last[room.id] = page.last_seq
        if page.events:
            first = _show_events(client, page.events, "", name)
            client.shown[room.id] = Shown(first, page.last_seq)
            if _missed_before(client, room.id, first):
                client.tell(f"{name} and you said more since you were here last: /history @{name} shows it.")
    session.release_directs(last)


def _page(client: Client, room_id: int, *, after: int = 0, before: int | None = None) -> Page:
    limit = client.server.chat.policy.history.replay_on_join
    if client.session.replay == "off" and not _is_direct(client, room_id):
        limit = 0
    query = HistoryQuery(room_id, limit, after, before, kinds=SHOWN_KINDS, most_bytes=_MOST_BYTES)
    return client.session.history.page(query)


def _is_direct(client: Client, room_id: int) -> bool:
    return client.server.chat.hub.room(room_id) is None


def _missed_before(client: Client, room_id: int, first: int) -> bool:
    """Whether something was said before `first` and after this person was here last."""
    missed = client.session.missed.get(room_id)
    if missed is None:
        return False
    query = HistoryQuery(room_id, 1, after=missed.after, before=first, kinds=SHOWN_KINDS)
    return bool(client.session.history.page(query).events)


def _show_events(client: Client, events: Sequence[RoomEvent], room: str, other: str) -> int:
    """Show the newest of them, as many as are good at once; the seq of the first one shown."""
    pieces = client.renderer.render_past(events, room, other, client.server.chat.clock())
    start, size = len(pieces), 0
    while start and size < _MOST_BYTES:
        start -= 1
        size += len(pieces[start])
    client.send(b"".join(pieces[start:]))
    return events[start].seq


def _room_id(client: Client, room: str) -> int:
    """0 where there is none of that name. Only for looking: it may be one that this person may not know
    of."""
    live = client.server.chat.hub.room_keyed(room_key(room_name(room).folded))
    return live.room.id if live is not None else 0


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
