"""What people mean by `**bold**` is the same in the page and in the terminal: the cases that
tests/web/js/markdown.test.js reads, too."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.model.links import links
from chatstore.client.markdown import blocks
from tests.growth import grows_with_the_size

FILE = Path(__file__).parent / "markdown.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


def joined(text: str) -> str:
    return "".join(run.text for block in blocks(text, links) for run in block.runs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_what_a_text_means(case: dict[str, Any]) -> None:
    found = [[block.kind, [list(run) for run in block.runs]] for block in blocks(case["text"], links)]
    assert found == case["blocks"]


def test_nothing_of_a_text_is_lost() -> None:
    drawn = random.Random(7)
    pieces = [
        "*",
        "**",
        "***",
        "_",
        "~~",
        "`",
        "```",
        "\n",
        "> ",
        "- ",
        "1. ",
        " ",
        "a",
        "é",
        "👍",
        "\\",
        "https://a.b/c_d",
    ]
    for _ in range(3000):
        text = "".join(drawn.choices(pieces, k=drawn.randrange(24)))
        assert joined(text) == text


PIECES = ["*a ", "*a **b ", "a* ", "`` ` ", "```", "``` ", "_a", "***a* ", "> ", "- a\n", "~~x ", "\\*", " *"]


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_grows_with_the_length(piece: str) -> None:
    text = piece * (16_000 // len(piece))
    assert joined(text) == text
    assert grows_with_the_size(lambda size: joined(piece * (size // len(piece))), 2000)
