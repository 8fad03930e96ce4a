"""Times as server-time writes them: 2026-11-22T18:52:38.123Z. Here they are milliseconds since 1970 UTC."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
_BEGINNING = datetime(1970, 1, 1, tzinfo=timezone.utc)


def timestamp(time: int) -> str:
    return f"{_to_the_second(time // 1000)}.{time % 1000:03d}Z"


@lru_cache(maxsize=256)
def _to_the_second(seconds: int) -> str:
    """Kept, because what is said in a second is many messages, and told in many forms."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"


def parse_timestamp(text: str) -> int | None:
    """The reverse; None for what is no time."""
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None
    since = moment.replace(tzinfo=timezone.utc) - _BEGINNING
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000
