"""A narrow list beside the buffer. It scrolls, and its rows can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from chatstore.client.screen.formatting import Piece


@dataclass(frozen=True)
class Row:
    """`key`: what the row stands for; "" for a heading. `pieces`: the row for a width, which they must not
    exceed. `back`: the background."""

    key: str
    pieces: Callable[[int], Sequence[Piece]]
    back: Style | None = None
    current: bool = False


class SideList(Widget):
    class Picked(Message):
        """A row was clicked."""

        def __init__(self, list_id: str, key: str) -> None:
            super().__init__()
            self.list_id = list_id
            self.key = key

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._top = 0

    def show(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._keep_in_sight()
        self.refresh()

    def text_rows(self) -> list[str]:
        return ["".join(text for text, _ in row.pieces(self.size.width)).rstrip() for row in self._rows]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return container.height

    def render_line(self, y: int) -> Strip:
        place = y + self._top
        width = self.size.width
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        back = row.back or Style()
        segments = [Segment(text, back + style) for text, style in row.pieces(width)]
        return Strip(segments).adjust_cell_length(width, back).apply_style(self.rich_style)

    def _keep_in_sight(self) -> None:
        current = next((place for place, row in enumerate(self._rows) if row.current), None)
        height = self.size.height
        if current is not None and height:
            self._top = min(max(self._top, current - height + 1), current)
        self._move(0)

    def _move(self, rows: int) -> None:
        most = max(0, len(self._rows) - self.size.height)
        self._top = min(max(0, self._top + rows), most)

    def on_resize(self, event: events.Resize) -> None:
        self._keep_in_sight()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(-3)
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(3)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        place = event.y + self._top
        if place < len(self._rows) and self._rows[place].key:
            self.post_message(self.Picked(self.id or "", self._rows[place].key))
