"""The tables of the configuration: msgspec's structs, and dataclasses that the domain has for itself.

The domain does not import msgspec, so its dataclasses have bounds of their own kind (Bounds), which are translated
here.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Annotated, Any, get_type_hints

import msgspec

from chatstore.chat.model.bounds import bounds_of


@lru_cache(maxsize=64)
def fields(table: Any) -> dict[str, Any]:
    """The fields of a table: types by name, with their bounds as msgspec checks them."""
    if issubclass(table, msgspec.Struct):
        return {field.name: field.type for field in msgspec.structs.fields(table)}
    hints = get_type_hints(table, include_extras=True)
    return {field.name: _bounded(hints[field.name]) for field in dataclasses.fields(table)}


def _bounded(hint: Any) -> Any:
    bare, bounds = bounds_of(hint)
    return bare if bounds is None else Annotated[bare, msgspec.Meta(ge=bounds.least, le=bounds.most)]


@lru_cache(maxsize=1)
def checked(config: Any) -> Any:
    """A struct of the same tables, for msgspec.convert to check: msgspec itself lets unknown keys of a dataclass
    pass, and does not know its bounds."""
    tables = [(name, _checked(table), _checked(table)()) for name, table in fields(config).items()]
    return msgspec.defstruct("Config", tables, frozen=True, forbid_unknown_fields=True)


@lru_cache(maxsize=64)
def _checked(table: Any) -> Any:
    if issubclass(table, msgspec.Struct):
        return table
    columns = [(name, type_, msgspec.UNSET) for name, type_ in fields(table).items()]
    return msgspec.defstruct(table.__name__, columns, frozen=True, forbid_unknown_fields=True)


def replaced(table: Any, key: str, value: Any) -> Any:
    """The table with another value of a key."""
    if isinstance(table, msgspec.Struct):
        return msgspec.structs.replace(table, **{key: value})
    return dataclasses.replace(table, **{key: value})
