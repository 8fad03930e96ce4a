"""Changes to whom accounts ignore and from whom they take direct messages; and what other changes ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.changes.required import account_of, required_own_account, required_person
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import PeaceIs, PeacesAre
from chatstore.chat.model.names import ascii_folded
from chatstore.chat.model.peace import MAX_IGNORED, DirectFrom, Ignored
from chatstore.chat.model.rooms import Room, direct_key, direct_persons
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class IgnorePerson(Change):
    """Have an account ignore a person (somebody here, or the folded name of an account). Returns the nick.
    Nothing happens if it does already. Raises NO_SUCH_PERSON, OWN_ACCOUNT, LIST_FULL."""

    account_id: int
    target: Actor | str

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> str:
        account = required_own_account(tx, self.account_id)
        person = required_person(tx, self.target)
        if person.key == account.id:
            raise ChatError(Code.OWN_ACCOUNT, "you can't ignore yourself", person.nick)
        known = tx.peace.of(account.id).ignored
        if person.key in known:
            return person.nick
        if len(known) >= MAX_IGNORED:
            raise ChatError(Code.LIST_FULL, f"you ignore {MAX_IGNORED} people already", person.nick)
        tx.peace.add(account.id, person)
        tx.announce(PeaceIs(account.id, tx.peace.of(account.id), "ADD", person.nick, person.account or ""))
        return person.nick


@dataclass
class HeedPerson(Change):
    """Have an account ignore somebody no more. `name` is a nick, or the name of an account. Returns the nick.
    Raises NO_SUCH_PERSON if nobody of that name is ignored."""

    account_id: int
    name: str

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> str:
        account = required_own_account(tx, self.account_id)
        found = ignored_as(tx.peace.ignored(account.id), self.name)
        if found is None:
            raise ChatError(Code.NO_SUCH_PERSON, f"you don't ignore anybody called {self.name}", self.name)
        tx.peace.remove(account.id, found.person)
        tx.announce(PeaceIs(account.id, tx.peace.of(account.id), "REMOVE", found.nick, found.account))
        return found.nick


@dataclass
class TakeDirect(Change):
    """Choose from whom an account takes direct messages."""

    account_id: int
    direct: DirectFrom

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> None:
        account = required_own_account(tx, self.account_id)
        if tx.peace.of(account.id).direct != self.direct:
            tx.peace.set_direct(account.id, self.direct)
            tx.announce(PeaceIs(account.id, tx.peace.of(account.id), "DIRECT", self.direct))


@dataclass
class TellPeaces(Change):
    """Tell what all accounts have set, in its place among all events: at the start of a server."""

    def apply(self, tx: Transaction) -> None:
        tx.announce(PeacesAre({**tx.peace.all()}))


def ignored_as(people: Sequence[Ignored], name: str) -> Ignored | None:
    """The one of these people who is called so: by their nick, or else by the name of their account."""
    folded = ascii_folded(name)
    by_nick = (each for each in people if ascii_folded(each.nick) == folded)
    return next(by_nick, None) or next((each for each in people if ascii_folded(each.account) == folded), None)


def required_welcome(tx: Transaction, actor: Actor, target: Actor) -> None:
    """Raise NOT_WELCOME if a person does not take direct messages from another."""
    if target.account_id is None or target.key == actor.key:
        return
    peace = tx.peace.of(target.account_id)
    if peace.open:
        return
    operator = permissions.may_operate(account_of(tx, actor), tx.now)
    known = peace.direct == "known" and _knows(tx, target, actor)
    if not permissions.may_write_to(peace, actor, known=known, operator=operator):
        raise permissions.unwelcome(target)


def required_welcome_in(tx: Transaction, actor: Actor, room: Room) -> None:
    """The same in a direct conversation; rooms have rules of their own."""
    if room.direct:
        one, other = direct_persons(room.key)
        key = other if one == actor.key else one
        account = tx.accounts.by_id(key) if isinstance(key, int) else None
        if account is not None:
            required_welcome(tx, actor, account.actor)


def required_heeded(tx: Transaction, actor: Actor, target: Actor) -> None:
    """Raise NOT_WELCOME if a person ignores another, who invites them."""
    if target.account_id is not None and permissions.ignores(tx.peace.of(target.account_id), actor):
        raise permissions.unwelcome(target)


def _knows(tx: Transaction, person: Actor, other: Actor) -> bool:
    """Whether a person shares a room with another, or has said something to them."""
    shared = {*tx.members.rooms_of(person)} & {*tx.members.rooms_of(other)}
    direct = tx.rooms.keyed(direct_key(person.key, other.key))
    if shared - ({direct.id} if direct is not None else set()):
        return True
    return direct is not None and tx.last_said(direct.id, person, 0) is not None
