"""Text from other people must not steer a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.text import _SPELLED, is_blank, printable, seen, spelled_out, without_formatting


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, ünïcödé, 日本語, عربى", "plain words, ünïcödé, 日本語, عربى"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;a new title\x07", "\\x1b]0;a new title\\x07"),
        ("one\r\ntwo", "one\\x0d\\x0atwo"),
        ("\x00\x08\x7f", "\\x00\\x08\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("a\tb", "a    b"),
        # Overrides are attacks; what opens or closes a scope would reach out of its message.
        ("\u202egnp.exe\u202c", "\\u202egnp.exe"),
        ("\u202dabc\u202c", "\\u202dabc"),
        ("\u2068Jos\u00e9\u2069: \u202bשלום\u202c, \u2066a\u2067b", "José: שלום, ab"),
        # Marks, and what words, emoji and flags are made of, are shown as what they are.
        ("\u200fשלום!\u200e (\u061cعربى)", "\u200fשלום!\u200e (\u061cعربى)"),
        ("a\u200bb\ufeffc\u2060d", "a\u200bb\ufeffc\u2060d"),
        ("❤️ ❤︎ 👍🏽 👨‍👩‍👧 🏳️‍🌈 🇩🇪🇫🇷", "❤️ ❤︎ 👍🏽 👨‍👩‍👧 🏳️‍🌈 🇩🇪🇫🇷"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("\U0001f3f4\U000e0067 \U000e0062", "\U0001f3f4\\U000e0067 \\U000e0062"),
        ("a\u200db\u200d", "ab"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("👩\u200d🚀 and می\u200cخواهم", "👩\u200d🚀 and می\u200cخواهم"),
        ("", ""),
    ],
)
def test_shown_texts(text: str, shown: str) -> None:
    assert printable(text) == shown


UNSEEN = "\u202egnp\u2066\u2069 \u200f\u061c\u200b\ufeff\u2028\U000e0041\x1b \ud800 می\u200cخواهم"


def test_logs_and_tables_leave_nothing_out() -> None:
    shown = "\\u202egnp\\u2066\\u2069 \\u200f\\u061c\\u200b\\ufeff\\u2028\\U000e0041\\x1b \\ud800 می\u200cخواهم"
    assert spelled_out(UNSEEN) == shown


def test_no_printable_character_is_spelled_out() -> None:
    """Such a text is not even looked through."""
    printables = [character for character in map(chr, range(0x110000)) if character.isprintable()]
    assert not any(map(_SPELLED.match, printables))


BLANK = (
    "",
    " ",
    "\u00a0\t\n",
    "\u3164",
    "\u200b",
    "\x0304,05\x03",
    "\x02\x0f",
    "\u2800\u2800",
    "\ufeff\u200f",
    "\u115f\u1160",
)
"""Bodies in which a reader sees nothing."""


@pytest.mark.parametrize("text", [*BLANK, "\ufe0f\u200d", "\u00ad", "\U000e0101"])
def test_a_text_of_nothing_visible_is_blank(text: str) -> None:
    assert is_blank(text)
    assert seen(text) == "(empty)"


@pytest.mark.parametrize("text", ["a", "|", "~", "!", "\u3164.", "\x0304red", "👍", "❤️", "\u0301", "\ue0b0", "日"])
def test_a_text_with_something_visible_is_not(text: str) -> None:
    assert not is_blank(text)
    assert seen(text) == text


def test_codes_for_colours_are_taken_out() -> None:
    assert without_formatting("\x02bold\x0f \x0304,12red\x03 \x04ff0000x \x033three") == "bold red x three"


@given(st.text(st.characters(codec=None)))
def test_the_result_is_one_line_without_controls_that_can_be_encoded(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert len(shown.splitlines()) <= 1


@given(st.text())
def test_safe_text_is_unchanged(text: str) -> None:
    assert printable(printable(text)) == printable(text)


NOTHING_TO_SEE = {
    "spaces": "  \t\u3000\u00a0",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "zero width space": "\u200b\u200b",
    "byte order mark": "\ufeff",
    "joiners": "\u200d\u200c\u2060",
    "braille blank": "\u2800",
    "directions": "\u200f\u202e\u2066\u2069",
    "a colour": "\x0304,12",
    "a colour by its number of bits": "\x04ff0000",
    "bold and back": "\x02\x02\x0f",
    "a colour around a blank": "\x034\u200b\x03",
    "tags": "\U000e0067\U000e007f",
    "selectors": "\ufe0f",
    "line ends": "\n\n",
    "nothing": "",
}
SEEN = [
    "a", "0", ".", "\x034red\x03", "é", "👩\u200d👩\u200d👧", "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "❤\ufe0f",
    "שלום\u200f", "\u200fمرحبا", "\u202bابجد\u202c", "नमस्ते", "ม", "한", "\u0301", "\x02\x1d*\x0f",
    "1\ufe0f\u20e3", "\u3164x",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE)
def test_invisible_texts(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", SEEN)
def test_visible_texts(text: str) -> None:
    assert not is_blank(text)
