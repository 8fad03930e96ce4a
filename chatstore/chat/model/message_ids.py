"""The ids of messages (`msgid`), made of a message's room, its `seq` and its time."""

from __future__ import annotations

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_FIRST = [pair.lstrip("0") or "0" for pair in _PAIRS]
"""All pairs of digits, to convert two at a time; as the first of a number without a zero in front."""


def msgid(room: int, seq: int, time: int | None = None) -> str:
    """The id of a message: its room, its seq and a stamp of the time (ms) when it was stored, in base 36 and
    joined by hyphens. The stamp (`time` modulo 36**4 ms, 28 minutes) distinguishes the message from one that
    had its seq before an older backup was restored. An id without a stamp is the form of earlier versions,
    which stays valid."""
    place = f"{_base36(room)}-{_base36(seq)}"
    return f"{place}-{_stamp(time)}" if time is not None else place


def is_id_of(text: str, time: int) -> bool:
    """Whether an id that `message_place` has parsed belongs to a message stored at this time (ms)."""
    stamp = text.split("-")[2:]
    return not stamp or stamp[0] == _stamp(time)


def _stamp(time: int) -> str:
    return _PAIRS[time // len(_PAIRS) % len(_PAIRS)] + _PAIRS[time % len(_PAIRS)]


def message_place(text: str) -> tuple[int, int] | None:
    """The (room, seq) of a msgid, with or without a stamp; None if the text is not a msgid. `is_id_of` tells
    whether the message there is the one that the id means."""
    parts = text.split("-")
    if len(parts) not in (2, 3) or len(text) > 40 or not set("".join(parts)) <= set(_DIGITS) or not all(parts):
        return None
    if len(parts) == 3 and len(parts[2]) != 4:
        return None
    place = int(parts[0], 36), int(parts[1], 36)
    return place if msgid(*place) == "-".join(parts[:2]) and all(0 < number < 2**63 for number in place) else None


def _base36(number: int) -> str:
    text = ""
    while number >= len(_PAIRS):
        text, number = _PAIRS[number % len(_PAIRS)] + text, number // len(_PAIRS)
    return _FIRST[number] + text
