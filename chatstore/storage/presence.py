"""Presence and nicks where a database has one server, whose hub knows all."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.actors import Actor
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

    def remove_all(self, node: str) -> Sequence[Actor]:
        return ()

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

    def release_unheld(self, people: Sequence[Actor] | None = None) -> None:
        return


ONE_SERVER = OneServer()
