"""The two palettes, as themes of Textual and as styles of Rich, and a colour for every nick."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style
from textual.theme import Theme

from chatstore.client.names import fold

HUES = 24
"""The number of colours for nicks."""


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb. `background`: of the buffer; `panel`: of what stands around it; `raised`: of what
    lies on either; `faint`: of lines and decoration. `nick_lightness`: of OKLCH, 0 to 1."""

    name: str
    dark: bool
    background: str
    panel: str
    raised: str
    text: str
    dim: str
    faint: str
    accent: str
    on_accent: str
    mention: str
    mention_background: str
    unread: str
    good: str
    bad: str
    link: str
    selected: str
    found: str
    nick_lightness: float
    nick_chroma: float


DARK = Palette(
    "chatstore-dark",
    True,
    background="#15171c",
    panel="#1c1f26",
    raised="#272b34",
    text="#d9dce3",
    dim="#8d94a3",
    faint="#434956",
    accent="#7cb7ff",
    on_accent="#10131a",
    mention="#ffcf70",
    mention_background="#2e2818",
    unread="#ff8f6b",
    good="#7fd08a",
    bad="#ff7b86",
    link="#82b8ff",
    selected="#26344a",
    found="#35402a",
    nick_lightness=0.78,
    nick_chroma=0.115,
)
LIGHT = Palette(
    "chatstore-light",
    False,
    background="#fdfdfb",
    panel="#f1f1ee",
    raised="#e4e4e0",
    text="#23262c",
    dim="#646a76",
    faint="#c3c5c9",
    accent="#0b5cc7",
    on_accent="#ffffff",
    mention="#7d4c00",
    mention_background="#fff1cf",
    unread="#c2410c",
    good="#1c7a36",
    bad="#b3202f",
    link="#0b5cc7",
    selected="#dbe8fb",
    found="#e6f3d3",
    nick_lightness=0.47,
    nick_chroma=0.125,
)
PALETTES = {"dark": DARK, "light": LIGHT}


def theme(palette: Palette) -> Theme:
    """The palette as a theme of Textual. Its names are those of the style sheet."""
    return Theme(
        name=palette.name,
        dark=palette.dark,
        primary=palette.accent,
        secondary=palette.dim,
        accent=palette.accent,
        warning=palette.mention,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.background,
        surface=palette.background,
        panel=palette.panel,
        variables={
            "raised": palette.raised,
            "dim": palette.dim,
            "faint": palette.faint,
            "on-accent": palette.on_accent,
            "selected": palette.selected,
            "mention-background": palette.mention_background,
            "input-selection-background": palette.selected,
            "scrollbar": palette.faint,
            "scrollbar-background": palette.panel,
            "scrollbar-corner-color": palette.panel,
        },
    )


@lru_cache(maxsize=4096)
def nick_color(nick: str, palette: Palette) -> str:
    """A colour for a nick, the same everywhere. All hues have the same lightness, so all can be read."""
    hue = zlib.crc32(fold(nick).encode()) % HUES * 360 / HUES
    return oklch(palette.nick_lightness, palette.nick_chroma, hue)


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """A colour of OKLCH as #rrggbb. Chroma is reduced until sRGB has the colour. Source: Björn Ottosson, "A
    perceptual color space for image processing"."""
    while True:
        a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
        if all(-0.0001 <= one <= 1.0001 for one in linear) or chroma <= 0:
            return "#" + "".join(f"{_byte(one):02x}" for one in linear)
        chroma -= 0.005


def _byte(linear: float) -> int:
    linear = min(1.0, max(0.0, linear))
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def contrast(one: str, other: str) -> float:
    """The contrast by WCAG 2, 1 to 21. Text needs 4.5."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else float(((one + 0.055) / 1.055) ** 2.4) for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Styles:
    """A palette as styles of Rich. Without colours, bold, underline and reverse say what matters."""

    def __init__(self, palette: Palette, *, colors: bool = True) -> None:
        self.palette = palette
        self.colors = colors
        self.plain = Style()
        self.text = self._style(palette.text)
        self.dim = self._style(palette.dim)
        self.faint = self._style(palette.faint)
        self.bold = self._style(palette.text, bold=True)
        self.event = self._style(palette.dim)
        self.removed = self._style(palette.dim, italic=True)
        self.bad = self._style(palette.bad)
        self.good = self._style(palette.good)
        self.unread = self._style(palette.unread, bold=True)
        self.mention = self._style(palette.mention, bold=True)
        self.own_nick = self._style(palette.accent, bold=True)
        self.accent = self._style(palette.accent)
        self.code = self._style(palette.text, palette.raised)
        self.effects = self._style(palette.dim, palette.raised)
        self.reaction_mine = self._style(palette.accent, palette.raised, bold=True)
        self.badge = Style(color=palette.on_accent, bgcolor=palette.accent, bold=True, reverse=not colors)
        self.badge_mention = Style(color=palette.background, bgcolor=palette.unread, bold=True, reverse=not colors)
        self.mentioned = self._back(palette.mention_background)
        self.selected = self._back(palette.selected)
        self.found = self._back(palette.found)

    def nick(self, nick: str) -> Style:
        return self._style(nick_color(nick, self.palette), bold=True)

    def link(self, url: str) -> Style:
        return self._style(self.palette.link, underline=True, link=url)

    def _style(self, color: str, back: str | None = None, **more: object) -> Style:
        return Style(color=color if self.colors else None, bgcolor=back if self.colors else None, **more)  # type: ignore[arg-type]

    def _back(self, color: str) -> Style:
        return Style(bgcolor=color) if self.colors else Style()
