"""Presence and nicks in the database, for several servers (nodes)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from chatstore.chat.model.actors import Actor, person_key
from chatstore.chat.model.events import PresencesAre
from chatstore.chat.model.presence import Presence

_COLUMNS = (
    "p.person, p.node, p.nick, p.called, p.realname, p.modes, p.secure, p.operator, p.signed_on, p.away, p.away_at,"
    " p.metadata, a.name AS account"
)
_PUT = text(
    "INSERT INTO presence (person, node, nick, called, realname, modes, secure, operator, signed_on, away, away_at,"
    " metadata) VALUES (:person, :node, :nick, :called, :realname, :modes, :secure, :operator, :signed_on, :away,"
    " :away_at, :metadata) ON CONFLICT (person, node) DO UPDATE SET called = excluded.called,"
    " secure = excluded.secure, operator = excluded.operator, signed_on = excluded.signed_on,"
    " away = excluded.away, away_at = excluded.away_at,"
    " killed = CASE WHEN CAST(:new AS integer) = 1 THEN '' ELSE presence.killed END"
)
_REMOVE = text("DELETE FROM presence WHERE person = :person AND node = :node")
_DESCRIBE = {
    name: text(f"UPDATE presence SET {name} = :value WHERE person = :person")
    for name in ("nick", "realname", "modes")
}
_METADATA = text("SELECT metadata FROM presence WHERE person = :person AND node = :node FOR UPDATE")
_PUT_METADATA = text("UPDATE presence SET metadata = :metadata WHERE person = :person AND node = :node")
_LOCK = text("SELECT node FROM presence WHERE person = :person ORDER BY node FOR UPDATE")
_ELSEWHERE = text(
    f"SELECT {_COLUMNS} FROM presence p LEFT JOIN accounts a ON a.id = :account"
    " WHERE p.person = :person AND p.node <> :node ORDER BY p.node"
)
_ALL = text(
    f"SELECT {_COLUMNS} FROM presence p LEFT JOIN accounts a ON CAST(a.id AS text) = p.person"
    " WHERE p.node <> :node ORDER BY p.node, p.person"
)
_KILL = text("UPDATE presence SET killed = :why WHERE person = :person AND node <> :node")
_KILLED = text("SELECT person, killed FROM presence WHERE node = :node AND killed <> ''")

_NOW = text("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)")

_CLAIM = text(
    "INSERT INTO nicks (folded, person) VALUES (:folded, :person) ON CONFLICT (folded)"
    " DO UPDATE SET person = excluded.person WHERE nicks.person = excluded.person RETURNING person"
)
_HOLDER = text("SELECT person FROM nicks WHERE folded = :folded")
_IS_HERE = text("SELECT 1 FROM presence WHERE person = :person LIMIT 1")
_IS_MEMBER = text(
    "SELECT 1 FROM memberships m JOIN rooms r ON r.id = m.room_id WHERE m.account_id = :account AND r.kind = 'room'"
    " LIMIT 1"
)
_TAKE_OVER = text("UPDATE nicks SET person = :person WHERE folded = :folded")
_DROP_OTHERS = text("DELETE FROM nicks WHERE person = :person AND folded <> :folded")
_RELEASE = text("DELETE FROM nicks WHERE person = :person")


class Presences:
    """The table of presences, as the node `node` writes it (chat.ports.nodes)."""

    def __init__(self, connection: Connection, node: str) -> None:
        self._connection = connection
        self.node = node

    def put(self, presence: Presence, *, new: bool = False) -> None:
        actor = presence.actor
        self._run(
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
        self._run(_REMOVE, person=str(actor.key))

    def describe(self, actor: Actor, **values: str) -> None:
        for name, value in values.items():
            self._connection.execute(_DESCRIBE[name], {"person": str(actor.key), "value": value})

    def put_metadata(self, guest: Actor, key: str, value: str) -> None:
        for (stored,) in self._run(_METADATA, person=str(guest.key)).all():
            items = {**json.loads(stored), key: value}
            kept = {name: each for name, each in items.items() if each}
            self._run(_PUT_METADATA, person=str(guest.key), metadata=json.dumps(kept))

    def elsewhere(self, key: int | str) -> Sequence[Presence]:
        self._connection.execute(_LOCK, {"person": str(key)}).all()
        account = key if isinstance(key, int) else None
        return [_presence(row) for row in self._run(_ELSEWHERE, person=str(key), account=account).all()]

    def kill(self, key: int | str, why: str) -> None:
        self._run(_KILL, person=str(key), why=why)

    def all(self) -> tuple[Presence, ...]:
        """The presences at the other nodes."""
        return tuple(_presence(row) for row in self._run(_ALL).all())

    def are(self) -> PresencesAre:
        """What is true at this moment, for a node that may have missed something."""
        killed = {row.person: row.killed for row in self._run(_KILLED).all()}
        return PresencesAre(self._connection.execute(_NOW).scalar_one(), self.all(), killed)

    def _run(self, statement: Any, **values: Any) -> Any:
        return self._connection.execute(statement, {"node": self.node, **values})


class Nicks:
    """The table of nicks (chat.ports.nodes).

    A row may be left of somebody who is neither here nor a member: nothing depends on its being removed at once,
    because a claim looks whether its holder is still somebody. A claim locks the row until the transaction is over,
    whether it succeeds or not.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, folded: str, actor: Actor) -> bool:
        mine = {"folded": folded, "person": str(actor.key)}
        if self._connection.execute(_CLAIM, mine).first() is None:
            if self.holder(folded) is not None:
                return False
            self._connection.execute(_TAKE_OVER, mine)
        self._connection.execute(_DROP_OTHERS, mine)
        return True

    def holder(self, folded: str) -> int | str | None:
        row = self._connection.execute(_HOLDER, {"folded": folded}).first()
        key = person_key(row.person) if row is not None else None
        return key if key is not None and self._is_somebody(key) else None

    def release(self, actor: Actor) -> None:
        self._connection.execute(_RELEASE, {"person": str(actor.key)})

    def _is_somebody(self, key: int | str) -> bool:
        """Whether the person is here, or a member of a room. A guest who is not here is no member for long."""
        if self._connection.execute(_IS_HERE, {"person": str(key)}).first() is not None:
            return True
        return isinstance(key, int) and self._connection.execute(_IS_MEMBER, {"account": key}).first() is not None


def _presence(row: Any) -> Presence:
    key = person_key(row.person)
    guest = key if isinstance(key, str) else None
    account_id = key if isinstance(key, int) else None
    bot = "B" in row.modes
    return Presence(
        node=row.node,
        actor=Actor(row.nick, row.account, account_id, guest, bot=bot, called=row.called),
        realname=row.realname,
        modes=row.modes,
        secure=bool(row.secure),
        operator=bool(row.operator),
        signed_on=row.signed_on,
        away=row.away,
        away_at=row.away_at,
        metadata=json.loads(row.metadata),
    )
