"""Events as lines of text, for the line client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from functools import singledispatchmethod

from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.client import events
from chatstore.client.entries import entry_of
from chatstore.client.events import Event
from chatstore.client.folding import BETWEEN, MAX_SENTENCES, folds, sentences
from chatstore.client.names import fold, is_room

_DIM, _RED, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
_INDENT = " " * 8
_FLAPS, _FLAPPING_MS = 4, 60_000
"""This many joins and leaves of one person within this time are shown one by one."""


class Renderer:
    """Remembers the day of the last line, to say when another one begins. `current`: the room whose name is
    left out. `zone`: None for the local time zone."""

    def __init__(self, *, colors: bool = False, zone: tzinfo | None = None) -> None:
        self.current = ""
        self._colors = colors
        self._zone = zone
        self._day: date | None = None
        self._came_and_went: dict[tuple[str, str], list[int]] = {}
        self._hushed: set[tuple[str, str]] = set()

    def render(self, event: Event) -> list[str]:
        """The lines for an event, without line ends. Nothing in them that others wrote can control a
        terminal."""
        if isinstance(event, events.Older):
            return self._older(event)
        if isinstance(event, events.SearchResults):
            return self._found(event)
        if isinstance(event, events.ThreadShown):
            return self._thread(event)
        moment = datetime.fromtimestamp(event.time / 1000, self._zone)
        lines = []
        if self._day != moment.date():
            self._day = moment.date()
            lines.append(self._colored(_DIM, f"-- {moment:%A} {moment.day} {moment:%B %Y} --"))
        color, text = self._text(event)
        place = ""
        if is_room(event.target) and fold(event.target) != fold(self.current):
            place = printable(event.target) + " "
        time = self._colored(_DIM, f"{moment:%H:%M}")
        first, *further = text.split("\n")
        lines.append(f"{time} {self._colored(color, place + printable(first))}")
        # Indented, so that no line of a message can pass for another message.
        return [*lines, *(_INDENT + self._colored(color, printable(line)) for line in further)]

    def render_all(self, happened: Sequence[Event]) -> list[str]:
        """The lines for several events. Runs of joins, leaves and the like become one line."""
        lines: list[str] = []
        run: list[Event] = []
        for event in (*happened, None):
            if run and (event is None or not self._goes_on(run[-1], event)):
                lines += self._run(run)
                run = []
            if event is None:
                break
            if self._goes_on(event, event):
                run.append(event)
            else:
                lines += self.render(event)
        return lines

    def _goes_on(self, before: Event, event: Event) -> bool:
        """Whether an event can stand in a paragraph behind another one."""
        days = {datetime.fromtimestamp(one.time / 1000, self._zone).date() for one in (before, event)}
        entry = entry_of(event, "~") if before.target == event.target and len(days) == 1 else None
        return entry is not None and folds(entry)

    def _run(self, run: Sequence[Event]) -> list[str]:
        if len(run) == 1:
            return self._one(run[0])
        entries = [entry for event in run if (entry := entry_of(event, "~")) is not None]
        texts = sentences(entries)
        more = len(texts) - MAX_SENTENCES if len(texts) > MAX_SENTENCES + 1 else 0
        text = BETWEEN.join([f"{more} more", *texts[more:]] if more else texts)
        return self.render(events.Info(run[0].target, run[0].time, " ".join(text.split("\n"))))

    def _one(self, event: Event) -> list[str]:
        """The lines for an event that is no part of a run. If somebody joins and leaves again and again, it
        says so once, and then nothing until they have stopped."""
        if not isinstance(event, (events.Joined, events.Left)):
            return self.render(event)
        key = (fold(event.target), fold(event.nick))
        times = [time for time in self._came_and_went.get(key, ()) if event.time - time < _FLAPPING_MS]
        self._came_and_went[key] = [*times, event.time][-_FLAPS:]
        if len(times) < _FLAPS:
            self._hushed.discard(key)
            return self.render(event)
        if key in self._hushed:
            return []
        self._hushed.add(key)
        text = f"{event.nick} keeps joining and leaving; this is shown again after a minute without it"
        return self.render(events.Info(event.target, event.time, text))

    def _colored(self, color: str, text: str) -> str:
        return f"{color}{text}{_PLAIN}" if self._colors and color else text

    def _older(self, older: events.Older) -> list[str]:
        name = printable(older.target)
        if not older.events:
            return [self._colored(_DIM, f"-- no older messages in {name} --")]
        day, self._day = self._day, None
        lines = [self._colored(_DIM, f"-- {name}: {len(older.events)} older --")]
        lines += self.render_all(older.events)
        self._day = day
        return [*lines, self._colored(_DIM, f"-- {name}: end of older --")]

    def _found(self, found: events.SearchResults) -> list[str]:
        wanted = printable(found.text)
        if not found.hits:
            return [self._colored(_DIM, f"-- nothing found for {wanted} --")]
        day, self._day = self._day, None
        lines = [self._colored(_DIM, f"-- {len(found.hits)} found for {wanted} --")]
        for hit in found.hits:
            lines += self.render(hit)
        self._day = day
        return [*lines, self._colored(_DIM, "-- end of results --")]

    def _thread(self, shown: events.ThreadShown) -> list[str]:
        day, self._day = self._day, None
        lines = [self._colored(_DIM, f"-- thread in {printable(shown.target)} --")]
        for message in shown.messages:
            lines += self.render(message)
        self._day = day
        return [*lines, self._colored(_DIM, "-- end of the thread; /reply replies in it, /thread ends that --")]

    @singledispatchmethod
    def _text(self, event: Event) -> tuple[str, str]:
        """(the colour, the text) of an event. The text is as others wrote it."""
        raise TypeError(event)

    @_text.register
    def _(self, event: events.Message) -> tuple[str, str]:
        name = f"{event.nick} → {event.audience}{event.target}" if event.audience else event.nick
        if event.kind == "action":
            nick = f"* {name}"
        elif is_room(event.target):
            nick = f"-{name}-" if event.kind == "notice" else f"<{name}>"
        else:
            nick = event.nick
        if not is_room(event.target):
            nick += f" → {event.target if event.own else 'you'}:"
        if event.relayed:
            nick += f" [via {event.relayed}]"
        elif event.bot:
            nick += " [bot]"
        return "", f"{nick} {seen(without_formatting(event.body))}{' (edited)' if event.edited else ''}"

    @_text.register
    def _(self, event: events.Edited) -> tuple[str, str]:
        return _DIM, f"-- {event.nick} edited a message: {seen(without_formatting(event.body))}"

    @_text.register
    def _(self, event: events.Removed) -> tuple[str, str]:
        return _DIM, f"-- {event.nick} removed a message by {event.author}{_reason(event.reason)}"

    @_text.register
    def _(self, event: events.Joined) -> tuple[str, str]:
        return _DIM, f"-> {event.nick} joined"

    @_text.register
    def _(self, event: events.Left) -> tuple[str, str]:
        return _DIM, f"<- {event.nick} {'quit' if event.quit else 'left'}{_reason(event.reason)}"

    @_text.register
    def _(self, event: events.Kicked) -> tuple[str, str]:
        if event.own:
            back = f"/join {event.target} to return"
            return _DIM, f"<- you were removed from {event.target} by {event.by}{_reason(event.reason)}; {back}"
        return _DIM, f"<- {event.nick} was removed by {event.by}{_reason(event.reason)}"

    @_text.register
    def _(self, event: events.TopicChanged) -> tuple[str, str]:
        if not event.topic:
            return _DIM, f"-- {event.nick} removed the topic"
        return _DIM, f"-- {event.nick} changed the topic to: {event.topic}"

    @_text.register
    def _(self, event: events.NickChanged) -> tuple[str, str]:
        return _DIM, f"-- {event.nick} is now {event.new}"

    @_text.register
    def _(self, event: events.ModesChanged) -> tuple[str, str]:
        return _DIM, f"-- {event.nick} set {event.modes}"

    @_text.register
    def _(self, event: events.SettingsChanged) -> tuple[str, str]:
        return _DIM, f"-- {event.nick} {event.text}"

    @_text.register
    def _(self, event: events.Info) -> tuple[str, str]:
        return _DIM, f"-- {event.text}"

    @_text.register
    def _(self, event: events.RoomCreated) -> tuple[str, str]:
        return _DIM, f"-- you created {event.target}"

    @_text.register
    def _(self, event: events.Failure) -> tuple[str, str]:
        return _RED, f"!! {event.text}"

    @_text.register
    def _(self, event: events.NotSent) -> tuple[str, str]:
        return _RED, f"!! not sent ({event.reason}): {event.body}"

    @_text.register
    def _(self, event: events.DirectConversations) -> tuple[str, str]:
        shown = [f"{name} ({self._when(time, event.time)})" for name, time in event.people[:10]]
        more = f" and {len(event.people) - 10} more" if len(event.people) > 10 else ""
        return _DIM, f"-- direct messages with {', '.join(shown)}{more}; /history NAME shows them"

    def _when(self, time: int, now: int) -> str:
        moment, today = (datetime.fromtimestamp(ms / 1000, self._zone) for ms in (time, now))
        return f"{moment:%H:%M}" if moment.date() == today.date() else f"{moment.day} {moment:%b %Y}"


def _reason(text: str) -> str:
    return f" ({text})" if text else ""
