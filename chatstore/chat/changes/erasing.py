"""Erase what a person said and left behind, once their account is removed: a little at a time, so that no message
waits for it.

The words go, and the places stay: who said something and when, as with every redaction. Everybody who is here is
told of each, so clients forget it, too. What belongs to a room stays: its name, topic and settings.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chatstore.chat.changes.accounts import LEFT_BECAUSE
from chatstore.chat.changes.posting import take_back
from chatstore.chat.changes.required import required_account
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import (
    REDACTABLE_KINDS,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageRedacted,
    TagsPosted,
)
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.ports import Change, Store, Touched, Transaction

MAX_AT_ONCE = 20
"""The most events to erase in one transaction."""
WHY = "account erased"
_LOOKED_AT = 20_000
"""Events that are read at once to find those of one account."""
_LONGEST_PAUSE = 0.1
"""Seconds. A pause is as long as the work before it, so that half of the time is everybody else's."""
_WITH_WORDS = (MemberJoined.kind, MemberLeft.kind, MemberQuit.kind, MemberKicked.kind, MessageRedacted.kind)
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
        actor = _removed(tx, self.name)
        counts: Counter[str] = Counter()
        for place in self.events:
            event = tx.messages.at(*place)
            if event is None or event.actor.account_id != actor.account_id:
                continue
            if event.kind in REDACTABLE_KINDS:
                take_back(tx, event, actor, WHY)
                counts["reactions" if isinstance(event, TagsPosted) else "messages"] += 1
            elif event.body != LEFT_BECAUSE and tx.erasure.forget_words(event):
                counts["reasons"] += 1
        return counts


@dataclass
class EraseTraces(Change):
    """Erase what a removed account has left besides events, and note all that was erased in the audit log. `counts`
    is what EraseEvents has counted. Returns all counts."""

    name: Name
    counts: Mapping[str, int]
    by: Actor = SERVER

    def apply(self, tx: Transaction) -> Mapping[str, int]:
        actor = _removed(tx, self.name)
        assert actor.account_id is not None
        counts = {**self.counts, **tx.erasure.forget_traces(actor.account_id)}
        said = ", ".join(f"{what}: {number}" for what, number in counts.items() if number)
        tx.audit.note("account.erase", self.by, self.name.shown, said or "nothing was left")
        return counts


def erase(
    store: Store, account: Account, told: Callable[[int, int], None], by: Actor = SERVER
) -> Mapping[str, int]:
    """Erase all words of a removed account, in many transactions, with pauses for everybody else. What was begun
    and interrupted can be begun again. `told` hears how many events were looked at, and how many there are. Returns
    how much of what was erased. `by`: who wants it, for the audit log. Blocks for long. Raises ChatError."""
    name = person_name(account.name)
    counts = Counter(messages=0, reactions=0, reasons=0)
    last = store.erasure.last_id()
    for after in range(0, last, _LOOKED_AT):
        upto = min(after + _LOOKED_AT, last)
        found = store.erasure.events_by(account.id, ERASED_KINDS, after, upto)
        for first in range(0, len(found), MAX_AT_ONCE):
            began = time.monotonic()
            counts.update(store.submit([EraseEvents(name, found[first : first + MAX_AT_ONCE])]).result())
            time.sleep(min(_LONGEST_PAUSE, time.monotonic() - began))
        told(upto, last)
    erased: Mapping[str, int] = store.submit([EraseTraces(name, counts, by)]).result()
    return erased


def _removed(tx: Transaction, name: Name) -> Actor:
    account = tx.accounts.named(name.folded)
    if account is None:
        account = required_account(tx, name)
    if account.status != "removed":
        raise ChatError(Code.INTERNAL, f"{account.name} has to be removed first", account.name)
    return Actor(account.nick, account.name, account.id)
