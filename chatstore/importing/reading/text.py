"""Text from files of others: lines in whatever encoding, and what no message can have."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import IO

MAX_LINE = 16 * 1024 * 1024
"""Bytes of a line; a longer one is left out."""
BROKEN = re.compile("[\x00\ud800-\udfff]")
_MARKS = "\ufeff\u200e\u200f\u202a\u2068"
"""What programs put before a line, and is none of its text: byte order marks, and marks of direction."""


def clean(value: object) -> str:
    """A text of an export: one kind of line end, no NUL, no half of a surrogate pair. Empty for what is no
    text."""
    if not isinstance(value, str):
        return ""
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in value or not value.isascii():
        value = BROKEN.sub("", value)
    return value


def short(value: object, most: int = 60) -> str:
    """Something of the export for an error message: on one line, and not long."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= most else text[: most - 1] + "…"


def lines(file: IO[bytes], encoding: str = "") -> Iterator[str | None]:
    """The lines of a text file without their ends and without the marks before them. None for one that is
    longer than MAX_LINE.

    `encoding`: empty for UTF-8, or UTF-16 with a byte order mark; a line that is no UTF-8 is read as
    Windows-1252, which clients wrote before. Raises LookupError for an unknown one.
    """
    codecs.lookup(encoding or "utf-8")
    start = file.peek(2)[:2] if isinstance(file, io.BufferedReader) else b""
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or encoding.lower().replace("-", "").startswith("utf16"):
        yield from _decoded_lines(io.TextIOWrapper(file, encoding or "utf-16", errors="replace", newline=""))
        return
    while rest := file.readline(MAX_LINE):
        if len(rest) >= MAX_LINE and not rest.endswith(b"\n"):
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(MAX_LINE)
            yield None
        else:
            yield _decoded(rest, encoding).rstrip("\r\n").lstrip(_MARKS)


def _decoded(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding:
            return line.decode(encoding, "replace")
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _decoded_lines(reader: io.TextIOWrapper) -> Iterator[str]:
    for line in iter(lambda: reader.readline(MAX_LINE), ""):
        yield line.rstrip("\r\n").lstrip(_MARKS)
