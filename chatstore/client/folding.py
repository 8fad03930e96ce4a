"""Runs of joins, leaves and other events as one entry, so that a flapping connection does not fill the
screen.

All events between two messages of one day become one paragraph. For each person it says once how often they
joined and left. A long paragraph shows its end, and says how many sentences it hides.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from chatstore.amounts import counted
from chatstore.client.entries import Entry, EventKind
from chatstore.client.names import fold

MAX_SENTENCES = 6
"""Sentences of a paragraph that are shown."""
BETWEEN = " · "
_CAME, _WENT = ("join",), ("part", "quit")


def folds(entry: Entry) -> bool:
    """Whether an entry can be a part of a paragraph."""
    return entry.kind == "event" and entry.event not in ("", "new") and not entry.own


def shows_all(_: Entry) -> bool:
    """Hides nothing."""
    return False


def folded(
    entries: Sequence[Entry],
    day_of: Callable[[Entry], str],
    opened: Container[str] = (),
    start: int = 0,
    *,
    hides: Callable[[Entry], bool] = shows_all,
) -> tuple[list[Entry], list[int]]:
    """The entries to draw from index `start` on, and the index in `entries` at which each of them begins.
    `opened`: the keys of paragraphs to show whole. `hides`: whether a message is hidden; a run of such messages
    becomes one entry."""
    drawn: list[Entry] = []
    starts: list[int] = []
    while start < len(entries):
        end = start + 1
        if hides(entries[start]):
            day = day_of(entries[start])
            while end < len(entries) and hides(entries[end]) and day_of(entries[end]) == day:
                end += 1
            drawn.append(in_place_of(entries[start:end]))
            starts.append(start)
            start = end
            continue
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
    texts = sentences(run)
    more = len(texts) - MAX_SENTENCES if len(texts) > MAX_SENTENCES + 1 else 0
    text = BETWEEN.join([f"{more} more", *texts[more:]] if more else texts)
    kinds = {entry.event for entry in run}
    event: EventKind = "join" if kinds == {"join"} else "part" if kinds <= {"part", "quit"} else "several"
    return replace(run[0], msgid="", nick="", text=text, event=event, hidden=more)


def in_place_of(run: Sequence[Entry]) -> Entry:
    """What stands for messages of people whom we ignore, with the key and the time of the first."""
    people = {fold(entry.nick) for entry in run}
    whose = "an ignored person" if len(people) == 1 else "ignored people"
    text = f"{counted(len(run), 'message')} of {whose}{BETWEEN}x to show"
    return Entry(run[0].key, run[0].time, "event", "", text, event="ignored", hidden=len(run))


def sentences(run: Sequence[Entry]) -> list[str]:
    """What happened, in the order of the last events: one sentence for each person who joined or left, and
    every other sentence once."""
    presence: dict[str, list[Entry]] = {}
    texts: dict[tuple[str, str], str] = {}
    times: dict[tuple[str, str], int] = {}
    for entry in run:
        if entry.event in _CAME + _WENT:
            key = ("presence", fold(entry.nick))
            presence.setdefault(key[1], []).append(entry)
        else:
            key = ("other", entry.text)
            times[key] = times.get(key, 0) + 1
        texts.pop(key, None)
        texts[key] = entry.text
    for key, text in texts.items():
        if key[0] == "presence":
            texts[key] = _came_and_went(presence[key[1]])
        elif times[key] > 1:
            texts[key] = f"{text} ({_times(times[key])})"
    return list(texts.values())


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
