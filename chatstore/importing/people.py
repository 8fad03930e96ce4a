"""The people and rooms of a source, and what they are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.imports import ForeignPerson
from chatstore.chat.model.names import Name
from chatstore.importing.mapping import Mapped, folded
from chatstore.importing.names import person_names
from chatstore.importing.source import Person, SourceError


class Here(NamedTuple):
    """An account, and the nick that its messages show."""

    account_id: int
    nick: str


class People:
    """Who is who. A person gets an account when something of theirs is stored: so those who have said
    nothing, and were in no private room, get none."""

    def __init__(self, source: str, mapped: Mapped, accounts: Mapping[str, Here]) -> None:
        """`accounts`: those that the mapping names, by the name's fold."""
        self._source, self._mapped, self._accounts = source, mapped, accounts
        self._people: dict[str, Person] = {}
        self._named: dict[str, set[str]] = {}
        """Who has a name of the mapping, by its fold; an id of the mapping is no name."""
        self._here: dict[str, Here] = {}
        self._called: dict[str, str] = {}
        """The likely names of those who have no account yet."""

    def meet(self, person: Person) -> None:
        """Raises SourceError if the mapping names several people at once."""
        self._people[person.id] = person
        key = folded(person.name)
        if key not in self._mapped.people or folded(person.id) in self._mapped.people:
            return
        others = self._named.setdefault(key, set())
        others.add(person.id)
        if len(others) > 1:
            ids = ", ".join(sorted(others))
            raise SourceError(
                f"the mapping names {person.name}, and several people in the export are called that: name the one "
                f"you mean by their id ({ids})"
            )

    def place(self, person: str, account: Account) -> None:
        self._here[person] = Here(account.id, account.nick)

    def get(self, person: str) -> Here | None:
        return self._here.get(person)

    def __getitem__(self, person: str) -> Here:
        return self._here[person]

    def is_bot(self, person: str) -> bool:
        known = self._people.get(person)
        return known is not None and known.bot

    def called(self, person: str) -> str:
        """What somebody is called in a text: their name here, or that which they will probably get."""
        here = self._here.get(person)
        if here is not None:
            return here.nick
        if person not in self._called:
            known = self._people.get(person, Person(person, person))
            names = person_names([known.name, *known.other_names, known.id], self._source)
            self._called[person] = names[0].shown
        return self._called[person]

    def new(self, people: Iterable[str]) -> Sequence[ForeignPerson]:
        """Those of them who have no account yet, as the database needs to know them."""
        return [self._foreign(person) for person in dict.fromkeys(people) if person not in self._here]

    def _foreign(self, id_: str) -> ForeignPerson:
        person = self._people.get(id_, Person(id_, id_))
        chosen = self._chosen(person)
        texts = [person.name, *person.other_names, person.id]
        return ForeignPerson(id_, person_names(texts, self._source), chosen.account_id if chosen else None)

    def _chosen(self, person: Person) -> Here | None:
        for text in (person.id, person.name):
            name: Name | None = self._mapped.people.get(folded(text))
            if name is not None:
                return self._accounts.get(name.folded)
        return None
