"""What people mean by `**bold**`, `_italics_`, lists and so on, found in the plain text that they sent.

The runs of all blocks joined are the text. The time is linear. chatstore/web/ui/markdown.js does the same and says
where this differs from CommonMark; both read tests/vectors/markdown.json.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

Kind = Literal["text", "code", "quote", "item"]
Links = Callable[[str], Iterator[tuple[int, str]]]

_CODE, _LINK, _SIGN = 8, 16, 32
_MARKS = {1: "bold", 2: "italic", 4: "strike", _CODE: "code", _LINK: "link"}
_MEANING = {"*": 2, "**": 1, "***": 3, "_": 2, "~~": 4}
_FENCE = "```"
_INFO = re.compile(r"[A-Za-z0-9_+-]*\n")
_ITEM = re.compile(r"( *)(?:[-*]|([0-9]{1,3}[.)])) (?=\S)")
_BETWEEN_LETTERS = re.compile(r"[A-Za-z0-9_]{2}")
_RUN = re.compile(r"\*+|_+|~+")
_TICKS = re.compile(r"(?<!\\)(?<!`)`+")


class Run(NamedTuple):
    """`marks`: of bold, italic, strike, code and link, or one of sign, number and end (of an item's line)."""

    text: str
    marks: str


class Block(NamedTuple):
    """`kind`: an item is one line."""

    kind: Kind
    runs: list[Run]


def blocks(text: str, links: Links) -> list[Block]:
    """The blocks of a text without codes of formatting."""
    found: list[Block] = []
    place = 0
    while (start := text.find(_FENCE, place)) >= 0:
        info = _INFO.match(text[start + 3 : start + 40])
        begin = start + 3 + (info.end() if info is not None else 0)
        close = text.find(_FENCE, begin + 1)
        if close < 0:
            break
        found += _lines(text[place:start], links)
        end = close - 1 if text[close - 1] == "\n" and close - 1 > begin else close
        place = close + 3
        runs = [Run(text[start:begin], "sign"), Run(text[begin:end], "code"), Run(text[end:place], "sign")]
        if text[place : place + 1] == "\n":
            runs.append(Run("\n", "end"))
            place += 1
        found.append(Block("code", runs))
    return found + _lines(text[place:], links)


def _lines(text: str, links: Links) -> list[Block]:
    """The blocks of a text without blocks of code."""
    found: list[Block] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        words = line.removesuffix("\n")
        item = _ITEM.match(words)
        kind: Kind = "text"
        lead = Run("", "sign")
        if words.startswith("> ") or (words == ">" and found and found[-1].kind == "quote"):
            kind, lead = "quote", Run(words[:2], "sign")
        elif item is not None:
            kind, lead = "item", Run(item[0], "number" if item[2] else "sign")
        runs = [lead] if lead.text else []
        runs += _inline(words[len(lead.text) :], links)
        if line.endswith("\n"):
            runs.append(Run("\n", "end"))
        if found and found[-1].kind == kind != "item":
            found[-1].runs.extend(runs)
        else:
            found.append(Block(kind, runs))
    return found


def _inline(line: str, links: Links) -> list[Run]:
    """The runs of one line."""
    if not line:
        return []
    marks = [0] * len(line)
    _mark_code(line, marks)
    for start, url in links(line):
        if not marks[start]:
            marks[start : start + len(url)] = [_LINK] * len(url)
    _Emphasis(line, marks).mark()
    runs = []
    start = 0
    for at in range(1, len(line) + 1):
        if at < len(line) and marks[at] == marks[start]:
            continue
        mask = marks[start]
        names = "sign" if mask & _SIGN else " ".join(name for bit, name in _MARKS.items() if mask & bit)
        runs.append(Run(line[start:at], names))
        start = at
    return runs


def _mark_code(line: str, marks: list[int]) -> None:
    """A run of backticks ends at the next one of the same length."""
    ticks = list(_TICKS.finditer(line))
    following: dict[int, int] = {}
    closes: list[int | None] = [None] * len(ticks)
    for at in reversed(range(len(ticks))):
        length = len(ticks[at][0])
        closes[at] = following.get(length)
        following[length] = at
    at = 0
    while at < len(ticks):
        close = closes[at]
        if close is not None:
            start, begin, end = ticks[at].start(), ticks[at].end(), ticks[close].start()
            marks[start:begin] = marks[end : ticks[close].end()] = [_SIGN] * (begin - start)
            marks[begin:end] = [_CODE] * (end - begin)
            at = close
        at += 1


class _Emphasis:
    """What stands between signs. Of each kind the nearest opening sign counts; what opened since then opens
    nothing."""

    def __init__(self, line: str, marks: list[int]) -> None:
        self._line, self._marks = line, marks
        self._stack: list[tuple[str, int]] = []
        self._places: dict[str, list[int]] = {sign: [] for sign in _MEANING}
        self._words = _words_before(line)
        self._spans = {1: [0] * (len(line) + 1), 2: [0] * (len(line) + 1), 4: [0] * (len(line) + 1)}

    def mark(self) -> None:
        for match in _RUN.finditer(self._line):
            sign, start = match[0], match.start()
            if self._marks[start] or sign not in _MEANING:
                continue
            opens, closes = _flanks(self._line, start, match.end())
            used = self._close(sign, start) if closes else 0
            if closes and not used and sign == "***":
                used = self._close("*", start) or self._close("**", start)
                if used:
                    self._close(sign[used:], start + used)
            if opens and not used:
                self._open(sign, match.end())
        for bit, steps in self._spans.items():
            now = 0
            for at in range(len(self._line)):
                now += steps[at]
                if now > 0:
                    self._marks[at] |= bit

    def _open(self, sign: str, end: int) -> None:
        self._places[sign].append(len(self._stack))
        self._stack.append((sign, end))

    def _close(self, sign: str, start: int) -> int:
        """Close with the first signs of a run; returns how many of them did."""
        longer = "***" if sign in ("*", "**") else sign
        height = max((places[-1] for places in (self._places[sign], self._places[longer]) if places), default=-1)
        if height < 0 or self._words[start] == self._words[self._stack[height][1]]:
            return 0
        opening, end = self._stack[height]
        size = len(sign)
        for bit, steps in self._spans.items():
            if _MEANING[sign] & bit:
                steps[end] += 1
                steps[start] -= 1
        self._marks[end - size : end] = self._marks[start : start + size] = [_SIGN] * size
        while len(self._stack) > height:
            self._places[self._stack.pop()[0]].pop()
        if opening != sign:
            self._open(opening[size:], end - size)
        return size


def _flanks(line: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether a run of signs can open and can close."""
    before = line[start - 1] if start else " "
    after = line[end] if end < len(line) else " "
    if before in "/\\@#$&=" or after in "/\\" or _BETWEEN_LETTERS.fullmatch(before + after):
        return False, False
    space_before, space_after = before.isspace(), after.isspace()
    sign_before, sign_after = _is_punctuation(before), _is_punctuation(after)
    left = not space_after and (not sign_after or space_before or sign_before)
    right = not space_before and (not sign_before or space_after or sign_after)
    if line[start] != "_":
        return left, right
    return left and not right, right and not left


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _words_before(line: str) -> list[int]:
    """At each place, how many characters before it are neither space nor punctuation: `*_*` is a face."""
    counts = [0]
    for character in line:
        nothing = character == "~" or character.isspace() or unicodedata.category(character)[0] == "P"
        counts.append(counts[-1] + (not nothing))
    return counts
