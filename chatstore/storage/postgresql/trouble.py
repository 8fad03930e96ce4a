"""What an error of PostgreSQL says, in one line for the operator."""

from __future__ import annotations

import re

import psycopg
from sqlalchemy.exc import TimeoutError as PoolTimeout

_NO_DATABASE = re.compile(r'FATAL: +database ".*" does not exist')
_PLACE = re.compile(r'connection to server (?:at "[^"]*"(?: \([^)]*\))?, port \d+|on socket "[^"]*") failed: ')
_BY_STATE = {
    "25006": "it is read-only at present (a standby, or default_transaction_read_only is on)",
    "53100": "the disk of the PostgreSQL server is full",
    "53200": "the PostgreSQL server is out of memory",
    "53300": "the PostgreSQL server has no connection left: raise its max_connections, or close others",
    "55P03": "another session kept it locked for too long",
    "57014": "it took too long",
    "57P01": "the PostgreSQL server ends this connection, perhaps because it stops",
    "57P02": "the PostgreSQL server has crashed and recovers",
    "57P03": "the PostgreSQL server is starting, stopping or recovering",
    "3D000": "there is no such database",
    "28P01": "the password is wrong",
}
"""By SQLSTATE (PostgreSQL's documentation, appendix A)."""
_BY_TEXT = {
    "connection timeout expired": "the PostgreSQL server does not answer",
    "timeout expired": "the PostgreSQL server does not answer",
    "password authentication failed": _BY_STATE["28P01"],
    "no password supplied": "it needs a password: put it into the URL, a file for PGPASSFILE, or PGPASSWORD",
    "too many clients already": _BY_STATE["53300"],
    "remaining connection slots": _BY_STATE["53300"],
    "too many connections": _BY_STATE["53300"],
    "could not translate host name": "no such host",
    "failed to resolve host": "no such host",
    "Name or service not known": "no such host",
    "Connection refused": "no PostgreSQL server listens there (connection refused)",
    "No such file or directory": "no PostgreSQL server listens there (no such socket)",
    "server closed the connection unexpectedly": "the PostgreSQL server has closed the connection",
}
"""By a piece of the text, for errors that have no SQLSTATE, as those of a new connection."""


def why(error: BaseException) -> str:
    """What the operator has to know, in one line."""
    if isinstance(error, PoolTimeout):
        return "all connections to it are in use"
    found = driver_error(error)
    if found is None:
        return _first_line(str(error)) or type(error).__name__
    if found.sqlstate in _BY_STATE:
        return _BY_STATE[found.sqlstate]
    if found.diag.message_primary:
        return _first_line(found.diag.message_primary)
    text = str(found)
    place = _PLACE.search(text)
    first = _first_line(text[place.end() :] if place else text)
    said = next((plain for piece, plain in _BY_TEXT.items() if piece in first), "")
    return said or re.sub(r"^(FATAL|ERROR): +|^connection (failed|is bad): ", "", first)


def no_database(error: BaseException) -> bool:
    """Whether a new connection has failed because the server has no such database."""
    found = driver_error(error)
    return found is not None and (found.sqlstate == "3D000" or _NO_DATABASE.search(str(found)) is not None)


def lock_failed(error: BaseException) -> bool:
    """Whether a statement has waited for a lock for too long, or was chosen to end a deadlock."""
    found = driver_error(error)
    return found is not None and found.sqlstate in ("55P03", "40P01")


def driver_error(error: BaseException | None) -> psycopg.Error | None:
    """psycopg's error behind an error, if there is one."""
    while error is not None:
        cause = getattr(error, "orig", error)
        if isinstance(cause, psycopg.Error):
            return cause
        error = error.__cause__ or error.__context__
    return None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()
