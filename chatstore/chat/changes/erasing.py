"""Erase what a person said and left behind, once their account is removed: a little at a time, so that no message
waits for it.

The words go, and the places stay: who said something and when, as with every redaction. Everybody who is here is
told of each, so clients forget it, too. What belongs to a room stays: its name, topic and settings.
chat/long_work.py does it from the first to the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatstore.chat.changes.accounts import LEFT_BECAUSE
from chatstore.chat.changes.posting import take_back
from chatstore.chat.changes.required import required_account
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_events import (
    REDACTABLE_KINDS,
    WITH_ACCOUNT,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageEdited,
    MessageRedacted,
    RoomRenamed,
    TagsPosted,
)
from chatstore.chat.ports import Change, Touched, Transaction

MAX_AT_ONCE = 20
"""The most events to erase in one transaction."""
_WITH_WORDS = (
    MemberJoined.kind,
    MemberLeft.kind,
    MemberQuit.kind,
    MemberKicked.kind,
    MessageRedacted.kind,
    MessageEdited.kind,
    RoomRenamed.kind,
)
ERASED_KINDS = (*REDACTABLE_KINDS, *_WITH_WORDS)
"""The kinds of events that have words of the one who caused them: reasons, and with a join the real name."""


@dataclass
class EraseEvents(Change):
    """Erase the words of events that a removed account has caused; `events` are their rooms and seqs. Returns how
    many of each there were: `messages`, `reactions`, `reasons`."""

    name: Name
    events: Sequence[tuple[int, int]]

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms={room for room, _ in self.events})

    def apply(self, tx: Transaction) -> Mapping[str, int]:
        account = _removed(tx, self.name)
        actor = Actor(account.nick, account.name, account.id)
        counts: Counter[str] = Counter()
        for place in self.events:
            event = tx.messages.at(*place)
            if event is None or event.actor.account_id != actor.account_id:
                continue
            if event.kind in REDACTABLE_KINDS:
                take_back(tx, event, actor, WITH_ACCOUNT)
                counts["reactions" if isinstance(event, TagsPosted) else "messages"] += 1
            elif event.body != LEFT_BECAUSE and tx.erasure.forget_words(event):
                counts["reasons"] += 1
                tx.note_erased()
        return counts


@dataclass
class EraseScattered(Change):
    """Erase what a removed account has left besides events, where it has to be looked for: among the rows with ids
    from behind `after` to `upto`. Returns how much of what there was."""

    name: Name
    after: int
    upto: int

    def apply(self, tx: Transaction) -> Mapping[str, int]:
        counts = tx.erasure.forget_scattered(_removed(tx, self.name), self.after, self.upto)
        if any(counts.values()):
            tx.note_erased()
        return counts


@dataclass
class EraseTraces(Change):
    """Erase the rest of what a removed account has left, and note all that was erased in the audit log. `counts`
    is what the changes before have counted. Returns all counts."""

    name: Name
    counts: Mapping[str, int]
    by: Actor = SERVER

    def apply(self, tx: Transaction) -> Mapping[str, int]:
        counts = {**self.counts, **tx.erasure.forget_traces(_removed(tx, self.name))}
        tx.note_erased()
        said = ", ".join(f"{what}: {number}" for what, number in counts.items() if number)
        tx.audit.note("account.erase", self.by, self.name.shown, said or "nothing was left")
        return counts


def _removed(tx: Transaction, name: Name) -> Account:
    account = tx.accounts.named(name.folded)
    if account is None:
        account = required_account(tx, name)
    if account.status != "removed":
        raise ChatError(Code.INTERNAL, f"{account.name} has to be removed first", account.name)
    return account
