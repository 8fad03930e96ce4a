"""This process as one of the nodes of a database: its row in the table `nodes`.

The row is three things. It is the **receipt** of the writer: the number of the last batch is written in the
batch's own transaction, so after a lost connection it tells whether that batch was committed. It is the
**beat**: a node that has nothing to write writes its row all the same, every BEAT seconds. And it is the
**permission to write**: whoever removes the row of a node that is silent for LEASE seconds has declared it
dead and freed what it held (leader.py), so a node that does not find its row any more must end (FencedError).

All times are by the database's clock, so that the clocks of the nodes do not matter.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from chatstore.chat.model.events import Published
from chatstore.chat.model.room_events import RoomEvent
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import FencedError, LostError, StorageError
from chatstore.storage.postgresql import driver, incarnation, locks

log = logging.getLogger(__name__)

BEAT = 2.0
"""Seconds after its last batch after which a node writes its row, with nothing else to write."""
LEASE = 15.0
"""Seconds of silence after which a node is dead."""
NOW = "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
"""The database's clock, in ms since 1970 UTC."""

_REGISTER = f"""
    INSERT INTO nodes (id, kind, name, server, version, policy, batch, started_at, beat_at, connections, lag)
    VALUES (:id, :kind, :name, :server, :version, :policy, 0, {NOW}, {NOW}, 0, 0)
    RETURNING beat_at
"""
RECEIPT = f"""
    UPDATE nodes SET batch = :batch, beat_at = {NOW}, policy = :policy, connections = :connections, lag = :lag
    WHERE id = :id RETURNING beat_at
"""
"""Its parameters are those of next_receipt(). Whoever executes it calls written()."""
_RECORDED = "SELECT batch FROM nodes WHERE id = :id FOR UPDATE"
_LEAVE = "DELETE FROM nodes WHERE id = :id AND NOT EXISTS (SELECT 1 FROM presence WHERE node = :id)"
_OTHERS = text(
    f"SELECT name, server, policy FROM nodes WHERE kind = 'server' AND id <> :id AND beat_at > {NOW} - :lease"
    " ORDER BY started_at, id"
)


class Node:
    """This node. The writer's thread uses it, in its transactions."""

    def __init__(self, info: NodeInfo) -> None:
        self.info = info
        self.id = secrets.token_hex(8)
        self.batch = 0
        """The number of the batch whose receipt was written last."""
        self.lag = 0
        """Ms from another node's commit until this one had delivered it, lately."""
        self.incarnation = ""
        """The incarnation of the database that the row was written in."""
        self._stored = 0
        self.beat_at = 0.0
        """When the row was written last (time.monotonic)."""
        self._ahead = time.time() - time.monotonic()
        """Seconds by which the database's clock is ahead of the steady one."""

    def now(self) -> float:
        """Seconds since 1970 UTC by the database's clock, as it was when a receipt was written. Any thread may
        ask."""
        return time.monotonic() + self._ahead

    def heard(self, published: Sequence[Published]) -> None:
        """What another node has committed was read, to deliver it: note how long that took."""
        times = [event.time for event, _ in published if isinstance(event, RoomEvent)]
        if times:
            self.lag = max(0, int(self.now() * 1000) - max(times))

    def register(self, connection: Connection) -> None:
        """Write the row. Raises StorageError if the nodes of this database are another server."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": locks.REGISTERING})
        for name in check_others(connection, self.info, self.id) if self.info.kind == "server" else ():
            log.warning(
                "another server of this database has other settings ([accounts], [rooms], …): %(node)s",
                {"event": "settings-differ", "node": name},
            )
        self.incarnation = incarnation.current(connection)
        names = ("kind", "name", "server", "version")
        values = {"id": self.id, "policy": self.info.policy(), **{name: getattr(self.info, name) for name in names}}
        self.written(connection.execute(text(_REGISTER), values).scalar_one())

    def receipt(self, connection: Connection) -> int:
        """Write the receipt of a new batch into its transaction. Returns the database's time, in ms since
        1970 UTC. Raises FencedError."""
        rows = driver.run(connection, RECEIPT, self.next_receipt())
        if not rows:
            raise fenced()
        self.written(rows[0][0])
        return int(rows[0][0])

    def written(self, now: int) -> None:
        """A receipt was written. `now`: the database's time (ms since 1970 UTC)."""
        self.beat_at = time.monotonic()
        self._ahead = now / 1000 - self.beat_at

    def next_receipt(self) -> Mapping[str, Any]:
        """The parameters of the receipt of a new batch: `id`, `batch`, `policy`, `connections` and `lag`."""
        self.batch += 1
        return {
            "id": self.id,
            "batch": self.batch,
            "policy": self.info.policy(),
            "connections": self.info.connections(),
            "lag": self.lag,
        }

    @property
    def due(self) -> bool:
        """Whether it is time for a beat."""
        return time.monotonic() - self.beat_at >= BEAT

    def recorded(self, connection: Connection) -> int:
        """The number of the last batch of this node that was committed. It waits for a transaction that is
        not over yet, if that has written its receipt. Raises FencedError."""
        rows = driver.run(connection, _RECORDED, {"id": self.id})
        if not rows:
            raise fenced()
        return int(rows[0][0])

    def committed(self) -> None:
        """The batch of the last receipt was committed."""
        self._stored = self.batch

    def verify(self, connection: Connection, shown: Mapping[int, int]) -> int:
        """After a connection was lost: check that this node may go on, and that the database has all that it has
        stored and shown. `shown`: the last seqs by room. Returns recorded(). Raises FencedError."""
        incarnation.verify(connection, self.incarnation, shown)
        number = self.recorded(connection)
        if number < self._stored:
            raise LostError(
                f"the database has lost batches of this server: it has {number} of {self._stored}. This server"
                " ends, and must be started again"
            )
        return number

    def leave(self, connection: Connection) -> None:
        """Remove the row, at the end. If people are left there, the row stays until others declare this node
        dead, and tell that these people have gone."""
        driver.run(connection, _LEAVE, {"id": self.id})


def check_others(connection: Connection, info: NodeInfo, id_: str = "") -> list[str]:
    """The other servers of this database that have other policies. Raises StorageError if one of them has
    another name: to clients, all are one server."""
    own, differing = info.policy(), []
    for name, server, policy in connection.execute(_OTHERS, {"id": id_, "lease": int(LEASE * 1000)}).all():
        if info.kind == "server" and server != info.server:
            raise StorageError(
                f"this database is served as {server} ({name}), not as {info.server}: all its servers need the same"
                " [server] name"
            )
        if policy != own:
            differing.append(str(name))
    return differing


def fenced() -> FencedError:
    return FencedError(
        "the other servers have declared this one dead, because it was silent for too long: it ends, and must be"
        " started again"
    )
