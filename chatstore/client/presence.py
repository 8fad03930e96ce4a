"""Who of the others is here, away or not online. Functions of the state, like hearing.py.

Specs: IRCv3 away-notify, monitor; Modern, WHO. A room is asked with WHO when somebody looks at it, once and as
long as it is small; after that AWAY tells. The other sides of direct conversations are watched with MONITOR.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.client import news
from chatstore.client.items import nick_of
from chatstore.client.targets import fold
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

AWAY_NOTIFY = "away-notify"
MOST_ASKED = 200
"""Members of a room above which nobody asks who of them is away."""
_AT_ONCE = 10
"""Nicks in one MONITOR."""


def watch(state: ChatState, names: Iterable[str]) -> None:
    """Be told when these people come and go, as far as the server watches so many."""
    if not state.picture:
        return
    new = [name for name in names if fold(name) not in state.watched][: state.most_watched - len(state.watched)]
    state.watched |= {fold(name) for name in new}
    for start in range(0, len(new), _AT_ONCE):
        state.send("MONITOR", "+", ",".join(new[start : start + _AT_ONCE]))


def watched_came(state: ChatState, line: Line, online: bool) -> None:
    """730 and 731: nicks, or masks, of those watched."""
    for mask in line.params[-1].split(",") if line.params else ():
        nick = nick_of(mask)
        away = fold(nick) in state.away
        if nick:
            if online:
                state.absent.discard(fold(nick))
            state.tell(news.Presence("", state.now, nick, "offline" if not online else "away" if away else "here"))


def ask_away(state: ChatState) -> None:
    """Who is away of the room that is looked at; once in a connection."""
    target = state.targets.get(state.looked_at)
    if target is None or not state.picture or not state.has(AWAY_NOTIFY) or fold(target.name) in state.seen_away:
        return
    if 1 < len(target.members) <= MOST_ASKED:
        state.seen_away.add(fold(target.name))
        state.asked.add(("WHO", fold(target.name)))
        state.send("WHO", target.name)


def who(state: ChatState, line: Line) -> bool:
    """352: `me room user host server nick flags :0 realname`. Whether it is an answer to ask_away()."""
    target = state.targets.get(fold(line.param(1)))
    if target is None or ("WHO", fold(target.name)) not in state.asked:
        return False
    if line.param(6).startswith("G"):
        is_away(state, line.param(5), True)
    return True


def who_ended(state: ChatState, line: Line) -> bool:
    """315."""
    asked = ("WHO", fold(line.param(1))) in state.asked
    state.asked.discard(("WHO", fold(line.param(1))))
    return asked


def is_away(state: ChatState, nick: str, away: bool, why: str = "") -> None:
    (state.away.add if away else state.away.discard)(fold(nick))
    state.tell(news.Presence("", state.now, nick, "away" if away else "here", why))
