"""Commands about messages that were said: answer, react, take back, look for. Those of the table in commands.py."""

from __future__ import annotations

from chatstore.client import doing
from chatstore.client.desk import Command, Desk, usage
from chatstore.client.past import HISTORY
from chatstore.client.targets import fold

_REPLY, _REACT, _UNREACT = "/reply TEXT", "/react EMOJI", "/unreact EMOJI"
_SEARCH, _HISTORY = "/search [in:NAME] [from:NICK] TEXT", "/history [NAME] [N]"


def _theirs(desk: Desk) -> str:
    """The msgid of the selected message, or of the last one here that somebody else said."""
    target = desk.state.targets.get(fold(desk.current))
    found = desk.selected or (target.newest if target is not None else "")
    if not found:
        desk.fail("nobody else has written anything here yet")
    return found


def _reply(desk: Desk, rest: str) -> None:
    if not rest:
        usage(desk, _REPLY)
    elif msgid := _theirs(desk):
        desk.state.say(desk.current, rest, reply_to=msgid)


def _react(desk: Desk, rest: str) -> None:
    if not rest:
        usage(desk, _REACT)
    elif msgid := _theirs(desk):
        doing.react(desk.state, desk.current, msgid, rest)


def _unreact(desk: Desk, rest: str) -> None:
    if not rest:
        usage(desk, _UNREACT)
    elif msgid := _theirs(desk):
        doing.react(desk.state, desk.current, msgid, rest, back=True)


def _redact(desk: Desk, rest: str) -> None:
    target = desk.state.targets.get(fold(desk.current))
    msgid = desk.selected or (target.own[-1] if target is not None and target.own else "")
    if msgid:
        doing.redact(desk.state, desk.current, msgid, rest)
    else:
        desk.fail("you have written nothing here yet")


def _search(desk: Desk, rest: str) -> None:
    where = author = ""
    words = rest.split(" ")
    while words and words[0].startswith(("in:", "from:")):
        what, _, value = words.pop(0).partition(":")
        where, author = (value, author) if what == "in" else (where, value)
    text = " ".join(words).strip()
    if text or author:
        doing.search(desk.state, text, where, author)
    else:
        usage(desk, _SEARCH)


def _history(desk: Desk, rest: str) -> None:
    words = rest.split()
    limit = int(words.pop()) if words and words[-1].isdecimal() else HISTORY
    name = words[0] if words else desk.current
    if name and len(words) < 2:
        desk.state.older(name, limit)
    else:
        usage(desk, _HISTORY)


COMMANDS = (
    Command("reply", _REPLY, "answer the selected message, or the last one that somebody else wrote here", _reply),
    Command("react", _REACT, "react to the selected message, or to the last one that somebody else wrote", _react),
    Command("unreact", _UNREACT, "take back your reaction", _unreact),
    Command("redact", "/redact [REASON]", "take back the selected message, or your last one here", _redact),
    Command("search", _SEARCH, "find messages that have all these words, everywhere or in one place", _search),
    Command("history", _HISTORY, f"show the {HISTORY} or N lines before the oldest shown", _history),
)
