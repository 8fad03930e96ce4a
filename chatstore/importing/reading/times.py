"""Times of exports, as ms since 1970 UTC. What is no time raises ValueError, whose text says so in a few
words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from chatstore.importing.reading.text import short

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_LAST = 253_402_300_799_999  # the year 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_number(value: object, per_second: int = 1) -> int:
    """Of a number (or its text) since 1970: of seconds, with 1000 of ms, with 10**9 of ns."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        at = int(Decimal(str(value)) * 1000 / per_second)
    except (ArithmeticError, ValueError):
        raise ValueError(f"{short(repr(value), 40)} is no time") from None
    return _possible(at, value)


def from_iso(value: object) -> int:
    """Of a text as in RFC 3339; without an offset it is UTC."""
    found = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{short(repr(value), 40)} is no time")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
    except ValueError:
        raise ValueError(f"{short(repr(value), 40)} is no time") from None
    ms = int(((found[7] or "") + "000")[:3])
    return _possible(int((moment - _offset(found[8]) - _EPOCH).total_seconds()) * 1000 + ms, value)


def _offset(text: str | None) -> timedelta:
    if not text or text in "zZ":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    return (-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)


def _possible(at: int, value: object) -> int:
    if not 0 < at <= _LAST:
        raise ValueError(f"{short(repr(value), 40)} is no time")
    return at
