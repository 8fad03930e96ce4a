"""Events as lines for a person at a terminal.

    alice: hi                  said in the room where one's own lines go
    [dev] bob: hi              said in another room
    [direct] bob: hi           said to this person alone; `alice -> bob` where they said it elsewhere themselves
    * alice waves              done (`/me`)
    -- bob joined              told by the server: no name begins with a hyphen, so nobody can forge it
    [18:52] alice: hi          anything of these from history

The further lines of a message are indented, so none of them can pretend to be a message. Whatever could steer
a terminal is spelled out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from chatstore.chat.model.events import (
    Event,
    MemberLeft,
    MemberQuit,
    MessagePosted,
    NickChanged,
    PersonInvited,
    PersonKilled,
    PersonRenamed,
    RoomEvent,
    RoomOffered,
    TagsPosted,
)
from chatstore.chat.model.messages import action_text
from chatstore.chat.model.sentences import sentence, shown_name
from chatstore.chat.model.text import printable, seen

_DIRECT = "direct"
_INDENT = " " * 4


@dataclass(frozen=True)
class PlainRenderer:
    """`current`: the id of the room where this person's lines go, 0 for none.

    `own`, the person's key, matters for direct messages only, and those are rendered for each reader. So it
    isn't compared: everybody in a room with the same current room shares one rendering.
    """

    current: int = 0
    own: int | str = field(default="", compare=False)

    @property
    def echo(self) -> bool:
        """The terminal has shown what its owner typed."""
        return False

    @property
    def shows_own(self) -> bool:
        return True

    @property
    def follows_renames(self) -> bool:
        return True

    @property
    def follows(self) -> bool:
        """Nobody is watched from here."""
        return False

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        return encoded(self.lines(event, room, to))

    def render_past(self, events: Iterable[RoomEvent], room: str, to: str, now: float) -> list[bytes]:
        """History, one bytes object an event, each after its time. `now`: seconds since 1970 UTC."""
        return [self._past(event, room, to, now) for event in events]

    def _past(self, event: RoomEvent, room: str, to: str, now: float) -> bytes:
        lines = self.lines(event, room, to)
        return encoded([f"{clock_text(event.time, now)} {lines[0]}", *lines[1:]] if lines else [])

    def lines(self, event: Event, room: str, to: str = "") -> list[str]:
        """The event's lines, none for what isn't shown. Parameters as of chat.ports.Renderer."""
        if isinstance(event, MessagePosted):
            return self._said(event, room, to)
        text = _sentence(event, room)
        if not text:
            return []
        return [f"-- {self._place(event, room)}{text}"]

    def _said(self, event: MessagePosted, room: str, to: str) -> list[str]:
        place, name = self._place(event, room), event.actor.nick
        if room and event.audience:
            name = f"{name} -> {event.audience}{room}"
        if not room and event.actor.key == self.own and to != name:
            name = f"{name} -> {to}"
        action = action_text(event.body)
        head, body = (f"{place}{name}: ", event.body) if action is None else (f"{place}* {name} ", action)
        first, *further = seen(body).split("\n")
        return [head + first, *(_INDENT + line for line in further)]

    def _place(self, event: Event, room: str) -> str:
        """What tells that the line isn't the current room's."""
        if isinstance(event, (MemberQuit, NickChanged)) or not isinstance(event, RoomEvent):
            return ""  # of every room, or of none
        if not room:
            return f"[{_DIRECT}] "
        return "" if event.room == self.current else f"[{room_label(room)}] "


def encoded(lines: Iterable[str]) -> bytes:
    """Lines as they go out; nothing in them can steer a terminal."""
    return "".join(f"{printable(line)}\n" for line in lines).encode()


def room_label(room: str) -> str:
    """A room's name as a label: no room may look like a direct message."""
    return f"#{room}" if room.casefold() == _DIRECT else room


def clock_text(moment: int, now: float) -> str:
    """A time (ms) in the server's zone: `[18:52]` today, `[2026-11-21 18:52]` before."""
    then = time.localtime(moment / 1000)
    today = time.localtime(now)[:3] == then[:3]
    return time.strftime("[%H:%M]" if today else "[%Y-%m-%d %H:%M]", then)


def _sentence(event: Event, room: str) -> str:
    match event:
        case MemberLeft(seq=0):  # the room is gone, so this has no place in its history
            return f"{room} was removed; /join ROOM joins another room"
        case TagsPosted():
            return ""  # a reaction needs a screen that shows what it is to
        case RoomEvent():
            return sentence(event)
        case PersonKilled():
            return f"{shown_name(event.actor)}, an operator of this server, closes your connection: {event.reason}"
        case PersonRenamed():
            return f"{shown_name(event.actor)} is now known as {event.nick}"
        case RoomOffered():
            by = shown_name(event.actor)
            return f"{by} offers you the room {room}: /accept {room} or /decline {room}"
        case PersonInvited():
            return f"{shown_name(event.actor)} invites you to {room}: /join {room}"
    return ""
