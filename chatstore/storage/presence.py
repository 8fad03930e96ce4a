"""Presence and nicks where a database has one server, whose hub knows all; and what all databases share."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.names import Name
from chatstore.chat.model.presence import Presence


class OneServer:
    """Presences and Nicks of a database that has one server: its hub knows everybody, and nothing is stored."""

    node = ""

    def put(self, presence: Presence, *, new: bool = False) -> None:
        return

    def remove(self, actor: Actor) -> None:
        return

    def describe(self, actor: Actor, **values: str) -> None:
        return

    def put_metadata(self, guest: Actor, key: str, value: str) -> None:
        return

    def elsewhere(self, key: int | str) -> Sequence[Presence]:
        return ()

    def kill(self, key: int | str, why: str) -> None:
        return

    def claim(self, folded: str, actor: Actor) -> bool:
        return True

    def reserve(self, name: Name) -> None:
        return

    def holder(self, folded: str) -> int | str | None:
        return None

    def release(self, actor: Actor) -> None:
        return


ONE_SERVER = OneServer()


def actor_of(person: str, nick: str, called: str, modes: str, account: str | None) -> Actor:
    """The person of a row of `presence`, and the name of their account."""
    key = person_key(person)
    guest = key if isinstance(key, str) else None
    account_id = key if isinstance(key, int) else None
    return Actor(nick, account, account_id, guest, bot="B" in modes, called=called)
