"""What happened in a room, as a person reads it in one line. Nothing in it can steer the terminal."""

from __future__ import annotations

from chatstore.chat.events import (
    SERVER,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessagePosted,
    ModesChanged,
    NickChanged,
    NoticePosted,
    RoomEvent,
    TopicChanged,
)
from chatstore.chat.messages import action_text
from chatstore.chat.text import printable


def line(event: RoomEvent) -> str:
    """`alice: hello`, `-alice- hello`, `* alice waves`, `-- bob joined`."""
    if isinstance(event, NoticePosted):
        return f"-{nick(event)}- {printable(event.body)}"
    if isinstance(event, MessagePosted) and action_text(event.body) is None:
        return f"{nick(event)}: {printable(event.body)}"
    return message(event)


def message(event: RoomEvent) -> str:
    """The same for where the nick has a place of its own: of plain messages, only the words."""
    if not isinstance(event, MessagePosted):
        return f"-- {_sentence(event)}"
    action = action_text(event.body) if not isinstance(event, NoticePosted) else None
    return f"* {nick(event)} {printable(action)}" if action is not None else printable(event.body)


def nick(event: RoomEvent) -> str:
    return "the server" if event.actor.nick == SERVER.nick else printable(event.actor.nick)


def _sentence(event: RoomEvent) -> str:
    who, body = nick(event), printable(event.body)
    reason = f" ({body})" if body else ""
    match event:
        case MemberJoined():
            return f"{who} joined"
        case MemberLeft():
            return f"{who} left{reason}"
        case MemberQuit():
            return f"{who} quit{reason}"
        case MemberKicked():
            return f"{who} removed {printable(event.target)}{reason}"
        case TopicChanged():
            return f"{who} set the topic: {body}" if body else f"{who} cleared the topic"
        case ModesChanged():
            return f"{who} set mode {body}"
        case NickChanged():
            return f"{who} is now known as {body}"
        case _:
            return f"{who}: {event.kind} {body}"
