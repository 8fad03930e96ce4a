"""Rooms and conversations: lists of them, one of them, who is there, joining and leaving, and what was read."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chatstore.api.operations import Call, Operations
from chatstore.api.vocabulary import (
    Conversation,
    Conversations,
    Member,
    Members,
    ReadMarker,
    Room,
    Rooms,
    Time,
    role_name,
    time_if,
    time_of,
    time_text,
)
from chatstore.chat.model.errors import Code
from chatstore.chat.model.metadata import AVATAR, DISPLAY_NAME
from chatstore.chat.session.views import RoomView

OPERATIONS = Operations()

_ALWAYS = 2**62


class Which(Struct, forbid_unknown_fields=True, frozen=True):
    """`member`: only rooms that the account is in (true), or not in (false)."""

    member: bool | None = None


class Joining(Struct, forbid_unknown_fields=True, frozen=True):
    """`key`: of a room that has one (mode k)."""

    key: Annotated[str, Meta(max_length=100)] = ""


class Leaving(Struct, forbid_unknown_fields=True, frozen=True):
    """`reason`: what the others are told."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class Recent(Struct, forbid_unknown_fields=True, frozen=True):
    """Conversations whose latest message lies between these times, at most `limit`, the latest ones."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    after: Time | None = None
    before: Time | None = None


class Read(Struct, forbid_unknown_fields=True, frozen=True):
    """Everything up to this time was read."""

    read: Time


def room_of(view: RoomView) -> Room:
    return Room(
        name=f"#{view.name}",
        topic=view.topic,
        topic_by=view.topic_by,
        topic_at=time_text(view.topic_at) if view.topic_at else None,
        created=time_text(view.created_at),
        members=view.members,
        role=role_name(view.role) if view.role is not None else None,
        modes=view.flags,
        slow_mode=int(view.settings["slowmode"]),
    )


@OPERATIONS.add("GET", "/rooms", query=Which, gives=Rooms, cached=True)
def rooms(call: Call) -> Rooms:
    """The rooms that the account may know of, by name."""
    member = call.query.member
    views = [view for view in call.session.sees.rooms() if member is None or view.inside is member]
    return Rooms(rooms=[room_of(view) for view in views])


@OPERATIONS.add("GET", "/rooms/{room}", gives=Room, codes=[Code.NO_SUCH_ROOM], cached=True)
def room(call: Call) -> Room:
    """One room."""
    return room_of(call.session.sees.room(call.target))


@OPERATIONS.add("GET", "/rooms/{room}/members", gives=Members, codes=[Code.NO_SUCH_ROOM], cached=True)
def members(call: Call) -> Members:
    """The members of a room, by nick."""
    sees = call.session.sees
    room = sees.room(call.target)
    items = call.session.metadata.around_room(room, [AVATAR, DISPLAY_NAME])
    told = {(item.name, item.key): item.value for item in items}
    found = [
        Member(
            nick=each.nick,
            account=each.actor.account,
            role=role_name(each.role),
            online=each.online,
            away=each.away,
            bot=each.bot,
            display_name=told.get((each.nick, DISPLAY_NAME), ""),
            avatar=told.get((each.nick, AVATAR), ""),
        )
        for each in sees.people_in(room)
        if each.role is not None
    ]
    return Members(members=found)


@OPERATIONS.add(
    "POST",
    "/rooms/{room}/join",
    body=Joining,
    gives=Room,
    codes=[
        Code.INVALID_NAME, Code.INVITE_ONLY, Code.WRONG_KEY, Code.BANNED, Code.ROOM_FULL, Code.TOO_MANY_ROOMS,
        Code.TOO_OFTEN,
    ],
)  # fmt: skip
def join(call: Call) -> Room:
    """Join a room; it is made if there is none. The account is a member as it would be without a connection:
    nobody sees it online by this."""
    call.session.rooms.join(call.target, call.body.key).result()
    return room_of(call.session.sees.room(call.target))


@OPERATIONS.add(
    "POST", "/rooms/{room}/leave", body=Leaving, status=204, codes=[Code.NO_SUCH_ROOM, Code.NOT_A_MEMBER]
)
def leave(call: Call) -> None:
    """Leave a room."""
    call.session.rooms.part(call.target, call.body.reason).result()


@OPERATIONS.add("GET", "/conversations", query=Recent, gives=Conversations)
def conversations(call: Call) -> Conversations:
    """The rooms and direct conversations of the account, by the time of their latest message."""
    query = call.query
    after = time_of(query.after) if query.after is not None else -1
    before = time_of(query.before) if query.before is not None else _ALWAYS
    found = call.session.history.conversations(after, before, query.limit)
    told = [
        Conversation(
            room=f"#{each.conversation.name}" if not each.conversation.direct else None,
            person=each.conversation.name if each.conversation.direct else None,
            latest=time_text(each.latest),
        )
        for each in found
    ]
    more = len(found) >= query.limit
    earlier = (
        call.link("/conversations", before=told[0].latest, after=query.after, limit=query.limit) if more else None
    )
    return Conversations(conversations=told, previous=earlier)


@OPERATIONS.add("GET", "/rooms/{room}/read-marker", gives=ReadMarker, id="room_read_marker", both=True)
def read_marker(call: Call) -> ReadMarker:
    """Up to when the account has read a conversation, as its clients say."""
    read = call.session.history.read_marker(call.target)
    return ReadMarker(read=time_if(read))


@OPERATIONS.add(
    "PUT",
    "/rooms/{room}/read-marker",
    body=Read,
    gives=ReadMarker,
    codes=[Code.NO_SUCH_ROOM],
    id="mark_room_read",
    both=True,
)
def mark_read(call: Call) -> ReadMarker:
    """Mark a conversation as read up to a time. The marker never goes back, and never passes now."""
    read = call.session.history.mark_read(call.target, time_of(call.body.read)).result()
    return ReadMarker(read=time_if(read))
