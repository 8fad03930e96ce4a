"""Items as lines of text for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from functools import singledispatchmethod

from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.client import items
from chatstore.client.entries import entry_of
from chatstore.client.folding import BETWEEN, MOST, folds, sentences
from chatstore.client.items import Item
from chatstore.client.targets import fold, is_room

_DIM, _RED, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
_INDENT = " " * 8
_FLAPS, _FLAPPING_MS = 4, 60_000
"""So often somebody may come or go within this time, and each time be told of."""


class Renderer:
    """Keeps the day of the last line, to tell when another begins. `zone`: None for the local one."""

    def __init__(self, *, colors: bool = False, zone: tzinfo | None = None) -> None:
        self.current = ""
        self._colors = colors
        self._zone = zone
        self._day: date | None = None
        self._came_and_went: dict[tuple[str, str], list[int]] = {}
        self._hushed: set[tuple[str, str]] = set()

    def render(self, item: Item) -> list[str]:
        """The lines for an item, without line ends; nothing that others wrote in it can steer a terminal."""
        if isinstance(item, items.Older):
            return self._older(item)
        if isinstance(item, items.Found):
            return self._found(item)
        moment = datetime.fromtimestamp(item.time / 1000, self._zone)
        lines = []
        if self._day != moment.date():
            self._day = moment.date()
            lines.append(self._colored(_DIM, f"-- {moment:%A} {moment.day} {moment:%B %Y} --"))
        color, text = self._text(item)
        place = ""
        if is_room(item.target) and fold(item.target) != fold(self.current):
            place = printable(item.target) + " "
        time = self._colored(_DIM, f"{moment:%H:%M}")
        first, *further = text.split("\n")
        lines.append(f"{time} {self._colored(color, place + printable(first))}")
        # Indented, so that no line of a message can pass for another message.
        return [*lines, *(_INDENT + self._colored(color, printable(line)) for line in further)]

    def render_all(self, told: Sequence[Item]) -> list[str]:
        """The lines for what is told at once, where a run of what came and went is one paragraph."""
        lines: list[str] = []
        run: list[Item] = []
        for item in (*told, None):
            if run and (item is None or not self._goes_on(run[-1], item)):
                lines += self._run(run)
                run = []
            if item is None:
                break
            if self._goes_on(item, item):
                run.append(item)
            else:
                lines += self.render(item)
        return lines

    def _goes_on(self, before: Item, item: Item) -> bool:
        """Whether an item can stand in a paragraph behind another one."""
        days = {datetime.fromtimestamp(one.time / 1000, self._zone).date() for one in (before, item)}
        entry = entry_of(item, "~") if before.target == item.target and len(days) == 1 else None
        return entry is not None and folds(entry)

    def _run(self, run: Sequence[Item]) -> list[str]:
        if len(run) == 1:
            return self._one(run[0])
        entries = [entry for item in run if (entry := entry_of(item, "~")) is not None]
        told = sentences(entries)
        more = len(told) - MOST if len(told) > MOST + 1 else 0
        text = BETWEEN.join([f"{more} more", *told[more:]] if more else told)
        return self.render(items.Info(run[0].target, run[0].time, " ".join(text.split("\n"))))

    def _one(self, item: Item) -> list[str]:
        """A single event. Of somebody who comes and goes again and again it is told that they do, and then nothing
        until they have stopped."""
        if not isinstance(item, (items.Joined, items.Left)):
            return self.render(item)
        key = (fold(item.target), fold(item.nick))
        times = [time for time in self._came_and_went.get(key, ()) if item.time - time < _FLAPPING_MS]
        self._came_and_went[key] = [*times, item.time][-_FLAPS:]
        if len(times) < _FLAPS:
            self._hushed.discard(key)
            return self.render(item)
        if key in self._hushed:
            return []
        self._hushed.add(key)
        text = f"{item.nick} keeps joining and leaving; this is shown again after a minute without it"
        return self.render(items.Info(item.target, item.time, text))

    def _colored(self, color: str, text: str) -> str:
        return f"{color}{text}{_PLAIN}" if self._colors and color else text

    def _older(self, older: items.Older) -> list[str]:
        name = printable(older.target)
        if not older.items:
            return [self._colored(_DIM, f"-- there is nothing older in {name} --")]
        day, self._day = self._day, None
        lines = [self._colored(_DIM, f"-- {name}, {len(older.items)} older --")]
        lines += self.render_all(older.items)
        self._day = day
        return [*lines, self._colored(_DIM, f"-- {name}, end of older --")]

    def _found(self, found: items.Found) -> list[str]:
        wanted = printable(found.text)
        if not found.hits:
            return [self._colored(_DIM, f"-- nothing was found for {wanted} --")]
        day, self._day = self._day, None
        lines = [self._colored(_DIM, f"-- {len(found.hits)} found for {wanted} --")]
        for hit in found.hits:
            lines += self.render(hit)
        self._day = day
        return [*lines, self._colored(_DIM, "-- end of what was found --")]

    @singledispatchmethod
    def _text(self, item: Item) -> tuple[str, str]:
        """(the colour, the text) of an item; the text is still as others wrote it."""
        raise TypeError(item)

    @_text.register
    def _(self, item: items.Message) -> tuple[str, str]:
        name = f"{item.nick} → {item.audience}{item.target}" if item.audience else item.nick
        if item.kind == "action":
            nick = f"* {name}"
        elif is_room(item.target):
            nick = f"-{name}-" if item.kind == "notice" else f"<{name}>"
        else:
            nick = item.nick
        if not is_room(item.target):
            nick += f" → {item.target if item.own else 'you'}:"
        return "", f"{nick} {seen(without_formatting(item.body))}"

    @_text.register
    def _(self, item: items.Removed) -> tuple[str, str]:
        return _DIM, f"-- {item.nick} removed a message of {item.author}{_reason(item.reason)}"

    @_text.register
    def _(self, item: items.Joined) -> tuple[str, str]:
        return _DIM, f"-> {item.nick} joined"

    @_text.register
    def _(self, item: items.Left) -> tuple[str, str]:
        return _DIM, f"<- {item.nick} {'quit' if item.quit else 'left'}{_reason(item.reason)}"

    @_text.register
    def _(self, item: items.Kicked) -> tuple[str, str]:
        if item.own:
            back = f"/join {item.target} goes back in"
            return _DIM, f"<- you were removed from {item.target} by {item.by}{_reason(item.reason)}; {back}"
        return _DIM, f"<- {item.nick} was removed by {item.by}{_reason(item.reason)}"

    @_text.register
    def _(self, item: items.TopicChanged) -> tuple[str, str]:
        if not item.topic:
            return _DIM, f"-- {item.nick} removed the topic"
        return _DIM, f"-- {item.nick} changed the topic to: {item.topic}"

    @_text.register
    def _(self, item: items.NickChanged) -> tuple[str, str]:
        return _DIM, f"-- {item.nick} is now {item.new}"

    @_text.register
    def _(self, item: items.ModesChanged) -> tuple[str, str]:
        return _DIM, f"-- {item.nick} set {item.modes}"

    @_text.register
    def _(self, item: items.Info) -> tuple[str, str]:
        return _DIM, f"-- {item.text}"

    @_text.register
    def _(self, item: items.Founded) -> tuple[str, str]:
        return _DIM, f"-- {item.target} is new"

    @_text.register
    def _(self, item: items.Failure) -> tuple[str, str]:
        return _RED, f"!! {item.text}"

    @_text.register
    def _(self, item: items.NotSent) -> tuple[str, str]:
        return _RED, f"!! not sent ({item.reason}): {item.body}"

    @_text.register
    def _(self, item: items.Conversations) -> tuple[str, str]:
        shown = [f"{name} ({self._when(time, item.time)})" for name, time in item.people[:10]]
        more = f" and {len(item.people) - 10} more" if len(item.people) > 10 else ""
        return _DIM, f"-- direct messages with {', '.join(shown)}{more}; /history NAME shows them"

    def _when(self, time: int, now: int) -> str:
        moment, today = (datetime.fromtimestamp(ms / 1000, self._zone) for ms in (time, now))
        return f"{moment:%H:%M}" if moment.date() == today.date() else f"{moment.day} {moment:%b %Y}"


def _reason(text: str) -> str:
    return f" ({text})" if text else ""
