"""The favourite conversations of the account, which the server keeps.

Specs: METADATA (IRCv3 draft/metadata-2), its key soju.im/pinned (soju, doc/ext/metadata.md).
"""

from __future__ import annotations

from chatstore.chat.model.metadata import PINNED
from chatstore.client import events
from chatstore.client.names import fold
from chatstore.client.state import ChatState
from chatstore.irc.line import Line

CAPABILITY = "draft/metadata-2"
_ON, _OFF = "1", "0"


def subscribe(state: ChatState) -> None:
    """Ask for all of them, and for changes."""
    state.send("METADATA", "*", "SUB", PINNED)


def toggle(state: ChatState, name: str) -> None:
    """Make a conversation a favourite, or end that."""
    state.send("METADATA", name, "SET", PINNED, _OFF if fold(name) in state.favourites else _ON)


def subscribed(state: ChatState, line: Line) -> None:
    """RPL_METADATASUBOK: all of them follow."""
    if PINNED in line.params:
        state.favourites.clear()
        _changed(state)


def received(state: ChatState, line: Line) -> None:
    """A METADATA line: one of them, or a change on another device."""
    _set(state, line.param(0), line.param(1), line.param(3))


def answered(state: ChatState, line: Line) -> None:
    """RPLPINNEDVALUE: our own change."""
    _set(state, line.param(1), line.param(2), line.param(4))


def _set(state: ChatState, name: str, key: str, value: str) -> None:
    if key != PINNED:
        return
    if value == _ON:
        state.favourites.add(fold(name))
    else:
        state.favourites.discard(fold(name))
    _changed(state)


def _changed(state: ChatState) -> None:
    state.update(events.Favourites("", state.now, frozenset(state.favourites)))
