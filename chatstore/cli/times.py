"""Times as people type and read them. A time is an int: milliseconds since 1970 UTC."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone

import click

_LONG = re.compile(r"(?:[0-9]+[smhdw])+")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?:[.,](?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_time(text: str, now: float) -> int:
    """The time that a text means. A time without a zone is local. Raises ValueError.

    The text is an ISO date (its midnight), an ISO date and time, `today` or `yesterday` (their midnights), or
    an age before `now` (seconds since 1970 UTC): `2h`, `30m`, `3d`, `1w`, `1h30m`.
    """
    text = text.strip().lower()
    try:
        if text in ("today", "yesterday"):
            days = timedelta(days=1 if text == "yesterday" else 0)
            return _ms(datetime.combine(datetime.fromtimestamp(now).date() - days, datetime.min.time()))
        if _LONG.fullmatch(text):
            return _ms(datetime.fromtimestamp(now, timezone.utc) - _how_long(text))
        iso = _ISO.fullmatch(text)
        if iso is not None:
            return _ms(_from_iso(iso))
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{text!r} is not a time: try 2026-11-22, '2026-11-22 18:52', 2h, 30m, 3d, today or yesterday")


def parse_end(text: str, now: float) -> int:
    """The time after `now` that a text means: as parse_time, but `2h` is two hours after `now`, and
    `tomorrow` is known too. Raises ValueError, also for a time that is not after `now`."""
    text = text.strip().lower()
    try:
        if text == "tomorrow":
            end = _ms(datetime.combine(datetime.fromtimestamp(now).date() + timedelta(days=1), datetime.min.time()))
        elif _LONG.fullmatch(text):
            end = _ms(datetime.fromtimestamp(now, timezone.utc) + _how_long(text))
        else:
            iso = _ISO.fullmatch(text)
            if iso is None:
                raise ValueError
            end = _ms(_from_iso(iso))
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is not a time: try 2h, 7d, 2026-12-24, '2026-12-24 18:00' or tomorrow"
        ) from None
    if end <= now * 1000:
        raise ValueError(f"{local_time(end)} is in the past")
    return end


def local_time(ms: int) -> str:
    """For people: `2026-11-22 18:52:38`."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms // 1000))


def utc_time(ms: int) -> str:
    """For programs: `2026-11-22T17:52:38.123Z`."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03}Z"


def time_option(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """The callback of an option whose value is a past time."""
    try:
        return parse_time(value, time.time()) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def end_option(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """The callback of an option whose value is a future time."""
    try:
        return parse_end(value, time.time()) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _how_long(text: str) -> timedelta:
    seconds = sum(int(n) * _SECONDS[unit] for n, unit in re.findall(r"([0-9]+)([smhdw])", text))
    return timedelta(seconds=seconds)


def _from_iso(iso: re.Match[str]) -> datetime:
    clock = f"{iso['minute'] or '00:00'}{iso['second'] or ':00'}"
    micros = (iso["fraction"] or "").ljust(6, "0")[:6]
    moment = datetime.strptime(f"{iso['date']} {clock}.{micros}", "%Y-%m-%d %H:%M:%S.%f")
    zone = iso["zone"]
    if zone is None:
        return moment
    if zone == "z":
        return moment.replace(tzinfo=timezone.utc)
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))


def _ms(moment: datetime) -> int:
    """Exact; a datetime without a zone is local."""
    since = moment.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(milliseconds=1)
