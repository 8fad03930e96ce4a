"""Rooms, members, invites and offers in the database.

Statements for joining, leaving and connecting are built once: building one costs SQLAlchemy several times what
executing it costs the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings, values_of
from chatstore.chat.model.rooms import DEFAULT_FLAGS, Ban, Invite, Offer, Role, Room
from chatstore.chat.ports import StoredMember
from chatstore.storage import drivers
from chatstore.storage.file_references import lose_room
from chatstore.storage.rows import Rows, one_statement, rows_of
from chatstore.storage.schema import accounts, invitations, masks, memberships, presence, room_offers, rooms

_MEMBER_COLUMNS = """
    SELECT m.room_id, m.account_id, m.guest, m.nick, m.role, m.joined_seq, a.name, a.nick, a.kind
    FROM memberships m JOIN rooms r ON r.id = m.room_id LEFT JOIN accounts a ON a.id = m.account_id
"""
_MEMBERS = (
    select(
        memberships.c.room_id,
        memberships.c.account_id,
        memberships.c.guest,
        memberships.c.nick,
        memberships.c.role,
        memberships.c.joined_seq,
        accounts.c.name,
        accounts.c.nick.label("account_nick"),
        accounts.c.kind.label("account_kind"),
    )
    .select_from(memberships.outerjoin(accounts).join(rooms, rooms.c.id == memberships.c.room_id))
    .order_by(memberships.c.id)
)


_IS = {column: memberships.c[column] == bindparam("who") for column in ("account_id", "guest")}
"""The condition that a membership is a person's, by the column that says so; see _who."""
_IN_ROOM = memberships.c.room_id == bindparam("room")
_MEMBER = {column: f"{_MEMBER_COLUMNS} WHERE m.room_id = :room AND m.{column} = :who" for column in _IS}
_ADD_ROOM = insert(rooms)
_OF_GUESTS = """
    SELECT DISTINCT r.id FROM rooms r JOIN memberships m ON m.room_id = r.id
    WHERE r.kind = 'direct' AND NOT EXISTS (
        SELECT 1 FROM memberships o WHERE o.room_id = r.id AND o.account_id IS NOT NULL
    )
"""
_OF_GUEST = f"{_OF_GUESTS} AND m.guest = :guest"
_OF_ABSENT_GUESTS = f"""
    {_OF_GUESTS} AND m.guest IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM memberships o JOIN presence p ON p.person = o.guest WHERE o.room_id = r.id
    )
"""
_OF_ROOMS = _MEMBERS.where(rooms.c.kind == "room")
_MEMBERSHIPS = {
    column: f"{_MEMBER_COLUMNS} WHERE m.{column} = :who AND r.kind = 'room' ORDER BY m.id" for column in _IS
}
_ROOMS_OF = {
    column: f"""
        SELECT m.room_id FROM memberships m JOIN rooms r ON r.id = m.room_id
        WHERE m.{column} = :who AND r.kind = 'room' ORDER BY m.id
    """
    for column in _IS
}
_CHANGE_MEMBER = {
    column: update(memberships).where(_IN_ROOM, is_).values(role=bindparam("to"), joined_seq=bindparam("seq"))
    for column, is_ in _IS.items()
}
_REMOVE_MEMBER = {column: f"DELETE FROM memberships WHERE room_id = :room AND {column} = :who" for column in _IS}
_ADD_MEMBER = """
    INSERT INTO memberships (room_id, account_id, guest, nick, role, joined_seq, joined_at, seen_seq)
    VALUES (:room, :account, :guest, :nick, :role, :seq, :now, :seq)
"""
_SEEN = (
    update(memberships)
    .where(_IN_ROOM, _IS["account_id"], memberships.c.seen_seq < bindparam("seq"))
    .values(seen_seq=bindparam("seq"))
)
_COUNT_MEMBERS = select(func.count()).select_from(memberships).where(_IN_ROOM)
_COUNT_FOUNDED = select(func.count()).select_from(rooms).where(rooms.c.founder_id == bindparam("founder"))
_MASKS = select(masks).where(masks.c.room_id == bindparam("room")).order_by(masks.c.id)
_INVITE = (invitations.c.room_id == bindparam("room")) & (invitations.c.person == bindparam("person"))
_ACCOUNT_ID = case((invitations.c.person.like("g%"), None), else_=cast(invitations.c.person, BigInteger))
"""Of the person: their account's id, or nothing for a guest, whose key begins with `g`."""
_INVITES = select(invitations, accounts.c.name, accounts.c.nick.label("account_nick")).select_from(
    invitations.outerjoin(accounts, accounts.c.id == _ACCOUNT_ID)
)
_INVITED = _INVITES.where(_INVITE)
_INVITED_TO = _INVITES.where(invitations.c.room_id == bindparam("room")).order_by(invitations.c.id)
_REMOVE_INVITE = "DELETE FROM invitations WHERE room_id = :room AND person = :person"
_GIVER = accounts.alias()
_ANY_OFFER = (
    select(
        room_offers.c.room_id,
        rooms.c.name,
        room_offers.c.account_id,
        accounts.c.name,
        room_offers.c.offered_by,
        _GIVER.c.name,
        room_offers.c.offered_at,
    )
    .select_from(room_offers)
    .join(rooms, rooms.c.id == room_offers.c.room_id)
    .join(accounts, accounts.c.id == room_offers.c.account_id)
    .join(_GIVER, _GIVER.c.id == room_offers.c.offered_by)
)
_OFFER = _ANY_OFFER.where(room_offers.c.room_id == bindparam("room"))
_OFFERS = _ANY_OFFER.where(
    (room_offers.c.account_id == bindparam("account")) | (room_offers.c.offered_by == bindparam("account"))
).order_by(room_offers.c.id)
_AT_ONCE = 1_000
"""The most rooms of one query."""
_LISTED = {"bans", "exceptions", "welcome"}
"""The fields of Room that are rows of another table."""
_COLUMNS = [field.name for field in fields(Room) if field.name not in _LISTED]
_VALUES = attrgetter(*_COLUMNS)
_ROOM = f"SELECT {', '.join(_COLUMNS)}, EXISTS (SELECT 1 FROM masks WHERE room_id = rooms.id) FROM rooms WHERE"
"""The last column says whether the room has a list."""


class Rooms(Rows):
    """Rooms and direct conversations, with their lists (bans, exceptions)."""

    def by_id(self, room_id: int) -> Room | None:
        return self._one("id = ?", room_id)

    def by_ids(self, ids: Sequence[int]) -> dict[int, Room]:
        """Rooms by id, in a few queries however many they are."""
        found: dict[int, Room] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE]
            listed = self._connection.execute(
                select(masks).where(masks.c.room_id.in_(some)).order_by(masks.c.id)
            ).all()
            by_room: dict[int, list[Any]] = {}
            for entry in listed:
                by_room.setdefault(entry.room_id, []).append(entry)
            for row in self._connection.execute(select(rooms).where(rooms.c.id.in_(some))).all():
                found[row.id] = _room(row, by_room.get(row.id, ()))
        return found

    def keyed(self, key: str) -> Room | None:
        return self._one("key = ?", key)

    def all(self) -> list[Room]:
        """The rooms that have a name, with their lists, in the order of their keys."""
        by_room: dict[int, list[Any]] = {}
        for row in self._connection.execute(select(masks).order_by(masks.c.id)).all():
            by_room.setdefault(row.room_id, []).append(row)
        found = self._connection.execute(select(rooms).where(rooms.c.kind == "room").order_by(rooms.c.key)).all()
        return [_room(row, by_room.get(row.id, ())) for row in found]

    def bounds(self) -> tuple[dict[int, int], dict[int, int], set[int]]:
        """Of every room and direct conversation that is not being imported, by id: the first seqs and the last
        ones. And which are direct."""
        found = drivers.of(self._connection).run(
            self._connection, "SELECT id, first_seq, last_seq, kind FROM rooms WHERE kind <> 'import'"
        )
        first = {id_: seq for id_, seq, _, _ in found}
        last = {id_: seq for id_, _, seq, _ in found}
        return first, last, {id_ for id_, _, _, kind in found if kind == "direct"}

    def latest(self, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """How many events of these rooms are kept, and when the last one happened, by id."""
        query = select(rooms.c.id, rooms.c.last_seq - rooms.c.first_seq + 1, rooms.c.last_sent_at)
        return {id_: (events, at) for id_, events, at in rows_of(self._connection, query, rooms.c.id, ids)}

    def add(
        self,
        kind: str,
        key: str,
        name: str,
        founder_id: int | None,
        settings: RoomSettings = DEFAULTS,
    ) -> Room:
        values = {
            "kind": kind,
            "key": key,
            "name": name,
            "topic": "",
            "topic_by": "",
            "topic_at": 0,
            "flags": DEFAULT_FLAGS if kind == "room" else "",
            "password": "",
            "member_limit": 0,
            "founder_id": founder_id,
            "created_at": self._now,
            "last_seq": 0,
            "last_sent_at": 0,
            **values_of(settings),
        }
        self._connection.execute(_ADD_ROOM, values)
        room = self.keyed(key)
        assert room is not None
        return room

    def update(self, room_id: int, **values: Any) -> None:
        self._connection.execute(update(rooms).where(rooms.c.id == room_id).values(values))

    def remove(self, room_id: int) -> None:
        """Delete a room with its whole history (the foreign keys cascade)."""
        drivers.of(self._connection).allow_long_statements(self._connection)
        lose_room(self._connection, self._now, room_id)
        self._connection.execute(delete(rooms).where(rooms.c.id == room_id))

    def add_mask(self, room_id: int, mode: str, ban: Ban) -> None:
        self._connection.execute(insert(masks).values(room_id=room_id, kind=mode, **ban._asdict()))

    def remove_mask(self, room_id: int, mode: str, mask: str) -> None:
        self._connection.execute(
            delete(masks).where(masks.c.room_id == room_id, masks.c.kind == mode, masks.c.mask == mask)
        )

    def count_founded(self, account_id: int) -> int:
        return int(self._connection.execute(_COUNT_FOUNDED, {"founder": account_id}).scalar_one())

    def of_guests(self, guest: Actor | None = None) -> list[Room]:
        """The direct conversations without any account: those of one guest, or those of all guests of whom none is
        here."""
        if guest is not None:
            rows = drivers.of(self._connection).run(self._connection, _OF_GUEST, {"guest": guest.guest})
        else:
            rows = drivers.of(self._connection).run(self._connection, _OF_ABSENT_GUESTS)
        return [*self.by_ids([id_ for (id_,) in rows]).values()]

    def _one(self, where: str, value: int | str) -> Room | None:
        """A room with its lists."""
        rows = drivers.of(self._connection).run(self._connection, f"{_ROOM} {where}", (value,))
        if not rows:
            return None
        [(*values, listed)] = rows
        room = Room(**dict(zip(_COLUMNS, values, strict=True)))
        return _listed(room, self._connection.execute(_MASKS, {"room": room.id}).all()) if listed else room

    def ahead(self, time: int) -> list[tuple[str, int]]:
        """See DatabaseStore.rooms_ahead."""
        query = (
            select(rooms.c.kind, rooms.c.name, rooms.c.last_sent_at)
            .where(rooms.c.last_sent_at > time)
            .order_by(rooms.c.last_sent_at.desc())
        )
        found = self._connection.execute(query).all()
        named = [(f"#{row.name}", row.last_sent_at) for row in found if row.kind != "direct"]
        direct = [row.last_sent_at for row in found if row.kind == "direct"]
        return [*named, *([(f"{len(direct)} direct conversations", direct[0])] if direct else [])]


@dataclass(slots=True, eq=False)
class HeldRooms(Rooms):
    """Rooms of a transaction beside which others write. A room that is read or changed is held first, because what
    is read decides what is done, and what others have said there is published before it is removed.

    It calls Rooms.by_id and not super(): with slots, the decorator makes another class than the one that super()
    belongs to."""

    _hold: Callable[[int], bool] = lambda _: False

    def by_id(self, room_id: int) -> Room | None:
        self._hold(room_id)
        return Rooms.by_id(self, room_id)

    def keyed(self, key: str) -> Room | None:
        found = Rooms.keyed(self, key)
        if found is None:
            return None
        if not self._hold(found.id):  # it was held when it was read
            return found
        # It may have been renamed or removed meanwhile.
        room = Rooms.by_id(self, found.id)
        return room if room is not None and room.key == key else Rooms.keyed(self, key)

    def update(self, room_id: int, **values: Any) -> None:
        self._hold(room_id)
        Rooms.update(self, room_id, **values)

    def remove(self, room_id: int) -> None:
        self._hold(room_id)
        Rooms.remove(self, room_id)


class Members(Rows):
    """Who is in which room or direct conversation."""

    def get(self, room_id: int, actor: Actor) -> StoredMember | None:
        column, who = _who(actor)
        values = {"room": room_id, "who": who}
        rows = drivers.of(self._connection).run(self._connection, _MEMBER[column], values)
        return next(iter(_members(rows)), None)

    def all(self) -> list[StoredMember]:
        """All members of rooms, without those of direct conversations."""
        return self._where()

    def _where(self, *conditions: ColumnElement[bool]) -> list[StoredMember]:
        """Members of rooms (not of direct conversations) for which the conditions hold."""
        return _members(self._connection.execute(_OF_ROOMS.where(*conditions)).all())

    def persons_of(self, room_id: int) -> tuple[Actor, ...]:
        """The members of a room or the persons of a direct conversation, as they are shown now."""
        rows = self._connection.execute(_MEMBERS.where(memberships.c.room_id == room_id)).all()
        return tuple(member.actor for member in _members(rows))

    def of_person(self, actor: Actor) -> list[StoredMember]:
        column, who = _who(actor)
        return _members(drivers.of(self._connection).run(self._connection, _MEMBERSHIPS[column], {"who": who}))

    def rooms_of(self, actor: Actor) -> list[int]:
        column, who = _who(actor)
        rows = drivers.of(self._connection).run(self._connection, _ROOMS_OF[column], {"who": who})
        return [room for (room,) in rows]

    def temporary(self, people: Sequence[Actor] | None = None, *, always_on: bool) -> list[StoredMember]:
        """The members of rooms that do not stay, as permissions.stays decides it, and are not here."""
        conditions = _temporary(always_on)
        if people is not None:
            conditions += (_of(people),)
        by_person: dict[int | str, list[StoredMember]] = {}
        for member in self._where(*conditions):
            by_person.setdefault(member.actor.key, []).append(member)
        return [member for of_one in by_person.values() for member in of_one]

    def some_temporary(self, most: int, *, always_on: bool) -> list[Actor]:
        """Some people who have such memberships, if there are any. `most`: memberships that are looked at."""
        rows = self._connection.execute(_OF_ROOMS.where(*_temporary(always_on)).limit(most)).all()
        return [*{member.actor.key: member.actor for member in _members(rows)}.values()]

    def count(self, room_id: int) -> int:
        return int(self._connection.execute(_COUNT_MEMBERS, {"room": room_id}).scalar_one())

    def add(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        """Add somebody who is no member."""
        values = {
            "room": room_id,
            "account": actor.account_id,
            "guest": actor.guest,
            "nick": actor.nick,
            "role": int(role),
            "seq": joined_seq,
            "now": self._now,
        }
        drivers.of(self._connection).later(self._connection, _ADD_MEMBER, values)

    def put(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        """Add a member, or change the role of one."""
        column, who = _who(actor)
        there = {"room": room_id, "who": who, "to": int(role), "seq": joined_seq}
        if self._connection.execute(_CHANGE_MEMBER[column], there).rowcount == 0:
            self.add(room_id, actor, role, joined_seq)

    def rename_guest(self, actor: Actor, nick: str) -> None:
        self._connection.execute(update(memberships).where(memberships.c.guest == actor.guest).values(nick=nick))

    def move(self, room_id: int, guest: Actor, to: Actor) -> None:
        self._connection.execute(
            update(memberships)
            .where(memberships.c.room_id == room_id, memberships.c.guest == guest.guest)
            .values(account_id=to.account_id, guest=None, nick=to.nick)
        )

    def mark_seen(self, account_id: int, seen: Mapping[int, int]) -> None:
        """Raise the seen_seq of the account's memberships, given by room."""
        for room_id, seq in seen.items():
            self._connection.execute(_SEEN, {"room": room_id, "who": account_id, "seq": seq})

    def remove(self, room_id: int, actor: Actor) -> None:
        column, who = _who(actor)
        values = {"room": room_id, "who": who}
        drivers.of(self._connection).later(self._connection, _REMOVE_MEMBER[column], values)


class Invites(Rows):
    """Invites to a room."""

    def get(self, room_id: int, actor: Actor) -> Invite | None:
        values = {"room": room_id, "person": str(actor.key)}
        row = self._connection.execute(_INVITED, values).one_or_none()
        return _invite(row) if row is not None else None

    @one_statement
    def to_room(self, room_id: int) -> list[Invite]:
        return [_invite(row) for row in self._connection.execute(_INVITED_TO, {"room": room_id}).all()]

    def add(self, room_id: int, given: Invite) -> None:
        self.remove(room_id, given.person)
        values = {
            "room_id": room_id,
            "person": str(given.person.key),
            "nick": given.person.nick,
            "invited_by": given.invited_by,
            "inviter": str(given.inviter),
            "invited_at": given.at,
            "opens": int(given.opens),
        }
        self._connection.execute(insert(invitations).values(values))

    def remove_by(self, room_id: int, inviter: Actor) -> None:
        given = (invitations.c.room_id == room_id) & (invitations.c.inviter == str(inviter.key))
        self._connection.execute(delete(invitations).where(given))

    def date_back(self, room_id: int) -> None:
        later = (invitations.c.room_id == room_id) & (invitations.c.invited_at > self._now)
        self._connection.execute(update(invitations).where(later).values(invited_at=self._now))

    @one_statement
    def of_person(self, actor: Actor) -> list[str]:
        """The names of the rooms that the person is invited to and has not joined."""
        query = (
            select(rooms.c.name)
            .join(invitations, invitations.c.room_id == rooms.c.id)
            .where(invitations.c.person == str(actor.key))
            .order_by(invitations.c.id)
        )
        return [row.name for row in self._connection.execute(query).all()]

    def remove(self, room_id: int, actor: Actor) -> None:
        values = {"room": room_id, "person": str(actor.key)}
        drivers.of(self._connection).later(self._connection, _REMOVE_INVITE, values)

    def move(self, guest: Actor, to: Actor) -> None:
        has = select(invitations.c.room_id).where(invitations.c.person == str(to.key))
        of_guest = invitations.c.person == str(guest.key)
        self._connection.execute(delete(invitations).where(of_guest, invitations.c.room_id.in_(has)))
        self._connection.execute(update(invitations).where(of_guest).values(person=str(to.key), nick=to.nick))
        by_guest = invitations.c.inviter == str(guest.key)
        self._connection.execute(
            update(invitations).where(by_guest).values(inviter=str(to.key), invited_by=to.nick)
        )


class Offers(Rows):
    """Rooms that their founders have offered to an account."""

    def of_room(self, room_id: int) -> Offer | None:
        row = self._connection.execute(_OFFER, {"room": room_id}).one_or_none()
        return Offer(*row) if row is not None else None

    @one_statement
    def of_account(self, account_id: int) -> list[Offer]:
        """Offers to the account and by it, oldest first."""
        return [Offer(*row) for row in self._connection.execute(_OFFERS, {"account": account_id}).all()]

    def put(self, room_id: int, account_id: int, by: int) -> None:
        self.remove(room_id)
        values = {"room_id": room_id, "account_id": account_id, "offered_by": by, "offered_at": self._now}
        self._connection.execute(insert(room_offers).values(values))

    def remove(self, room_id: int) -> None:
        self._connection.execute(delete(room_offers).where(room_offers.c.room_id == room_id))


def _temporary(always_on: bool) -> tuple[ColumnElement[bool], ...]:
    """Of a membership: its person does not stay, as permissions.stays decides it, and is not here."""
    leave = ["off"] if always_on else ["off", "default"]
    person = func.coalesce(memberships.c.guest, cast(memberships.c.account_id, String))
    absent = ~exists().where(presence.c.person == person)
    return memberships.c.guest.is_not(None) | accounts.c.persistence.in_(leave), absent


def _of(people: Sequence[Actor]) -> ColumnElement[bool]:
    """Of a membership: it is one of these people's."""
    guests = [actor.guest for actor in people if actor.guest]
    ids = [actor.account_id for actor in people if not actor.guest]
    return memberships.c.guest.in_(guests) | memberships.c.account_id.in_(ids)


def _invite(row: Any) -> Invite:
    key = person_key(row.person)
    account = key if isinstance(key, int) else None
    guest = key if isinstance(key, str) else None
    person = Actor(row.account_nick or row.nick, row.name, account, guest)
    return Invite(
        person,
        row.invited_by,
        person_key(row.inviter) if row.inviter else "",
        row.invited_at,
        bool(row.opens),
    )


def _room(row: Any, listed: Iterable[Any]) -> Room:
    return _listed(Room(**dict(zip(_COLUMNS, _VALUES(row), strict=True))), listed)


def _listed(room: Room, listed: Iterable[Any]) -> Room:
    """The room with its lists."""
    by_mode: dict[str, list[Ban]] = {}
    for entry in listed:
        by_mode.setdefault(entry.kind, []).append(Ban(entry.mask, entry.set_by, entry.set_at))
    for mode, entries in by_mode.items():
        room = room.with_list(mode, entries)
    return room


def _members(rows: Sequence[Any]) -> list[StoredMember]:
    """`rows` have the columns of _MEMBERS."""
    return [
        StoredMember(
            room, Actor(account_nick or nick, name, account, guest, bot=kind == "bot"), Role(role), joined_seq
        )
        for room, account, guest, nick, role, joined_seq, name, account_nick, kind in rows
    ]


def _who(actor: Actor) -> tuple[str, int | str]:
    """The column that identifies the owner of a membership, and its value."""
    if actor.account_id is not None:
        return "account_id", actor.account_id
    assert actor.guest is not None, "the server itself is a member of nothing"
    return "guest", actor.guest
