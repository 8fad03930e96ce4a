"""A line is the same to the server and to the page: the cases that tests/web/js/line.test.js reads, too.

Most are those of ircdocs' parser-tests (msg-split and msg-join, CC0), some are our own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatstore.irc.line import LineError, format_line, parse

VECTORS: dict[str, list[Any]] = json.loads((Path(__file__).parent / "line.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["line"])
def test_a_line_is_read(case: dict[str, Any]) -> None:
    line = parse(case["line"])
    assert (line.command, list(line.params)) == (case["command"], case["params"])
    assert (line.source, dict(line.tags)) == (case["source"], case["tags"])


@pytest.mark.parametrize("text", VECTORS["bad"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(LineError):
        parse(text)


@pytest.mark.parametrize("case", VECTORS["format"], ids=lambda case: case["line"])
def test_a_line_is_written(case: dict[str, Any]) -> None:
    more = {key: case[key] for key in ("source", "tags", "trailing")}
    assert format_line(case["command"], *case["params"], **more) == case["line"]


@pytest.mark.parametrize("case", VECTORS["bad_format"], ids=json.dumps)
def test_what_no_line_can_carry_is_not_written(case: dict[str, Any]) -> None:
    with pytest.raises(LineError):
        format_line(case["command"], *case["params"])
