"""The frames of a terminal as one animated SVG, small enough for a README.

Each row of the screen is a strip of film: everything that stood in that row, one below the other, behind a window
as high as one row, and moved by a CSS animation. So a key that is typed costs one more piece of one strip, not one
more screen. All strips run for the same time. Who wants no motion (prefers-reduced-motion), or whose program
animates no CSS, sees the still that was chosen.

There is no script in it and nothing is fetched, so it plays where an <img> shows it. Every piece of text has a
length of its own, because the font that is used is the reader's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from pyte.screens import Char

from tools.tape import Frame, Row

WIDTH = 8.4
HEIGHT = 17
PITCH = HEIGHT + 4
"""From one row of a strip to the next: what reaches out of a row (a g, an underline) is not seen in another."""
SIZE = 14
BASELINE = 13
MARGIN = 14
FOREGROUND, BACKGROUND = "#d8dee9", "#1b1f27"
COLORS = {
    "black": "#3b4252",
    "red": "#e06c75",
    "green": "#98c379",
    "brown": "#e5c07b",
    "blue": "#61afef",
    "magenta": "#c678dd",
    "cyan": "#56b6c2",
    "white": "#abb2bf",
    "brightblack": "#7f8896",
    "brightred": "#ff7b86",
    "brightgreen": "#b5e890",
    "brightbrown": "#ffd68a",
    "brightblue": "#82c4ff",
    "brightmagenta": "#e09cf0",
    "bfightmagenta": "#e09cf0",  # so called by pyte 0.8
    "brightcyan": "#7fdbe6",
    "brightwhite": "#ffffff",
}
"""The sixteen colours by pyte's names for them. Others are what the program said."""
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


@dataclass(frozen=True)
class Look:
    """How a run of cells is drawn."""

    color: str
    ground: str
    bold: bool
    italics: bool
    underscore: bool
    strikethrough: bool

    @classmethod
    def of(cls, cell: Char) -> Look:
        color, ground = _color(cell.fg, FOREGROUND), _color(cell.bg, BACKGROUND)
        if cell.reverse:
            color, ground = ground, color
        return cls(color, ground, cell.bold, cell.italics, cell.underscore, cell.strikethrough)

    def css(self) -> str:
        lines = " ".join(
            name for name, on in (("underline", self.underscore), ("line-through", self.strikethrough)) if on
        )
        return (
            f"fill:{self.color}"
            + ";font-weight:bold" * self.bold
            + ";font-style:italic" * self.italics
            + (f";text-decoration:{lines}" if lines else "")
        )


def _color(name: str, default: str) -> str:
    if name == "default":
        return default
    return COLORS.get(name) or f"#{name}"


class Styles:
    """Short names for the styles of text; as a style sheet at the end."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, css: str) -> str:
        return self._names.setdefault(css, f"t{len(self._names)}")

    def sheet(self) -> str:
        return "".join(f".{name}{{{css}}}" for css, name in self._names.items())


def runs(row: Row) -> Iterator[tuple[int, int, str, Look]]:
    """(first column, how many columns, text, look) of each run of cells that look alike."""
    x = 0
    for look, group in groupby(row, key=Look.of):
        cells = list(group)
        yield x, len(cells), "".join(cell.data for cell in cells), look
        x += len(cells)


def draw_row(row: Row, top: int, styles: Styles) -> str:
    """A row as SVG, its upper edge at `top`: what has another ground, and the texts without the blanks around."""
    grounds, texts = [], []
    for x, columns, text, look in runs(row):
        if look.ground != BACKGROUND:
            shape = f'x="{x * WIDTH:g}" y="{top}" width="{columns * WIDTH:g}" height="{HEIGHT}"'
            grounds.append(f'<rect {shape} fill="{look.ground}"/>')
        blank = len(text) - len(text.lstrip(" "))
        if shown := text.strip(" "):
            # A wide character stands for two columns, so what is left of the run is reckoned from its end.
            length = (columns - blank - (len(text) - len(text.rstrip(" ")))) * WIDTH
            where = f'x="{(x + blank) * WIDTH:g}" y="{top + BASELINE}" textLength="{length:g}"'
            texts.append(f'<text {where} class="{styles.name(look.css())}">{escape(shown, quote=False)}</text>')
    return "".join(grounds + texts)


def strip(changes: Sequence[tuple[float, Row]], seconds: float, still: float, styles: Styles) -> tuple[str, str]:
    """(drawing, keyframes or "") of one row: `changes` are (from when on, what), the first at 0."""
    places: dict[Row, int] = {}
    steps = [(when, places.setdefault(row, len(places))) for when, row in changes]
    drawing = "".join(draw_row(row, place * PITCH, styles) for row, place in places.items())
    if len(places) == 1:
        return drawing, ""
    keyframes = "".join(f"{when / seconds:.3%}{{{_moved(place)}}}" for when, place in steps)
    shown = [place for when, place in steps if when <= still][-1]
    return f'<g style="{_moved(shown)}">{drawing}</g>', keyframes


def _moved(place: int) -> str:
    return f"transform:translateY({-place * PITCH}px)"


def animate(frames: Sequence[Frame], *, seconds: float, still: float, title: str) -> str:
    """The SVG. `seconds`: how long it runs, `still`: the time of the frame that is shown where nothing moves,
    `title`: what it shows, for who does not see it."""
    columns, rows = len(frames[0].rows[0]), len(frames[0].rows)
    styles = Styles()
    windows, sheet = [], []
    for y in range(rows):
        changes: list[tuple[float, Row]] = []
        for frame in frames:
            if not changes or changes[-1][1] != frame.rows[y]:
                changes.append((frame.time if changes else 0.0, frame.rows[y]))
        drawing, keyframes = strip(changes, seconds, still, styles)
        if keyframes:
            sheet.append(f"@keyframes r{y}{{{keyframes}}}#r{y}>g{{animation-name:r{y}}}")
        if drawing:
            windows.append(f'<svg id="r{y}" y="{y * HEIGHT}" height="{HEIGHT}">{drawing}</svg>')
    width, height = columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{escape(title)}</title>'
        f"<style>rect{{shape-rendering:crispEdges}}text{{font:{SIZE}px {FONTS};white-space:pre}}{styles.sheet()}"
        f"svg>g{{animation:{seconds:g}s steps(1,end) infinite}}{''.join(sheet)}"
        "@media (prefers-reduced-motion:reduce){svg>g{animation:none!important}}</style>"
        f'<rect width="100%" height="100%" rx="9" fill="{BACKGROUND}"/>'
        f'<svg x="{MARGIN}" y="{MARGIN}" width="{columns * WIDTH:g}" height="{rows * HEIGHT}">'
        f"{''.join(windows)}</svg></svg>\n"
    )
