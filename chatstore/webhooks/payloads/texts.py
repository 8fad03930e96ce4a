"""Text that other programs send, made fit for a room: nothing in it may steer a client, pose as a line of its
own, or call everybody."""

from __future__ import annotations

import re

MAX_LINE = 300
"""The most characters of a line that is made of somebody's title or comment."""

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
)
"""C0 and C1 (IRC's formatting, CTCP, escapes), what ends lines or turns the order of letters, half characters; and
neither LF nor tab."""
_HIDDEN = re.compile("[\U000e0000-\U000e007f]")
_EVERYBODY = re.compile(r"@(?=(?:room|channel|here|all|everyone)\b)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_BLANKS = re.compile(r"\n\s*\n+")


def lines_of(text: str, most: int = 4000, lines: int = 30) -> str:
    """A text of several lines, which LF separates."""
    text = text[: 4 * most].replace("\r\n", "\n").replace("\r", "\n")
    text = _EVERYBODY.sub("", _HIDDEN.sub("", _CONTROL.sub("", text))).replace("\t", "    ")
    text = _BLANKS.sub("\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")
    rows = text.split("\n")
    if len(rows) > lines:
        rows = [*rows[: lines - 1], f"… and {len(rows) - lines + 1} more lines"]
    return cut("\n".join(rows), most)


def line_of(text: str, most: int = MAX_LINE) -> str:
    """A text as one line."""
    return cut(_SPACE.sub(" ", lines_of(text.replace("\r", "\n").replace("\n", " "), most, 1)).strip(), most)


def first_line(text: str, most: int = MAX_LINE) -> str:
    """The first line of a text that says something, with an ellipsis if there are more."""
    rows = [row for row in text[: 4 * most].replace("\r", "\n").split("\n") if row.strip()]
    if not rows:
        return ""
    line = line_of(rows[0], most)
    return line if len(rows) == 1 or line.endswith("…") else f"{line} …"


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def fitting(text: str, line_bytes: int, all_bytes: int) -> str:
    """The text, without what is too long for a message."""
    lines = [_cut_bytes(line, line_bytes) for line in text.split("\n")]
    return lines[0] if len(lines) == 1 else _cut_bytes("\n".join(lines), all_bytes)


def _cut_bytes(text: str, most: int) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "…"
