"""Presence and nicks in the database, for several servers (nodes).

Each login and each leave comes here, so each is one statement, which goes round SQLAlchemy (Driver.run).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, delete, exists, func, select

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.events import PresencesAre
from chatstore.chat.model.names import Name, looks_of
from chatstore.chat.model.presence import Presence
from chatstore.storage.postgresql import driver, locks
from chatstore.storage.postgresql.node import NOW
from chatstore.storage.schema import memberships, nicks, presence

_SELECT = """
    SELECT p.person, p.node, p.nick, p.called, p.realname, p.modes, p.secure, p.operator, p.signed_on, p.away,
           p.away_at, p.metadata, a.name
    FROM presence p LEFT JOIN accounts a ON
"""
_PUT = """
    INSERT INTO presence (person, node, nick, called, realname, modes, secure, operator, signed_on, away, away_at,
                          metadata)
    VALUES (:person, :node, :nick, :called, :realname, :modes, :secure, :operator, :signed_on, :away, :away_at,
            :metadata)
    ON CONFLICT (person, node) DO UPDATE
    SET called = excluded.called, secure = excluded.secure, operator = excluded.operator,
        signed_on = excluded.signed_on, away = excluded.away, away_at = excluded.away_at,
        killed = CASE WHEN CAST(:new AS integer) = 1 THEN '' ELSE presence.killed END
"""
_REMOVE = "DELETE FROM presence WHERE person = :person AND node = :node"
_REMOVE_GUEST = f"WITH gone AS ({_REMOVE}) DELETE FROM nicks WHERE person = :person"
_DESCRIBE = {
    name: f"UPDATE presence SET {name} = :value WHERE person = :person" for name in ("nick", "realname", "modes")
}
_METADATA = "SELECT metadata FROM presence WHERE person = :person AND node = :node FOR UPDATE"
_PUT_METADATA = "UPDATE presence SET metadata = :metadata WHERE person = :person AND node = :node"
_ELSEWHERE = f"{_SELECT} a.id = CAST(:account AS bigint) WHERE p.person = :person ORDER BY p.node FOR UPDATE OF p"
_ALL = f"{_SELECT} CAST(a.id AS text) = p.person WHERE p.node <> :node ORDER BY p.node, p.person"
_AT = f"{_SELECT} CAST(a.id AS text) = p.person WHERE p.node = :dead ORDER BY p.person"
_REMOVE_ALL = "DELETE FROM presence WHERE node = :dead"
_KILL = "UPDATE presence SET killed = :why WHERE person = :person AND node <> :node"
_KILLED = "SELECT person, killed FROM presence WHERE node = :node AND killed <> ''"
_NOW = f"SELECT {NOW}"

_CLAIM = """
    WITH mine AS (
        INSERT INTO nicks (folded, person) VALUES (:folded, :person)
        ON CONFLICT (folded) DO UPDATE SET person = excluded.person WHERE nicks.person = excluded.person
        RETURNING person
    ), before AS (
        DELETE FROM nicks WHERE person = :person AND folded <> :folded AND EXISTS (SELECT 1 FROM mine)
    )
    SELECT person FROM mine
"""
_RESERVE = f"""
    SELECT pg_advisory_xact_lock({locks.NAMES}, place)
    FROM (SELECT DISTINCT hashtext(look) AS place FROM unnest(CAST(:looks AS text[])) AS look ORDER BY 1) AS places
"""
_HOLDER = "SELECT person FROM nicks WHERE folded = :folded"
_IS_HERE = "SELECT 1 FROM presence WHERE person = :person LIMIT 1"
_IS_MEMBER = """
    SELECT 1 FROM memberships m JOIN rooms r ON r.id = m.room_id
    WHERE m.account_id = :account AND r.kind = 'room' LIMIT 1
"""
_TAKE_OVER = "UPDATE nicks SET person = :person WHERE folded = :folded"
_DROP_BEFORE = "DELETE FROM nicks WHERE person = :person AND folded <> :folded"
_RELEASE = "DELETE FROM nicks WHERE person = :person"
_AT_ONCE = 1_000
"""The most names of one statement."""
_MEMBER = func.coalesce(memberships.c.guest, cast(memberships.c.account_id, String))
_NOT_HERE = ~exists().where(presence.c.person == nicks.c.person)
_UNHELD = (_NOT_HERE, ~exists().where(nicks.c.person == _MEMBER))


class Presences:
    """The table of presences, as the node `node` writes it (chat.ports.nodes)."""

    def __init__(self, connection: Connection, node: str) -> None:
        self._connection = connection
        self.node = node

    def put(self, presence: Presence, *, new: bool = False) -> None:
        actor = presence.actor
        self._later(
            _PUT,
            person=str(actor.key),
            nick=actor.nick,
            called=actor.called,
            realname=presence.realname,
            modes=presence.modes,
            secure=int(presence.secure),
            operator=int(presence.operator),
            signed_on=presence.signed_on,
            away=presence.away,
            away_at=presence.away_at,
            metadata=json.dumps(dict(presence.metadata)),
            new=int(new),
        )

    def remove(self, actor: Actor) -> None:
        self._later(_REMOVE_GUEST if actor.guest is not None else _REMOVE, person=str(actor.key))

    def describe(self, actor: Actor, **values: str) -> None:
        for name, value in values.items():
            self._later(_DESCRIBE[name], person=str(actor.key), value=value)

    def put_metadata(self, guest: Actor, key: str, value: str) -> None:
        for (stored,) in self._run(_METADATA, person=str(guest.key)):
            items = {**json.loads(stored), key: value}
            kept = {name: each for name, each in items.items() if each}
            self._run(_PUT_METADATA, person=str(guest.key), metadata=json.dumps(kept))

    def remove_all(self, node: str) -> Sequence[Actor]:
        people = [_presence(row).actor for row in self._run(_AT, dead=node)]
        self._run(_REMOVE_ALL, dead=node)
        return people

    def elsewhere(self, key: int | str) -> Sequence[Presence]:
        account = key if isinstance(key, int) else None
        every = map(_presence, self._run(_ELSEWHERE, person=str(key), account=account))
        return [presence for presence in every if presence.node != self.node]

    def kill(self, key: int | str, why: str) -> None:
        self._later(_KILL, person=str(key), why=why)

    def all(self) -> tuple[Presence, ...]:
        """The presences at the other nodes."""
        return tuple(map(_presence, self._run(_ALL)))

    def snapshot(self) -> PresencesAre:
        """What is true at this moment, for a node that may have missed something."""
        [(now,)] = self._run(_NOW)
        return PresencesAre(now, self.all(), dict(self._run(_KILLED)))

    def _run(self, statement: str, **values: Any) -> list[Any]:
        return driver.run(self._connection, statement, {"node": self.node, **values})

    def _later(self, statement: str, **values: Any) -> None:
        driver.later(self._connection, statement, {"node": self.node, **values})


class Nicks:
    """The table of nicks (chat.ports.nodes).

    A row may be left of somebody who is neither here nor a member: nothing depends on its being removed at once,
    because a claim looks whether its holder is still somebody. An account's row is not removed with its last
    connection, because at that moment the account may come to another node; the leader removes it later
    (release_unheld). A claim locks the row until the transaction is over, whether it succeeds or not.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, folded: str, actor: Actor) -> bool:
        mine = {"folded": folded, "person": str(actor.key)}
        if self._run(_CLAIM, **mine):
            return True
        if self.holder(folded) is not None:
            return False
        self._run(_TAKE_OVER, **mine)
        self._run(_DROP_BEFORE, **mine)
        return True

    def reserve(self, name: Name) -> None:
        self._run(_RESERVE, looks=[*looks_of(name)])

    def holder(self, folded: str) -> int | str | None:
        for (person,) in self._run(_HOLDER, folded=folded):
            if self._is_somebody(key := person_key(person)):
                return key
        return None

    def release(self, actor: Actor) -> None:
        driver.later(self._connection, _RELEASE, {"person": str(actor.key)})

    def release_unheld(self, people: Sequence[Actor] | None = None) -> None:
        """Release the nicks of those who are neither here nor members of a room. `people`: only theirs."""
        if people is None:
            self._release(_UNHELD)
            return
        for column, keys in (
            (memberships.c.guest, [actor.guest for actor in people if actor.guest]),
            (memberships.c.account_id, [actor.account_id for actor in people if not actor.guest]),
        ):
            if keys:
                members = select(cast(column, String)).where(column.in_(keys))
                of_them = nicks.c.person.in_([str(key) for key in keys])
                self._release((of_them, _NOT_HERE, nicks.c.person.not_in(members)))

    def _release(self, unheld: tuple[ColumnElement[bool], ...]) -> None:
        held = select(nicks.c.folded).where(*unheld).order_by(nicks.c.folded).with_for_update()
        folded = self._connection.execute(held).scalars().all()
        for some in range(0, len(folded), _AT_ONCE):
            # They are looked at again, because whoever was waited for may have come back.
            chosen = nicks.c.folded.in_(folded[some : some + _AT_ONCE])
            self._connection.execute(delete(nicks).where(chosen, *unheld))

    def _is_somebody(self, key: int | str) -> bool:
        """Whether the person is here, or a member of a room. A guest who is not here is no member for long."""
        if self._run(_IS_HERE, person=str(key)):
            return True
        return isinstance(key, int) and bool(self._run(_IS_MEMBER, account=key))

    def _run(self, statement: str, **values: Any) -> list[Any]:
        return driver.run(self._connection, statement, values)


def _presence(row: Sequence[Any]) -> Presence:
    person, node, nick, called, realname, modes, secure, operator, signed_on, away, away_at, metadata, account = row
    key = person_key(person)
    guest = key if isinstance(key, str) else None
    account_id = key if isinstance(key, int) else None
    return Presence(
        node=node,
        actor=Actor(nick, account, account_id, guest, bot="B" in modes, called=called),
        realname=realname,
        modes=modes,
        secure=bool(secure),
        operator=bool(operator),
        signed_on=signed_on,
        away=away,
        away_at=away_at,
        metadata=json.loads(metadata),
    )
