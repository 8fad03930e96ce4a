"""Conversations as HTML pages in a folder: a page for each month of each room, or several where a month is long.

The pages need no script and no server, and load nothing: a policy in each of them forbids it, so what people wrote
can't do anything even if a text got through unescaped. Their style is in the page itself, by its hash. Nothing that
people wrote is part of a file's name. Who searches uses the browser's own search in the page.

Specs: HTML (https://html.spec.whatwg.org/), Content Security Policy Level 3.
"""

from __future__ import annotations

import base64
import hashlib
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from chatstore.amounts import counted
from chatstore.chat.model.links import links
from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.messages import REPLY_TAGS, action_text, is_speech
from chatstore.chat.model.room_events import MessagePosted, NoticePosted, RoomEvent
from chatstore.chat.model.sentences import sentence, shown_name
from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.exporting.talks import Talk, events, reactions, talks
from chatstore.storage.exporting import Report, Scope, Snapshot, time_text

MAX_EVENTS, MAX_BYTES = 1_000, 500_000
"""The most of one page; what people wrote is counted in bytes."""
INDEX = "index.html"
_STYLE = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
_AUDIENCES = {"@": "to operators", "+": "to those with voice"}
_QUOTED = 120
"""Characters of a message that are shown above an answer to it."""


@dataclass
class _Page:
    """A page of a conversation: `name` is its file, `title` its month and part."""

    name: str
    title: str
    month: str
    first: int
    events: list[RoomEvent] = field(default_factory=list)
    size: int = 0


@dataclass
class _Month:
    """What the index of a conversation says of a month."""

    title: str
    pages: list[str]
    messages: int = 0


def write(
    snapshot: Snapshot, scope: Scope, folder: Path, about: str, made_at: int, done: Report
) -> tuple[int, int]:
    """Write the pages into an empty folder. `about` says whose they are, `made_at` when (ms since 1970 UTC).
    Returns the numbers of conversations and messages."""
    rows: list[tuple[Talk, int, int]] = []
    total, messages = len(found := talks(snapshot, scope)), 0
    for number, talk in enumerate(found):
        done(number, total)
        count, last = _Writer(snapshot, scope, talk, folder / talk.file).write()
        if count or not talk.direct:
            rows.append((talk, count, last))
        messages += count
    (folder / INDEX).write_text(_index(rows, about, made_at), encoding="utf-8")
    done(total, total)
    return len(rows), messages


class _Writer:
    """Writes the pages of one conversation, one after the other."""

    def __init__(self, snapshot: Snapshot, scope: Scope, talk: Talk, folder: Path) -> None:
        self._snapshot, self._scope, self._talk, self._folder = snapshot, scope, talk, folder
        self._pages: list[tuple[int, str]] = []
        """The first seq and the name of each page so far."""
        self._months: dict[str, _Month] = {}
        self._said: dict[int, tuple[str, str]] = {}
        """Who said what lately, by seq: for answers to it."""

    def write(self) -> tuple[int, int]:
        """Returns the number of messages, and when the last one was said (ms; 0 for none)."""
        count = last = 0
        before: _Page | None = None
        for page in self._paged():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if before is not None:
                self._save(before, page)
            before = page
            some = sum(isinstance(event, MessagePosted) for event in page.events)
            count, last = count + some, page.events[-1].time
            month = self._months.setdefault(page.month, _Month(_month_title(page.month), []))
            month.pages.append(page.name)
            month.messages += some
        if before is not None:
            self._save(before, None)
        if before is not None or not self._talk.direct:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            (self._folder / INDEX).write_text(self._index(), encoding="utf-8")
        return count, last

    def _paged(self) -> Iterator[_Page]:
        page: _Page | None = None
        for some in events(self._snapshot, self._talk, self._scope):
            for event in some:
                month, size = time.strftime("%Y-%m", _local(event)), len(event.body)
                full = page is not None and (len(page.events) >= MAX_EVENTS or page.size + size > MAX_BYTES)
                if page is None or page.month != month or full:
                    if page is not None:
                        yield page
                    page = self._new(month, event, page)
                page.events.append(event)
                page.size += size
        if page is not None:
            yield page

    def _new(self, month: str, event: RoomEvent, before: _Page | None) -> _Page:
        part = 1
        if before is not None and before.month == month:
            part = 1 + sum(name.startswith(month) for _, name in self._pages)
        name = f"{month}{f'-{part}' if part > 1 else ''}.html"
        self._pages.append((event.seq, name))
        title = _month_title(month) + (f", part {part}" if part > 1 else "")
        return _Page(name, title, month, event.seq)

    # HTML.

    def _save(self, page: _Page, following: _Page | None) -> None:
        earlier = [name for first, name in self._pages if first < page.first]
        links = [
            (f"../{INDEX}", "All conversations"),
            (INDEX, self._talk.title),
            *([(earlier[-1], "← Earlier")] if earlier else []),
            *([(following.name, "Later →")] if following is not None else []),
        ]
        body = [f"<h1>{_name(self._talk.title)}</h1><p class=soft>{escape(page.title)}</p>"]
        day = ""
        reacted = reactions(self._snapshot, self._talk, page.events)
        for event in page.events:
            today = time.strftime("%Y-%m-%d", _local(event))
            if today != day:
                day = today
                body.append(f"<h2>{time.strftime('%A', _local(event))}, {day}</h2>")
            body.append(self._event(event, reacted.get(event.seq, {})))
        title = f"{self._talk.title}, {page.title}"
        text = document(title, links, "\n".join(body))
        (self._folder / page.name).write_text(text, encoding="utf-8")

    def _event(self, event: RoomEvent, reacted: Mapping[str, Sequence[str]]) -> str:
        clock = time.strftime("%H:%M", _local(event))
        when = f'<time datetime="{time_text(event.time)}"><a href="#m{event.seq}">{clock}</a></time>'
        if not isinstance(event, MessagePosted):
            inside = f'<span class="s" dir=auto>{_text(sentence(event))}</span>'
        else:
            inside = self._message(event)
        values = "".join(
            f'<li title="{escape(printable(", ".join(names)))}">{_text(value)} {len(names)}</li>'
            for value, names in reacted.items()
        )
        more = f'<ul class=x aria-label="Reactions">{values}</ul>' if values else ""
        return f'<article class=m id="m{event.seq}">{when}<div>{inside}{more}</div></article>'

    def _message(self, event: RoomEvent) -> str:
        who = printable(shown_name(event.actor))
        account = event.actor.account
        known = f' title="{escape(account)}"' if account is not None and account != who else ""
        action = action_text(event.body) if not isinstance(event, NoticePosted) else None
        body = action if action is not None else event.body if is_speech(event.body) else "(a request of a program)"
        quote = self._quote(event)
        self._said[event.seq] = who, printable(" ".join(without_formatting(body).split()))[:_QUOTED]
        if len(self._said) > 20 * MAX_EVENTS:
            self._said.pop(next(iter(self._said)))
        notes = [_AUDIENCES[event.audience]] if event.audience else []
        notes += ["notice"] if isinstance(event, NoticePosted) else []
        notes += ["bot"] if event.actor.bot else []
        notes += [f"passed on by {_name(event.actor.relayed)}"] if event.actor.relayed else []
        note = f"<span class='soft n'>({', '.join(notes)})</span>" if notes else ""
        kind = "t s" if action is not None else "t"
        return f"{quote}<b{known}>{_name(who)}</b>{note}<span class='{kind}' dir=auto>{_linked(body)}</span>"

    def _quote(self, event: RoomEvent) -> str:
        """What a message answers, with a link to it where it is in the export."""
        place = next((message_place(event.tags[tag]) for tag in REPLY_TAGS if tag in event.tags), None)
        if place is None or place[0] != event.room or place[1] >= event.seq:
            return ""
        number = bisect_right(self._pages, (place[1], "~")) - 1
        if number < 0:
            return "<span class=re>↪ an earlier message</span>"
        who, text = self._said.get(place[1], ("", "an earlier message"))
        said = f"{_name(who)}: {escape(text)}" if who else escape(text)
        return f'<a class=re href="{self._pages[number][1]}#m{place[1]}" dir=auto>↪ {said}</a>'

    def _index(self) -> str:
        talk, room = self._talk, self._talk.place.room
        body = [f"<h1>{_name(talk.title)}</h1>"]
        if not talk.direct and room.topic and talk.place.first is not None:
            body.append(f"<p dir=auto>{_linked(room.topic)}</p>")
        if talk.place.first is None:
            body.append("<p class=soft>You are not in this room any more: only your own messages are here.</p>")
        elif room.first_seq > 1:
            body.append("<p class=soft>Messages from before were erased by the room's retention.</p>")
        body.append("<h2>Months</h2>" + ("<ul>" if self._months else "<p>Nothing was said.</p>"))
        for month in self._months.values():
            parts = " ".join(
                f'<a href="{name}">{escape(month.title) if number == 1 else f"part {number}"}</a>'
                for number, name in enumerate(month.pages, 1)
            )
            body.append(f"<li>{parts} <span class=soft>{counted(month.messages, 'message')}</span></li>")
        if self._months:
            body.append("</ul>")
        if talk.members:
            names = ", ".join(_name(printable(nick)) for nick in talk.members)
            body.append(f"<h2>Members</h2><p>{names}</p>")
        return document(talk.title, [(f"../{INDEX}", "All conversations")], "\n".join(body))


def _index(rows: Sequence[tuple[Talk, int, int]], about: str, made_at: int) -> str:
    body = [f"<h1>{escape(about)}</h1><p class=soft>As it was at {_said_time(made_at)}.</p>"]
    for direct, heading in ((False, "Rooms"), (True, "Direct conversations")):
        listed = [(talk, count, last) for talk, count, last in rows if talk.direct == direct]
        if listed:
            body.append(f"<h2>{heading}</h2><ul>")
            for talk, count, last in listed:
                until = f", the last {time.strftime('%Y-%m-%d', time.localtime(last // 1000))}" if last else ""
                link = f'<a href="{talk.file}/{INDEX}">{_name(talk.title)}</a>'
                body.append(f"<li>{link} <span class=soft>{counted(count, 'message')}{until}</span></li>")
            body.append("</ul>")
    if not rows:
        body.append("<p>There is nothing here.</p>")
    body.append("<p class=soft>To search, open a page and use your browser's search (Ctrl+F).</p>")
    return document(about, [], "\n".join(body))


def document(title: str, links: Iterable[tuple[str, str]], body: str) -> str:
    """A page. `links`: address and text; `body` is HTML."""
    nav = "".join(f'<a href="{address}">{_name(text)}</a>' for address, text in links)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>{escape(printable(title))}</title><style>{_STYLE}</style></head>
<body>{f'<nav aria-label="Pages">{nav}</nav>' if nav else ""}
<main>
{body}
</main>
{f'<nav class=foot aria-label="Pages, again">{nav}</nav>' if nav else ""}</body></html>
"""


def _name(text: str) -> str:
    """A name that others chose: its letters don't reorder what stands beside it."""
    return f"<bdi>{escape(printable(text))}</bdi>"


def _text(text: str) -> str:
    """What people wrote, as HTML that shows it: escaped, without what nobody sees or what would reorder it."""
    return escape("\n".join(map(printable, without_formatting(text).split("\n"))))


def _linked(text: str) -> str:
    """The same, with links to the web."""
    shown = "\n".join(map(printable, without_formatting(seen(text)).split("\n")))
    parts, at = [], 0
    for start, address in links(shown):
        parts.append(escape(shown[at:start]))
        parts.append(f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{escape(address)}</a>')
        at = start + len(address)
    return "".join(parts) + escape(shown[at:])


def _local(event: RoomEvent) -> time.struct_time:
    return time.localtime(event.time // 1000)


def _month_title(month: str) -> str:
    return time.strftime("%B %Y", time.strptime(month, "%Y-%m"))


def _said_time(ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(ms // 1000))
