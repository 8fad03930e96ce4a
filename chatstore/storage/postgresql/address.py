"""Where a PostgreSQL database is: a URL, which libpq reads.

So everything that psql takes works here, too: several hosts, a socket's folder (`?host=/run/postgresql`),
TLS (`?sslmode=verify-full`), a service, and a password from PGPASSWORD or PGPASSFILE. No message shows a
password, nor a piece of one that was written where libpq does not see it as one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from chatstore.storage.errors import StorageError

_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "fallback_application_name": "chatstore",
}
"""Seconds, and milliseconds for tcp_user_timeout: how long a server that does not answer is waited for."""
_ENVIRONMENT = {"connect_timeout": "PGCONNECT_TIMEOUT"}
_SECRET = {"password", "sslpassword"}
_ESCAPE = "in a password, write @ as %40, / as %2F, : as %3A, # as %23 and % as %25"


def parsed(url: str) -> URL:
    """The address for SQLAlchemy, with everything that libpq has to know. Raises StorageError."""
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error as error:
        why = str(error).partition(":")[0].strip()  # what follows may be a piece of the password
        raise StorageError(f"the database URL is wrong: {why} ({_ESCAPE})") from None
    host, port = found.pop("host", None), found.pop("port", None)
    if host is not None and "@" in host:
        raise StorageError(f"the database URL has more than one @: {_ESCAPE}")
    if port is not None and not all(one.isdecimal() or not one for one in port.split(",")):
        raise StorageError(f"the port in the database URL is not a number: {_ESCAPE}")
    for name, value in _DEFAULTS.items():
        if _ENVIRONMENT.get(name, "") not in os.environ:
            found.setdefault(name, value)
    found["client_encoding"] = "UTF8"
    user, password, database = (found.pop(name, None) for name in ("user", "password", "dbname"))
    if not (database or "service" in found or "PGDATABASE" in os.environ or "PGSERVICE" in os.environ):
        raise StorageError("the database URL names no database (for example postgresql://HOST/NAME)")
    alone = host is not None and not any(sign in host for sign in ",/@")
    if not alone:
        found |= {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return URL.create(
        "postgresql+psycopg",
        user,
        password,
        host if alone else None,
        int(port) if alone and port else None,
        database,
        found,
    )


def shown(url: URL) -> str:
    """The URL as messages name it, and other programs take it: without its passwords."""
    query = _unlike_defaults(url.query)
    where = _several(query) or (_place(url.host, str(url.port or "")) if url.host else "")
    user = f"{quote(url.username, safe='')}@" if url.username else ""
    told = "&".join(f"{name}={quote(value, safe='/:,')}" for name, value in query.items())
    return f"postgresql://{user}{where}/{quote(url.database or '', safe='')}" + (f"?{told}" if told else "")


def _several(query: dict[str, str]) -> str:
    """Take several hosts, which SQLAlchemy has in the query, out of it; empty if they can't stand before the
    database's name (folders of sockets)."""
    hosts = query.get("host", "").split(",")
    ports = query.get("port", "").split(",")
    if len(hosts) < 2 or not all(hosts) or "/" in query["host"] or len(ports) not in (1, len(hosts)):
        return ""
    query.pop("host")
    query.pop("port", None)
    return ",".join(map(_place, hosts, ports if len(ports) > 1 else ports * len(hosts)))


def _place(host: str, port: str) -> str:
    return (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")


def _unlike_defaults(query: Mapping[str, str | tuple[str, ...]]) -> dict[str, str]:
    ours = _DEFAULTS | {"client_encoding": "UTF8"}
    return {
        name: str(value) for name, value in query.items() if name not in _SECRET and ours.get(name) != str(value)
    }
