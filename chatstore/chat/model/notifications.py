"""What an account wants to be told of while it looks elsewhere: by conversation, by words, by the hours of a
day.

It is stored with the account, so all of its devices have the same. Push obeys it here; clients that ring or
count obey it by themselves (the IRC command NOTIFY tells them)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatstore.chat.model.errors import ChatError, Code

Level = Literal["all", "mentions", "nothing"]
"""Every message; those that name the account, and replies to it; none."""
LEVELS: tuple[Level, ...] = get_args(Level)
MAX_KEYWORDS, MAX_KEYWORD, MAX_KEYWORDS_BYTES = 50, 50, 300
"""The most keywords of an account, the most characters of one, and the most bytes of all: they fit into a
line."""
MAX_CONVERSATIONS = 1_000
"""The most conversations for which an account has settings of their own."""
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
MAX_ZONE = 64


@dataclass(frozen=True)
class ConversationNotifications:
    """What an account has set for one conversation. `level`: empty for what the account has for all.
    `muted_until`: nothing until then (ms since 1970 UTC)."""

    level: Level | Literal[""] = ""
    muted_until: int = 0


@dataclass(frozen=True)
class AccountNotifications:
    """What an account has set for all conversations. `rooms` and `direct`: the levels of rooms and of direct
    conversations that have none of their own. `keywords` count as the account's name does. `quiet`: the hours
    without anything, such as `22:00-07:00`, by the clock of `zone`; empty for none."""

    rooms: Level = "mentions"
    direct: Level = "all"
    keywords: tuple[str, ...] = ()
    quiet: str = ""
    zone: str = "UTC"

    def quiet_at(self, time: int) -> bool:
        """Whether a time (ms since 1970 UTC) lies in the quiet hours. The first minute does, the last does
        not."""
        found = _HOURS.fullmatch(self.quiet)
        if found is None:
            return False
        begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        local = datetime.fromtimestamp(time / 1000, timezone.utc).astimezone(_zone(self.zone))
        minute = local.hour * 60 + local.minute
        return begin <= minute < end if begin < end else minute >= begin or minute < end


DEFAULT = AccountNotifications()
NO_OWN = ConversationNotifications()


@dataclass(frozen=True)
class Notifications:
    """All that an account has set. `conversations`: by the id of the room."""

    account: AccountNotifications = DEFAULT
    conversations: dict[int, ConversationNotifications] = field(default_factory=dict)

    def level(self, room: int, *, direct: bool, now: int) -> Level:
        """What counts in a conversation at `now` (ms since 1970 UTC)."""
        own = self.conversations.get(room, NO_OWN)
        if own.muted_until > now:
            return "nothing"
        return own.level or (self.account.direct if direct else self.account.rooms)


def checked(settings: AccountNotifications) -> AccountNotifications:
    """The settings, if they can be kept. Raises INVALID_TEXT."""
    if settings.rooms not in LEVELS or settings.direct not in LEVELS:
        raise ChatError(Code.INVALID_TEXT, f"expected {', '.join(LEVELS)}")
    size = len(",".join(settings.keywords).encode())
    if len(settings.keywords) > MAX_KEYWORDS or size > MAX_KEYWORDS_BYTES:
        text = f"there can be {MAX_KEYWORDS} keywords at most, of {MAX_KEYWORDS_BYTES} bytes together"
        raise ChatError(Code.LIST_FULL, text)
    for word in settings.keywords:
        if not word or len(word) > MAX_KEYWORD or not word.isprintable() or "," in word or word != word.strip():
            text = f"a keyword has 1 to {MAX_KEYWORD} characters and no comma"
            raise ChatError(Code.INVALID_TEXT, text, word[:MAX_KEYWORD])
    hours = _HOURS.fullmatch(settings.quiet)
    if settings.quiet and (hours is None or hours.group(1, 2) == hours.group(3, 4)):
        raise ChatError(Code.INVALID_TEXT, "expected quiet hours such as 22:00-07:00", settings.quiet[:20])
    if not is_zone(settings.zone):
        text = "expected a time zone such as Europe/Berlin or UTC"
        raise ChatError(Code.INVALID_TEXT, text, settings.zone[:MAX_ZONE])
    return settings


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    if len(name) > MAX_ZONE or not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    """The time zone; UTC if this machine knows it no more."""
    return ZoneInfo(name) if is_zone(name) else ZoneInfo("UTC")
