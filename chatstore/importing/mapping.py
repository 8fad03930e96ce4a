"""The file of `--map`: what the administrator says about people and rooms of the source.

    [people]
    "ada.lovelace" = "ada"      # what she said belongs to the account ada, which exists
    [rooms]
    "general" = "lobby"         # goes into the room #lobby
    "random" = ""               # is left out

On the left is a name or an id of the source.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import Name, person_name, room_name
from chatstore.importing.source import SourceError


@dataclass(frozen=True)
class Mapped:
    """`people`: names of accounts, `rooms`: names of rooms (None: left out), both by a folded name or id of the
    source."""

    people: Mapping[str, Name] = field(default_factory=dict)
    rooms: Mapping[str, Name | None] = field(default_factory=dict)


def folded(text: str) -> str:
    return text.strip().removeprefix("#").casefold()


def read(path: Path) -> Mapped:
    """Read the file. Raises SourceError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path} is not valid TOML: {error}") from None
    for name, table in tables.items():
        if name not in ("people", "rooms"):
            raise SourceError(f"{path}: there is no table {name}: it has [people] and [rooms]")
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise SourceError(f'{path}: [{name}] has lines like "NAME THERE" = "NAME HERE"')
    people = {folded(key): _name(path, person_name, value) for key, value in tables.get("people", {}).items()}
    rooms = {
        folded(key): _name(path, room_name, value) if value else None
        for key, value in tables.get("rooms", {}).items()
    }
    return Mapped(people, rooms)


def _name(path: Path, named: Any, text: str) -> Name:
    try:
        name: Name = named(text)
    except ChatError as error:
        raise SourceError(f"{path}: {text!r}: {error.text}") from None
    return name
