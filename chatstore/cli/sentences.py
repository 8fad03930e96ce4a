"""What happened in a room, as a person reads it in one line. Nothing in it can steer the terminal."""

from __future__ import annotations

from chatstore.chat.events import MessagePosted, NoticePosted, RoomEvent
from chatstore.chat.messages import action_text
from chatstore.chat.sentences import sentence, shown_name
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
        return f"-- {printable(sentence(event))}"
    action = action_text(event.body) if not isinstance(event, NoticePosted) else None
    return f"* {nick(event)} {printable(action)}" if action is not None else printable(event.body)


def nick(event: RoomEvent) -> str:
    return printable(shown_name(event.actor))
