"""Imports in the database: where what was said comes from, and what it has become."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.imports import End, Former, Placed, Standing
from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.chat.model.rooms import Role
from chatstore.chat.ports.imports import ImportedRoom
from chatstore.storage import drivers
from chatstore.storage.rows import Rows, one_statement, rows_of
from chatstore.storage.schema import (
    accounts,
    imported_members,
    imported_messages,
    imported_people,
    imported_rooms,
    imported_spans,
    imports,
    invitations,
    memberships,
    messages,
    reactions,
    rooms,
)

_AT_ONCE = 500
"""The most ids in one query."""
_PLACES = select(imported_messages.c.message, imported_messages.c.room_id, imported_messages.c.seq).where(
    imported_messages.c.import_id == bindparam("import_id"),
    imported_messages.c.message.in_(bindparam("ids", expanding=True)),
)
_PLACED = (
    _PLACES.add_columns(messages.c.sent_at)
    .select_from(imported_messages)
    .join(
        messages, (messages.c.room_id == imported_messages.c.room_id) & (messages.c.seq == imported_messages.c.seq)
    )
)
_RAISE = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(last_seq=bindparam("seq"), last_sent_at=bindparam("at"))
)
_EXTEND = (
    update(imported_spans)
    .where(imported_spans.c.room_id == bindparam("room"), imported_spans.c.last_seq == bindparam("before"))
    .values(last_seq=bindparam("seq"))
)
_SEEN = (
    update(memberships)
    .where(memberships.c.room_id == bindparam("room"), memberships.c.seen_seq == bindparam("before"))
    .values(seen_seq=bindparam("seq"))
)
"""Who had seen all that there was has missed nothing."""
_THERE = (imported_members.c.room_id == bindparam("room")) & (imported_members.c.account_id == bindparam("account"))
_FORMER = select(imported_members.c.role, imported_members.c.standing).where(_THERE)
_SET_STANDING = update(imported_members).where(_THERE).values({"standing": bindparam("to")})


class Imports(Rows):
    """See chat.ports.imports."""

    def begin(self, source: str, scope: str, title: str) -> tuple[int, int]:
        query = select(imports.c.id).where(imports.c.source == source, imports.c.scope == scope)
        known = self._connection.execute(query).scalar_one_or_none()
        if known is None:
            values = {"source": source, "scope": scope, "title": title, "began_at": self._now, "runs": 0}
            self._connection.execute(insert(imports).values(values))
            known = self._connection.execute(query).scalar_one()
        this = imports.c.id == known
        self._connection.execute(update(imports).where(this).values(runs=imports.c.runs + 1))
        return int(known), self.run(known)

    def run(self, import_id: int) -> int:
        return int(self._connection.execute(select(imports.c.runs).where(imports.c.id == import_id)).scalar_one())

    @one_statement
    def of_account(self, account_id: int) -> list[str]:
        query = (
            select(imports.c.title)
            .join(imported_people, imported_people.c.import_id == imports.c.id)
            .where(imported_people.c.account_id == account_id)
            .distinct()
            .order_by(imports.c.title)
        )
        return [*self._connection.execute(query).scalars().all()]

    def people(self, import_id: int) -> dict[str, int]:
        query = select(imported_people.c.person, imported_people.c.account_id)
        rows = self._connection.execute(query.where(imported_people.c.import_id == import_id)).all()
        return {row.person: row.account_id for row in rows}

    def add_person(self, import_id: int, person: str, account_id: int) -> None:
        values = {"import_id": import_id, "person": person, "account_id": account_id}
        self._connection.execute(insert(imported_people).values(values))

    def rooms(self, import_id: int) -> list[ImportedRoom]:
        query = (
            select(imported_rooms.c.room, imported_rooms.c.room_id)
            .where(imported_rooms.c.import_id == import_id)
            .order_by(imported_rooms.c.room_id)
        )
        return [ImportedRoom(*row) for row in self._connection.execute(query).all()]

    def add_room(self, import_id: int, foreign: str, room_id: int) -> None:
        values = {"import_id": import_id, "room": foreign, "room_id": room_id}
        self._connection.execute(insert(imported_rooms).values(values))

    # Who was in a private room.

    def removed(self, account_ids: Collection[int]) -> set[int]:
        query = select(accounts.c.id).where(accounts.c.status == "removed")
        rows = rows_of(self._connection, query, accounts.c.id, [*account_ids])
        return {row[0] for row in rows}

    def add_members(self, room_id: int, members: Mapping[int, Former]) -> set[int]:
        query = select(imported_members.c.account_id).where(imported_members.c.room_id == room_id)
        there = set(self._connection.execute(query).scalars().all())
        rows = [
            {"room_id": room_id, "account_id": account, "role": int(former.role), "standing": int(former.standing)}
            for account, former in members.items()
            if account not in there
        ]
        if rows:
            self._connection.execute(insert(imported_members), rows)
            self._connection.execute(update(rooms).where(rooms.c.id == room_id).values(imported_people=1))
        return members.keys() - there

    def former(self, room_id: int, actor: Actor) -> Former | None:
        if actor.account_id is None:
            return None
        values = {"room": room_id, "account": actor.account_id}
        found = self._connection.execute(_FORMER, values).one_or_none()
        return Former(Role(found[0]), Standing(found[1])) if found is not None else None

    def set_standing(self, room_id: int, actor: Actor, standing: Standing) -> None:
        if actor.account_id is None:
            return
        values = {"room": room_id, "account": actor.account_id, "to": int(standing)}
        if self._connection.execute(_SET_STANDING, values).rowcount == 0:
            self.add_members(room_id, {actor.account_id: Former(Role.MEMBER, standing)})

    # Messages.

    def places(self, import_id: int, messages: Collection[str]) -> dict[str, tuple[int, int]]:
        return {row[0]: (row[1], row[2]) for row in self._found(_PLACES, import_id, messages)}

    def placed(self, import_id: int, messages: Collection[str]) -> dict[str, Placed]:
        return {row[0]: Placed(*row[1:]) for row in self._found(_PLACED, import_id, messages)}

    def _found(self, query: Any, import_id: int, wanted: Collection[str]) -> Iterator[Any]:
        ids = [*wanted]
        for begin in range(0, len(ids), _AT_ONCE):
            values = {"import_id": import_id, "ids": ids[begin : begin + _AT_ONCE]}
            yield from self._connection.execute(query, values).all()

    def ends(self, room_ids: Collection[int]) -> dict[int, End]:
        query = select(rooms.c.id, rooms.c.last_seq, rooms.c.last_sent_at).where(rooms.c.id.in_(room_ids))
        return {row.id: End(row.last_seq, row.last_sent_at) for row in self._connection.execute(query).all()}

    def has_talk(self, room_id: int, *, foreign: bool) -> bool:
        query = select(messages.c.seq).where(
            messages.c.room_id == room_id, messages.c.seq > bindparam("after"), messages.c.kind.in_(MESSAGE_KINDS)
        )
        if not foreign:
            return self._connection.execute(query.limit(1), {"after": 0}).first() is not None
        gaps = gaps_of(self._connection, {room_id: (0, self.ends([room_id])[room_id].seq)})
        inside = query.where(messages.c.seq <= bindparam("last")).limit(1)
        return any(
            self._connection.execute(inside, {"after": after, "last": last}).first() is not None
            for after, last in gaps.get(room_id, ())
        )

    def store(self, import_id: int, rows: Sequence[tuple[Any, ...]], ids: Mapping[str, tuple[int, int]]) -> None:
        driver = drivers.of(self._connection)
        driver.insert_messages(self._connection, rows)
        driver.fill(self._connection, imported_messages, [(import_id, id_, *place) for id_, place in ids.items()])
        for room, its in groupby(sorted((row[0], row[1], row[2]) for row in rows), lambda place: place[0]):
            places = [*its]
            (_, first, _), (_, last, at) = places[0], places[-1]
            values = {"room": room, "before": first - 1, "seq": last, "at": at}
            self._connection.execute(_RAISE, values)
            if self._connection.execute(_EXTEND, values).rowcount == 0:
                span = {"room_id": room, "first_seq": first, "last_seq": last}
                self._connection.execute(insert(imported_spans).values(span))
            self._connection.execute(_SEEN, values)

    def add_reactions(self, rows: Sequence[tuple[int, int, int, str]]) -> None:
        if rows:
            self._connection.execute(
                insert(reactions),
                [
                    {"room_id": room, "seq": seq, "person": str(account), "value": value}
                    for room, seq, account, value in rows
                ],
            )

    # Handing over.

    def last_message(self) -> int:
        return int(self._connection.execute(select(func.max(messages.c.id))).scalar_one() or 0)

    def hand_over(self, account_id: int, to: int, after: int, upto: int) -> int:
        its = (messages.c.id > after) & (messages.c.id <= upto) & (messages.c.account_id == account_id)
        said = select(func.count()).where(its, messages.c.kind.in_(MESSAGE_KINDS))
        count = int(self._connection.execute(said).scalar_one())
        self._connection.execute(update(messages).where(its).values(account_id=to))
        return count

    def hand_over_rest(self, account_id: int, to: Actor) -> int:
        assert to.account_id is not None
        drivers.of(self._connection).allow_long_statements(self._connection)
        self._hand_over_rights(account_id, to.account_id)
        old, new = str(account_id), str(to.account_id)
        other = reactions.alias()
        twice = (
            select(other.c.id)
            .where(other.c.room_id == reactions.c.room_id, other.c.seq == reactions.c.seq)
            .where(other.c.person == new, other.c.value == reactions.c.value)
        )
        self._connection.execute(delete(reactions).where(reactions.c.person == old, twice.exists()))
        moved = update(reactions).where(reactions.c.person == old).values(person=new)
        return self._connection.execute(moved).rowcount

    def _hand_over_rights(self, account_id: int, to: int) -> None:
        of_old = imported_members.c.account_id == account_id
        has = select(imported_members.c.room_id).where(imported_members.c.account_id == to)
        lost = imported_members.c.standing == int(Standing.LOST)
        old_lost = select(imported_members.c.room_id).where(of_old, lost).scalar_subquery()
        its = imported_members.c.account_id == to
        closed = update(imported_members).where(its, imported_members.c.room_id.in_(old_lost))
        self._connection.execute(closed.values({"standing": int(Standing.LOST)}))
        # A member is what they are here, whatever they were there.
        there = select(memberships.c.room_id).where(memberships.c.account_id == to)
        known = update(imported_members).where(of_old, imported_members.c.room_id.in_(there))
        self._connection.execute(known.values(role=int(Role.MEMBER)))
        self._connection.execute(delete(imported_members).where(of_old, imported_members.c.room_id.in_(has)))
        self._connection.execute(update(imported_members).where(of_old).values(account_id=to))
        of_old = imported_people.c.account_id == account_id
        self._connection.execute(update(imported_people).where(of_old).values(account_id=to))
        # An invite to a room in which the other account is already is none; nor is one where it was put out.
        of_old = invitations.c.person == str(account_id)
        out_of = select(imported_members.c.room_id).where(its, lost)
        for closed_rooms in (there, out_of):
            self._connection.execute(delete(invitations).where(of_old, invitations.c.room_id.in_(closed_rooms)))

    def conversations(self, account_id: int) -> list[int]:
        query = (
            select(rooms.c.id)
            .join(memberships, memberships.c.room_id == rooms.c.id)
            .where(memberships.c.account_id == account_id, rooms.c.kind == "direct")
            .order_by(rooms.c.id)
        )
        return [*self._connection.execute(query).scalars().all()]

    def hand_over_conversation(self, room_id: int, account_id: int, to: Actor, key: str) -> None:
        here = (memberships.c.room_id == room_id) & (memberships.c.account_id == account_id)
        self._connection.execute(update(memberships).where(here).values(account_id=to.account_id, nick=to.nick))
        self._connection.execute(update(rooms).where(rooms.c.id == room_id).values(key=key))

    def make_room(self, room_id: int, key: str, name: str, flags: str) -> None:
        self._connection.execute(delete(memberships).where(memberships.c.room_id == room_id))
        values = {"kind": "room", "key": key, "name": name, "flags": flags, "history": "members"}
        self._connection.execute(update(rooms).where(rooms.c.id == room_id).values(values))


def gaps_of(connection: Any, wanted: Mapping[int, tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    """What of these seqs was not imported. `wanted` has, by room, the seq after which, and the one up to which it
    is asked; so have the gaps of each room, which are in order."""
    spans: dict[int, list[tuple[int, int]]] = {}
    ids = [*wanted]
    for begin in range(0, len(ids), _AT_ONCE):
        query = select(imported_spans).where(imported_spans.c.room_id.in_(ids[begin : begin + _AT_ONCE]))
        query = query.order_by(imported_spans.c.room_id, imported_spans.c.first_seq)
        for row in connection.execute(query).all():
            spans.setdefault(row.room_id, []).append((row.first_seq, row.last_seq))
    found: dict[int, list[tuple[int, int]]] = {}
    for room, (after, last) in wanted.items():
        gaps = found.setdefault(room, [])
        for first, end in spans.get(room, ()):
            if first - 1 > after and after < last:
                gaps.append((after, min(first - 1, last)))
            after = max(after, end)
        if after < last:
            gaps.append((after, last))
    return found
