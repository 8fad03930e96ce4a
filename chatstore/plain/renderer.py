"""PlainRenderer: events as lines for a person at a terminal.

    alice: hi                  a message in the current room
    [dev] bob: hi              a message in another room
    [direct] bob: hi           a direct message; `alice -> bob` if this person sent it from another connection
    * alice waves              an action (`/me`)
    -- bob joined              a line of the server: no name begins with a hyphen, so nobody can forge it
    [18:52] alice: hi          any of these from history

The further lines of a message are indented, so that none of them looks like a message. Control characters are
written out, so that they cannot steer a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.events import (
    Event,
    OperatorsTold,
    PersonInvited,
    PersonKilled,
    PersonRenamed,
    RoomOffered,
    is_ignored,
)
from chatstore.chat.model.messages import action_text
from chatstore.chat.model.room_events import (
    MemberLeft,
    MemberQuit,
    MessageEdited,
    MessagePosted,
    NickChanged,
    RoomEvent,
    TagsPosted,
    Unshown,
)
from chatstore.chat.model.sentences import sentence, shown_name
from chatstore.chat.model.text import printable, seen

_DIRECT = "direct"
_INDENT = " " * 4


@dataclass(frozen=True)
class PlainRenderer:
    """Renders events for one current room.

    `current`: the id of the person's current room, 0 for none. `ignored`: whose messages are left out.
    `own`: the person's key, which matters for
    direct messages only. Those are rendered for each reader, so `own` is not compared: all members with the
    same current room share one rendering.
    """

    current: int = 0
    own: int | str = field(default="", compare=False)
    ignored: frozenset[int | str] = frozenset()

    @property
    def echo(self) -> bool:
        """False: the terminal has shown what its owner typed."""
        return False

    @property
    def shows_own(self) -> bool:
        """True: messages that the person sent from another connection are shown."""
        return True

    @property
    def follows_renames(self) -> bool:
        """True: a renamed room is shown as such, not as leaving and joining."""
        return True

    @property
    def follows(self) -> bool:
        """False: this protocol has no monitor list."""
        return False

    def ignoring(self, people: frozenset[int | str]) -> PlainRenderer:
        """Return the same renderer without the messages of these people."""
        return replace(self, ignored=people)

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        """Return the event's lines as bytes. Parameters: see chat.ports.Renderer."""
        return encoded(self.lines(event, room, to))

    def render_past(self, events: Iterable[RoomEvent], room: str, to: str, now: float) -> list[bytes]:
        """Return history, one bytes object for each event, each with its time in front. `now`: seconds since
        1970 UTC."""
        return [self._past(event, room, to, now) for event in events]

    def _past(self, event: RoomEvent, room: str, to: str, now: float) -> bytes:
        lines = self.lines(event, room, to)
        return encoded([f"{clock_text(event.time, now)} {lines[0]}", *lines[1:]] if lines else [])

    def lines(self, event: Event, room: str, to: str = "") -> list[str]:
        """Return the event's lines; an empty list if it is not shown. Parameters: see chat.ports.Renderer."""
        if self.ignored and is_ignored(event, self.ignored):
            return []
        if isinstance(event, MessageEdited):
            return self._said(event.as_message(), room, to) if event.body else []
        if isinstance(event, MessagePosted):
            return self._said(event, room, to)
        text = _sentence(event, room)
        if not text:
            return []
        return [f"-- {self._place(event, room)}{text}"]

    def _said(self, event: MessagePosted, room: str, to: str) -> list[str]:
        place, name = self._place(event, room), event.actor.nick
        if event.actor.bot:
            name = f"{name} [bot]"
        if room and event.audience:
            name = f"{name} -> {event.audience}{room}"
        if not room and event.actor.key == self.own and to != name:
            name = f"{name} -> {to}"
        action = action_text(event.body)
        head, body = (f"{place}{name}: ", event.body) if action is None else (f"{place}* {name} ", action)
        first, *further = seen(body).split("\n")
        return [head + first, *(_INDENT + line for line in further)]

    def _place(self, event: Event, room: str) -> str:
        """Return the label of a line that is not the current room's."""
        if isinstance(event, (MemberQuit, NickChanged)) or not isinstance(event, RoomEvent):
            return ""  # it concerns every room, or none
        if not room:
            return f"[{_DIRECT}] "
        return "" if event.room == self.current else f"[{room_label(room)}] "


def encoded(lines: Iterable[str]) -> bytes:
    """Return lines as bytes, without characters that could steer a terminal."""
    return "".join(f"{printable(line)}\n" for line in lines).encode()


def room_label(room: str) -> str:
    """Return a room's name as a label. A room called `direct` gets a #, so that no room looks like a direct
    message."""
    return f"#{room}" if room.casefold() == _DIRECT else room


def clock_text(moment: int, now: float) -> str:
    """Return a time (ms since 1970 UTC) in the server's zone: `[18:52]` today, `[2026-11-21 18:52]`
    before."""
    then = time.localtime(moment / 1000)
    today = time.localtime(now)[:3] == then[:3]
    return time.strftime("[%H:%M]" if today else "[%Y-%m-%d %H:%M]", then)


def _sentence(event: Event, room: str) -> str:
    match event:
        case MemberLeft(seq=0):  # the room was removed, so this is not part of its history
            return f"{room} was removed; /join ROOM joins another room"
        case Unshown():
            return ""
        case TagsPosted():
            return ""  # a line cannot show which message a reaction belongs to
        case RoomEvent():
            return sentence(event)
        case PersonKilled():
            return f"{shown_name(event.actor)}, an operator of this server, closes your connection: {event.reason}"
        case OperatorsTold() if event.actor == SERVER:
            return f"to administrators: {event.text}"
        case OperatorsTold():
            return f"{shown_name(event.actor)} tells the operators: {event.text}"
        case PersonRenamed():
            return f"{shown_name(event.actor)} is now known as {event.nick}"
        case RoomOffered():
            by = shown_name(event.actor)
            return f"{by} offers you the room {room}: /accept {room} or /decline {room}"
        case PersonInvited():
            return f"{shown_name(event.actor)} invites you to {room}: /join {room}"
    return ""
