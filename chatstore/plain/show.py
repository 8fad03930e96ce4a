"""What a person is shown of rooms: missed messages, a room as they join it, older messages.

A session is held in a room while its history is shown (see chat.live.room): everything up to some seq comes
from the database, everything after it live. So nothing is missing, and nothing comes twice. `Shown` records
that, so that /history continues before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.amounts import counted
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.chat.model.room_events import SHOWN_KINDS, MemberJoined, RoomEvent
from chatstore.chat.session.views import RoomView
from chatstore.plain.client import Client, Shown
from chatstore.plain.renderer import room_label

_MAX_BYTES = 256 * 1024
"""Bytes of history that are shown at once. /history shows the rest."""


def look_ahead(client: Client) -> None:
    """Make the first default room the current one before taking part, so that its lines have no label from
    the beginning."""
    default = client.session.policy.rooms.default[:1]
    client.look_at(client.session.sees.room_id(default[0]) if default else 0)


def show_arrival(client: Client, rooms: Sequence[int]) -> None:
    """In a worker: show what the person missed in their rooms, and then join the first default room, or
    another room if that is impossible."""
    session = client.session
    client.tell(*client.server.motd.splitlines())
    client.tell(f"Hello {session.actor.nick}. Every line is a message; /help lists the commands.")
    places = [*session.policy.rooms.default[:1]] if not session.grant.limited else []
    if not places and rooms:
        client.look_at(rooms[0])
    _show_other_rooms(client, [room_id for room_id in rooms if room_id != client.renderer.current])
    _show_missed_directs(client)
    own = session.account.id if session.account is not None else 0
    for offer in session.rooms.offers():
        if offer.account == own:
            client.tell(
                f"{offer.by_name} offers you the room {offer.name}: /accept {offer.name} or /decline {offer.name}."
            )
    places += [room.name for room in session.sees.rooms_by_id(rooms)]
    for place in places:
        try:
            join(client, place, "")
        except ChatError as error:
            client.refuse("join", error)
        else:
            return
    client.look_at(0)
    client.tell("You have no current room: /rooms lists the rooms, /join ROOM joins one.")


def join(client: Client, room: str, key: str) -> None:
    """In a worker: make a room the current one, and join it if the person is not a member. Raises ChatError.

    The renderer changes first, so that live messages look like the others while history is read.
    """
    session, before, joined = client.session, client.renderer.current, None
    room_id = session.sees.room_id(room)
    client.look_at(room_id)
    if not session.sees.is_in(room):
        try:
            joined = session.rooms.join(room, key).result()
        except ChatError as error:
            if error.code is not Code.ALREADY_A_MEMBER:
                client.look_at(before)
                raise
    view = session.sees.room(room)
    if view.id != room_id:  # the join has just created it
        client.look_at(view.id)
    _show_current(client, view, joined)


def show_entered_elsewhere(client: Client, joined: MemberJoined) -> None:
    """Another connection of this person joined a room: from now on this connection shows it, too."""
    shown, room = client.shown.get(joined.room), client.session.sees.room_by_id(joined.room)
    if room is None:
        return
    if shown is not None and joined.seq <= shown.last:  # show_arrival() has shown it
        client.session.release(joined.room, shown.last)
        return
    client.shown[joined.room] = Shown(first=joined.seq, last=joined.seq)
    if joined.room == client.renderer.current:
        client.tell(f"You are in {room.name} again.")
    else:
        client.tell(
            f"You joined {room.name} with another connection: its lines begin with [{room_label(room.name)}] here, "
            f"/join {room.name} switches to it."
        )
    client.session.release(joined.room, joined.seq)


def show_older(client: Client, room_id: int, name: str, other: str, count: int) -> None:
    """In a worker: show messages before those that were shown. `name`: the room; `other`: the person of a
    direct conversation."""
    shown = client.shown.get(room_id)
    before = shown.first if shown is not None else None
    query = HistoryQuery(room_id, count, before=before, kinds=SHOWN_KINDS, most_bytes=_MAX_BYTES)
    page = client.session.history.page(query)
    if not page.events:
        client.tell("There are no older messages.")
        return
    first = _show_events(client, page.events, name, other)
    if shown is None:
        client.shown[room_id] = Shown(first, page.last_seq, past=True)
    else:
        shown.first = first
    more = page.cut or len(page.events) == count or first > page.events[0].seq
    client.tell("/history shows older messages." if more else "These are the oldest messages.")
    client.session.answered(sum(len(event.body) for event in page.events))


def _show_current(client: Client, room: RoomView, joined: MemberJoined | None) -> None:
    """Show the current room. `joined`: the person's own join, if it has not been shown yet."""
    shown = client.shown.get(room.id)
    if shown is not None and joined is not None and joined.seq > shown.last:
        shown = None  # what was shown is from before the person left
    topic = f" Topic: {room.topic}" if room.topic else ""
    client.tell(f"You are in {room.name} ({counted(room.members, 'member')}).{topic}")
    if shown is not None and shown.past:
        return
    before = shown.first if shown is not None else joined.seq if joined is not None else None
    page = _page(client, room.id, before=before)
    first = before if before is not None else page.last_seq + 1
    if page.events:
        first = _show_events(client, page.events, room.name, "")
    if shown is not None:
        shown.first, shown.past = first, True
        return
    last = joined.seq if joined is not None else page.last_seq
    client.shown[room.id] = Shown(first, last, past=True)
    if joined is None and _missed_before(client, room.id, first):
        client.tell("You missed more messages: /history shows them.")
    client.session.release(room.id, last)


def _show_other_rooms(client: Client, rooms: Sequence[int]) -> None:
    """Show what the person missed in their rooms other than the current one; then these are live."""
    session = client.session
    others = session.sees.rooms_by_id(rooms)
    if others:
        labels = ", ".join(f"[{room_label(room.name)}]" for room in others)
        client.tell(f"You are also in {labels}: their lines begin with that. /join ROOM switches to one.")
    for room in others:
        missed = session.missed.get(room.id)
        if missed is None:
            last = session.history.page(HistoryQuery(room.id, 0)).last_seq
            client.shown[room.id] = Shown(last + 1, last)
            session.release(room.id, 0)
            continue
        page = _page(client, room.id, after=missed.after)
        first = _show_events(client, page.events, room.name, "") if page.events else page.last_seq + 1
        client.shown[room.id] = Shown(first, page.last_seq)
        if page.events and _missed_before(client, room.id, first):
            client.tell(f"You missed more messages in {room.name}: /join {room.name} shows them.")
        session.release(room.id, page.last_seq)


def _show_missed_directs(client: Client) -> None:
    """Show the direct messages that came while the account had no connection; then they are live."""
    session = client.session
    last: dict[int, int] = {}
    for missed in session.missed.values():
        room, name = missed.conversation, missed.conversation.name
        page = _page(client, room.id, after=missed.after, direct=True) if room.direct else None
        if page is None:
            continue
        last[room.id] = page.last_seq
        if page.events:
            first = _show_events(client, page.events, "", name)
            client.shown[room.id] = Shown(first, page.last_seq)
            if _missed_before(client, room.id, first):
                client.tell(f"You missed more messages with {name}: /history @{name} shows them.")
    session.release_direct_conversations(last)


def _page(client: Client, room_id: int, *, after: int = 0, before: int | None = None, direct: bool = False) -> Page:
    limit = client.session.policy.history.replay_on_join
    if client.session.replay == "off" and not direct:
        limit = 0
    if not client.session.grant.hears(room_id):
        return Page((), 0)
    query = HistoryQuery(room_id, limit, after, before, kinds=SHOWN_KINDS, most_bytes=_MAX_BYTES)
    return client.session.history.page(query)


def _missed_before(client: Client, room_id: int, first: int) -> bool:
    """Whether there are messages before `first` that came after this person's last connection."""
    missed = client.session.missed.get(room_id)
    if missed is None:
        return False
    query = HistoryQuery(room_id, 1, after=missed.after, before=first, kinds=SHOWN_KINDS)
    return bool(client.session.history.page(query).events)


def _show_events(client: Client, events: Sequence[RoomEvent], room: str, other: str) -> int:
    """Show the newest events that fit into _MAX_BYTES. Returns the seq of the first one shown."""
    pieces = client.renderer.render_past(events, room, other, client.session.clock())
    start, size = len(pieces), 0
    while start and size < _MAX_BYTES:
        start -= 1
        size += len(pieces[start])
    client.send(b"".join(pieces[start:]))
    return events[start].seq


AWAY = "away"
"""The reason of those who give none: the domain has no other."""


def away_reason(text: str) -> str:
    """Why somebody is away, in their words; empty where they gave none."""
    return "" if text == AWAY else text
