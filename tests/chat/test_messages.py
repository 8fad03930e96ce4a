"""Message ids, and the kinds of message bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.message_ids import is_id_of, message_place, msgid
from chatstore.chat.model.messages import action_text

places = st.tuples(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))


@given(places)
def test_a_msgid_is_read_back(place: tuple[int, int]) -> None:
    text = msgid(*place)
    assert message_place(text) == place
    assert text.isascii()
    assert text.replace("-", "").isalnum()
    assert text == text.lower()


@given(places, st.integers(0, 2**53), st.integers(1, 36**4 - 1))
def test_a_stamp_tells_a_message_from_another_one_that_had_its_place(
    place: tuple[int, int], time: int, later: int
) -> None:
    text = msgid(*place, time)
    assert message_place(text) == place
    assert len(text) == len(msgid(*place)) + 5
    assert is_id_of(text, time)
    assert not is_id_of(text, time + later)
    assert is_id_of(msgid(*place), time + later)  # the form of earlier versions


@given(places, places)
def test_two_places_have_two_ids(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (msgid(*one) == msgid(*other)) == (one == other)


@given(st.text(st.sampled_from("0123abzAZ-_ \n+.٣é"), max_size=45) | st.text(max_size=45))
def test_a_text_that_is_read_is_the_only_one_for_its_place(text: str) -> None:
    place = message_place(text)
    assert place is None or msgid(*place) == text or (text.startswith(f"{msgid(*place)}-") and text.count("-") == 2)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "1",
            "1-",
            "-1",
            "01-1",
            "1-01",
            "0-1",
            "1-0",
            "0-0",
            "A-1",
            "1-Z",
            "1-1-1",
            "1 -1",
            " 1-1",
            "1-1\n",
        ),
        *(
            "+1-1",
            "1-+1",
            "1--1",
            "1_0-1",
            "١-1",
            "1.5-1",
            "é-1",
            "1" * 41 + "-1",
            "z" * 10_000 + "-" + "z" * 10_000,
        ),
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_other_texts_are_no_msgid(text: str) -> None:
    assert message_place(text) is None


@pytest.mark.parametrize(
    ("body", "action"),
    [
        ("\x01ACTION waves\x01", "waves"),
        ("\x01ACTION \x01", ""),
        ("\x01ACTION waves", None),
        ("\x01VERSION\x01", None),
        ("ACTION waves", None),
        ("hello", None),
        ("", None),
    ],
)
def test_actions(body: str, action: str | None) -> None:
    assert action_text(body) == action
