"""The bars above and below the buffer: its topic, hints, and the status of the client. Without I/O, except
for the widget that shows a bar."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from chatstore.amounts import counted, sized
from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers
from chatstore.client.events import Uploading
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.formatting import Piece, pieces
from chatstore.client.screen.keys import SELECTED
from chatstore.client.screen.lists import shown_name
from chatstore.client.screen.wrapping import cut
from chatstore.client.threads import Thread

_SLOW_MS = 1_000
_BAR = 20
"""Cells of the bar that says how far a file is."""


class Bar(Widget):
    """One row. `left` may be cut, `right` may not."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._left: Sequence[Piece] = ()
        self._right: Sequence[Piece] = ()

    def show(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    @property
    def text(self) -> str:
        return "".join(text for text, _ in (*self._left, *self._right))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        right = [Segment(text, style) for text, style in self._right]
        room = max(0, width - sum(cell_len(text) for text, _ in self._right))
        left: list[Segment] = []
        used = 0
        for text, style in self._left:
            shown = cut(text, room - used)
            left.append(Segment(shown, style))
            used += cell_len(shown)
            if shown != text:
                break
        strip = Strip(left).adjust_cell_length(room)
        return Strip([*strip, *right]).adjust_cell_length(width).apply_style(self.rich_style)


def topic_row(buffer: Buffer, styles: Styles, *, members: bool) -> tuple[list[Piece], list[Piece]]:
    """`members`: whether to show their number, because their list is hidden."""
    left: list[Piece] = [(f" {shown_name(buffer)}", styles.bold)]
    if buffer.room and not buffer.joined:
        left.append(("  you are not in this room; /join to join it", styles.dim))
    elif buffer.topic:
        topic = " ".join(buffer.topic.split("\n"))
        left += [("  ", styles.plain), *pieces(topic, styles, styles.dim)]
    elif buffer.presence in ("away", "offline"):
        left.append((f"  {buffer.presence}", styles.dim))
    count = len(buffer.members)
    right: list[Piece] = [(f" {count} here ", styles.dim)] if members and count else [(" ", styles.plain)]
    return left, right


def status_row(
    buffers: Buffers, typing: Sequence[str], now: int, styles: Styles
) -> tuple[list[Piece], list[Piece]]:
    connection = buffers.connection
    left: list[Piece] = [(f" {printable(buffers.nick)} ", styles.bold)]
    if connection.status == "connected":
        left.append(("● ", styles.good))
        if buffers.lag_ms is not None:
            slow = buffers.lag_ms >= _SLOW_MS
            left.append((f"{buffers.lag_ms} ms ", styles.bad if slow else styles.dim))
    elif connection.status == "waiting":
        seconds = max(0, -(-(connection.retry_at - now) // 1000))
        left.append((f"○ next try in {seconds} s: {printable(connection.why)} ", styles.bad))
    elif connection.status == "connecting":
        left.append(("◌ connecting … ", styles.unread))
    else:
        left.append((f"○ {printable(connection.why) or 'ended'} ", styles.bad))
    if typing:
        who = [printable(nick) for nick in typing]
        text = (
            f"{who[0]} is"
            if len(who) == 1
            else f"{who[0]} and {who[1]} are"
            if len(who) == 2
            else "several people are"
        )
        left.append((f" {text} typing …", styles.accent))
    return left, [(" F1 help · Ctrl-Q quit ", styles.dim)]


def selected_hints(styles: Styles) -> list[Piece]:
    """What the person can do with a selected message."""
    hints: list[Piece] = [(" ", styles.plain)]
    for key in SELECTED[:5]:
        hints += [(key.shown, styles.accent), (f" {key.help}   ", styles.dim)]
    return [*hints, ("Esc", styles.accent), (" back", styles.dim)]


def paragraph_hints(styles: Styles) -> list[Piece]:
    """What the person can do with a selected paragraph that hides something."""
    return [
        (" ", styles.plain),
        ("x, Enter", styles.accent),
        (" show all   ", styles.dim),
        ("Esc", styles.accent),
        (" back", styles.dim),
    ]


def thread_hints(thread: Thread, styles: Styles) -> list[Piece]:
    replies = counted(thread.count, "reply", "replies") if thread.count else "no replies yet"
    return [
        (f" thread: {replies};  ", styles.dim),
        ("Enter", styles.accent),
        (" reply in it   ", styles.dim),
        ("Esc", styles.accent),
        (" back to the conversation", styles.dim),
    ]


def excerpt_hints(styles: Styles) -> list[Piece]:
    return [
        (" messages around the one that you found;  ", styles.dim),
        ("Esc", styles.accent),
        (" back to the newest", styles.dim),
    ]


def upload_hints(uploads: Sequence[Uploading], styles: Styles) -> list[Piece]:
    """How far the files are that are on their way."""
    sent, size = sum(one.sent for one in uploads), sum(one.size for one in uploads)
    done = sent / size if size else 1.0
    full = round(done * _BAR)
    what = printable(uploads[0].name) if len(uploads) == 1 else f"{len(uploads)} files"
    return [
        (f" sending {what}  ", styles.plain),
        ("━" * full, styles.accent),
        ("━" * (_BAR - full), styles.faint),
        (f" {int(done * 100)} % of {sized(size)}   ", styles.dim),
        ("Esc", styles.accent),
        (" cancel", styles.dim),
    ]


def edit_hint(styles: Styles) -> list[Piece]:
    return [
        (" you edit a message of yours;  ", styles.dim),
        ("Enter", styles.accent),
        (" change it   ", styles.dim),
        ("Esc", styles.accent),
        (" leave it", styles.dim),
    ]


def reply_hint(nick: str, text: str, styles: Styles) -> list[Piece]:
    said = printable(seen(without_formatting(text.partition("\n")[0])))
    return [
        (" ↱ reply to ", styles.dim),
        (printable(nick), styles.nick(nick)),
        (": ", styles.dim),
        (said, styles.dim),
    ]


def completion_hints(choices: Sequence[str], chosen: int, width: int, styles: Styles) -> list[Piece]:
    """The choices around the chosen one, as many as fit."""
    start = chosen
    used = 0
    while start > 0 and used + cell_len(choices[start - 1]) + 2 <= width // 2:
        start -= 1
        used += cell_len(choices[start]) + 2
    hints: list[Piece] = [(" " if start == 0 else "…", styles.dim)]
    for place in range(start, len(choices)):
        style = styles.reaction_mine if place == chosen else styles.dim
        hints.append((f" {choices[place]} ", style))
    return hints
