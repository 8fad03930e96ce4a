"""Which messages an account is told of while it looks elsewhere. Pure questions.

What mentions somebody is the same here, in the page (web/irc/names.js) and in the terminal: the name as a
whole word, in any case, with or without `@`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

import regex

from chatstore.chat.model.notifications import Notifications
from chatstore.chat.model.rooms import Role
from chatstore.chat.rules import permissions

ROOM = "@room"
"""What mentions everybody in a room, if an operator of it says so. Without `@` it is a word."""
_WORD = r"\p{L}\p{N}\p{M}_"
_WORDS = regex.compile(f"[{_WORD}]+")


@lru_cache(maxsize=4096)
def _pattern(name: str) -> regex.Pattern[str]:
    before = rf"(?:^|[^{_WORD}-]|(?:^|[^{_WORD}])-)"
    return regex.compile(rf"{before}@?{re.escape(name)}(?!-?[{_WORD}])", regex.IGNORECASE)


def mentions(text: str, names: Collection[str]) -> bool:
    """Whether a text has one of these names as a whole word: `bob` in "bob: hi" and "@bob", not in "bobby" or
    "bob-smith"."""
    words = _words(text)
    return any(_first(name) in words and _pattern(name).search(text) is not None for name in names if name)


class Names:
    """Names of many accounts: who of them a text mentions costs what its words cost, however many there are."""

    def __init__(self) -> None:
        self._by_word: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.accounts: set[int] = set()

    def add(self, account: int, names: Iterable[str]) -> None:
        self.accounts.add(account)
        for name in {name for name in names if name}:
            self._by_word[_first(name)].append((name, account))

    def mentioned(self, text: str) -> set[int]:
        """The accounts that a text mentions."""
        return {
            account
            for word in _words(text)
            for name, account in self._by_word.get(word, ())
            if _pattern(name).search(text) is not None
        }


def _words(text: str) -> set[str]:
    """The words of a text, folded, and the empty word. Whatever a text mentions as a whole word begins with one."""
    return {"", *map(str.casefold, _WORDS.findall(text))}


@lru_cache(maxsize=4096)
def _first(name: str) -> str:
    found = _WORDS.search(name)
    return found[0].casefold() if found is not None else ""


def calls_all(text: str, role: Role | None) -> bool:
    """Whether a text mentions everybody in its room: it has `@room`, and an operator said so. `role`: that of its
    author there now."""
    return ROOM in text.casefold() and permissions.may_call_all(role) and mentions(text, (ROOM,))


def tells(settings: Notifications, room: int, *, direct: bool, named: bool, now: int, hours: bool = True) -> bool:
    """Whether an account is told of a message in a conversation at `now` (ms since 1970 UTC). `named`: it
    mentions the account, has one of its keywords, or answers it. `hours`: whether the quiet hours count."""
    level = settings.level(room, direct=direct, now=now)
    if level == "nothing" or (level == "mentions" and not named):
        return False
    return not (hours and settings.account.quiet_at(now))
