"""Which messages an account is told of while it looks elsewhere. Pure questions.

What mentions somebody is the same here, in the page (web/irc/names.js) and in the terminal: the name as a
whole word, in any case, with or without `@`."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import regex

from chatstore.chat.model.notifications import Notifications

_WORD = r"\p{L}\p{N}\p{M}_"


@lru_cache(maxsize=4096)
def _pattern(name: str) -> regex.Pattern[str]:
    before = rf"(?:^|[^{_WORD}-]|(?:^|[^{_WORD}])-)"
    return regex.compile(rf"{before}@?{re.escape(name)}(?!-?[{_WORD}])", regex.IGNORECASE)


def mentions(text: str, names: Collection[str]) -> bool:
    """Whether a text has one of these names as a whole word: `bob` in "bob: hi" and "@bob", not in "bobby" or
    "bob-smith"."""
    folded = text.casefold()
    return any(name.casefold() in folded and _pattern(name).search(text) is not None for name in names if name)


def tells(settings: Notifications, room: int, *, direct: bool, named: bool, now: int, hours: bool = True) -> bool:
    """Whether an account is told of a message in a conversation at `now` (ms since 1970 UTC). `named`: it
    mentions the account, has one of its keywords, or answers it. `hours`: whether the quiet hours count."""
    level = settings.level(room, direct=direct, now=now)
    if level == "nothing" or (level == "mentions" and not named):
        return False
    return not (hours and settings.account.quiet_at(now))
