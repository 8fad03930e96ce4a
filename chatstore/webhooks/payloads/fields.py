"""JSON of strangers: whatever is asked for is there, or is nothing. A value of another type is nothing, too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from chatstore.webhooks.payloads.texts import MAX_LINE, first_line, line_of, lines_of

_MOST = 200
"""The most elements of a list that are looked at."""
_MAX_URL = 1000
_decode = msgspec.json.Decoder().decode


class PayloadError(Exception):
    """What was sent is not what it should be. The text is a sentence for who sends it."""


class Fields:
    """A value of JSON, or nothing."""

    __slots__ = ("value",)

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def __getitem__(self, key: str) -> Fields:
        return Fields(self.value.get(key)) if isinstance(self.value, dict) else Fields()

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __bool__(self) -> bool:
        """Whether it is true, or a text, number, list or object that is not empty."""
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Fields) else other))

    __hash__ = None  # type: ignore[assignment]

    @property
    def raw(self) -> str:
        """A text as it was sent, for comparing; a number as a text."""
        if isinstance(self.value, str):
            return self.value
        return str(self.value) if isinstance(self.value, (int, float)) and not isinstance(self.value, bool) else ""

    @property
    def line(self) -> str:
        """A text or number on one line."""
        return line_of(self.raw)

    @property
    def first(self) -> str:
        """The first line of a text."""
        return first_line(self.raw)

    def lines(self, most: int = 4000, lines: int = 30) -> str:
        return lines_of(self.raw, most, lines)

    def short(self, most: int) -> str:
        return line_of(self.raw, min(most, MAX_LINE))

    @property
    def url(self) -> str:
        """A web address; empty for anything else."""
        text = self.raw
        if len(text) > _MAX_URL or not text.startswith(("https://", "http://")) or not text.isprintable():
            return ""
        return "" if " " in text else text

    @property
    def number(self) -> int:
        value = self.value
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else 0

    @property
    def items(self) -> list[Fields]:
        """The elements of a list, not more than some hundreds."""
        return [Fields(each) for each in self.value[:_MOST]] if isinstance(self.value, list) else []

    @property
    def count(self) -> int:
        """The length of a list."""
        return len(self.value) if isinstance(self.value, list) else 0

    def pairs(self) -> Iterator[tuple[str, Fields]]:
        """The keys, as lines, and values of an object, not more than some hundreds."""
        if isinstance(self.value, dict):
            for key, value in islice(self.value.items(), _MOST):
                yield line_of(key, 60), Fields(value)


def parsed(body: bytes | str) -> Fields:
    """The object in a text of JSON. Raises PayloadError."""
    try:
        value = _decode(body)
    except RecursionError:
        raise PayloadError("the JSON is nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise PayloadError(f"the body is no JSON: {line_of(str(error), 100)}") from None
    if not isinstance(value, dict):
        raise PayloadError("the JSON has to be an object")
    return Fields(value)
