"""Up to where one has read, here and on one's other devices. Spec: IRCv3 draft/read-marker. Functions of the state.

A marker only goes forward. What was read here while nobody was connected is told when the server tells its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.client import news
from chatstore.client.items import format_time, parse_time
from chatstore.client.targets import Target
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

CAPABILITY = "draft/read-marker"
ASKED = "markers"
"""Token of the PING behind the questions for all markers of direct conversations."""


def mark_read(state: ChatState, name: str, time: int) -> None:
    """All up to this time (ms since 1970 UTC) has been seen."""
    target = state.target(name)
    if move(state, target, time):
        sync(state, target)


def move(state: ChatState, target: Target, until: int) -> bool:
    """The marker is here, if it is not further already."""
    if not state.picture or (target.read_until is not None and until <= target.read_until):
        return False
    target.read_until = until
    state.tell(news.Marker(target.name, state.now, until))
    return True


def ask(state: ChatState, target: Target) -> bool:
    """Ask for the marker; False where the server keeps none."""
    if not state.has(CAPABILITY):
        return False
    state.send("MARKREAD", target.name)
    return True


def sync(state: ChatState, target: Target) -> None:
    """Tell the server of a marker that is further than its own."""
    until = target.read_until or 0
    if state.connected and until > target.marked and state.has(CAPABILITY):
        target.marked = until
        state.send("MARKREAD", target.name, f"timestamp={format_time(until)}")


def heard(state: ChatState, line: Line) -> Target:
    """MARKREAD target timestamp=..., or `*` where nothing was marked. Of a room it says nothing then: all that was
    said before one came is old."""
    target = state.target(line.param(0))
    until = parse_time(line.param(1).removeprefix("timestamp="), 0)
    if until or not target.room:
        move(state, target, until)
    # What it answers to a marker of ours may be an earlier one, for ever; so it is told once a connection.
    first, target.marked = target.marked == 0, max(until, target.marked, 1)
    if first:
        sync(state, target)
    return target
