"""The rows of a MySQL dump, as `mysqldump` writes them, without a MySQL.

Format: <https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html>. `CREATE TABLE` says the order of a table's
columns, and `INSERT INTO … VALUES (…),(…);` has its rows, thousands in a line. Strings have backslashes
before what is special, and may be any bytes; with `--hex-blob` they are `0x…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

_CREATE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?`(\w+)` \(")
_COLUMN = re.compile(rb"\s+`(\w+)` ")
_INSERT = re.compile(rb"(?:INSERT|REPLACE) (?:IGNORE )?INTO `(\w+)`(?: \(([^)]*)\))? VALUES\s*")
_VALUE = re.compile(
    rb"(?:_\w+ )?(?:'([^'\\]*(?:(?:\\.|'')[^'\\]*)*)'|(0x[0-9A-Fa-f]*)|(NULL)|(-?[0-9][0-9.eE+-]*))([,)])",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)|''", re.DOTALL)
_MEANT = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}
MAX_STATEMENT = 256 * 1024 * 1024
"""Bytes: more than any server takes in one statement by default (64 MiB)."""
_END = 16
"""Where the end of a statement is looked for, in bytes from the end of a line."""
_DIGITS = 20
"""More than any integer of 64 bits has."""


def rows(file: IO[bytes], tables: set[str]) -> Iterator[tuple[str, dict[str, bytes | int | None]]]:
    """Each row of these tables: the table's name, and the values by column. A row that can't be read has no values;
    where its end can't be found, or a statement is longer than MAX_STATEMENT, the rest of the statement is left
    out."""
    columns: dict[str, list[str]] = {}
    creating = ""
    for line in iter(lambda: file.readline(MAX_STATEMENT), b""):
        if found := _CREATE.match(line):
            creating = found[1].decode()
            columns[creating] = []
        elif creating and (found := _COLUMN.match(line)):
            columns[creating].append(found[1].decode())
        elif creating and line.startswith(b")"):
            creating = ""
        elif (found := _INSERT.match(line)) and (table := found[1].decode()) in tables:
            named = (
                [name.strip(b"` ").decode() for name in found[2].split(b",")]
                if found[2]
                else columns.get(table, [])
            )
            statement = _statement(file, line)
            if statement is None:
                yield table, {}
                continue
            for values in _values(statement, found.end()):
                whole = values is not None and len(values) == len(named)
                yield table, dict(zip(named, values or (), strict=True)) if whole else {}


def _statement(file: IO[bytes], line: bytes) -> bytes | None:
    """The statement that begins with this line: a string may have line ends, and each row may have a line. None
    if it is too long."""
    lines, size = [line], len(line)
    while not line[-_END:].rstrip().endswith(b";") and size <= MAX_STATEMENT:
        line = file.readline(MAX_STATEMENT)
        if not line:
            break
        lines.append(line)
        size += len(line)
    return b"".join(lines) if size <= MAX_STATEMENT else None


def _values(line: bytes, at: int) -> Iterator[list[bytes | int | None] | None]:
    while line[at : at + 1] == b"(":
        at += 1
        row: list[bytes | int | None] = []
        whole = True
        while found := _VALUE.match(line, at):
            at = found.end()
            try:
                row.append(_value(found))
            except (ValueError, OverflowError):
                whole = False
            if found[5] == b")":
                break
        else:
            yield None
            return
        yield row if whole else None
        while line[at : at + 1] in (b",", b"\n", b"\r", b" "):
            at += 1


def _value(found: re.Match[bytes]) -> bytes | int | None:
    """Raises ValueError or OverflowError for what is no value, or no integer of 64 bits."""
    text, digits, _, number, _ = found.groups()
    if text is not None:
        return (
            _ESCAPED.sub(lambda one: _MEANT.get(one[1], one[1]) if one[1] else b"'", text)
            if b"\\" in text or b"''" in text
            else text
        )
    if digits is not None:
        return bytes.fromhex(digits[2:].decode())
    if number is None:
        return None
    value = int(number) if number.lstrip(b"-").isdigit() and len(number) <= _DIGITS else int(float(number))
    if not -(2**63) <= value < 2**63:
        raise OverflowError
    return value
