"""The events of a room as text for people. No text of a member can steer the terminal or imitate another
event."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.model.messages import action_text
from chatstore.chat.model.room_events import MessagePosted, NoticePosted, RoomEvent
from chatstore.chat.model.sentences import sentence, shown_name
from chatstore.chat.model.text import printable, seen

_INDENT = " " * 4


def line(event: RoomEvent) -> str:
    """`alice: hello`, `-alice- hello`, `* alice waves`, `-- bob joined`; further lines are indented."""
    if isinstance(event, NoticePosted):
        return f"-{nick(event)}- {_body(seen(event.body))}"
    if isinstance(event, MessagePosted) and action_text(event.body) is None:
        return f"{nick(event)}: {_body(seen(event.body))}"
    return _message(event, _body)


def message(event: RoomEvent) -> str:
    """One line without the nick, for a table that has a column for it."""
    return _message(event, printable)


def _message(event: RoomEvent, shown: Callable[[str], str]) -> str:
    if not isinstance(event, MessagePosted):
        return f"-- {printable(sentence(event))}"
    action = action_text(event.body) if not isinstance(event, NoticePosted) else None
    return f"* {nick(event)} {shown(seen(action))}" if action is not None else shown(seen(event.body))


def _body(text: str) -> str:
    return f"\n{_INDENT}".join(map(printable, text.split("\n")))


def nick(event: RoomEvent) -> str:
    return printable(shown_name(event.actor))
