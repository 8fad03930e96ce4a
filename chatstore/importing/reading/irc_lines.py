"""The lines of IRC logs, as five programs write them: what a line says, apart from where and by whom it is
read.

- irssi (<https://irssi.org/documentation/settings/>, the default theme): `12:34 <@ada> hello`, `12:34  * ada
  waves`, `12:34 -!- ada [~ada@host] has joined #club`; days by `--- Log opened …` and `--- Day changed …`.
- WeeChat (<https://weechat.org/doc/>, logger): date and time, nick and text apart by tabs.
- ZNC (modules/log.cpp) and EnergyMech: `[12:34:56] <ada> hello`, `* ada waves`, `-ada- notice`, `*** Joins:
  …`; the day is in the file's name.
- Eggdrop: `[12:34] <ada> hello`, `Action: ada waves`, `ada (~ada@host) joined #club.`; days by `[00:00] ---
  …`, or in the file's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_TIME = r"\[?(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\]?"
_TIMED = re.compile(rf"(?:\[?(\d{{4}}-\d\d-\d\d)[ T])?{_TIME} (.*)")
_WEECHAT = re.compile(rf"(\d{{4}}-\d\d-\d\d)[ T]{_TIME}(?:Z|[+-]\d\d:?\d\d)?\t([^\t]*)\t?(.*)")
_SAID = re.compile(r"<([@+%&~! ]*)([^<>\s]+)> ?(.*)")
_ACTED = re.compile(r" ?\* ([@+%&~!]*)([^\s*]+) ?(.*)")
_NOTICED = re.compile(r"-([^\s:-][^\s:]*?)(?::([^\s]+?))?- (.*)")
_EGGDROP_ACTED = re.compile(r"Action: ([^\s]+) ?(.*)")
_WEECHAT_NOTICED = re.compile(r"(?:PvNotice|Notice)\(([^)\s]+)\)(?: -> \S+)?: (.*)")
_DATE_WORDS = re.compile(r"(?:\w+\.? )?(\w+)\.? {1,2}(\d{1,2}),? (?:\d\d:\d\d:\d\d )?(\d{4})")
_DAY = re.compile(r"--- (?:Log opened|Log closed|Day changed) (.*)")
_EGGDROP = re.compile(
    r"--- \w{3} |Action: |\S+ \([^)]*\) (joined|left) |\S+ joined #|-[^ :]+:#\S+- |Topic changed on |Nick change: |"
    r"#\S+: mode change |\S+ kicked from #|Trying server |Connected to "
)
_EGGDROP_DAY = re.compile(r"--- (\w{3} \w{3} {1,2}\d{1,2} \d{4})")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_OTHER_MONTHS = {
    word: number
    for number, words in (
        (1, "ene gen"),  # German, French, Spanish, Portuguese, Italian, Dutch, where they differ
        (2, "fév fev"),
        (3, "mär mrz mrt"),
        (4, "avr abr"),
        (5, "mai mag mei"),
        (6, "juin giu"),
        (7, "juil lug"),
        (8, "aoû ago"),
        (9, "set"),
        (10, "okt out ott"),
        (12, "dez déc dic"),
    )
    for word in words.split()
}
_SIGNS = "@+%&~!"

_SKIPPED = (
    ("a notice of the log's owner", re.compile(r"^\[notice\(|^Notice -> ")),
    ("joined", re.compile(r"has joined|^\*\*\* Joins:|\) joined |^\S+ joined #|returned to ")),
    ("left", re.compile(r"has left|has quit|^\*\*\* (Parts|Quits):|\) left |got netsplit|got lost")),
    ("changed their name", re.compile(r"is now known as|You're now known as|^Nick change:")),
    (
        "changed the topic",
        re.compile(r"changed (the )?topic|changes topic|[Tt]opic (for|set|changed)|has unset topic"),
    ),
    ("kicked somebody", re.compile(r"was kicked|has kicked|kicked from|got kicked|You were kicked")),
    ("changed modes", re.compile(r"^mode/|ServerMode/|sets mode|[Mm]ode (change|#|\S+ \[)|^Mode ")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. `kind`: `message`, `action`, `notice`; `skipped`, and then `text` is what it was;
    `day`: it only says which day it is; `unknown`."""

    kind: str
    who: str = ""
    text: str = ""
    day: date | None = None
    time: tuple[int, int, int] | None = None


UNKNOWN = Line("unknown")


def irssi(line: str, today: date | None) -> Line:
    if found := _DAY.match(line):
        day = _day(found[1], today)
        return Line("day", day=day) if day else UNKNOWN
    return _timed(line, _irssi_rest)


def _irssi_rest(rest: str) -> Line:
    if rest.startswith("-!- "):
        return Line("skipped", text=what_was_skipped(rest[4:]))
    return _said(rest) or (Line("skipped", text=what_was_skipped(rest)) if rest[:1] in "[>!" else UNKNOWN)


def weechat(line: str, today: date | None) -> Line:
    found = _WEECHAT.fullmatch(line)
    if not found:
        return UNKNOWN
    day, hour, minute, second, who, text = found.groups()
    at = _parts(hour, minute, second)
    plain = who.strip()
    if plain in ("-->", "<--", "=!=", "") or (plain == "--" and not _WEECHAT_NOTICED.match(text)):
        said = Line("skipped", text=what_was_skipped(text))
    elif plain == "--":
        notice = _WEECHAT_NOTICED.fullmatch(text)
        said = Line("notice", notice[1], notice[2]) if notice else UNKNOWN
    elif plain == "*":
        who, _, text = text.partition(" ")
        said = Line("action", who.lstrip(_SIGNS), text)
    else:
        said = Line("message", plain.lstrip(_SIGNS), text)
    return Line(said.kind, said.who, said.text, _iso(day), at) if _iso(day) and at else UNKNOWN


def znc(line: str, today: date | None) -> Line:
    return _timed(line, _znc_rest)


def _znc_rest(rest: str) -> Line:
    if rest.startswith(("*** ", "Connected to IRC", "Disconnected from IRC", "Broadcast: ")):
        return Line("skipped", text=what_was_skipped(rest))
    return _said(rest) or UNKNOWN


def eggdrop(line: str, today: date | None) -> Line:
    return _timed(line, _eggdrop_rest)


def _eggdrop_rest(rest: str) -> Line:
    if found := _EGGDROP_DAY.fullmatch(rest):
        day = _day(found[1], None)
        return Line("day", day=day) if day else UNKNOWN
    if found := _EGGDROP_ACTED.fullmatch(rest):
        return Line("action", found[1], found[2])
    said = None if rest.startswith("* ") else _said(rest)  # that is no action, but the bot's own
    return said or Line("skipped", text=what_was_skipped(rest))


FORMATS: dict[str, Callable[[str, date | None], Line]] = {
    "irssi": irssi,
    "weechat": weechat,
    "znc": znc,
    "energymech": znc,
    "eggdrop": eggdrop,
}


def guess(name: str, first: Iterable[str]) -> str:
    """The format of a log by its name and its first lines; empty if they are in none of them."""
    known: Counter[str] = Counter()
    for line in first:
        found = _TIMED.fullmatch(line)
        if _WEECHAT.fullmatch(line):
            known["weechat"] += 1
        elif _DAY.match(line):
            known["irssi"] += 100
        elif found and not line.startswith("["):
            known["irssi"] += 1
        elif found and found[5].startswith(("*** ", "* ")):
            known["znc"] += 10
        elif found and _EGGDROP.match(found[5]):
            known["eggdrop"] += 10
        elif found:
            known["znc" if found[4] else "eggdrop"] += 1
    if known["eggdrop"] and re.search(r"\.\d\d[A-Z][a-z]{2}\d{4}$", name):
        known["eggdrop"] += 100
    return known.most_common(1)[0][0] if known else ""


def what_was_skipped(text: str) -> str:
    return next((what for what, pattern in _SKIPPED if pattern.search(text)), "from the program itself")


def day_in_name(name: str) -> date | None:
    """The day that the name of a log says: `2024-01-31`, `20240131`, `31Oct2002`."""
    if found := re.search(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)", name):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if (found := re.search(r"(?<!\d)(\d\d)([A-Z][a-z]{2})(\d{4})(?!\d)", name)) and found[2].lower() in _MONTHS:
        return _date(int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]))
    return None


def _timed(line: str, rest_of: Callable[[str], Line]) -> Line:
    found = _TIMED.fullmatch(line)
    at = _parts(found[2], found[3], found[4]) if found else None
    if not found or not at:
        return UNKNOWN
    said = rest_of(found[5])
    return Line(said.kind, said.who, said.text, said.day or _iso(found[1]), at)


def _said(rest: str) -> Line | None:
    for kind, pattern in (("message", _SAID), ("action", _ACTED)):
        if found := pattern.fullmatch(rest):
            if found[2].startswith("*"):  # a module of ZNC, such as *status
                return Line("skipped", text=what_was_skipped(found[3]))
            return Line(kind, found[2], found[3])
    if found := _NOTICED.fullmatch(rest):
        return Line("notice", found[1], found[3])
    return None


def _parts(hour: str, minute: str, second: str | None) -> tuple[int, int, int] | None:
    at = int(hour), int(minute), int(second or 0)
    return (at[0], at[1], min(at[2], 59)) if at[0] < 24 and at[1] < 60 and at[2] <= 60 else None


def _iso(text: str | None) -> date | None:
    return _date(int(text[:4]), int(text[5:7]), int(text[8:10])) if text else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(words: str, today: date | None) -> date | None:
    """`Tue Jan 02 2024`, `Mon Jan 01 12:00:00 2024`. A month in an unknown language is that of the next such
    day."""
    found = _DATE_WORDS.search(words)
    if not found:
        return None
    month, day, year = found[1].lower(), int(found[2]), int(found[3])
    if month[:3] in _MONTHS:
        return _date(year, _MONTHS.index(month[:3]) + 1, day)
    if number := _OTHER_MONTHS.get(month[:3]) or _OTHER_MONTHS.get(month[:4]):
        return _date(year, number, day)
    for ahead in range(1, 367) if today else ():
        later = today + timedelta(ahead) if today else date.min
        if (later.day, later.year) == (day, year):
            return later
    return None
