"""Runs of what came and went as one entry: somebody whose connection flaps fills no screen.

Whatever happens between two messages of one day is told in one paragraph. Of each person it is told once how
often they joined and left; a long run shows its end, and says how many more there were.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from chatstore.client.entries import Entry, EventKind
from chatstore.client.names import fold

MAX_SENTENCES = 6
"""How many sentences a paragraph shows before the rest is counted."""
BETWEEN = " · "
_CAME, _WENT = ("join",), ("part", "quit")


def folds(entry: Entry) -> bool:
    """Whether an entry can be part of a paragraph."""
    return entry.kind == "event" and entry.event not in ("", "new") and not entry.own


def folded(
    entries: Sequence[Entry], day_of: Callable[[Entry], str], opened: Container[str] = (), start: int = 0
) -> tuple[list[Entry], list[int]]:
    """The entries that are drawn, from this one on, and where in `entries` each of them begins. `opened`: the
    keys of paragraphs that are to be shown whole."""
    drawn: list[Entry] = []
    starts: list[int] = []
    while start < len(entries):
        end = start + 1
        if folds(entries[start]):
            day = day_of(entries[start])
            while end < len(entries) and folds(entries[end]) and day_of(entries[end]) == day:
                end += 1
            if entries[start].key in opened:
                drawn += entries[start:end]
                starts += range(start, end)
                start = end
                continue
        drawn.append(entries[start] if end == start + 1 else paragraph(entries[start:end]))
        starts.append(start)
        start = end
    return drawn, starts


def paragraph(run: Sequence[Entry]) -> Entry:
    """A run of events as one entry, with the key and the time of the first."""
    told = sentences(run)
    more = len(told) - MAX_SENTENCES if len(told) > MAX_SENTENCES + 1 else 0
    text = BETWEEN.join([f"{more} more", *told[more:]] if more else told)
    kinds = {entry.event for entry in run}
    event: EventKind = "join" if kinds == {"join"} else "part" if kinds <= {"part", "quit"} else "several"
    return replace(run[0], msgid="", nick="", text=text, event=event, hidden=more)


def sentences(run: Sequence[Entry]) -> list[str]:
    """What happened, in the order in which it ended: for each person one sentence about coming and going, and
    each other thing once."""
    presence: dict[str, list[Entry]] = {}
    told: dict[tuple[str, str], str] = {}
    times: dict[tuple[str, str], int] = {}
    for entry in run:
        if entry.event in _CAME + _WENT:
            key = ("presence", fold(entry.nick))
            presence.setdefault(key[1], []).append(entry)
        else:
            key = ("other", entry.text)
            times[key] = times.get(key, 0) + 1
        told.pop(key, None)
        told[key] = entry.text
    for key, text in told.items():
        if key[0] == "presence":
            told[key] = _came_and_went(presence[key[1]])
        elif times[key] > 1:
            told[key] = f"{text} ({_times(times[key])})"
    return list(told.values())


def _came_and_went(run: Sequence[Entry]) -> str:
    """`ann joined`, `ann joined and left`, `ann left and rejoined 12 times`."""
    came = sum(entry.event in _CAME for entry in run)
    pairs, last = min(came, len(run) - came), run[-1]
    if not pairs:
        return last.text
    how_often = "" if pairs == 1 else f" {_times(pairs)}"
    return f"{last.nick} {'left and rejoined' if last.event in _CAME else 'joined and left'}{how_often}"


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
