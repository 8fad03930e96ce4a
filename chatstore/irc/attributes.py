"""Attributes in a parameter, separated and escaped like message tags: `title=All\\sabout\\stea;width=320`."""

from __future__ import annotations

from collections.abc import Mapping

from chatstore.irc.line import MAX_BODY, escape, unescape

Value = str | int | bool | None
NOTHING = "*"
"""In place of a parameter: none. In place of a row: the end of the list."""


def attributes(head: str, values: Mapping[str, Value]) -> str:
    """The attributes behind the head of a line, as they fit into it; those without a value are left out."""
    said = {key: escape(_text(value)) for key, value in values.items() if value not in (None, "", 0)}
    return _spelled(_fitting(said, MAX_BODY - 2 - len(head.encode()))) or NOTHING


def _fitting(escaped: Mapping[str, str], room: int) -> Mapping[str, str]:
    """The attributes, the longest without their ends, so that all of them have at most `room` bytes."""
    if len(_spelled(escaped).encode()) <= room:
        return escaped
    sizes = [len(value.encode()) for value in escaped.values()]
    left = room - sum(len(f"{key}=;") for key in escaped)
    most = next((most for most in range(left, 0, -1) if sum(min(size, most) for size in sizes) <= left), 0)
    cut = {key: _cut(value, most) for key, value in escaped.items()}
    return {key: value for key, value in cut.items() if value}


def _cut(escaped: str, size: int) -> str:
    """The first `size` bytes, without half a character or half an escape at the end."""
    return escape(unescape(escaped.encode()[:size].decode(errors="ignore")))


def _text(value: Value) -> str:
    return str(int(value) if isinstance(value, bool) else value)


def _spelled(values: Mapping[str, str]) -> str:
    """Escaped attributes as a parameter."""
    return ";".join(f"{key}={value}" for key, value in values.items())
