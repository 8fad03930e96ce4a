"""A message as the screen draws it: what people mean by signs, and the codes of IRC clients, together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.client.entries import finds
from chatstore.client.screen.colors import DARK, Styles
from chatstore.client.screen.message_text import message_lines

STYLES = Styles(DARK)


def drawn(text: str, styles: Styles = STYLES) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in message_lines(text, styles, styles.text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a **bold** _one_, 2 * 3 * 4", ["a bold one, 2 * 3 * 4"]),
        ("first:\n```py\nx = 1\n  y\n```\nlast", ["first:", "x = 1", "  y", "last"]),
        ("> said\nyes", ["▎ said", "yes"]),
        ("- a\n  - b\n3. c", ["• a", "  • b", "3. c"]),
        ("a\n\nb", ["a", "", "b"]),
        ("`x\x1b[2J`", [r"x\x1b[2J"]),
    ],
)
def test_the_lines_of_a_message(text: str, lines: list[str]) -> None:
    assert drawn(text) == lines


def test_without_colours_code_keeps_its_signs() -> None:
    assert drawn("run `ls`", Styles(DARK, colors=False)) == ["run `ls`"]


def test_signs_and_codes_together() -> None:
    [line] = message_lines("\x02**zoe**\x02 \x1dsaid* ~~it~~", STYLES, STYLES.text, finds("zoe"))
    shown = [(text, bool(style.bold), bool(style.italic), bool(style.strike)) for text, style in line]
    assert shown == [
        ("zoe", True, False, False),
        (" ", False, False, False),
        ("said* ", False, True, False),
        ("it", False, True, True),
    ]


@given(st.text(alphabet="ab*_~`\n> -1.\x02\x1d\x0f\x034,é👍\\", max_size=40))
def test_whatever_is_written_can_be_drawn(text: str) -> None:
    assert all("\n" not in line and "\x02" not in line for line in drawn(text))
