"""Where rows break, by examples and for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatstore.client.screen.wrapping import cut, fit, wrap

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 5, [""]),
        ("hello", 5, ["hello"]),
        ("hello world foo", 5, ["hello", "world", "foo"]),
        ("hello   world", 5, ["hello", "world"]),
        ("hello world ", 11, ["hello world"]),
        ("  an indented line", 12, ["  an", "indented", "line"]),
        ("abcdefghijkl mno", 5, ["abcde", "fghij", "kl", "mno"]),
        ("see https://example.org/a/long/path ok", 20, ["see https://example.", "org/a/long/path ok"]),
        ("日本語テキスト", 7, ["日本語", "テキス", "ト"]),
        ("日本語", 1, ["日", "本", "語"]),
        (f"{FAMILY}{FAMILY} ok", 3, [FAMILY, FAMILY, "ok"]),
        ("👍🏽👍🏽", 3, ["👍🏽", "👍🏽"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("日 \u0301", 2, ["日", "\u0301"]),
    ],
)
def test_rows(text: str, width: int, rows: list[str]) -> None:
    assert [text[start:end] for start, end in wrap(text, width)] == rows


_TEXTS = st.text(st.sampled_from("ab  日👍\u0301é-\u200d"), max_size=40) | st.text(max_size=40)


@given(_TEXTS, st.integers(2, 20))
def test_nothing_but_white_space_is_lost_and_no_row_is_too_wide(text: str, width: int) -> None:
    text = "".join(character for character in text if character not in "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    rows = wrap(text, width)
    places = [place for start, end in rows for place in range(start, end)]
    assert places == sorted(set(places))
    assert all(text[place].isspace() for place in range(len(text)) if place not in set(places))
    assert all(cell_len(text[start:end]) <= width for start, end in rows)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("hello", 5, "hello"), ("hello world", 7, "hello…"), ("日本語", 5, "日本…"), ("x", 0, ""), ("ab", 1, "…")],
)
def test_cut(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(_TEXTS, st.integers(0, 20), st.booleans())
def test_fit_is_as_wide_as_wanted(text: str, width: int, right: bool) -> None:
    text = "".join(character for character in text if character.isprintable())
    assert cell_len(fit(text, width, right=right)) == width
