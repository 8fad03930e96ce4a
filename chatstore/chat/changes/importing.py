"""Changes by which an import stores what was said elsewhere, in batches beside a running server.

A message is known by its id in the source, in the same transaction in which it is stored: so an import that
is repeated, or was killed, stores each once. Who has written is a *placeholder*: an account that owns its
messages, and that nobody can log in to.

A room is made for what is imported, and nobody can know of it until the import is complete (its kind is
`import`). So nobody talks there meanwhile, and what was said there keeps its times: they rise with the seqs
of a room, so nothing can be put before what is there. An import that goes on later appends to its rooms, as
long as nobody has talked in them since.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any, NamedTuple

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomImported, RoomOpened, RoomRemoved
from chatstore.chat.model.files import tokens_in
from chatstore.chat.model.imports import (
    PLACEHOLDER,
    End,
    ForeignFile,
    ForeignMessage,
    ForeignPerson,
    ForeignRoom,
    Former,
    Imported,
    Placed,
    Standing,
)
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import REACT_TAGS, REPLY_TAGS
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name, new_person_name, room_name
from chatstore.chat.model.room_events import MessagePosted, NoticePosted, TagsPosted
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings, values_of
from chatstore.chat.model.rooms import DEFAULT_FLAGS, Invite, Role, Room, direct_key, room_key
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.ports.imports import ImportedRoom

LATE = 24 * 60 * 60 * 1000
"""How much later (ms) than the next message of the source the end of a room may be to get it all the same."""
MOVED = 1_000
"""A time that has to be moved by more than this (ms) is reported."""
_PUBLIC, _PRIVATE = "n", "ins"
"""The flags of rooms that were imported. Without founder and operators, their topic is everybody's."""
_MOST_NUMBERS = 10_000
_LONGEST_NAME = 48
"""Characters of a room's name, so that there is room for a number."""


class Begun(NamedTuple):
    """An import that begins or goes on: its id, the number of this run, the accounts of people whom it knows, and
    its rooms."""

    id: int
    run: int
    people: Mapping[str, int]
    rooms: Sequence[ImportedRoom]


@dataclass
class BeginImport(Change):
    """Begin an import, or go on with it. Of two runs of one import, the newer one has it: the older one is refused
    from now on. Returns a Begun."""

    source: str
    scope: str
    title: str

    def apply(self, tx: Transaction) -> Begun:
        id_, run = tx.imports.begin(self.source, self.scope, self.title)
        return Begun(id_, run, tx.imports.people(id_), tx.imports.rooms(id_))


class SupersededError(ChatError):
    """Another run of the same import has begun."""

    def __init__(self) -> None:
        super().__init__(
            Code.INTERNAL, "another import from the same source has begun, and goes on in place of this"
        )


@dataclass
class _OfRun(Change):
    """A change of this run of an import. Raises SupersededError if another one has begun since."""

    import_id: int
    run: int

    def check(self, tx: Transaction) -> None:
        if tx.imports.run(self.import_id) != self.run:
            raise SupersededError


@dataclass
class PlacePeople(_OfRun):
    """Give each person an account: that which was chosen for them, or a new placeholder. Returns the accounts
    by the people's ids."""

    people: Sequence[ForeignPerson]

    def apply(self, tx: Transaction) -> Mapping[str, Account]:
        self.check(tx)
        found = {}
        for person in self.people:
            account = tx.accounts.by_id(person.account_id) if person.account_id is not None else None
            if account is None:
                account = tx.accounts.add(_free_name(tx, person.names), "", "user")
                tx.accounts.update(account.id, status=PLACEHOLDER)
                account = replace(account, status="placeholder")
            tx.imports.add_person(self.import_id, person.id, account.id)
            found[person.id] = account
        return found


def _free_name(tx: Transaction, names: Sequence[Name]) -> Name:
    for name in names:
        if _is_free(tx, name):
            return name
    for number in range(2, _MOST_NUMBERS):
        name = new_person_name(f"{names[-1].shown}-{number}", len(names[-1].shown) + 6)
        if _is_free(tx, name):
            return name
    raise ChatError(Code.NAME_TAKEN, "there are too many people of that name", names[0].shown)


def _is_free(tx: Transaction, name: Name) -> bool:
    return tx.accounts.named(name.folded) is None and tx.accounts.looking_like(name) is None


class PlacedRoom(NamedTuple):
    """The room for something. `name` may become another one when it is opened. `new`: it was made or taken for
    this. `last_seq`: -1 if somebody may have talked there since. `apart`: it is another one than before, because
    what was public is private now."""

    id: int
    name: str
    last_seq: int
    kind: str
    new: bool
    apart: bool = False


@dataclass
class PlaceRoom(_OfRun):
    """Find or make the room for what was said in a room of the source. `own`: the rooms that have some of it
    already, and can have more; the import's own memory of them. `first`: the first message. Returns a
    PlacedRoom. Raises CANNOT_POST for a room that somebody has named, if there is newer talk in it."""

    room: ForeignRoom
    own: Sequence[int] = ()
    first: str = ""

    def touches(self, tx: Transaction) -> Touched:
        keys = [room_key(name.folded) for name in self.room.names]
        return Touched(rooms=self.own, keys=[*keys, *([direct_key(*self.room.direct)] if self.room.direct else [])])

    def apply(self, tx: Transaction) -> PlacedRoom:
        self.check(tx)
        own = [room for id_ in self.own if (room := tx.rooms.by_id(id_)) is not None]
        closed = [room for room in own if self._keeps(room)]
        found, new = self._own(tx, own, closed), False
        if found is None:
            found, new = (self._direct(tx) or self._named(tx) or self._new(tx)), True
            tx.imports.add_room(self.import_id, self.room.id, found.id)
        if self.room.private or (self.room.direct and not found.direct):
            let_in(tx, found, dict.fromkeys(self.room.direct or (), Role.MEMBER) | dict(self.room.members))
        last_seq = found.last_seq if new or found.kind == "import" else -1
        apart = new and any(not self._keeps(room) for room in own)
        return PlacedRoom(found.id, found.name, last_seq, found.kind, new, apart)

    def _keeps(self, room: Room) -> bool:
        """Whether what is to be stored is as private in this room as it was there."""
        closed = room.has("i") and room.history == "members"
        return room.direct or closed or not (self.room.private or self.room.direct)

    def _own(self, tx: Transaction, own: Sequence[Room], closed: Sequence[Room]) -> Room | None:
        """The room that what is to be stored follows in: that of the first message, if it was stored before.
        What was public and is private now follows in a private one."""
        place = tx.imports.places(self.import_id, [self.first]).get(self.first)
        before = next((room for room in own if place is not None and room.id == place[0]), None)
        if before in closed:
            return before
        ends = tx.imports.ends([room.id for room in closed])
        for room in sorted(closed, key=lambda each: ends[each.id].at, reverse=True):
            if before is not None or (ends[room.id].at <= self.room.since + LATE and self._is_ours(tx, room)):
                return room
        return None

    def _is_ours(self, tx: Transaction, room: Room) -> bool:
        return room.kind == "import" or not tx.imports.has_talk(room.id, foreign=True)

    def _direct(self, tx: Transaction) -> Room | None:
        """The direct conversation, unless something is said in it that is newer."""
        if self.room.direct is None:
            return None
        key = direct_key(*self.room.direct)
        room = tx.rooms.keyed(key)
        if room is None:
            room = tx.rooms.add("direct", key, "", None)
            for account in _accounts(tx, self.room.direct):
                tx.members.put(room.id, _person(account), Role.MEMBER, 0)
        return room if not tx.imports.has_talk(room.id, foreign=False) else None

    def _named(self, tx: Transaction) -> Room | None:
        """The room that somebody has named, and which exists."""
        if not self.room.named:
            return None
        name = self.room.names[0]
        room = tx.rooms.keyed(room_key(name.folded))
        if room is None or _is_unused(tx, room):
            return None
        if self.room.private:
            raise ChatError(Code.CANNOT_POST, "it is private, and needs a room of its own", name.shown)
        if tx.imports.ends([room.id])[room.id].at > self.room.since:
            raise ChatError(Code.CANNOT_POST, "something newer has happened there already", name.shown)
        return room

    def _new(self, tx: Transaction) -> Room:
        name = next(_names(self.room.names, tx))
        private = self.room.private or self.room.direct is not None
        settings = RoomSettings(history="members" if private else "everyone")
        room = tx.rooms.add(
            "import", f"!{self.import_id}!{self.room.id}!{len(self.own)}", name.shown, None, settings
        )
        values: dict[str, Any] = {"flags": _PRIVATE if private else _PUBLIC}
        if self.room.topic:
            values |= {"topic": self.room.topic, "topic_by": SERVER.nick, "topic_at": self.room.since}
        tx.rooms.update(room.id, **values)
        return room


def let_in(tx: Transaction, room: Room, members: Mapping[int, Role]) -> None:
    """Those who were in a room may join it, and are told of it: once, whatever has become of them here since. The
    invite is as old as the room, so it overrides no ban."""
    accounts = {account.id: account for account in _accounts(tx, members) if account.status != "removed"}
    here = {id_ for id_, account in accounts.items() if tx.members.get(room.id, _person(account)) is not None}
    formers = {
        id_: Former(Role.MEMBER, Standing.USED) if id_ in here else Former(members[id_], Standing.NEW)
        for id_ in accounts
    }
    for id_ in sorted({*tx.imports.add_members(room.id, formers)} - here):
        person = _person(accounts[id_])
        if tx.invites.get(room.id, person) is None:
            tx.invites.add(room.id, Invite(person, SERVER.nick, "", room.created_at, True))


def _accounts(tx: Transaction, ids: Any) -> list[Account]:
    found = [tx.accounts.by_id(id_) for id_ in dict.fromkeys(ids)]
    return [account for account in found if account is not None]


def _person(account: Account) -> Actor:
    return Actor(account.nick, account.name, account.id)


def _is_unused(tx: Transaction, room: Room) -> bool:
    """Whether nobody is in the room, nobody has said anything in it, and nobody has set it up: the import's own
    takes its place."""
    if room.direct or tx.members.count(room.id) or tx.imports.has_talk(room.id, foreign=False):
        return False
    lists = room.bans or room.exceptions or room.welcome
    set_up = room.password or room.member_limit or lists or {*room.flags, "t"} != {*DEFAULT_FLAGS, "t"}
    return not set_up and values_of(room) == values_of(DEFAULTS) and not tx.metadata.of(Subject("", room=room.id))


def free_room_name(tx: Transaction, text: str) -> Name:
    """A name for a room that nobody has, which begins with this text."""
    return next(_names([first_room_name(text)], tx))


def first_room_name(text: str) -> Name:
    """The name that free_room_name tries first."""
    return room_name(text[:_LONGEST_NAME])


def _names(names: Sequence[Name], tx: Transaction) -> Iterator[Name]:
    """The names that a room can have: those to try, and then the last one with numbers."""
    for name in chain(names, (room_name(f"{names[-1].shown}-{number}") for number in count(2))):
        other = tx.rooms.keyed(room_key(name.folded))
        if other is None or _is_unused(tx, other):
            yield name


@dataclass
class OpenRoom(_OfRun):
    """What was imported into a room is complete: from now on people can know of it, by the first of these
    names that is free. A room that nobody has used or set up yet is replaced. `members`: who was in it, if it is
    private. Returns the Room; None if it is gone, or goes because nothing was stored in it."""

    room: int
    names: Sequence[Name]
    members: Mapping[int, Role] = field(default_factory=dict)
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room], keys=[room_key(name.folded) for name in self.names])

    def apply(self, tx: Transaction) -> Room | None:
        self.check(tx)
        room = tx.rooms.by_id(self.room)
        if room is None:
            return None
        if room.kind == "import" and not room.last_seq:
            tx.rooms.remove(room.id)
            return None
        if self.members:
            let_in(tx, room, self.members)
        if room.kind != "import":
            return room
        name = next(_names(self.names, tx))
        key = room_key(name.folded)
        if (other := tx.rooms.keyed(key)) is not None:
            tx.rooms.remove(other.id)
            tx.announce(RoomRemoved(other.id))
            if other.topic and not room.topic:
                values = {"topic": other.topic, "topic_by": other.topic_by, "topic_at": other.topic_at}
                tx.rooms.update(room.id, **values)
            tx.rooms.update(room.id, founder_id=other.founder_id)
        tx.rooms.update(room.id, kind="room", key=key, name=name.shown)
        opened = tx.rooms.by_id(room.id)
        assert opened is not None
        announce_opened(tx, opened)
        return opened


def announce_opened(tx: Transaction, room: Room) -> None:
    """A room in which everything was imported exists from now on."""
    tx.announce(RoomOpened(replace(room, last_seq=0)))
    if room.last_seq:
        tx.announce(RoomImported(room.id, 1, room.last_seq))


@dataclass
class NoteImport(Change):
    """The import has ended: note in the audit log what was brought."""

    title: str
    detail: str

    def apply(self, tx: Transaction) -> None:
        tx.audit.note("data.import", SERVER, self.title, self.detail)


@dataclass
class StoreImported(_OfRun):
    """Store messages of the source, in this order. `ends`: the last seqs of their rooms as the import knows
    them; if another one is there, somebody may have talked. Returns an Imported."""

    messages: Sequence[ForeignMessage]
    ends: Mapping[int, int] = field(default_factory=dict)

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms={message.room for message in self.messages})

    def apply(self, tx: Transaction) -> Imported:
        self.check(tx)
        known = tx.imports.places(self.import_id, [message.id for message in self.messages])
        unknown = [message for message in self.messages if message.id not in known]
        removed = self._removed(tx, unknown)
        new = [message for message in unknown if message.account_id not in removed]
        rooms = {message.room for message in new}
        left = frozenset(room for room in rooms if not self._is_ours(tx, room))
        work = _Storing(tx, self.import_id, tx.imports.ends(rooms - left), removed)
        work.find_answered([message for message in new if message.answers])
        for message in new:
            if message.room not in left:
                work.add(message)
        again = frozenset(message.id for message in new if message.room in left)
        done = work.store(len(self.messages) - len(unknown), left, again)
        return done._replace(removed=len(unknown) - len(new))

    def _removed(self, tx: Transaction, messages: Sequence[ForeignMessage]) -> Collection[int]:
        """Accounts that were removed: what they said stays away, so nothing comes back that was erased."""
        people = {message.account_id for message in messages}
        people |= {reaction.account_id for message in messages for reaction in message.reactions}
        return tx.imports.removed(people)

    def _is_ours(self, tx: Transaction, room_id: int) -> bool:
        room = tx.rooms.by_id(room_id)
        if room is None:
            return False
        if room.kind == "import" or room.last_seq == self.ends.get(room_id):
            return True
        return not tx.imports.has_talk(room_id, foreign=True)


class _Storing:
    """The rows of one batch."""

    def __init__(self, tx: Transaction, import_id: int, ends: Mapping[int, End], removed: Collection[int]) -> None:
        self._tx, self._import_id, self._removed = tx, import_id, removed
        self._before = ends
        self._ends = dict(ends)
        self._rows: list[tuple[Any, ...]] = []
        self._ids: dict[str, tuple[int, int]] = {}
        self._placed: dict[str, Placed] = {}
        self._by_room: Counter[int] = Counter()
        self._reactions: list[tuple[int, int, int, str]] = []
        self._files: list[tuple[ForeignFile, int, Placed]] = []
        """With their owners, and where the message with the URL is."""
        self._unanswered = self._moved = 0

    def find_answered(self, messages: Sequence[ForeignMessage]) -> None:
        """Look up those that these answer, and that were stored before."""
        self._placed.update(self._tx.imports.placed(self._import_id, {message.answers for message in messages}))

    def add(self, message: ForeignMessage) -> None:
        if message.id in self._ids:  # twice in one batch
            return
        kind = NoticePosted.kind if message.notice else MessagePosted.kind
        tags = {"bot": ""} if message.bot else {}
        answered = self._placed.get(message.answers) if message.answers else None
        first = {**tags, REPLY_TAGS[0]: msgid(*answered)} if answered and answered.room == message.room else tags
        self._unanswered += bool(message.answers) and first is tags
        place = self._row(
            message.room, message.at, message.account_id, message.nick, kind, message.bodies[0], first
        )
        self._moved += place.at - message.at > MOVED
        self._refer(message, message.bodies[0], place)
        self._ids[message.id] = (place.room, place.seq)
        self._by_room[place.room] += 1
        self._placed[message.id] = place
        for body in message.bodies[1:]:
            at = self._row(message.room, message.at, message.account_id, message.nick, kind, body, tags)
            self._refer(message, body, at)
        for reaction in dict.fromkeys(message.reactions):
            if reaction.account_id in self._removed:
                continue
            tags = {REACT_TAGS[0]: reaction.value, REPLY_TAGS[0]: msgid(*place)}
            self._row(message.room, message.at, reaction.account_id, reaction.nick, TagsPosted.kind, "", tags)
            self._reactions.append((place.room, place.seq, reaction.account_id, reaction.value))

    def _refer(self, message: ForeignMessage, body: str, place: Placed) -> None:
        if message.files:
            tokens = tokens_in(body)
            self._files += [(file, message.account_id, place) for file in message.files if file.token in tokens]

    def _row(
        self, room: int, at: int, account_id: int, nick: str, kind: str, body: str, tags: Mapping[str, str]
    ) -> Placed:
        """Take the next seq of a room and a time that rises: what was said at a time before the last one is
        told of a millisecond after it."""
        end = self._ends[room]
        end = self._ends[room] = End(end.seq + 1, max(at, end.at + 1))
        noted = json.dumps(tags, ensure_ascii=False) if tags else ""
        self._rows.append((room, end.seq, end.at, account_id, nick, kind, body, noted, "", ""))
        return Placed(room, end.seq, end.at)

    def store(self, known: int, left: frozenset[int], again: frozenset[str]) -> Imported:
        if self._rows:
            self._tx.imports.store(self._import_id, self._rows, self._ids)
            self._tx.imports.add_reactions(self._reactions)
            self._store_files()
        for room, end in self._ends.items():
            before = self._before[room].seq
            if end.seq > before:
                self._tx.announce(RoomImported(room, before + 1, end.seq))
        ends = {room: end.seq for room, end in self._ends.items()}
        stored, reactions = len(self._ids), len(self._reactions)
        done = Imported(stored, known, reactions, self._unanswered, self._moved, left, again, ends, self._by_room)
        size = sum(file.content.size for file, _, _ in self._files)
        return done._replace(files=len(self._files), file_bytes=size)

    def _store_files(self) -> None:
        """The files of messages, of the time of these; they stay as long as the messages do."""
        references = []
        for file, owner, place in self._files:
            added, _ = self._tx.files.add(owner, file.token, file.name, file.content, None, place.at)
            references.append((added.id, place.room, place.seq))
        self._tx.files.refer(references)
