"""The incarnation of a PostgreSQL database: a random token, which clients compare with the one they remember.

After a backup was restored, or a standby took over that had not heard everything, the database gives out
numbers again that clients know from before. So the token belongs to an identity: the cluster (its system
identifier), its timeline (a new one after each recovery to a point in time and each failover), the database
in it, and the table of messages (pg_restore makes another one). A server that starts on another identity
makes a new token, and clients forget what they kept under the old one.

A server that runs may find another timeline when it connects again. If nothing is lost that it has shown
(verify()), the database has gone on, and the token stays: it is noted for the new identity. Otherwise
the server draws a new token and ends: its people and their clients know of what the database does not have.

All servers find such a database at the same time, and one of them renews the token: an UPDATE of the token that was
known finds it once.

A copy of the whole data folder that was put back while no server ran has the same identity, and nobody knows
better (docs/operating.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from chatstore.storage.errors import FencedError, LostError
from chatstore.storage.postgresql import driver
from chatstore.storage.schema import incarnations

_IDENTITY = """
    SELECT concat_ws(
        '-', system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()), CAST(CAST('messages' AS regclass) AS oid)
    ) FROM pg_control_system()
"""
_STORED = "SELECT token, identity FROM incarnations FOR UPDATE"
_NOTE = "UPDATE incarnations SET identity = :identity"
_RENEW = "UPDATE incarnations SET token = :token, identity = :identity WHERE token = :known"
_BEHIND = """
    SELECT rooms.key, rooms.last_seq, shown.last_seq
    FROM unnest(CAST(:rooms AS bigint[]), CAST(:seqs AS bigint[])) AS shown (id, last_seq)
    JOIN rooms ON rooms.id = shown.id
    WHERE rooms.last_seq < shown.last_seq LIMIT 1
"""


def identity(connection: Connection) -> str:
    [(found,)] = driver.run(connection, _IDENTITY)
    return str(found)


def ensure(connection: Connection) -> str:
    """The token of the database that a server starts on; a new one if that is needed. One server at a time does
    this (Place.migrating)."""
    rows = connection.execute(select(incarnations.c.token, incarnations.c.identity)).all()
    if len(rows) == 1 and rows[0].identity == identity(connection):
        return str(rows[0].token)
    token = _new_token()
    connection.execute(delete(incarnations))
    connection.execute(insert(incarnations).values(id=1, token=token, identity=identity(connection)))
    return token


def renew(connection: Connection, known: str) -> None:
    """A new token, in place of the `known` one: it lets clients forget what the database does not have any more. If
    another server has made one already, that stays."""
    driver.run(connection, _RENEW, {"known": known, "token": _new_token(), "identity": identity(connection)})


def current(connection: Connection) -> str:
    """The token; empty before the first start of a server."""
    return str(connection.execute(select(incarnations.c.token)).scalar() or "")


def verify(connection: Connection, token: str, shown: Mapping[int, int]) -> None:
    """After a connection was lost: check that the database has all that was shown. `token` is that of before,
    `shown` the last seqs by room. Raises LostError, FencedError."""
    values = {"rooms": [*shown], "seqs": [*shown.values()]}
    for key, has, seq in driver.run(connection, _BEHIND, values):
        raise LostError(
            f"the database has lost messages that were shown: {key} ends at {has}, and was at {seq}; it was"
            " restored from a backup, or a standby took over. This server ends, and must be started again"
        )
    if not token:
        return  # no server had started here before: nobody compares
    rows = driver.run(connection, _STORED)
    if not rows or rows[0][0] != token:
        raise FencedError(
            "the database is another one than before, or another state of it: this server ends, and must be started"
            " again"
        )
    if rows[0][1] != (here := identity(connection)):
        driver.run(connection, _NOTE, {"identity": here})


def _new_token() -> str:
    return secrets.token_hex(8)
