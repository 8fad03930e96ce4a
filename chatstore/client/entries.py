"""What stands in a conversation, as a screen shows it: one frozen entry for each thing said or done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from chatstore.client import items
from chatstore.client.items import Item

EntryKind = Literal["message", "action", "notice", "event", "info", "failure"]
EventKind = Literal["", "join", "part", "quit", "kick", "topic", "nick", "mode", "new", "several"]


@dataclass(frozen=True)
class Entry:
    """`key`: the msgid, or a name of its own for what has no place in the server's history. `time`: ms since 1970
    UTC. `text` may have several lines (LF), and is as others wrote it: not safe for a terminal.

    `event`: which one, for the kind "event", whose text is a whole sentence; "several", and how
    many sentences are `hidden`: see folding.py. `reactions`: (emoji, nicks) in the
    order they came. `removed`: who took the message back; its text is gone then, and `reason` is theirs.
    `pending`: ours, and not known to be stored."""

    key: str
    time: int
    kind: EntryKind
    nick: str
    text: str
    own: bool = False
    mention: bool = False
    msgid: str = ""
    reply_to: str = ""
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    removed: str = ""
    reason: str = ""
    audience: str = ""
    pending: bool = False
    event: EventKind = ""
    hidden: int = 0

    @property
    def said(self) -> bool:
        """Whether it is something that a person said."""
        return self.kind in ("message", "action", "notice")

    @property
    def counts(self) -> bool:
        """Whether it is unread while it is new."""
        return self.said and not self.own and not self.removed and not self.pending


def entry_of(item: Item, key: str, mentions: re.Pattern[str] | None = None) -> Entry | None:
    """The entry that an item is; None for what is no part of a conversation. `key`: of an item without one.
    `mentions`: finds our nick."""
    key = item.key or key
    if isinstance(item, items.Message):
        mention = not item.own and mentions is not None and mentions.search(item.body) is not None
        return Entry(
            key,
            item.time,
            item.kind,
            item.nick,
            item.body,
            item.own,
            mention,
            item.msgid,
            item.reply_to,
            audience=item.audience,
        )
    if isinstance(item, items.Info):
        return Entry(key, item.time, "info", "", item.text)
    if isinstance(item, items.Failure):
        return Entry(key, item.time, "failure", "", item.text)
    if isinstance(item, items.NotSent):
        return Entry(key, item.time, "failure", "", f"not sent ({item.reason}): {item.body}")
    told = _event(item)
    if told is None:
        return None
    event, nick, sentence = told
    own = isinstance(item, items.Kicked) and item.own
    return Entry(key, item.time, "event", nick, sentence, own, msgid=item.key, event=event)


def _event(item: Item) -> tuple[EventKind, str, str] | None:
    """(what happened, who did it, the sentence)."""
    match item:
        case items.Joined(nick=nick):
            return "join", nick, f"{nick} joined"
        case items.Left(nick=nick, reason=reason, quit=quit):
            return ("quit" if quit else "part"), nick, f"{nick} {'quit' if quit else 'left'}{because(reason)}"
        case items.Kicked(nick=nick, by=by, reason=reason):
            return "kick", by, f"{nick} was removed by {by}{because(reason)}"
        case items.TopicChanged(nick=nick, topic=topic):
            return "topic", nick, f"{nick} changed the topic to: {topic}" if topic else f"{nick} removed the topic"
        case items.NickChanged(nick=nick, new=new):
            return "nick", nick, f"{nick} is now {new}"
        case items.ModesChanged(nick=nick, modes=modes):
            return "mode", nick, f"{nick} set {modes}"
        case items.Founded(target=room):
            return "new", "", f"{room} is new"
    return None


def because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def finds(nick: str) -> re.Pattern[str]:
    """A pattern that finds a nick where it stands alone: `bob` in "bob: hi" and "@bob", not in "bobby" or
    "bob-smith"."""
    return re.compile(rf"(?<!\w)(?<!\w-){re.escape(nick)}(?!-?\w)", re.IGNORECASE)
