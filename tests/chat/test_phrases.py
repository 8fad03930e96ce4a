"""What a search asks, and which texts match it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatstore.chat.model.messages import search_form
from chatstore.chat.model.phrases import Asked, indexed

MARKED = [
    ("cafe", "café"),
    ("joao", "JOÃO"),
    ("istanbul", "İSTANBUL"),
    ("strasse", "Straße"),
    ("smorrebrod", "SMØRREBRØD"),
    ("lodz", "Łódź"),
    ("aeon", "æon"),
    ("coeur", "cœur"),
    ("thorir", "Þórir"),
    ("diyarbakir", "Diyarbakır"),
    ("duong", "Đường"),
    ("αθηνα", "Αθήνα"),
    ("еще", "ЕЩЁ"),
    ("замок", "за\u0301мок"),
    ("שלום", "שָׁלוֹם"),
    ("محمد", "مُحَمَّد"),
    ("احمد", "أحمد"),
]
"""What is typed, and the text that it finds."""


@pytest.mark.parametrize(("plain", "marked"), MARKED)
def test_marks_that_are_not_typed_count_for_nothing(plain: str, marked: str) -> None:
    assert Asked(plain).fits(f"so, {marked}!")
    assert Asked(plain.upper()).fits(marked)
    assert Asked(marked).fits(marked)
    assert Asked(plain).fits(plain)
    assert set(indexed(marked).split()) == set(indexed(search_form(plain)).split())
    if search_form(marked) != search_form(plain):
        assert not Asked(marked).fits(plain)


@pytest.mark.parametrize(("one", "other"), [("カ", "ガ"), ("हद", "हिंदी")])
def test_marks_that_make_another_letter_count(one: str, other: str) -> None:
    assert not Asked(one).fits(other)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("fast", "That was FASTING!"),
        ("fast", "so-fast"),
        ("fast", "(fast)"),
        ("hard fast", "fasting is hard"),
        ('"is hard"', "fasting is\thard"),
        ('"is ha"', "fasting is hard"),
        ("c++", "I like C++!"),
        ("foo.bar", "see foo.barn"),
        ("++", "c++"),
        (".bar", "foo.bar"),
        ("%", "100%"),
        ("€", "100€"),
        ("🎉", "well done🎉🎉"),
        ("быстр точн", "Быстро и ТОЧНО"),
        ("straße", "STRASSE"),
        ("viii", "Ⅷ"),
        ("e\u0301t", "ÉTÉ"),
        ("京都", "東京都に"),
        ("都", "東京都"),
        ("한국", "저는한국사람"),
        ("ชา", "ขอชาร้อน"),
        ("हिन", "हिन्दी"),
        ("", "anything"),
        (" \t ", "anything"),
        ('""', 'she said ""'),
        ('say "', 'say "'),
        ('"unclosed', 'an "unclosed'),
        ("a:b", "a:bc"),
        ("AND", "salt and pepper"),
        ("-x", "what-x"),
        ("a*", "a*b"),
        ("\0", "a\0b"),
        ("a", "á"),
    ],
)
def test_it_fits(asked: str, text: str) -> None:
    assert Asked(asked).fits(text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("fast", "breakfast"),
        ("fast", "x\u0301fast"),
        ("fast hard", "fasting"),
        ('"hard is"', "is hard"),
        ('"is hard"', "this harder"),
        ("foo.bar", "foo bar"),
        ("a*", "ab"),
        ("-x", "x"),
        ("ро", "быстро"),
        ("京東", "東京"),
        ("a NOT b", "a c"),
        ("a OR b", "a"),
    ],
)
def test_it_does_not_fit(asked: str, text: str) -> None:
    assert not Asked(asked).fits(text)


@pytest.mark.parametrize(
    ("bare", "marked"),
    [
        ("cafe", "Café"),
        ("cafe", "cafe\u0301"),
        ("joao", "JOÃO"),
        ("istanbul", "İSTANBUL"),
        ("isparta", "ısparta"),
        ("soren", "Søren"),
        ("lodz", "ŁÓDŹ"),
        ("aether", "Æther"),
        ("nguyen", "Nguyễn"),
        ("αθηνα", "Αθήνα"),
        ("елка", "Ёлка"),
        ("שלום", "שָׁלוֹם"),
        ("كتب", "كَتَبَ"),
    ],
)
def test_search_without_marks_finds_both_and_with_marks_is_exact(bare: str, marked: str) -> None:
    assert Asked(bare).fits(f"so: {marked}!")
    assert Asked(bare).fits(f"so: {bare}!")
    assert Asked(bare.upper()).fits(marked)
    assert Asked(marked).fits(f"so: {marked}!")
    assert not Asked(marked).fits(f"so: {bare}!")
    assert [word.text for word in Asked(marked).words] == [word.text for word in Asked(bare).words]


@pytest.mark.parametrize(("asked", "text"), [("か", "が"), ("हि", "हा"), ("가", "각")])
def test_a_mark_that_makes_another_letter_stays(asked: str, text: str) -> None:
    assert not Asked(asked).fits(text)


def test_one_part_with_marks_and_one_without() -> None:
    assert Asked("résumé joao").fits("o résumé do João")
    assert not Asked("résumé joao").fits("o resume do João")


def test_empty_searches() -> None:
    assert not Asked("")
    assert not Asked("  ")
    assert Asked("%")


def test_the_telling_words_are_those_for_an_index() -> None:
    assert [word.text for word in Asked("a bcd xylophone").words] == ["xylophone", "bcd"]
    assert [word.text for word in Asked("a b").words] == ["a", "b"]
    assert [tuple(word) for word in Asked('"new york"').words] == [("york", True), ("new", False)]
    assert [tuple(word) for word in Asked("東京都").words] == [("京都", False), ("東京", False)]
    assert Asked("% :)").words == []
    assert len(Asked(" ".join(f"word{n}" for n in range(500))).words) == 12


PIECES = st.text(
    st.sampled_from('aabB1é\u0301ßÅøıİΣςжЯ東京都ーカ한ก\u0e31हि🎉€ﬁⅧ _-."*:+()\0\t\u3000、،'), max_size=8
)


@given(PIECES, st.lists(PIECES, max_size=3), st.booleans())
@example("ﬁn", ["FIN"], False)
@example("東", ["a東b"], False)
@example("ß", ["xss ss"], True)
def test_a_matching_text_has_the_words(asked: str, around: list[str], quoted: bool) -> None:
    """The words are cut as the tokenizer does it: runs of ASCII letters and digits, and of everything beyond
    ASCII."""
    body = asked.join(around) if around else asked
    looked_for = Asked(f'"{asked}"' if quoted else asked)
    if not looked_for.fits(body):
        return
    text = indexed(body)
    spaced = "".join(c.lower() if (c.isascii() and c.isalnum()) else c if ord(c) > 127 else " " for c in text)
    there = spaced.split(" ")
    for word in looked_for.words:
        assert any(one.startswith(word.text) if word.begins else one == word.text for one in there), (word, there)


@given(PIECES, PIECES, PIECES)
def test_a_text_is_found_by_its_own_words(before: str, text: str, after: str) -> None:
    body = f"{before} {text} {after}"
    for part in search_form(text).replace('"', " ").split():
        if part in search_form(body).split():
            assert Asked(part).fits(body)
