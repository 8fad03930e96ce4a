"""Amounts in words, the same wherever they are shown: counts, sizes and lengths of time."""

from __future__ import annotations

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def counted(number: int, what: str, many: str = "") -> str:
    """`1 room`, `1,200 rooms`. `many`: the plural, if it is not `what` with an s."""
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"


def sized(count: float) -> str:
    """Bytes: `512 B`, `1.2 KiB`."""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def span(seconds: float) -> str:
    """A length of time, in the two largest units: `3 days 4 hours`, `12 minutes`, `0 seconds`."""
    left = max(0, round(seconds))
    for at, (unit, length) in enumerate(_UNITS[:-1]):
        if left >= length:
            smaller, part = _UNITS[at + 1]
            rest = left % length // part
            return counted(left // length, unit) + (f" {counted(rest, smaller)}" if rest else "")
    return counted(left, "second")


def ago(seconds: float) -> str:
    """How long ago: `2 hours 5 minutes ago`; `just now` within a minute."""
    return f"{span(seconds)} ago" if seconds >= 60 else "just now"
