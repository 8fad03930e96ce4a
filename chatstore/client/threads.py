"""Threads: the replies to a message, the replies to those, and so on, by the rules of the page.

A thread is found by following `reply_to` from a reply to its parent, and on. The last message on that way is
the root; if it is not here, its msgid alone is known. Spec: IRCv3 client-tags/reply. Nothing in it says
"thread", so the order in which messages arrive, what was removed or edited, and replies that form a circle must
not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.client.entries import Entry
from chatstore.client.folding import shows_all

MAX_READ = 500
"""Threads whose reading is remembered; beyond that the oldest are dropped."""


@dataclass(frozen=True)
class Thread:
    """`first`: the entry of its root, None where it is not here. `replies`: in order, also removed ones, those of
    people whom we ignore, and our own that are not stored yet. `heard`: those that count, without removed and
    ignored ones; `count`: how many. `last`: the time of the newest of these, 0 without any. `mine`: whether we
    wrote in it."""

    root: str
    first: Entry | None
    replies: tuple[Entry, ...] = ()
    heard: tuple[Entry, ...] = ()

    @property
    def count(self) -> int:
        return len(self.heard)

    @property
    def last(self) -> int:
        return max((one.time for one in self.heard), default=0)

    @property
    def mine(self) -> bool:
        return (self.first is not None and self.first.own) or any(one.own for one in self.replies)


class Threads:
    """The threads of some entries, by the msgids of their roots. `hides`: whether an entry is of somebody whom we
    ignore."""

    def __init__(self, entries: Sequence[Entry], hides: Callable[[Entry], bool] = shows_all) -> None:
        self.by_root: dict[str, Thread] = {}
        self._entries: dict[str, Entry] = {}
        self._roots: dict[str, str] = {}
        """The root of a message, by msgid."""
        said = [one for one in entries if one.said]
        self._entries = {one.msgid: one for one in said if one.msgid}
        replies: dict[str, list[Entry]] = {}
        for one in said:
            if one.reply_to:
                root = self.root_of(one.msgid or one.reply_to)
                if one.msgid != root:
                    replies.setdefault(root, []).append(one)
        for root, found in replies.items():
            heard = tuple(one for one in found if not one.removed and not hides(one))
            self.by_root[root] = Thread(root, self._entries.get(root), tuple(found), heard)

    def root_of(self, msgid: str) -> str:
        """The msgid of a message's root; its own where it replies to none."""
        way: dict[str, None] = {}
        at = msgid
        while at not in self._roots and at not in way:
            way[at] = None
            parent = self._parent(at)
            if not parent:
                break
            at = parent
        root = self._roots.get(at)
        if root is None:
            places = list(way)
            # A circle has no beginning: its oldest message stands for it.
            root = min(places[places.index(at) :], key=self._age) if self._parent(at) else at
        self._roots.update(dict.fromkeys(way, root))
        return root

    def of(self, msgid: str) -> Thread:
        """The thread of a message, which may be its root; one without replies where there is none."""
        root = self.root_of(msgid)
        return self.by_root.get(root) or Thread(root, self._entries.get(root))

    def _parent(self, msgid: str) -> str:
        entry = self._entries.get(msgid)
        return entry.reply_to if entry is not None else ""

    def _age(self, msgid: str) -> tuple[float, str]:
        entry = self._entries.get(msgid)
        return (entry.time if entry is not None else float("inf"), msgid)


# What is read. It is kept by msgid: the root may change when older messages are loaded.


@dataclass(frozen=True)
class Reading:
    """`since`: what is older (ms since 1970 UTC) counts as read. `times`: by msgid of a root, until when its thread
    is read."""

    since: int = 0
    times: Mapping[str, int] = field(default_factory=dict)

    def until(self, thread: Thread) -> Reading:
        """With this thread read until its last reply; the same object where it was."""
        if self.times.get(thread.root, 0) >= thread.last:
            return self
        newest = sorted([*self.times.items(), (thread.root, thread.last)], key=lambda one: one[1])
        return Reading(self.since, dict(newest[-MAX_READ:]))

    def unread(self, thread: Thread) -> list[Entry]:
        """The replies of others that we have not read. Only a thread in which we wrote has any, and what is older
        than our own last reply counts as read."""
        if not thread.mine:
            return []
        first = thread.first
        read = [self.since, self.times.get(thread.root, 0), first.time if first is not None and first.own else 0]
        read += [
            max(self.times.get(one.msgid, 0), one.time if one.own and not one.pending else 0)
            for one in thread.replies
        ]
        return [one for one in thread.heard if one.counts and one.time > max(read)]


def newest_first(threads: Iterable[Thread], unread: Callable[[Thread], int]) -> list[Thread]:
    """Those with replies: unread ones first, then by their last reply."""
    found = [one for one in threads if one.count]
    return sorted(found, key=lambda one: (not unread(one), -one.last))
