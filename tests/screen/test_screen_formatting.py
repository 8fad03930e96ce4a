"""What others wrote, as it is drawn: links, nicks, formats; and nothing in it steers the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.text import printable, without_formatting
from chatstore.client.entries import finds
from chatstore.client.screen.colors import DARK, Styles
from chatstore.client.screen.formatting import pieces, rows

STYLES = Styles(DARK)


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]),
        ("(https://example.org/x)", ["https://example.org/x"]),
        (
            "https://en.wikipedia.org/wiki/Chat_(disambiguation)",
            ["https://en.wikipedia.org/wiki/Chat_(disambiguation)"],
        ),
        ("HTTP://A.example, https://b.example!", ["HTTP://A.example", "https://b.example"]),
        ("https://example.org/日本", ["https://example.org/%E6%97%A5%E6%9C%AC"]),
        ("javascript:alert(1) ftp://x file:///etc/passwd", []),
        ("https://example.org/\x1b]8;;http://evil\x07", ["https://example.org/%5Cx1b]8;;http://evil%5Cx07"]),
    ],
)
def test_links(line: str, links: list[str]) -> None:
    assert [style.link for _, style in pieces(line, STYLES, STYLES.text) if style.link] == links


def test_our_own_nick_stands_out() -> None:
    said = pieces("zoe: ask zoey, or @ZOE", STYLES, STYLES.text, finds("zoe"))
    assert [text for text, style in said if style == STYLES.text + STYLES.mention] == ["zoe", "ZOE"]
    assert "".join(text for text, _ in said) == "zoe: ask zoey, or @ZOE"


def test_formats_of_irc_clients_are_drawn_and_their_colours_left_out() -> None:
    line = "a \x02bold\x02 \x0304,07red\x03 \x1dit\x1fboth\x0f end\x04ff0000x"
    said = pieces(line, STYLES, STYLES.text)
    assert [(text, bool(style.bold), bool(style.italic), bool(style.underline)) for text, style in said] == [
        ("a ", False, False, False),
        ("bold", True, False, False),
        (" ", False, False, False),
        ("red", False, False, False),
        (" ", False, False, False),
        ("it", False, True, False),
        ("both", False, True, True),
        (" end", False, False, False),
        ("x", False, False, False),
    ]
    assert all(style.color == STYLES.text.color for _, style in said)
    assert without_formatting(line) == "a bold red itboth endx"


@given(
    st.text(
        st.characters(codec="utf-8") | st.sampled_from("\x00\x02\x03\x1b\x9b\x07\u202e https://a.b"), max_size=60
    )
)
def test_nothing_steers_the_terminal(line: str) -> None:
    for row in rows(pieces(line, STYLES, STYLES.text, finds("zoe")), 7):
        for text, style in row:
            assert text == printable(text)
            assert not style.link or all(0x20 < ord(character) < 0x7F for character in style.link)
