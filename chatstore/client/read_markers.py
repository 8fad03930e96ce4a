"""How far the person has read, here and on their other devices. Spec: IRCv3 draft/read-marker.

A marker only moves forward. What was read here without a connection is sent when the server sends its own
marker.
"""

from __future__ import annotations

from chatstore.client.parsing import format_time, parse_time
from chatstore.client.state import ChatState
from chatstore.client.targets import Target
from chatstore.irc.line import Line

CAPABILITY = "draft/read-marker"
ASKED = "markers"
"""Token of the PING behind the questions for the markers of all direct conversations."""


def mark_read(state: ChatState, name: str, time: int) -> None:
    """The person has seen everything up to this time (ms since 1970 UTC)."""
    target = state.target(name)
    if state.move_marker(target, time):
        sync(state, target)


def ask(state: ChatState, target: Target) -> bool:
    """Ask for the marker; False where the server keeps none."""
    if not state.has(CAPABILITY):
        return False
    state.send("MARKREAD", target.name)
    return True


def sync(state: ChatState, target: Target) -> None:
    """Send our marker if it is ahead of the server's."""
    until = target.read_until or 0
    if state.connected and until > target.marked and state.has(CAPABILITY):
        target.marked = until
        state.send("MARKREAD", target.name, f"timestamp={format_time(until)}")


def received(state: ChatState, line: Line) -> Target:
    """MARKREAD target timestamp=..., or `*` for no marker yet. For a room, no marker says nothing: all that
    came before we joined counts as read."""
    target = state.target(line.param(0))
    until = parse_time(line.param(1).removeprefix("timestamp="), 0)
    if until or not target.room:
        state.move_marker(target, until)
    # Its answer to a marker of ours may be an earlier one, forever. So ours is sent once in a connection.
    first, target.marked = target.marked == 0, max(until, target.marked, 1)
    if first:
        sync(state, target)
    return target
