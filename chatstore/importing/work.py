"""An import: reads a source, and has what it says stored in batches, each a change through the writer.

What is stored is known by its id, in the same transaction, so whatever ends the run, the next one goes on.
Beside a server, batches are small, and a pause follows each: the server gets its turn, and nobody waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatstore.chat.changes.importing import (
    BeginImport,
    Begun,
    NoteImport,
    OpenRoom,
    PlacedRoom,
    PlacePeople,
    PlaceRoom,
    StoreImported,
    SupersededError,
)
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.imports import ForeignMessage, ForeignReaction, ForeignRoom, Imported
from chatstore.chat.model.names import Name
from chatstore.chat.model.rooms import Role
from chatstore.importing.attachments import Attachments, Keeping
from chatstore.importing.mapping import Mapped, folded
from chatstore.importing.names import room_names
from chatstore.importing.people import Here, People
from chatstore.importing.source import Message, Person, Problem, Room, Skipped, Source
from chatstore.importing.summary import RoomSummary, Summary
from chatstore.importing.texts import Longest, bodies_of, one_line
from chatstore.storage.store import DatabaseStore

BATCH, BATCH_BESIDE = 2_000, 250
"""Messages in one transaction; less beside a server."""
FILES = 100
"""Attachments of the messages of one transaction, about: what a run that is killed has to read again."""
PAUSE = 6.0
"""Beside a server: how long the import pauses after a batch, in times that it took. A message there may have
to wait for a batch, and so does one in seven at most; measured with 1.5, one in a hundred waited for 0.25
s."""
_OLDEST = 567_993_600_000
"""1988, in ms: nobody said anything in a chat before."""
_TRIES, _AGAIN = 60, 1.0
"""How often a batch is tried that the database refuses, and the seconds between."""
_PASSING = (Code.NOT_STORED, Code.BUSY)
_LONGEST_REACTION = 64


@dataclass(frozen=True)
class Plan:
    """What to import, and how. `name`: of the kind of source. `rooms`: the names or ids of those to take;
    empty: all. `accounts`: those that the mapping names, by the name's fold. `beside`: a server runs.
    `keeping`: where attachments go; None where they stay what the export says of them."""

    name: str
    longest: Longest
    rooms: Collection[str] = ()
    mapped: Mapped = field(default_factory=Mapped)
    accounts: Mapping[str, Here] = field(default_factory=dict)
    beside: bool = False
    keeping: Keeping | None = None


Report = Callable[[int, int, int], None]
"""Is told the bytes that were read, how many there are, and how many messages were read."""


class Import:
    """One run. `store` is None for a rehearsal, which reads everything and writes nothing."""

    def __init__(self, source: Source, store: DatabaseStore | None, plan: Plan, summary: Summary) -> None:
        self._source, self._store, self._plan, self.summary = source, store, plan, summary
        self._people = People(plan.name, plan.mapped, plan.accounts)
        self._attachments = Attachments(source, plan.keeping, store, summary)
        self._rooms: dict[str, Room] = {}
        self._left_out: set[str] = set()
        self._met: set[str] = set()
        self._met_people: set[str] = set()
        """The folded names and ids of rooms and of people in the source."""
        self._placed: dict[str, PlacedRoom] = {}
        """Where the messages of a room go now."""
        self._own: dict[str, list[int]] = {}
        self._filled: dict[str, dict[int, None]] = {}
        """The rooms here, by those there, in which something was stored in this run, in order."""
        self._to_open: dict[int, str] = {}
        """Rooms here that are not open yet, and the rooms there that they have the talk of."""
        self._ends: dict[int, int] = {}
        self._spoke: dict[int, set[str]] = {}
        """Who has said something in a private room of which nobody knows who was in it."""
        self._last_at: dict[str, int] = {}
        self._began: Begun | None = None
        self._now = int(time.time() * 1000)

    def run(self, report: Report) -> None:
        """Raises SourceError, ChatError if the database can't store it."""
        if self._store is not None:
            self._begin()
        self._attachments.went_on = lambda: report(*self._source.progress, self.summary.read)
        batch: list[Message] = []
        size, files = BATCH_BESIDE if self._plan.beside else BATCH, 0
        for message in self._messages():
            batch.append(message)
            files += sum(bool(each.file) for each in message.attachments)
            if len(batch) >= size or files >= FILES:
                self._write(batch)
                report(*self._source.progress, self.summary.read)
                batch, files = [], 0
        self._write(batch)
        report(*self._source.progress, self.summary.read)
        if self._store is not None:
            self._end()
        rooms = {*self._plan.rooms, *self._plan.mapped.rooms} - self._met
        people = self._plan.mapped.people.keys() - self._met_people
        self.summary.unknown = [
            *(f"the export has no room {name}" for name in sorted(rooms)),
            *(f"the export has nobody called {name}" for name in sorted(people)),
        ]

    def _begin(self) -> None:
        begun = self._began = self._do(BeginImport(self._plan.name, self._source.scope, self._source.title))
        assert isinstance(begun, Begun)
        assert self._store is not None
        for person, account_id in begun.people.items():
            account = self._store.accounts.by_id(account_id)
            if account is not None:
                self._people.place(person, account)
        for row in begun.rooms:
            self._own.setdefault(row.foreign, []).append(row.room)
            self._to_open[row.room] = row.foreign

    # Reading.

    def _messages(self) -> Iterator[Message]:
        """What the source says, as far as it is to be stored."""
        for item in self._source:
            match item:
                case Person():
                    self._people.meet(item)
                    self._met_people |= {folded(item.id), folded(item.name)}
                case Room():
                    self._meet_room(item)
                case Skipped():
                    self.summary.skip(item)
                case Problem():
                    self.summary.problem(item)
                case Message():
                    self.summary.read += 1
                    if item.room not in self._rooms and item.room not in self._left_out:
                        self._meet_room(Room(item.room, item.room))
                    if item.room in self._left_out:
                        self.summary.skip(Skipped("in a room that was not chosen"))
                    else:
                        yield item

    def _meet_room(self, room: Room) -> None:
        names = {folded(room.id), folded(room.name)}
        self._met |= names
        chosen = not self._plan.rooms or not names.isdisjoint(self._plan.rooms)
        dropped = any(self._plan.mapped.rooms.get(name, ...) is None for name in names)
        if not chosen or dropped:
            self._left_out.add(room.id)
            return
        self._rooms[room.id] = room
        there = room.name if room.kind == "room" else ""
        if room.id not in self.summary.rooms:
            self.summary.rooms[room.id] = RoomSummary(there, private=room.private or room.kind == "direct")

    # Writing.

    def _write(self, batch: Sequence[Message]) -> None:
        """Store a batch. Where people have begun to talk in a room meanwhile, the rest of it gets another
        one."""
        if self._store is None:
            self._rehearse(batch)
            return
        while batch:
            began = time.monotonic()
            self._place_people(batch)
            self._place_rooms(batch)
            batch = [message for message in batch if message.room in self._placed]
            took = self._attachments.take(self._run[0], batch)
            ready = [made for message in batch if (made := self._made(message)) is not None]
            done: Imported = self._do(StoreImported(*self._run, ready, dict(self._ends)))
            self._count(batch, done)
            self._attachments.stored(done.again)
            left = {foreign for foreign, room in self._placed.items() if room.id in done.left}
            for foreign in left:
                self._own[foreign].remove(self._placed.pop(foreign).id)
            batch = [message for message in batch if message.id in done.again]
            if self._plan.beside:
                time.sleep(PAUSE * max(0.0, time.monotonic() - began - took))

    def _rehearse(self, batch: Sequence[Message]) -> None:
        self._attachments.take(0, batch)
        for message in batch:
            urls = self._attachments.of(message).urls
            if bodies_of(message, self._people.called, self._called, self._plan.longest, urls):
                self.summary.stored += 1
                room = self._rooms[message.room]
                self.summary.rooms[message.room].stored += 1
                self._note_name(message.room, "" if room.kind == "direct" else self._names(room)[0][0].shown)
            else:
                self.summary.skip(Skipped("empty"))
        self._attachments.stored()

    @property
    def _run(self) -> tuple[int, int]:
        assert self._began is not None
        return self._began.id, self._began.run

    def _place_people(self, batch: Sequence[Message]) -> None:
        """Give an account to everybody whose it will be."""
        wanted = [message.who for message in batch]
        wanted += [who for message in batch for reaction in message.reactions for who in reaction.who]
        rooms = {message.room for message in batch} - self._placed.keys()
        for room in (self._rooms[id_] for id_ in rooms):
            if room.private or room.kind == "direct":
                wanted += room.members
        new = self._people.new(wanted)
        if not new:
            return
        for person, account in self._do(PlacePeople(*self._run, new)).items():
            self._people.place(person, account)
        mapped = sum(person.account_id is not None for person in new)
        self.summary.mapped += mapped
        self.summary.people += len(new) - mapped

    def _place_rooms(self, batch: Sequence[Message]) -> None:
        """Give a room to everything that has none yet, or has lost its."""
        first: dict[str, Message] = {}
        for message in batch:
            if message.room in self._left_out:
                self.summary.skip(Skipped("in a room that has no place here"))
            elif message.room not in self._placed:
                first.setdefault(message.room, message)
        wanted = [
            PlaceRoom(*self._run, self._foreign(message), [*self._own.setdefault(room, [])], message.id)
            for room, message in first.items()
        ]
        for (room, message), placed in zip(first.items(), self._do_all(wanted), strict=True):
            if isinstance(placed, SupersededError):
                raise placed
            if isinstance(placed, ChatError):
                why = (
                    f"{self._rooms[room].name} can't go into #{placed.about}: {placed.text}; map it to another room"
                )
                self.summary.problem(Problem(why, message.place))
                self._left_out.add(room)
                continue
            if placed.new:
                self._own[room].append(placed.id)
            if placed.apart:
                why = (
                    f"{self._rooms[room].name or 'the conversation'} is private now, and was not before: what is "
                    "new goes into a private room of its own"
                )
                self.summary.problem(Problem(why, message.place, lost=False))
            self._placed[room] = placed
            self._ends[placed.id] = placed.last_seq
            self._to_open[placed.id] = room

    def _foreign(self, first: Message) -> ForeignRoom:
        room = self._rooms[first.room]
        direct = room.kind == "direct" and 1 <= len(set(room.members)) <= 2
        private = room.private or (room.kind == "direct" and not direct)
        members: dict[int, Role] = {}
        for person in room.members if private else ():
            role = Role.OPERATOR if person in room.operators else Role.MEMBER
            members[self._people[person].account_id] = role
        pair = [self._people[person].account_id for person in room.members] if direct else []
        names, named = self._names(room)
        return ForeignRoom(
            room.id,
            names,
            self._time(first),
            private=private,
            topic=one_line(room.topic)[:390],
            members=members,
            direct=(pair[0], pair[-1]) if pair else None,
            named=named,
        )

    def _names(self, room: Room) -> tuple[Sequence[Name], bool]:
        """The names to try for a room, and whether the administrator has chosen the first."""
        for text in (room.id, room.name):
            chosen = self._plan.mapped.rooms.get(folded(text))
            if chosen is not None:
                return [chosen, *room_names([chosen.shown], self._plan.name)[1:]], True
        if room.kind == "direct":
            people = "-".join(self._people.called(person) for person in room.members)
            return room_names([people, room.name, room.id], self._plan.name), False
        return room_names([room.name, room.id], self._plan.name), False

    def _called(self, room: str) -> str:
        """What a room is called in a text."""
        placed, known = self._placed.get(room), self._rooms.get(room)
        if placed is not None:
            return f"#{placed.name}"
        return f"#{self._names(known)[0][0].shown}" if known is not None else f"#{room}"

    def _time(self, message: Message) -> int:
        """When it was said. A time that can't be right becomes that of the message before."""
        at = message.at
        if not _OLDEST <= at <= self._now:
            at = self._last_at.get(message.room, _OLDEST)
        return at

    def _made(self, message: Message) -> ForeignMessage | None:
        taken = self._attachments.of(message)
        bodies = bodies_of(message, self._people.called, self._called, self._plan.longest, taken.urls)
        if not bodies:
            self.summary.skip(Skipped("empty"))
            return None
        at = self._time(message)
        if at != message.at:
            why = "the time can't be right: it got that of the message before"
            self.summary.problem(Problem(why, message.place, lost=False))
        self._last_at[message.room] = at
        room = self._rooms[message.room]
        here, placed = self._people[message.who], self._placed[message.room]
        if room.private and not room.members:
            self._spoke.setdefault(placed.id, set()).add(message.who)
        return ForeignMessage(
            message.id,
            placed.id,
            here.account_id,
            here.nick,
            at,
            bodies,
            message.answers,
            tuple(self._reactions(message)) if message.reactions else (),
            message.bot or self._people.is_bot(message.who),
            message.notice,
            taken.files,
        )

    def _reactions(self, message: Message) -> Iterator[ForeignReaction]:
        for reaction in message.reactions:
            value = one_line(reaction.value)
            if not value or len(value) > _LONGEST_REACTION:
                self.summary.problem(Problem("a reaction is empty or too long", message.place, lost=False))
                continue
            for who in reaction.who:
                here = self._people[who]
                yield ForeignReaction(here.account_id, here.nick, value)

    def _count(self, batch: Sequence[Message], done: Imported) -> None:
        self._ends.update(done.ends)
        summary = self.summary
        summary.stored += done.stored
        summary.known += done.known
        if done.removed:
            summary.skip(Skipped("of somebody whose account here was removed"), done.removed)
        summary.reactions += done.reactions
        summary.unanswered += done.unanswered
        summary.moved += done.moved
        summary.attachments.taken += done.files
        summary.attachments.bytes += done.file_bytes
        for room_id, n in done.by_room.items():
            self.summary.rooms[self._to_open[room_id]].stored += n
            self._filled.setdefault(self._to_open[room_id], {})[room_id] = None

    def _note_name(self, room: str, name: str) -> None:
        of_room = self.summary.rooms[room]
        here = f"#{name}" if name else "direct conversation"
        if here not in of_room.here.split(", "):
            of_room.here = ", ".join(filter(None, (of_room.here, here)))

    # The end.

    def _end(self) -> None:
        wanted: list[OpenRoom] = []
        for room_id, foreign in self._to_open.items():
            room = self._rooms.get(foreign)
            if room is None:
                continue  # of an earlier run that was not completed, and not asked for now
            members = {self._people[who].account_id: Role.MEMBER for who in self._spoke.get(room_id, ())}
            names, _ = self._names(room)
            wanted.append(OpenRoom(*self._run, room_id, names, members))
        for opened in self._do_all(wanted):
            if isinstance(opened, ChatError):
                raise opened
        self._name_rooms()
        detail = f"{self.summary.stored:,} messages, {self.summary.people:,} new placeholders"
        self._do(NoteImport(self._source.title, detail))

    def _name_rooms(self) -> None:
        """Note where the messages are, by the names that the rooms have got in the end. Where nothing is new: where
        earlier runs have put them."""
        assert self._store is not None
        for foreign in self.summary.rooms:
            for id_ in [*self._filled.get(foreign, ())] or self._own.get(foreign, []):
                room = self._store.rooms.by_id(id_)
                if room is not None:
                    self._note_name(foreign, room.name)

    def _do(self, change: Any) -> Any:
        """Have a change made. Raises ChatError."""
        [done] = self._do_all([change])
        if isinstance(done, ChatError):
            raise done
        return done

    def _do_all(self, changes: Sequence[Any]) -> Sequence[Any]:
        """Have changes made, in one transaction. Tries again while the database can't store them. Returns
        results, and ChatErrors of what is refused. Raises ChatError if nothing could be stored."""
        assert self._store is not None
        for left in reversed(range(_TRIES)) if changes else ():
            done = self._store.submit(changes).wait()
            trouble = [each for each in done if isinstance(each, ChatError) and each.code in _PASSING]
            if not trouble:
                return done
            if not left:
                raise trouble[0]
            time.sleep(_AGAIN)
        return []
