"""Names: which are valid, which are the same, and which are refused because they could pass for another."""

from __future__ import annotations

import string
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatstore.chat.model import names
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import NICK_LENGTH, ROOM_LENGTH, person_name, room_name, same_person

VALID = [
    # typed, shown, folded
    ("bob", "bob", "bob"),
    ("Bob", "Bob", "bob"),
    ("BOB_1", "BOB_1", "bob_1"),
    ("a-b", "a-b", "a-b"),
    ("42", "42", "42"),
    ("[x]`^{|}", "[x]`^{|}", "[x]`^{|}"),
    ("Ｂｏｂ", "Bob", "bob"),
    ("１２", "12", "12"),
    ("ﾕｷ", "ユキ", "ユキ"),
    ("ｶﾞｽ", "ガス", "ガス"),
    ("José", "José", "josé"),
    ("Jose\u0301", "José", "josé"),
    ("Straße", "Straße", "straße"),
    ("Иван", "Иван", "иван"),
    ("ЁЛКА", "ЁЛКА", "ёлка"),
    ("Ελένη", "Ελένη", "ελένη"),
    ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("山田太郎", "山田太郎", "山田太郎"),
    ("ゆき", "ゆき", "ゆき"),
    ("山田taro", "山田taro", "山田taro"),
    ("김철수", "김철수", "김철수"),
    ("محمد", "محمد", "محمد"),
    ("שלום", "שלום", "שלום"),
    ("नमस्ते", "नमस्ते", "नमस्ते"),
]


@pytest.mark.parametrize(("typed", "shown", "folded"), VALID)
def test_valid_names(typed: str, shown: str, folded: str) -> None:
    assert person_name(typed) == (shown, folded)
    assert room_name(typed) == (shown, folded)


@given(st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=1, max_size=NICK_LENGTH))
def test_the_short_way_of_plain_names_leads_where_the_long_one_does(text: str) -> None:
    short = names._checked(text, "name", NICK_LENGTH, names._NOT_IN_NICKS)
    assert short == names._checked_in_full(text, "name", NICK_LENGTH, names._NOT_IN_NICKS)


REFUSED = [
    "",
    "a b",
    "a\u00a0b",
    "a\u3000b",
    "a,b",
    "a*",
    "a?b",
    "a!b",
    "a@b",
    "a:b",
    "a'b",
    'a"b',
    "a\\b",
    "a/b",
    "<a>",
    "a\0b",
    "a\nb",
    "a\x1b[31m",
    "a\x7f",
    "-a",
    "－a",  # its wide form
    "Ａ＊",  # maps to A*
    "＠a",
    "paypаl",  # Cyrillic а
    "аlice",
    "бob",
    "Ωmega",
    "οscar",  # Greek omicron
    "իvan",  # Armenian
    "bob\u202e",  # right-to-left override
    "\u2066bob\u2069",
    "bob\u200e",
    "bob\u061c",
    "bob\u200b",
    "bob\u200c",
    "bob\u200d",
    "नमस्\u200dते",  # PRECIS alone allows a joiner here
    "bob\ufeff",
    "a\u00adb",
    "a\u034fb",
    "bob\U000e0061",  # a tag letter
    "bob\ufe0f",
    "\ud800",
    "a\ue000b",
    "ª",
    "①",
    "ⅷ",
    "ﬁn",
    "👍",
    "a٣",  # an Arabic digit among Latin letters
    "1ا",  # RFC 5893: a right-to-left name can't begin with a digit
]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
@pytest.mark.parametrize("name", [person_name, room_name])
def test_refused_names(name: object, text: str) -> None:
    with pytest.raises(ChatError) as refused:
        name(text)  # type: ignore[operator]
    assert refused.value.code is Code.INVALID_NAME
    assert refused.value.about == text


@pytest.mark.parametrize("text", ["#a", "a#", "a.b", "a$", "a%", "a&", "a+", "~a", "a=b", "a;b", "(a)", "＃a"])
def test_refused_for_persons_only(text: str) -> None:
    with pytest.raises(ChatError):
        person_name(text)


def test_rooms_may_have_more_signs_than_persons() -> None:
    assert room_name("c++.lang").folded == "c++.lang"
    assert room_name("#Main") == room_name("Main") == ("Main", "main")


@pytest.mark.parametrize("text", ["##a", "#", "＃a", "#＃a", "~a", "+a", "＋a", "&a", "%a", "$a", "-a", "#-a"])
def test_a_room_begins_with_no_sign(text: str) -> None:
    with pytest.raises(ChatError) as refused:
        room_name(text)
    assert refused.value.code is Code.INVALID_NAME


@pytest.mark.parametrize(("name", "length"), [(person_name, NICK_LENGTH), (room_name, ROOM_LENGTH)])
def test_lengths(name: object, length: int) -> None:
    assert name("x" * length).folded == "x" * length  # type: ignore[operator]
    assert name("я" * length).folded == "я" * length  # type: ignore[operator]
    most_cjk = 2 * length // 3
    assert name("山" * most_cjk).folded == "山" * most_cjk  # type: ignore[operator]
    for text in ("x" * (length + 1), "я" * (length + 1), "山" * (most_cjk + 1), "x" * 100_000):
        with pytest.raises(ChatError, match=f"at most {length} characters"):
            name(text)  # type: ignore[operator]


def test_a_name_does_not_grow_past_its_length_by_folding() -> None:
    grows = "\u0130" * 20  # İ folds to i and a combining dot
    with pytest.raises(ChatError, match="at most 32"):
        person_name(grows)
    assert len(person_name("\u0130" * 16).folded) == 32


def test_the_message_says_what_is_wrong() -> None:
    for text, words in (("a b", "spaces"), ("a\u202eb", r"U\+202E"), ("a,b", "','"), ("paypаl", "look alike")):
        with pytest.raises(ChatError, match=words):
            person_name(text)


def test_same_person() -> None:
    assert same_person("Bob", "ＢＯＢ")
    assert same_person("Jose\u0301", "JOSÉ")
    assert not same_person("bob", "bobby")
    assert not same_person("a b", "a b")
    assert not same_person("strasse", "straße")


letters = st.text(
    st.one_of(
        st.characters(categories=["Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd", "Pc", "Pd", "Po", "Sm", "Sk"]),
        st.characters(min_codepoint=0x21, max_codepoint=0x7E),
        st.characters(min_codepoint=0x100, max_codepoint=0x24F),
        st.characters(min_codepoint=0x370, max_codepoint=0x52F),
        st.characters(min_codepoint=0x1F00, max_codepoint=0x1FFF),
        st.characters(min_codepoint=0xFF01, max_codepoint=0xFFDC),
    ),
    min_size=1,
    max_size=6,
)
one_script = st.one_of(
    st.text(st.characters(min_codepoint=low, max_codepoint=high), min_size=1, max_size=NICK_LENGTH)
    for low, high in (
        (0x61, 0x7A),
        (0xC0, 0x24F),
        (0x370, 0x3FF),
        (0x400, 0x52F),
        (0x1E00, 0x1EFF),
        (0x1F00, 0x1FFF),
    )
)
typed = st.one_of(letters, one_script)


@given(typed)
@example("＃a")
@example("－a")
@example("\u0130" * 32)
@example("Ⱥ" * 32)
@example("ΑΣ")
def test_a_shown_name_folds_to_the_same_and_a_fold_to_itself(text: str) -> None:
    for name in (person_name, room_name):
        try:
            shown, folded = name(text)
        except ChatError:
            continue
        assert name(shown) == (shown, folded)
        assert name(folded) == (folded, folded)
        assert unicodedata.is_normalized("NFC", folded)


@given(typed)
def test_a_room_is_the_same_with_and_without_its_sign(text: str) -> None:
    try:
        name = room_name(text)
    except ChatError:
        return
    assert room_name("#" + name.shown) == name
    assert not name.folded.startswith("#")


@given(typed, typed)
def test_what_looks_the_same_in_any_case_is_the_same_name(one: str, other: str) -> None:
    try:
        first, second = person_name(one), person_name(other)
    except ChatError:
        return
    if unicodedata.normalize("NFC", first.shown.lower()) == unicodedata.normalize("NFC", second.shown.lower()):
        assert first.folded == second.folded


@given(st.text(max_size=12))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    for name in (person_name, room_name):
        with suppress(ChatError):
            assert name(text).folded


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("Ann Smith", "Ann_Smith"), ("-bob", "bob"), ("a.b", "a_b"), ("x" * 40, "x" * 32), ("  ", "")],
)
def test_a_refused_name_comes_with_the_nearest_valid_one(text: str, nearest: str) -> None:
    with pytest.raises(ChatError) as refused:
        person_name(text)
    assert refused.value.text.endswith(f"; {nearest} would do") == bool(nearest)
    if nearest:
        assert person_name(nearest).shown == nearest
