"""Whom the person ignores, as a screen knows it: their messages are hidden, and count for nothing.

With the capability the server sends what ignored people say all the same, so that a screen can show it on demand.
Clients without it are spared that. Spec: chatstore/ignore (docs/extensions.md).
"""

from __future__ import annotations

from collections.abc import Iterable

from chatstore.client.entries import Entry
from chatstore.client.names import fold

CAPABILITY = "chatstore/ignore"


class Ignored:
    """The folded nicks and accounts of ignored people, in the screen's thread."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = frozenset(names)

    def has(self, nick: str, account: str = "") -> bool:
        return bool(self.names) and (fold(nick) in self.names or (bool(account) and fold(account) in self.names))

    def hides(self, entry: Entry) -> bool:
        """Whether an entry is a message of somebody who is ignored, or passed on by a bridge that is."""
        if not self.names or not entry.said or entry.own:
            return False
        return self.has(entry.nick, entry.account) or (bool(entry.relayed) and self.has(entry.relayed))
