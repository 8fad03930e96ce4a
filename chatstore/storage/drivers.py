"""Which Driver a connection has."""

from __future__ import annotations

import importlib

from sqlalchemy import Connection, Engine

from chatstore.storage.backend import Driver
from chatstore.storage.sqlite import driver as sqlite

_KNOWN: dict[str, Driver] = {"sqlite": sqlite}


def of(bound: Engine | Connection) -> Driver:
    """The driver of an engine or a connection."""
    name = bound.dialect.name
    found = _KNOWN.get(name)
    if found is None:  # loaded when it is needed, because what it imports may not be installed
        found = _KNOWN[name] = importlib.import_module(f"chatstore.storage.{name}.driver")
    return found
