"""The entries of a buffer: one frozen value for each message or event that it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from chatstore.client import events
from chatstore.client.events import Event

EntryKind = Literal["message", "action", "notice", "event", "info", "failure"]
EventKind = Literal[
    "", "join", "part", "quit", "kick", "topic", "nick", "mode", "settings", "new", "several", "ignored"
]


@dataclass(frozen=True)
class Entry:
    """`key`: the msgid, or a key of our own for an entry without a place in the server's history. `time`: ms
    since 1970 UTC. `text` may have several lines (LF), and is as others wrote it: not safe for a terminal.

    `event`: what happened, for the kind "event", whose text is a whole sentence. "several" stands for a
    paragraph of events (folding.py), which hides `hidden` sentences, and "ignored" for so many messages of
    people whom we ignore. `reactions`: (emoji, nicks) in order.
    `removed`: who removed the message, whose text is empty then; `reason`: why. `pending`: a message of ours
    that is not known to be stored. `edited`: when the message got this text, if it had another one before; 0
    otherwise. `bot`: a program said it. `relayed`: the bridge that passed it on. `account`: of the author, ""
    for none."""

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
    edited: int = 0
    bot: bool = False
    relayed: str = ""
    account: str = ""

    @property
    def said(self) -> bool:
        """Whether a person said this."""
        return self.kind in ("message", "action", "notice")

    @property
    def counts(self) -> bool:
        """Whether this counts as unread while it is new."""
        return self.said and not self.own and not self.removed and not self.pending


def entry_of(event: Event, key: str, mentions: re.Pattern[str] | None = None) -> Entry | None:
    """The entry that shows an event; None for one that no buffer shows as an entry. `key`: used if the event
    has none. `mentions`: finds our nick."""
    key = event.key or key
    if isinstance(event, events.Message):
        mention = not event.own and mentions is not None and mentions.search(event.body) is not None
        return Entry(
            key,
            event.time,
            event.kind,
            event.nick,
            event.body,
            event.own,
            mention,
            event.msgid,
            event.reply_to,
            audience=event.audience,
            edited=event.edited,
            bot=event.bot,
            relayed=event.relayed,
            account=event.account,
        )
    if isinstance(event, events.Info):
        return Entry(key, event.time, "info", "", event.text)
    if isinstance(event, events.Failure):
        return Entry(key, event.time, "failure", "", event.text)
    if isinstance(event, events.NotSent):
        return Entry(key, event.time, "failure", "", f"not sent ({event.reason}): {event.body}")
    sentence = _sentence(event)
    if sentence is None:
        return None
    kind, nick, text = sentence
    own = isinstance(event, events.Kicked) and event.own
    return Entry(key, event.time, "event", nick, text, own, msgid=event.key, event=kind)


def _sentence(event: Event) -> tuple[EventKind, str, str] | None:
    """(what happened, who did it, the sentence that says so)."""
    match event:
        case events.Joined(nick=nick):
            return "join", nick, f"{nick} joined"
        case events.Left(nick=nick, reason=reason, quit=quit):
            return ("quit" if quit else "part"), nick, f"{nick} {'quit' if quit else 'left'}{because(reason)}"
        case events.Kicked(nick=nick, by=by, reason=reason):
            return "kick", by, f"{nick} was removed by {by}{because(reason)}"
        case events.TopicChanged(nick=nick, topic=topic):
            return "topic", nick, f"{nick} changed the topic to: {topic}" if topic else f"{nick} removed the topic"
        case events.NickChanged(nick=nick, new=new):
            return "nick", nick, f"{nick} is now {new}"
        case events.ModesChanged(nick=nick, modes=modes):
            return "mode", nick, f"{nick} set {modes}"
        case events.SettingsChanged(nick=nick, text=text):
            return "settings", nick, f"{nick} {text}"
        case events.RoomCreated(target=room):
            return "new", "", f"you created {room}"
    return None


def because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def finds(nick: str) -> re.Pattern[str]:
    """A pattern that finds a nick where it stands alone: `bob` in "bob: hi" and "@bob", not in "bobby" or
    "bob-smith"."""
    return re.compile(rf"(?<!\w)(?<!\w-){re.escape(nick)}(?!-?\w)", re.IGNORECASE)
