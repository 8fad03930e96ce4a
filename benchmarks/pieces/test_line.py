"""Parsing a line, and formatting one."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.irc.line import format_line, parse

LINES = {
    "said": "PRIVMSG #main :the quick brown fox jumps over the lazy dog",
    "tagged": r"@label=123;+draft/reply=1-ab;+example=a\sb\:c PRIVMSG #main :the quick brown fox jumps over",
    "joined": "JOIN #main,#other",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_parse(benchmark: Any, line: str) -> None:
    assert benchmark(parse, line).params


def test_format(benchmark: Any) -> None:
    line = benchmark(
        format_line,
        "PRIVMSG",
        "#main",
        "the quick brown fox",
        source="alice!u@user/alice",
        tags={"msgid": "1-2n9c"},
    )
    assert line.endswith(" PRIVMSG #main :the quick brown fox")
