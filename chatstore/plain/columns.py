"""Help in two columns: what one types, and what it does, in lines that fit into a terminal of 80 columns."""

from __future__ import annotations

from textwrap import wrap

_WIDTH = 80 - len("-- ")
"""Characters of a line, behind the mark of the server's own lines."""


def row(typed: str, does: str, column: int) -> list[str]:
    """What is typed, and what it does, which begins in this column: below what is typed, if that is too long."""
    indent = " " * column
    right = wrap(does, _WIDTH, initial_indent=indent, subsequent_indent=indent)
    if len(typed) + 4 > column:
        return [*wrapped(f"  {typed}", indent=6), *right]
    return [f"  {typed}".ljust(column) + right[0][column:], *right[1:]]


def wrapped(text: str, indent: int = 2) -> list[str]:
    """A text in lines; all but the first are indented."""
    return wrap(text, _WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
