"""JSON in pieces (RFC 8259): a file of a gigabyte is read element by element.

    for key in stream.object_keys():
        if key == "messages":
            for message in stream.elements(): …
        else:
            stream.value()

Bytes that are no UTF-8 become U+FFFD. A byte order mark says UTF-16, too: some editors save so.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 18
MAX_VALUE = 64 * 1024 * 1024
"""Characters of one value, such as a message; more is refused."""
_decode = json.JSONDecoder().raw_decode
_SPACE = " \t\n\r\ufeff"
_LONGEST_WORD = 32
"""An error that near to the end of what was read may be half a word, and no error."""


class BrokenJsonError(Exception):
    """It is not JSON from here on: the text says why."""


class JsonStream:
    def __init__(self, file: IO[bytes]) -> None:
        start = file.peek(2)[:2] if isinstance(file, io.BufferedReader) else b""
        encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        self._text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        self._buffer, self._at, self._ended = "", 0, False

    def is_array(self) -> bool:
        """Whether an array comes next; an object or something else, otherwise."""
        return self._next() == "["

    def object_keys(self) -> Iterator[str]:
        """The keys of the object that comes next. Take the value of each before the next key."""
        self._take("{")
        while self._next() != "}":
            key = self.value()
            self._take(":")
            if not isinstance(key, str):
                raise BrokenJsonError("a key is no text")
            yield key
            if self._next() != "}":
                self._take(",")
        self._take("}")

    def elements(self) -> Iterator[Any]:
        """The elements of the array that comes next."""
        self._take("[")
        while self._next() != "]":
            yield self.value()
            if self._next() != "]":
                self._take(",")
        self._take("]")

    def value(self) -> Any:
        """The value that comes next, whole."""
        self._next()
        while True:
            try:
                value, end = _decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                whole = not error.msg.startswith("Unterminated") and error.pos < len(self._buffer) - _LONGEST_WORD
                if whole or not self._fill():
                    ends = not whole and (error.pos >= len(self._buffer) or error.msg.startswith("Unterminated"))
                    raise BrokenJsonError("it ends in the middle" if ends else _why(error.msg)) from None
            except (ValueError, RecursionError) as error:  # a number of thousands of digits, or thousands of levels
                raise BrokenJsonError(str(error)) from None
            else:
                if end < len(self._buffer) or not self._fill():  # at the end of what was read, a number may go on
                    self._at = end
                    return value

    def skip(self) -> None:
        """Leave out the value that comes next; an array element by element."""
        if self.is_array():
            for _ in self.elements():
                pass
        else:
            self.value()

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def _take(self, character: str) -> None:
        if (found := self._next()) != character:
            raise BrokenJsonError(f"'{found}' where '{character}' should be" if found else "it ends in the middle")
        self._at += 1

    def _fill(self) -> bool:
        """Read further. False at the end."""
        rest = self._buffer[self._at :]
        if self._ended:
            return False
        if len(rest) > MAX_VALUE:
            raise BrokenJsonError("one value is larger than 64 MiB")
        more = self._text.read(max(CHUNK, len(rest)))  # twice as much each time: a long value is not tried often
        self._ended = not more
        self._buffer, self._at = rest + more, 0
        return bool(more)


def _why(message: str) -> str:
    return message[0].lower() + message[1:]
