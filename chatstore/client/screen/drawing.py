"""An entry as rows of the screen: a mark, the time, the nick and what was said, each in its column.

┃09:41      alice  ↱ bob: shall we?
┃                  yes, at noon
┃                  👍 bob, carol
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chatstore.amounts import counted
from chatstore.chat.model.text import EMPTY, is_blank, printable, seen, without_formatting
from chatstore.client.entries import Entry
from chatstore.client.files.links import FileLink, parts
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.file_rows import FilePart, FileRow, filled, parts_of
from chatstore.client.screen.formatting import Piece, pieces, rows
from chatstore.client.screen.message_text import message_lines
from chatstore.client.screen.pictures.gallery import Gallery
from chatstore.client.screen.wrapping import cut, fit

_TIME = 5
_GAP = 2
_GROUP_MS = 5 * 60_000
"""Messages of one person within this time are grouped under one nick."""
_NAMED = 3
"""Nicks that are shown behind a reaction. If there are more, their number is shown."""
Body = list[Piece] | FilePart
"""A row of the text column."""
Row = Strip | FileRow
"""A row that is drawn, or that is filled while it is in view."""
_ARROWS = {"join": "→", "part": "←", "quit": "←", "kick": "←", "several": "⇄"}


@dataclass(frozen=True)
class Columns:
    """Widths in cells. `width`: of all; the text gets what the others leave. 0: the column is hidden."""

    width: int
    time: int
    nick: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """Narrow terminals get a narrower nick first, and then no time."""
        nick = 16 if width >= 100 else 12 if width >= 72 else 9
        return cls(width, _TIME + 1 if width >= 40 else 0, min(nick, max(4, width // 4)))

    @property
    def indent(self) -> int:
        return 1 + self.time + self.nick + _GAP

    @property
    def text(self) -> int:
        return max(1, self.width - self.indent)


@dataclass(frozen=True)
class ThreadLine:
    """What stands below a message that has replies: how many, when the last one came, how many are unread."""

    count: int
    last: int
    unread: int


@dataclass(frozen=True)
class Surroundings:
    """What the rows of an entry depend on besides the entry. `day`: the day that begins with it, "" if none
    does. `grouped`: the nick is above already. `unread`: the unread line stands before it. `parent`: the
    entry that it replies to, if that is here. `thread`: of the replies to it."""

    day: str = ""
    grouped: bool = False
    unread: bool = False
    selected: bool = False
    found: bool = False
    parent: Entry | None = None
    thread: ThreadLine | None = None


@dataclass
class Drawing:
    """`nick`: our own; `own` finds it in a text. `zone`: None for the local time zone. `files`: where the
    server's files are, `gallery`: what is known of them; no file has a card without it. `height`: rows of the
    view."""

    styles: Styles
    columns: Columns
    nick: str = ""
    own: re.Pattern[str] | None = None
    zone: tzinfo | None = None
    files: str = ""
    gallery: Gallery | None = None
    height: int = 24
    _days: dict[int, str] = field(default_factory=dict)

    def rows(self, entry: Entry, around: Surroundings) -> list[Row]:
        drawn: list[Row] = []
        if around.day:
            drawn.append(self.rule(around.day))
        if around.unread:
            drawn.append(self.rule("new", self.styles.unread))
        back = self._background(entry, around)
        mark = self._mark(entry, around)
        first: list[Piece] = self._head(entry, around)
        for body in self._body(entry, around):
            lead = [mark, *(first or [(" " * (self.columns.indent - 1), self.styles.plain)])]
            if isinstance(body, FilePart):
                drawn.append(FileRow(body, tuple(lead), back))
            else:
                drawn.append(self._strip([*lead, *body], back))
            first = []
        return drawn

    def fill(self, row: FileRow) -> tuple[Strip, str]:
        """A row of a file as it is now, and what paints over it, from the text column on."""
        assert self.gallery is not None
        segments, painted = filled(row.part, self.gallery, self.styles, self.columns.text)
        behind = Segment.apply_style(segments, row.back) if row.back is not None else segments
        strip = Strip([*self._segments(row.lead, row.back), *behind])
        return strip.adjust_cell_length(self.columns.width, row.back or self.styles.plain), painted

    def rule(self, text: str, style: Style | None = None) -> Strip:
        """A horizontal line with a text in its middle."""
        text = cut(f" {text} ", max(0, self.columns.width - 4))
        left = max(1, (self.columns.width - cell_len(text)) // 2)
        right = max(1, self.columns.width - cell_len(text) - left)
        line = style or self.styles.faint
        return self._strip([("─" * left, line), (text, style or self.styles.dim), ("─" * right, line)], None)

    def day_of(self, entry: Entry) -> str:
        """`Tuesday 25 November 2026`."""
        hour = entry.time // 3_600_000
        if hour not in self._days:  # zones differ by quarters of an hour, but no day begins within an hour of one
            return self._day(entry.time)
        return self._days[hour]

    def _day(self, time: int) -> str:
        moment = datetime.fromtimestamp(time / 1000, self.zone)
        text = f"{moment:%A} {moment.day} {moment:%B %Y}"
        if moment.hour not in (0, 23):
            self._days[time // 3_600_000] = text
        return text

    def groups(self, entry: Entry, before: Entry) -> bool:
        """Whether an entry's nick need not be shown again."""
        return (
            entry.kind == before.kind == "message"
            and (entry.nick, entry.relayed) == (before.nick, before.relayed)
            and entry.audience == before.audience
            and not entry.reply_to
            and 0 <= entry.time - before.time < _GROUP_MS
        )

    # Parts of a row.

    def _mark(self, entry: Entry, around: Surroundings) -> Piece:
        if around.selected:
            return "▌", self.styles.accent
        if around.found:
            return "▌", self.styles.good
        if entry.mention:
            return "┃", self.styles.mention
        return " ", self.styles.plain

    def _background(self, entry: Entry, around: Surroundings) -> Style | None:
        if around.selected:
            return self.styles.selected
        if around.found:
            return self.styles.found
        return self.styles.mentioned if entry.mention else None

    def _head(self, entry: Entry, around: Surroundings) -> list[Piece]:
        """Time and nick, as wide as their columns."""
        head: list[Piece] = []
        if self.columns.time:
            moment = datetime.fromtimestamp(entry.time / 1000, self.zone)
            head.append((f"{moment:%H:%M} ", self.styles.faint if around.grouped else self.styles.dim))
        nick, style = self._nick(entry)
        if around.grouped:
            nick = ""
        return [*head, (fit(nick, self.columns.nick, right=True) + " " * _GAP, style)]

    def _nick(self, entry: Entry) -> Piece:
        name = printable(entry.nick)
        if entry.kind == "action":
            return "*", self.styles.nick(entry.nick)
        if entry.kind == "event":
            return _ARROWS.get(entry.event, "·"), self.styles.event
        if entry.kind == "info":
            return "·", self.styles.event
        if entry.kind == "failure":
            return "!", self.styles.bad
        style = self.styles.own_nick if entry.own else self.styles.nick(entry.nick)
        return (f"-{name}-" if entry.kind == "notice" else name), style

    def _body(self, entry: Entry, around: Surroundings) -> Sequence[Body]:
        """The rows of the text column."""
        width = self.columns.text
        if entry.removed:
            reason = f" ({printable(without_formatting(entry.reason))})" if entry.reason else ""
            text = f"message removed by {printable(entry.removed)}{reason}"
            removed: list[Body] = [[(cut(text, width), self.styles.removed)]]
            return removed + (self._thread(entry, around.thread, width) if around.thread is not None else [])
        drawn: list[Body] = []
        if entry.reply_to:
            drawn.append(self._quote(around.parent, width))
        drawn += self._said(entry, width)
        if entry.reactions:
            drawn += self._reactions(entry, width)
        if around.thread is not None:
            drawn += self._thread(entry, around.thread, width)
        return drawn

    def _thread(self, entry: Entry, thread: ThreadLine, width: int) -> list[list[Piece]]:
        """A row about the replies to a message."""
        first, last = (datetime.fromtimestamp(time / 1000, self.zone) for time in (entry.time, thread.last))
        when = f"{last:%H:%M}" if first.date() == last.date() else f"{last.day} {last:%b %H:%M}"
        replies = counted(thread.count, "reply", "replies")
        new = f" {thread.unread} new " if thread.unread else ""
        text = cut(f"↳ {replies}, last {when} ", max(1, width - cell_len(new)))
        return [[(text, self.styles.accent), (new, self.styles.badge_mention)]]

    def _said(self, entry: Entry, width: int) -> list[Body]:
        drawn: list[Body] = []
        lead = self._lead(entry)
        said = parts(entry.text, self.files) if self.gallery is not None and entry.said else [entry.text]
        for part in said:
            if isinstance(part, FileLink):
                assert self.gallery is not None
                drawn += rows(lead, width) if lead else []
                drawn += parts_of(part, self.gallery, width, max(3, self.height // 2))
                lead = []
                continue
            for line in self._lines(entry, part, last=part is said[-1]):
                drawn += rows([*lead, *line], width)
                lead = []
        if entry.edited and isinstance(said[-1], FileLink):
            drawn.append([("(edited)", self.styles.dim)])
        if entry.event == "kick" and entry.own:
            drawn += rows([("you can come back: ", self.styles.event), ("/join", self.styles.accent)], width)
        if entry.pending and not isinstance(drawn[-1], FilePart):
            drawn[-1] = [*drawn[-1], (" …", self.styles.dim)]
        return drawn

    def _lead(self, entry: Entry) -> list[Piece]:
        """What stands before the first word."""
        lead: list[Piece] = []
        if entry.relayed:
            lead.append((f"[via {printable(entry.relayed)}] ", self.styles.dim))
        elif entry.bot:
            lead.append(("[bot] ", self.styles.dim))
        if entry.audience:
            lead.append((f"to {'operators' if entry.audience == '@' else 'voiced'}: ", self.styles.accent))
        if entry.kind == "action":
            lead.append((f"{printable(entry.nick)} ", self.styles.nick(entry.nick)))
        return lead

    def _lines(self, entry: Entry, text: str, *, last: bool) -> list[list[Piece]]:
        """The lines of a text. `last`: nothing comes behind it."""
        base = {"event": self.styles.event, "info": self.styles.event, "failure": self.styles.bad}.get(
            entry.kind, self.styles.dim if entry.pending else self.styles.text
        )
        if not entry.said:
            return self._told(text, base)
        blank = is_blank(text)
        mentions = self.own if not entry.own else None
        said = message_lines(EMPTY if blank else text, self.styles, self.styles.dim if blank else base, mentions)
        return [*said[:-1], [*said[-1], (" (edited)", self.styles.dim)]] if entry.edited and last else said

    def _told(self, text: str, base: Style) -> list[list[Piece]]:
        """The lines of what the server or this client says."""
        return [list(pieces(line, self.styles, base)) for line in text.split("\n")]

    def _quote(self, parent: Entry | None, width: int) -> list[Piece]:
        if parent is None:
            return [(cut("↱ an earlier message", width), self.styles.dim)]
        if parent.event == "ignored":
            return [(cut("↱ a message of somebody whom you ignore", width), self.styles.dim)]
        said = "a removed message" if parent.removed else seen(without_formatting(parent.text.partition("\n")[0]))
        name = cut(printable(parent.nick), max(1, width - 6))
        rest = width - 4 - cell_len(name)
        return [
            ("↱ ", self.styles.faint),
            (name, self.styles.nick(parent.nick)),
            (cut(f": {printable(said)}", max(0, rest)), self.styles.dim),
        ]

    def _reactions(self, entry: Entry, width: int) -> list[list[Piece]]:
        """The reactions side by side, in as many rows as they need."""
        drawn: list[list[Piece]] = [[]]
        used = 0
        for emoji, nicks in entry.reactions:
            who = ", ".join(map(printable, nicks)) if len(nicks) <= _NAMED else str(len(nicks))
            chip = cut(f" {printable(emoji)} {who} ", width)
            if used and used + cell_len(chip) + 1 > width:
                drawn.append([])
                used = 0
            style = self.styles.reaction_mine if self.nick in nicks else self.styles.effects
            drawn[-1] += [(chip, style), (" ", self.styles.plain)]
            used += cell_len(chip) + 1
        return drawn

    def _strip(self, row: list[Piece], back: Style | None) -> Strip:
        strip = Strip(self._segments(row, back))
        return strip.adjust_cell_length(self.columns.width, back or self.styles.plain)

    def _segments(self, row: Sequence[Piece], back: Style | None) -> list[Segment]:
        return [Segment(text, back + style if back is not None else style) for text, style in row if text]
