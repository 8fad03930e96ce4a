"""The list of ignored people that the server keeps with the account, as its lines say it.

Spec: chatstore/ignore (docs/extensions.md).
"""

from __future__ import annotations

from chatstore.client import events
from chatstore.client.ignored import CAPABILITY
from chatstore.client.names import fold
from chatstore.client.state import ChatState
from chatstore.irc.line import Line, parse_tags

SHOWN = "IGNORE"
"""In ChatState.asked: the person asked, and wants to see the answer."""
_END = "*"


def received(state: ChatState, line: Line) -> None:
    """A line of the list, or a change of it: ours, or one of another device."""
    subcommand, nick = line.param(0).upper(), line.param(1)
    if subcommand == "LIST" and nick == _END and len(line.params) > 2:
        state.ignored.clear()
        state.takes_direct = parse_tags(line.param(2)).get("direct", "everyone")
    elif subcommand == "LIST" and nick != _END:
        state.ignored[fold(nick)] = (nick, parse_tags(line.param(2)).get("account", ""))
    elif subcommand == "LIST":
        _listed(state)
    elif subcommand == "ADD":
        state.ignored[fold(nick)] = (nick, "")
        _changed(state)
        _tell(state, subcommand, f"you ignore {nick}; /unignore {nick} ends that")
        if state.has(CAPABILITY):
            state.send("IGNORE", "LIST")  # it says which account that is
    elif subcommand == "REMOVE":
        state.ignored = {key: one for key, one in state.ignored.items() if fold(nick) not in (key, fold(one[1]))}
        _changed(state)
        _tell(state, subcommand, f"you ignore {nick} no more")
    elif subcommand == "DIRECT":
        state.takes_direct = nick
        _tell(state, subcommand, f"direct messages: from {nick}")


def _listed(state: ChatState) -> None:
    """The list is complete."""
    _changed(state)
    people = ", ".join(nick for nick, _ in state.ignored.values()) or "nobody"
    _tell(state, "LIST", f"you ignore {people}; direct messages: from {state.takes_direct}")


def _changed(state: ChatState) -> None:
    names = {fold(name) for one in state.ignored.values() for name in one if name}
    state.update(events.IgnoredPeople("", state.now, frozenset(names)))


def _tell(state: ChatState, subcommand: str, text: str) -> None:
    if (SHOWN, subcommand) in state.asked:
        state.asked.discard((SHOWN, subcommand))
        state.info(text)
