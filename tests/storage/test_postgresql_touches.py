"""Changes name what they touch (Change.touches): the rooms that they come to, and the rooms and accounts that they
write. What they leave out is locked when they come to it, and then two nodes may wait for each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from chatstore.chat.changes.accounts import MarkSeen, SetPassword, SetRole
from chatstore.chat.changes.membership import InvitePerson, JoinRoom, RevokeInvite
from chatstore.chat.changes.metadata import SetMetadata
from chatstore.chat.changes.people import SetRealname
from chatstore.chat.changes.posting import PostReaction, SendTags
from chatstore.chat.changes.reading import MarkRead
from chatstore.chat.changes.rooms import RenameRoom
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.ports import Change, Touched
from chatstore.storage.batch import Batch
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.writing import PostgresWriter
from tests.storage.database import Do
from tests.storage.test_postgresql_hubs import SCENARIOS, Pair, Scenario, pair

__all__ = ["pair"]

Row = tuple[str, int]
_VERSIONS = "SELECT 'room', id, ctid FROM rooms UNION ALL SELECT 'account', id, ctid FROM accounts"


class Watched:
    """Looks at what the changes of a test do."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.unnamed: dict[str, set[str]] = defaultdict(set)
        """What changes came to without having named it."""
        self._named: set[Row] = set()
        self._change: Change | None = None
        lock, change, hold = PostgresWriter._lock, Batch._change, Batch._hold_first

        def locked(writer: PostgresWriter, touched: Touched) -> Any:
            now, rooms = lock(writer, touched)
            self._named = {*(("account", id_) for id_ in touched.accounts), *(("room", id_) for id_ in rooms)}
            return now, rooms

        def changed(batch: Batch, unit: Change, *, again: bool = False) -> Any:
            before = _versions(batch)
            self._rooms, self._change = {id_ for what, id_ in before if what == "room"}, unit
            result = change(batch, unit, again=again)
            after = _versions(batch)
            for row in before.keys() - self._named:
                if after.get(row) != before[row]:
                    self._add(f"writes {row[0]}")
            return result

        def held(batch: Batch, unnamed: list[int], room_id: int) -> None:
            if room_id in self._rooms and ("room", room_id) not in self._named:
                self._add("holds room")
            hold(batch, unnamed, room_id)

        patch.setattr(PostgresWriter, "_lock", locked)
        patch.setattr(Batch, "_change", changed)
        patch.setattr(Batch, "_hold_first", held)

    def _add(self, what: str) -> None:
        if not isinstance(self._change, Do):
            self.unnamed[type(self._change).__name__].add(what)


def _versions(batch: Batch) -> dict[Row, str]:
    return {(what, id_): version for what, id_, version in driver.run(batch._connection, _VERSIONS)}


@pytest.fixture
def watched() -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        yield Watched(patch)


def other_changes(pair: Pair) -> None:
    founder, other, guest = pair.account(), pair.account(), pair.guest()
    room, second = pair.shared(founder, other), pair.shared(founder, guest)
    assert founder.account_id is not None
    name = person_name(founder.account or "")
    [said] = pair.one.store.submit([Do(lambda tx: tx.messages.at(room.id, 1))]).wait()
    pair.do(InvitePerson(founder, room.id, guest))
    pair.do(RevokeInvite(founder, room.id, guest))
    pair.do(InvitePerson(founder, room.id, guest))
    pair.do(JoinRoom(guest, room_name(room.name), "", 100))
    pair.do(SetRealname(founder, "Somebody"))
    pair.do(SetMetadata(founder, Subject(founder.nick, actor=founder), "url", "https://x", 5))
    pair.do(SetMetadata(founder, Subject(room.name, room=room.id), "url", "https://x", 5))
    pair.do(MarkRead(other, room.id, said.time))
    pair.do(PostReaction(other, room.id, (room.id, 1), {"+draft/react": "x"}, 5, 5))
    pair.do(SendTags(other, room.id, {"+typing": "active"}, "id"))
    pair.do(MarkSeen(founder.account_id, {room.id: 1, second.id: 1}))
    pair.do(SetRole(name, "admin"))
    pair.do(SetPassword(name, "x", certificates=True))
    [taken] = pair.one.store.submit([RenameRoom(founder, room.id, room_name(second.name))]).wait()
    assert isinstance(taken, Exception)


@pytest.mark.pure  # it replaces methods of the Batch
@pytest.mark.parametrize(
    "scenario", [*dict.fromkeys(SCENARIOS.values()), other_changes], ids=lambda scenario: scenario.__name__
)
def test_changes_name_what_they_touch(pair: Pair, watched: Watched, scenario: Scenario) -> None:
    scenario(pair)
    assert watched.unnamed == {}
