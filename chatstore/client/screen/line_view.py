"""The view of a buffer's entries. Only entries that are visible are ever drawn.

The place of the view is an anchor, not a number of rows: the entry in the uppermost row, and which of its
rows that is; None while the view follows the end. So entries that come before or behind, and another width,
cost nothing and move nothing, and the heights of invisible entries need not be known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.segment import ControlType, Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from chatstore.client.entries import Entry, finds
from chatstore.client.folding import folded, folds, shows_all
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.drawing import Columns, Drawing, Row, Surroundings, ThreadLine
from chatstore.client.screen.file_rows import FileRow
from chatstore.client.screen.pictures.gallery import Gallery

_KEPT = 4_000
"""Drawn entries that are kept."""
_NEAR = 20
"""With fewer entries than that above the view, older ones are asked for."""
_PAINTED = ((ControlType.CURSOR_FORWARD, 0),)
"""Marks a segment that takes no cells."""
_TOP = -1
"""The index of the row above the first entry, which says whether there are older ones."""

Place = tuple[int, int]
"""(index of an entry or _TOP, which of its rows)."""
Mark = tuple[str, int]
"""(key of an entry, "" for _TOP; which of its rows): a place that stays the same when entries come before
it."""


def _no_thread(_: str) -> ThreadLine | None:
    return None


class LineView(Widget, can_focus=True):
    """Shows a list of entries that belongs to a buffer. Whoever changes that list calls tail(), prepended()
    or changed()."""

    class NearTop(Message):
        """Older entries are needed."""

    class Selected(Message):
        """The selection has changed."""

    class Moved(Message):
        """The view has moved."""

    def __init__(
        self, styles: Styles, *, zone: tzinfo | None = None, gallery: Gallery | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._styles = styles
        self._gallery = gallery
        self._zone = zone
        self._nick = ""
        self._all: Sequence[Entry] = []
        """The buffer's entries."""
        self._folded: list[Entry] = []
        """The entries as they are drawn, with runs of events as paragraphs: see folding.py."""
        self._stale: int | None = None
        """The index in `_all` from which `_folded` must be made again. It is made when it is needed, because
        thousands of entries may come at once."""
        self._starts: list[int] = []
        """Where in `_all` each of `_entries` begins."""
        self._opened: set[str] = set()
        """The keys of paragraphs that are shown whole, and of hidden messages that are shown once."""
        self._hides: Callable[[Entry], bool] = shows_all
        self._threads: Callable[[str], ThreadLine | None] = _no_thread
        self._title = self._files = ""
        self._beginning = ""
        self._unread = ""
        self._anchor: Place | None = None
        self._selected = self._found = ""
        self._drawing = Drawing(styles, Columns.of(80))
        self._drawn: dict[str, tuple[Entry, Surroundings, list[Row]]] = {}
        self._places: dict[str, int] = {}
        self._window: list[tuple[Place, Strip]] | None = None
        self._painted: dict[int, str] = {}
        """By row of the window: what paints over it."""
        self._bar: tuple[int, int] | None = None
        self._dragging = False

    # What is shown.

    def show(
        self,
        entries: Sequence[Entry],
        *,
        name: str,
        nick: str,
        beginning: str,
        unread: str,
        place: Mark | None = None,
        hides: Callable[[Entry], bool] = shows_all,
        threads: Callable[[str], ThreadLine | None] = _no_thread,
    ) -> None:
        """Show another buffer. `beginning`: the text above the first entry, "" while older ones can come.
        `unread`: the key of the entry below the unread line. `place`: what the property `place` was when this
        buffer was shown before. `hides`: whether a message is hidden until the person wants to see it. `threads`:
        what stands below a message, by its msgid, if it has replies."""
        self._hides, self._threads = hides, threads
        self._all, self._title, self._beginning, self._unread = entries, name, beginning, unread
        self._selected = self._found = ""
        self._opened = set()
        self._fold(0)
        self._anchor = self._find(place) if place is not None else None
        self._nick = nick
        self._begin_drawing()
        self.post_message(self.Selected())

    def restyle(self, styles: Styles) -> None:
        self._styles = styles
        self._begin_drawing()

    def files_are_at(self, url: str) -> None:
        """Where the server's files are: they get cards."""
        if url != self._files:
            self._files = url
            self._begin_drawing()

    def files_changed(self, *, again: bool = False) -> None:
        """Something else is known of the files in view. `again`: their pictures have another size."""
        if again:
            self._begin_drawing()
        else:
            self._redraw()

    def rename(self, nick: str) -> None:
        if nick != self._nick:
            self._nick = nick
            self._begin_drawing()

    def put(self, entries: Sequence[Entry]) -> None:
        """Show these entries in place of the others, which they mostly are. The view stays where it is."""
        place = self.place
        self._all = entries
        self._anchor = None
        self._fold(0)
        self._anchor = self._find(place) if place is not None else None
        self._redraw()

    def mark_unread(self, key: str) -> None:
        self._unread = key
        self._redraw()

    def begin_with(self, beginning: str) -> None:
        """As in show()."""
        self._beginning = beginning
        self._redraw()

    def tail(self, start: int) -> None:
        """Entries from this index on have changed."""
        self._stale = start if self._stale is None else min(start, self._stale)
        self._redraw()

    def prepended(self, count: int) -> None:
        """So many entries came before the others. The visible part stays where it is."""
        if count:
            entries, anchor = self._entries, self._anchor
            before = count
            if anchor is not None and anchor[0] != _TOP:
                before += self._starts[min(anchor[0], len(entries) - 1)]
            self._fold(0)
            if anchor is not None:
                # Above the first entry is where one waited for the older ones: they come into view from below.
                index = bisect_right(self._starts, before) - 1
                self._anchor = (index, min(max(0, anchor[1]), len(self._rows(index)) - 1))
        self._redraw()

    def changed(self, index: int) -> None:
        """One entry has changed."""
        entries = self._entries
        place = bisect_right(self._starts, index) - 1
        if place >= 0 and entries[place].event == "ignored":
            self._stale = index
        elif place >= 0 and self._starts[place] == index:
            entries[place] = self._all[index]
        self._redraw()

    def hide(self, hides: Callable[[Entry], bool]) -> None:
        """Other messages are hidden from now on."""
        self._hides = hides
        self._stale = 0
        self._redraw()

    # What one may ask.

    @property
    def place(self) -> Mark | None:
        """The place of the view, for show(); None at the end."""
        if self._anchor is None:
            return None
        index, row = self._anchor
        return (self._entries[index].key, row) if index >= 0 else ("", row)

    @property
    def short(self) -> bool:
        """Whether the entries do not fill the view."""
        return self.size.height > 0 and self._anchor is None and self._visible()[0][0][0] < 0

    @property
    def follows(self) -> bool:
        """Whether the view is at the end, and shows what comes."""
        return self._anchor is None

    @property
    def selected(self) -> Entry | None:
        """The selected message."""
        entry = self._chosen
        return entry if entry is not None and entry.said else None

    @property
    def selecting(self) -> bool:
        """Whether anything is selected."""
        return self._chosen is not None

    @property
    def selected_paragraph(self) -> bool:
        """Whether the selection is a paragraph that hides something."""
        return self._chosen is not None and not self._chosen.said

    @property
    def _chosen(self) -> Entry | None:
        index = self._place_of(self._selected) if self._selected else None
        return self._entries[index] if index is not None else None

    def text_rows(self) -> list[str]:
        """The visible rows as text."""
        return [strip.text.rstrip() for _, strip in self._visible()]

    # Moving.

    def scroll_rows(self, rows: int) -> None:
        """Scroll down by so many rows; up, if negative."""
        window = self._visible()
        if not window:
            return
        top = next((place for place, _ in window if place[0] != _TOP - 1), (0, 0))
        self._anchor = self._walk(top, rows)
        self._settle()

    def page_up(self) -> None:
        self.scroll_rows(-max(1, self.size.height - 2))

    def page_down(self) -> None:
        self.scroll_rows(max(1, self.size.height - 2))

    def go_home(self) -> None:
        self._anchor = (_TOP, 0)
        self._settle()

    def go_end(self) -> None:
        self._anchor, self._found = None, ""
        self._settle()

    def reveal(self, key: str) -> bool:
        """Scroll to the entry with this key, and mark it. False if it is not here."""
        index = self._place_of(key)
        if index is None:
            return False
        self._found = key
        self._anchor = self._walk((index, 0), -(self.size.height // 3))
        self._settle()
        return True

    def select(self, step: int) -> None:
        """Select the next message up (-1) or down (1). Below the last one nothing is selected."""
        index = self._place_of(self._selected)
        start = len(self._entries) if index is None else index
        if index is None:
            seen = [place[0] for place, _ in self._visible() if place[0] >= 0]
            start = max(seen, default=-1) + 1 if step < 0 else len(self._entries)
        place = start + step
        while 0 <= place < len(self._entries) and not self._selectable(self._entries[place]):
            place += step
        if place >= len(self._entries):
            self.unselect()
        elif place >= 0:
            self._select(place)

    def unselect(self) -> None:
        self._selected = self._found = ""
        self._redraw()
        self.post_message(self.Selected())

    def open_paragraph(self) -> None:
        """Show all of the selected paragraph."""
        index = self._place_of(self._selected)
        if index is not None:
            key, start = self._entries[index].key, self._starts[index]
            run = self._entries[index].hidden if self._entries[index].event == "ignored" else 1
            self._opened.update(one.key for one in self._all[start : start + run])
            self._fold(0)
            self._anchor = (self._place_of(key) or 0, 0)
            self.unselect()
            self._settle()

    def _select(self, index: int) -> None:
        self._selected, self._found = self._entries[index].key, ""
        seen = [place for place, _ in self._visible()]
        rows = [place for place in seen if place[0] == index]
        height = len(self._rows(index))
        if len(rows) < min(height, self.size.height):
            above = not seen or index <= min(place[0] for place in seen if place[0] >= 0)
            self._anchor = (index, 0) if above else self._walk((index, height - 1), 1 - self.size.height)
            self._settle()
        self._redraw()
        self.post_message(self.Selected())

    def _selectable(self, entry: Entry) -> bool:
        return (entry.said and bool(entry.msgid) and not entry.removed) or entry.hidden > 0

    def _settle(self) -> None:
        """Follow the end again if it is visible."""
        if self._anchor is not None and self._below(self._anchor) <= self.size.height:
            self._anchor = None
        self._redraw()
        window = self._visible()
        first = min((place[0] for place, _ in window), default=0)
        if first < _NEAR and not self._beginning:
            self.post_message(self.NearTop())
        self.post_message(self.Moved())

    def _below(self, place: Place) -> int:
        """The number of rows from a place to the end; not counted further than the height of the view."""
        index, row = place
        count = -row
        while index < len(self._entries) and count <= self.size.height:
            count += len(self._rows(index))
            index += 1
        return count

    def _walk(self, place: Place, rows: int) -> Place:
        """The place so many rows below, or above, within the entries."""
        index, row = place
        row += rows
        while row < 0 and index > _TOP:
            index -= 1
            row += len(self._rows(index))
        while index < len(self._entries) - 1 and row >= (height := len(self._rows(index))):
            row -= height
            index += 1
        return index, min(max(0, row), max(0, len(self._rows(index)) - 1))

    # Drawing.

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return container.height

    def render_line(self, y: int) -> Strip:
        window = self._visible()
        strip = window[y][1] if y < len(window) else Strip.blank(self.size.width)
        if self._bar is None:
            self._bar = self._thumb()
        bar = Segment("▐" if self._bar[0] <= y < self._bar[1] else " ", self._styles.faint)
        return Strip([*strip, bar]).apply_style(self.rich_style)

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is painted goes behind the text of its row, and beneath it on the screen: past what Textual
        does with text, which would take it for some. Nothing is painted behind a popup."""
        strips = super().render_lines(crop)
        if not self.screen.is_active:
            return strips
        left, top = self.region.offset
        column = left + self._drawing.columns.indent
        self._visible()
        for place, strip in enumerate(strips):
            painted = self._painted.get(crop.y + place)
            if painted:
                where = f"\x1b7\x1b[{top + crop.y + place + 1};{column + 1}H"
                segment = Segment(f"{where}{painted}\x1b8", None, _PAINTED)
                strips[place] = Strip([*strip, segment], strip.cell_length)
        return strips

    def on_resize(self, event: events.Resize) -> None:
        self._begin_drawing()

    def _begin_drawing(self) -> None:
        columns = Columns.of(max(1, self.size.width - 1))
        own = finds(self._nick) if self._nick else None
        gallery = self._gallery if self._files else None
        self._drawing = Drawing(
            self._styles, columns, self._nick, own, self._zone, self._files, gallery, self.size.height
        )
        self._drawn.clear()
        if self._anchor is not None and self._anchor[0] >= 0:
            index, row = self._anchor
            self._anchor = (index, min(row, len(self._rows(index)) - 1))
        self._redraw()

    def _redraw(self) -> None:
        self._window = self._bar = None
        self.refresh()

    def _visible(self) -> list[tuple[Place, Strip]]:
        """The visible rows from the top, filled up with empty ones."""
        if self._window is None:
            rows = self._upwards() if self._anchor is None else self._downwards(self._anchor)
            self._window, self._painted = [], {}
            for place, row in rows:
                painted = ""
                if isinstance(row, FileRow):
                    row, painted = self._drawing.fill(row)
                if painted:
                    self._painted[len(self._window)] = painted
                self._window.append((place, row))
        return self._window

    def _upwards(self) -> list[tuple[Place, Row]]:
        height = self.size.height
        found: list[tuple[Place, Row]] = []
        index = len(self._entries) - 1
        while index >= _TOP and len(found) < height:
            found[:0] = [((index, row), strip) for row, strip in enumerate(self._rows(index))]
            index -= 1
        blank = Strip.blank(self._drawing.columns.width)
        found[:0] = [((_TOP - 1, 0), blank)] * (height - len(found))
        return found[len(found) - height :]

    def _downwards(self, anchor: Place) -> list[tuple[Place, Row]]:
        found: list[tuple[Place, Row]] = []
        index, skip = anchor
        while index < len(self._entries) and len(found) < self.size.height + skip:
            found += [((index, row), strip) for row, strip in enumerate(self._rows(index))]
            index += 1
        return found[skip : skip + self.size.height]

    def _rows(self, index: int) -> list[Row]:
        if index == _TOP:
            text = self._beginning or "PageUp: older messages"
            return [self._drawing.rule(text)] if self._title else [Strip.blank(self._drawing.columns.width)]
        entry = self._entries[index]
        around = self._surroundings(index, entry)
        drawn = self._drawn.get(entry.key)
        if drawn is not None and drawn[0] is entry and drawn[1] == around:
            return drawn[2]
        if len(self._drawn) >= _KEPT:
            self._drawn.clear()
        rows = self._drawing.rows(entry, around)
        self._drawn[entry.key] = (entry, around, rows)
        return rows

    def _surroundings(self, index: int, entry: Entry) -> Surroundings:
        before = self._entries[index - 1] if index else None
        day = self._drawing.day_of(entry)
        new_day = before is None or self._drawing.day_of(before) != day
        unread = bool(self._unread) and entry.key == self._unread
        parent = self._place_of(entry.reply_to) if entry.reply_to else None
        return Surroundings(
            day if new_day else "",
            before is not None and not new_day and not unread and self._drawing.groups(entry, before),
            unread,
            bool(self._selected) and entry.key == self._selected,
            bool(self._found) and entry.key == self._found,
            self._entries[parent] if parent is not None else None,
            self._threads(entry.msgid) if entry.said and entry.msgid else None,
        )

    def _place_of(self, key: str) -> int | None:
        return self._places.get(key) if self._entries else None

    def _find(self, place: Mark) -> Place | None:
        key, row = place
        if not key:
            return _TOP, row
        index = self._place_of(key)
        return (index, row) if index is not None else None

    @property
    def _entries(self) -> list[Entry]:
        if self._stale is not None:
            self._fold(self._stale)
        return self._folded

    def _fold(self, start: int) -> None:
        """Entries from this index of `_all` on have changed."""
        self._stale = None
        # What comes behind a paragraph may become a part of it.
        kept = max(0, bisect_right(self._starts, max(0, start - 1)) - 1) if start else 0
        while kept and folds(self._folded[kept]) and folds(self._folded[kept - 1]):
            kept -= 1
        begin = self._starts[kept] if kept < len(self._starts) and kept else 0
        for entry in self._folded[kept:]:
            self._places.pop(entry.key, None)
        entries, starts = folded(self._all, self._drawing.day_of, self._opened, begin, hides=self._is_hidden)
        self._folded[kept:], self._starts[kept:] = entries, starts
        self._places.update({entry.key: kept + place for place, entry in enumerate(entries)})
        if self._anchor is not None and self._anchor[0] >= len(self._folded):
            self._anchor = None

    def _is_hidden(self, entry: Entry) -> bool:
        return entry.key not in self._opened and self._hides(entry)

    # The bar at the right, and the mouse.

    def _thumb(self) -> tuple[int, int]:
        """The rows between which the scroll bar's thumb lies. It counts entries, because not all rows are
        known."""
        window, height, count = self._visible(), self.size.height, len(self._entries)
        seen = [place[0] for place, _ in window if place[0] >= 0]
        if not seen or len(set(seen)) >= count:
            return 0, 0
        size = max(1, round(height * len(set(seen)) / count))
        if self._anchor is None:
            return height - size, height
        start = min(height - size, int(height * min(seen) / count))
        return start, start + size

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.x == self.size.width - 1:
            self._dragging = True
            self.capture_mouse()
            self._jump(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._jump(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _jump(self, y: int) -> None:
        if self._entries:
            share = min(1.0, max(0.0, y / max(1, self.size.height - 1)))
            self._anchor = (min(len(self._entries) - 1, int(share * len(self._entries))), 0)
            self._settle()

    def on_click(self, event: events.Click) -> None:
        window = self._visible()
        index = window[event.y][0][0] if event.y < len(window) else _TOP
        if event.x < self.size.width - 1 and index >= 0 and self._selectable(self._entries[index]):
            self._select(index)
            if self.selected_paragraph:
                self.open_paragraph()
