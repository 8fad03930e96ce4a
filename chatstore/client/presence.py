"""Who of the others is here, away or offline.

The first time that the person looks at a room the client asks it with WHO, unless it is large; after that
AWAY lines tell. The other sides of direct conversations are monitored. Specs: IRCv3 away-notify, monitor;
Modern, WHO.
"""

from __future__ import annotations

from chatstore.client.events import Presence, PresenceState
from chatstore.client.names import fold
from chatstore.client.parsing import nick_of
from chatstore.client.state import ChatState
from chatstore.irc.line import Line

AWAY_NOTIFY = "away-notify"
MAX_WHO_MEMBERS = 200
"""Members of a room above which the client doesn't ask who of them is away."""


def monitored_changed(state: ChatState, line: Line, online: bool) -> None:
    """730 and 731: nicks or masks of monitored people who came or went."""
    for mask in line.params[-1].split(",") if line.params else ():
        nick = nick_of(mask)
        away = fold(nick) in state.away
        if nick:
            if online:
                state.absent.discard(fold(nick))
            now: PresenceState = "offline" if not online else "away" if away else "here"
            state.update(Presence("", state.now, nick, now))


def ask_away(state: ChatState) -> None:
    """Ask once in a connection who is away in the room that the person looks at."""
    target = state.targets.get(state.looked_at)
    if target is None or not state.updates or not state.has(AWAY_NOTIFY) or fold(target.name) in state.seen_away:
        return
    if 1 < len(target.members) <= MAX_WHO_MEMBERS:
        state.seen_away.add(fold(target.name))
        state.asked.add(("WHO", fold(target.name)))
        state.send("WHO", target.name)


def who(state: ChatState, line: Line) -> bool:
    """352: `me room user host server nick flags :0 realname`. Whether it answers ask_away()."""
    target = state.targets.get(fold(line.param(1)))
    if target is None or ("WHO", fold(target.name)) not in state.asked:
        return False
    if line.param(6).startswith("G"):
        set_away(state, line.param(5), True)
    return True


def who_ended(state: ChatState, line: Line) -> None:
    """315."""
    state.asked.discard(("WHO", fold(line.param(1))))


def set_away(state: ChatState, nick: str, away: bool, why: str = "") -> None:
    (state.away.add if away else state.away.discard)(fold(nick))
    state.update(Presence("", state.now, nick, "away" if away else "here", why))
