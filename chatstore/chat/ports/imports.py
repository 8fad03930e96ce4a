"""What the domain needs to know and to store of imports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.imports import End, Former, Placed, Standing


class ImportedRoom(NamedTuple):
    """A room here that has what was said in one of the source (`foreign`)."""

    foreign: str
    room: int


class ImportsReader(Protocol):
    def of_account(self, account_id: int) -> Sequence[str]:
        """The chats (their titles) of which this account has what somebody said."""


class Imports(ImportsReader, Protocol):
    """Imports; `import_id` is that of one source, and ids of people, rooms and messages are the source's."""

    def begin(self, source: str, scope: str, title: str) -> tuple[int, int]:
        """The id of the import from this source, which is noted if it is the first; and the number of this run."""

    def run(self, import_id: int) -> int:
        """The number of the newest run."""

    def people(self, import_id: int) -> Mapping[str, int]:
        """The account of each person."""

    def add_person(self, import_id: int, person: str, account_id: int) -> None: ...
    def rooms(self, import_id: int) -> Sequence[ImportedRoom]: ...
    def add_room(self, import_id: int, foreign: str, room_id: int) -> None: ...
    def removed(self, account_ids: Collection[int]) -> Collection[int]:
        """Those of these accounts that were removed."""

    def add_members(self, room_id: int, members: Mapping[int, Former]) -> Collection[int]:
        """Note who was in the room where it comes from. Returns those accounts of whom nothing was known."""

    def former(self, room_id: int, actor: Actor) -> Former | None: ...
    def set_standing(self, room_id: int, actor: Actor, standing: Standing) -> None:
        """Note it, also for somebody who was not there: an import that is repeated changes nothing of it."""

    def places(self, import_id: int, messages: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """Room and seq of the messages that were stored, also of those that are gone now."""

    def placed(self, import_id: int, messages: Collection[str]) -> Mapping[str, Placed]:
        """The same with the time, of those that are still there."""

    def ends(self, room_ids: Collection[int]) -> Mapping[int, End]: ...
    def has_talk(self, room_id: int, *, foreign: bool) -> bool:
        """Whether something was said in the room; with `foreign`, something that was not imported."""

    def store(self, import_id: int, rows: Sequence[tuple[Any, ...]], ids: Mapping[str, tuple[int, int]]) -> None:
        """Store events (rows of storage.messages.Messages.row) and the places of the messages among them, by id.
        The seqs are taken: each room's first is the one after its end, and its end is raised."""

    def add_reactions(self, rows: Sequence[tuple[int, int, int, str]]) -> None:
        """Count reactions: room, seq, account, value."""

    def last_message(self) -> int:
        """The id of the newest message of all rooms."""

    def hand_over(self, account_id: int, to: int, after: int, upto: int) -> int:
        """Give the account's events with ids from after `after` up to `upto` to another one. Returns how many of
        them are messages."""

    def hand_over_rest(self, account_id: int, to: Actor) -> int:
        """Give everything else that was imported for the account to another one: reactions, rights, and what is
        imported later. Returns how many reactions."""

    def conversations(self, account_id: int) -> Sequence[int]:
        """The account's direct conversations."""

    def hand_over_conversation(self, room_id: int, account_id: int, to: Actor, key: str) -> None:
        """Give the account's place in a direct conversation to another one. `key`: the new one."""

    def make_room(self, room_id: int, key: str, name: str, flags: str) -> None:
        """Turn a direct conversation into a private room, in which nobody is yet."""
