"""What a client is shown of rooms: a room as it joins, topic and names, earlier messages.

Spec: Modern, JOIN, NAMES, TOPIC; IRCv3 batch and draft/chathistory. A client without draft/chathistory gets
the last messages of a room before anything live.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from chatstore.chat.model.member_list import MemberList
from chatstore.chat.model.messages import HistoryQuery, is_speech
from chatstore.chat.model.room_events import MESSAGE_KINDS, MemberJoined, RoomEvent, RoomMoved
from chatstore.chat.model.rooms import Role
from chatstore.chat.session.history import Hit
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.line import MAX_BODY, timestamp
from chatstore.irc.metadata import aware, show_room_metadata
from chatstore.irc.renderer import offer_notice

if TYPE_CHECKING:
    from chatstore.irc.client import Client

MAX_REPLAY_BYTES = 2 * 1024 * 1024
"""Bytes of replay for all rooms together, at login or when a client joins several rooms at once."""
MIN_ROOM_BYTES = 16 * 1024
"""Bytes of replay that each room may have, even if MAX_REPLAY_BYTES is used up."""
MAX_MISSED_BYTES = 512 * 1024
"""Bytes of direct messages that are shown at login: the newest ones, and a notice about the rest."""
PARTIAL = "chatstore/partial"
"""The tag of a history BATCH that was cut because of its bytes: there are more messages."""
PREFIXES = {Role.MEMBER: "", Role.VOICE: "+", Role.OPERATOR: "@", Role.VOICED_OPERATOR: "@+"}
"""The prefixes of each role, the highest first."""


class Part(NamedTuple):
    """Events in ascending order, and which end is kept if they have too many bytes. `cut`: some are missing
    already."""

    events: Sequence[RoomEvent]
    newest: bool = True
    cut: bool = False


def share(client: Client, rooms: int) -> int:
    """Return the bytes of replay for each of `rooms` rooms that are shown together."""
    most = client.session.policy.limits.history_page_bytes
    return min(most, max(MIN_ROOM_BYTES, MAX_REPLAY_BYTES // max(1, rooms)))


def shown_at_once(client: Client, joined: MemberJoined) -> bool:
    """Whether show_room() would read nothing from the database."""
    session = client.session
    if aware(client):
        return False
    if not session.grant.hears(joined.room):
        return True
    if client.has("draft/read-marker"):
        return False
    return client.has("draft/chathistory") or session.sees.is_silent(joined) or _replayed(client, joined) is None


def show_room(client: Client, joined: MemberJoined, together: int = 1) -> None:
    """In a worker, unless the room is shown_at_once(): send JOIN, topic, names and the replay; then the room is
    live.

    `joined.seq` is 0 for a room that the person was in before this connection. `together`: the number of
    rooms that are shown at once.
    """
    session, reply = client.session, client.reply
    room = session.sees.room_by_id(joined.room)
    if room is None:
        return
    reply.raw(client.renderer.render(joined, room.name))
    if room.topic:
        send_topic(client, room)
    hears = session.grant.hears(joined.room)
    if client.has("draft/read-marker") and hears:
        send_read_marker(client, f"#{room.name}", session.history.read_marker(f"#{room.name}"))
    if not client.has("no-implicit-names"):
        send_names(client, room)
    shown = joined.seq
    if isinstance(joined, RoomMoved):
        reply.flush()
        session.release(joined.room, shown)
        return
    if joined.seq and room.motd:
        reply.line("NOTICE", client.nick, f"[#{room.name}] {room.motd}", trailing=True)
    if not client.has("draft/chathistory") and hears:
        query = _replayed(client, joined) if not session.sees.is_silent(joined) else None
        if query is not None:
            most = share(client, together)
            page = session.history.page(replace(query, most_bytes=most))
            replay(client, f"#{room.name}", room.name, "", page.events, most)
            shown = joined.seq or page.last_seq
    show_room_metadata(client, room)
    reply.flush()
    session.release(joined.room, shown)


def _replayed(client: Client, joined: MemberJoined) -> HistoryQuery | None:
    """Return the query for the messages that a client without CHATHISTORY is shown; None for none.

    After a JOIN these are the last messages. In a room that the person was in before, the setting `missed`
    limits them to those that no connection of the account has received: otherwise loggers and bots would
    handle messages twice.
    """
    session, missed = client.session, client.session.missed.get(joined.room)
    most = session.policy.history.replay_on_join
    choice = session.replay
    if not most or choice == "off" or (choice == "missed" and not joined.seq and missed is None):
        return None
    after = missed.after if missed is not None and choice == "missed" and not joined.seq else 0
    return HistoryQuery(joined.room, most, after=after, before=joined.seq or None, kinds=MESSAGE_KINDS)


def show_joined_rooms(client: Client, rooms: Sequence[int]) -> None:
    """In a worker: show the rooms that the person was in before this connection."""
    session = client.session
    tags = {"realname": session.realname}
    for room_id in rooms:
        show_room(client, MemberJoined(room_id, 0, session.now, session.actor, tags=tags), len(rooms))


def show_offers(client: Client) -> None:
    """In a worker, unless it is a guest's: tell the client about the rooms that are offered to its account."""
    account = client.session.account
    if account is not None:
        for offer in client.session.rooms.offers():
            if offer.account == account.id:
                line = offer_notice(client.server.name, client.nick, offer.by_name, f"#{offer.name}")
                client.reply.raw(f"{line}\r\n".encode())
    client.reply.flush()


def show_missed_directs(client: Client) -> None:
    """In a worker: show the direct messages that came while the account had no connection; then they are
    live."""
    session = client.session
    shown: dict[int, int] = {}
    left = MAX_MISSED_BYTES
    for missed in () if client.has("draft/chathistory") else reversed([*session.missed.values()]):
        if not missed.conversation.direct:
            continue
        limit = session.policy.limits.history_page
        query = HistoryQuery(missed.conversation.id, limit, after=missed.after, kinds=MESSAGE_KINDS)
        page = session.history.page(replace(query, most_bytes=max(left, 1)))
        own = () if client.renderer.shows_own else (session.actor.key,)
        events = [event for event in page.events if event.actor.key not in own]
        size, cut = replay(client, missed.conversation.name, "", missed.conversation.name, events, max(left, 1))
        left -= size
        if cut or page.cut or len(page.events) == limit:
            name = missed.conversation.name
            more = f"you missed more messages from {name}: a client with CHATHISTORY can ask for them"
            client.reply.line("NOTICE", client.nick, more, trailing=True)
        client.reply.flush()
        shown[missed.conversation.id] = page.last_seq
    session.release_direct_conversations(shown)


def replay(
    client: Client, target: str, room: str, other: str, events: Iterable[RoomEvent], most: int
) -> tuple[int, bool]:
    """Send earlier messages of a room, or of the direct conversation with `other`: the newest that fit into
    `most` bytes.

    Clients with batch get a batch. Clients without server-time get the time as text. Returns the bytes sent,
    and whether older messages are missing.
    """
    events = [event for event in events if is_speech(event.body)]
    if not events:
        return 0, False
    clock = not client.has("server-time")
    return send_batch(client, "chathistory", target, room, other, Part(events), clock=clock, most=most)


def send_batch(
    client: Client,
    kind: str,
    target: str,
    room: str,
    other: str,
    *parts: Part,
    clock: bool = False,
    most: int | None = None,
) -> tuple[int, bool]:
    """Send events in a BATCH of this kind (IRCv3 batch); without the BATCH to clients that do not know it.

    `most`: bytes, by default history_page_bytes; the parts share them equally. `clock`: put the time in front
    of each message. Returns the bytes sent, and whether events are missing; then the BATCH has the tag
    PARTIAL, too.
    """
    reply, batched = client.reply, client.has("batch")
    reference = client.next_batch()
    tags = {"batch": reference} if batched else None
    most = client.session.policy.limits.history_page_bytes if most is None else most
    pieces: list[bytes] = []
    shown: list[RoomEvent] = []
    cut = any(part.cut for part in parts)
    for part in parts:
        some: list[bytes] = []
        size = 0
        for event in reversed(part.events) if part.newest else part.events:
            to = other if event.actor.key == client.session.actor.key else client.nick
            before = _when(event.time) if clock else ""
            piece = client.renderer.render(event, room, to, extra_tags=tags, before=before)
            size += len(piece)
            if some and size > most // len(parts):
                cut = True
                break
            some.append(piece)
            shown.append(event)
        pieces += reversed(some) if part.newest else some
    if batched:
        reply.line("BATCH", f"+{reference}", kind, target, tags={PARTIAL: ""} if cut else None)
    for piece in pieces:
        reply.raw(piece)
    if batched:
        reply.line("BATCH", f"-{reference}")
    if kind == "chathistory":
        send_previews(client, target, room, shown)
    sent = sum(map(len, pieces))
    client.session.answered(sent)
    return sent, cut


def send_previews(client: Client, target: str, room: str, events: Sequence[RoomEvent]) -> None:
    """Send what the links of these messages lead to, to a client that wants to know."""
    if client.renderer.previews:
        for preview in client.session.previews.of(events):
            client.reply.raw(client.renderer.render(preview, room, target))


def send_read_marker(client: Client, target: str, time: int | None) -> None:
    """Send MARKREAD, with `*` if there is no marker. `time`: ms since 1970 UTC."""
    client.reply.line("MARKREAD", target, "*" if time is None else f"timestamp={timestamp(time)}")


def send_topic(client: Client, room: RoomView) -> None:
    """Send RPL_TOPIC and RPL_TOPICWHOTIME, or RPL_NOTOPIC."""
    if not room.topic:
        client.reply.numeric(n.RPL_NOTOPIC, f"#{room.name}", text="no topic is set")
        return
    client.reply.numeric(n.RPL_TOPIC, f"#{room.name}", text=room.topic)
    by = client.server.name if room.topic_by == "*" else room.topic_by
    client.reply.numeric(n.RPL_TOPICWHOTIME, f"#{room.name}", by, str(room.topic_at // 1000))


def send_names(client: Client, room: RoomView) -> None:
    """Send RPL_NAMREPLY, as many as needed, and RPL_ENDOFNAMES."""
    send_member_names(client, room)
    client.reply.numeric(n.RPL_ENDOFNAMES, f"#{room.name}", text="end of names")


def send_member_names(client: Client, room: RoomView) -> None:
    """Send RPL_NAMREPLY, as many as needed, with the members that this client may see."""
    symbol = "@" if room.has("s") else "="
    room_for = MAX_BODY - 2 - len(f":{client.server.name} 353 {client.nick} {symbol} #{room.name} :".encode())
    for names in _names(client, client.session.sees.member_list(room), room_for):
        client.reply.numeric(n.RPL_NAMREPLY, symbol, f"#{room.name}", text=names)


def _names(client: Client, listed: MemberList, room_for: int) -> Sequence[str]:
    """Return the names of the members with their prefixes, in lines of so many bytes."""
    several, masks = client.has("multi-prefix"), client.has("userhost-in-names")
    what = (several, masks, room_for)
    lines: list[str] | None = listed.made(what)
    if lines is not None:
        return lines
    lines = []
    line: list[str] = []
    size = 0
    prefixes = {role: prefix(client, role) for role in PREFIXES}
    for member in listed.members:
        name = prefixes[member.role] + (member.actor.mask if masks else member.actor.nick)
        length = len(name) if name.isascii() else len(name.encode())
        if line and size + length > room_for:
            lines.append(" ".join(line))
            line, size = [], 0
        line.append(name)
        size += length + 1
    if line:
        lines.append(" ".join(line))
    listed.keep(what, lines)
    return lines


def prefix(client: Client, role: Role) -> str:
    """Return a member's prefix: the highest one, or all of them, highest first (IRCv3 multi-prefix)."""
    return PREFIXES[role] if client.has("multi-prefix") else PREFIXES[role][:1]


def _when(moment: int) -> str:
    """Return a time as text, in the server's time zone: `[18:52] ` today, `[2026-11-21 18:52] ` before."""
    then = time.localtime(moment / 1000)
    today = time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", then)
    return time.strftime("[%H:%M] " if today else "[%Y-%m-%d %H:%M] ", then)


def describe_modes(room: RoomView) -> tuple[str, list[str]]:
    """Return a room's modes as `+knt`, and their parameters."""
    letters, params = room.flags, []
    if room.password:
        letters += "k"
        params.append(room.password)
    if room.member_limit:
        letters += "l"
        params.append(str(room.member_limit))
    return f"+{letters}", params


def send_hits(client: Client, hits: Sequence[Hit], batch: str, *, newest: bool) -> bool:
    """Send messages of any conversations, in a batch of this type: as many as history_page_bytes allows, from the
    newest or from the oldest on. Returns whether these are all."""
    reply, batched, reference = client.reply, client.has("batch"), client.next_batch()
    most, pieces = client.session.policy.limits.history_page_bytes, deque[bytes]()
    size = 0
    for hit in reversed(hits) if newest else hits:
        conversation, own = hit.conversation, hit.event.actor.key == client.session.actor.key
        to = (conversation.name if own else client.nick) if conversation.direct else ""
        tags = {"batch": reference} if batched else None
        piece = client.renderer.render(hit.event, conversation.room, to, extra_tags=tags)
        size += len(piece)
        if pieces and size > most:
            break
        (pieces.appendleft if newest else pieces.append)(piece)
    if batched:
        reply.line("BATCH", f"+{reference}", batch)
    for piece in pieces:
        reply.raw(piece)
    if batched:
        reply.line("BATCH", f"-{reference}")
    client.session.answered(min(size, most))
    return len(pieces) == len(hits)
