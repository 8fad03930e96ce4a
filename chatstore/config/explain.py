"""Error messages for a wrong setting."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from chatstore.config.tables import fields

KINDS = {
    "array": "a list",
    "bool": "true or false",
    "int": "a number",
    "float": "a decimal number",
    "object": "a table",
    "str": "text in quotes",
}
"""The types as msgspec names them, and as messages name them."""
_BOUNDS = {">=": "of at least", "<=": "of at most"}


def explain(error: msgspec.ValidationError, config: Any, key: str = "") -> str:
    """A message with the key in front: `accounts.guests: expected true or false, got a number`.

    `config`: the struct of all tables. `key`: the setting, as `table.key`, where the error does not name it.
    """
    text, _, place = str(error).partition(" - at ")
    key = key or place.strip("`").removeprefix("$").removeprefix(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.+)`", text)
    if unknown:
        table = f"[{key}]" if key else "the configuration"
        known = ", ".join(fields(fields(config)[key] if key else config))
        return f"{table} has no {'setting' if key else 'table'} {unknown[1]}; it has {known}"
    choice = re.fullmatch(r"Invalid enum value '(.*)'", text, re.DOTALL)
    if choice:
        table, _, setting = key.partition(".")
        choices = [f'"{one}"' for one in get_args(fields(fields(config)[table])[setting]) if one]
        text = f"expected {', '.join(choices[:-1])} or {choices[-1]}, got {choice[1]!r}"
    text = re.sub("`([a-z]+)`", lambda kind: KINDS.get(kind[1], f"a {kind[1]}"), text)
    text = re.sub("[<>]=", lambda bound: _BOUNDS[bound[0]], text)
    return f"{key}: {text[:1].lower()}{text[1:]}" if key else text
