"""What a person wants to be told of: the settings that the server keeps with the account.

Spec: chatstore/notify (docs/extensions.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chatstore.client.entries import Entry, finds
from chatstore.client.names import fold
from chatstore.client.parsing import parse_time

CAPABILITY = "chatstore/notify"
EVERYWHERE = "*"
Level = Literal["all", "mentions", "nothing"]
_QUIET = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)")


@dataclass
class Told:
    """`rooms`, `direct`: all, mentions or nothing. `levels`, `muted`: by conversation; until when (ms since 1970
    UTC) a conversation is muted."""

    rooms: str = "mentions"
    direct: str = "all"
    quiet: str = ""
    zone: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    muted: dict[str, int] = field(default_factory=dict)
    _keywords: tuple[re.Pattern[str], ...] = ()

    def take(self, where: str, values: Mapping[str, str], *, begins: bool = False) -> None:
        """Take a line of NOTIFY. `begins`: a list of all that is set begins with it."""
        if begins:
            self.levels.clear()
            self.muted.clear()
        if where != EVERYWHERE:
            self.levels[fold(where)] = values.get("level", "default")
            self.muted[fold(where)] = parse_time(values.get("muted-until", ""), 0)
            return
        self.rooms, self.direct = values.get("rooms", self.rooms), values.get("direct", self.direct)
        self.quiet, self.zone = values.get("quiet", ""), values.get("zone", "")
        self._keywords = tuple(finds(word) for word in values.get("keywords", "").split(",") if word.strip())

    def wants(self, name: str, entry: Entry, now: int, *, room: bool) -> bool:
        """Whether the person wants to be called for this message of somebody else."""
        if self._is_quiet(now):
            return False
        level = self.level(name, now, room=room)
        if level == "all":
            return True
        return level == "mentions" and (entry.mention or self.names(entry.text))

    def level(self, name: str, now: int, *, room: bool) -> Level:
        """What counts in a conversation now."""
        if self.muted.get(fold(name), 0) > now:
            return "nothing"
        level = self.levels.get(fold(name), "default")
        level = (self.rooms if room else self.direct) if level == "default" else level
        return "all" if level == "all" else "nothing" if level == "nothing" else "mentions"

    def names(self, text: str) -> bool:
        """Whether a text has one of the person's own words."""
        return any(one.search(text) for one in self._keywords)

    def next_change(self, now: int) -> int | None:
        """When the next muted conversation is heard again; None if there is none."""
        return min((until for until in self.muted.values() if until > now), default=None)

    def _is_quiet(self, now: int) -> bool:
        hours = _QUIET.fullmatch(self.quiet)
        if hours is None:
            return False
        try:
            moment = datetime.fromtimestamp(now / 1000, ZoneInfo(self.zone or "UTC"))
        except (OSError, ValueError, KeyError):  # a zone that this computer doesn't know
            moment = datetime.fromtimestamp(now / 1000)
        begin, end = int(hours[1]) * 60 + int(hours[2]), int(hours[3]) * 60 + int(hours[4])
        minute = moment.hour * 60 + moment.minute
        return begin <= minute < end if begin <= end else minute >= begin or minute < end
