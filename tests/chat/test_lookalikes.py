"""Names that look alike. Spec: Unicode UTS #39, section 4."""

from __future__ import annotations

import pytest

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.lookalikes import skeleton
from chatstore.chat.model.names import looks_of, person_name, required_free

ALIKE = [
    ("alice", "alıce"),  # without its dot
    ("alice", "aIice"),  # a capital I
    ("Ian", "lan"),
    ("bob", "b0b"),
    ("paul1", "paull"),
    ("modern", "modem"),
    ("coco", "сосо"),  # Cyrillic
    ("anna", "ɑnnɑ"),
    ("e\u0301va", "éva"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_alike(one: str, other: str) -> None:
    assert set(looks_of(person_name(one))) & set(looks_of(person_name(other)))


@pytest.mark.parametrize(
    ("one", "other"), [("alice", "alicia"), ("björn", "bjorn"), ("ann", "anne"), ("tim", "tom"), ("ali", "all")]
)
def test_not_alike(one: str, other: str) -> None:
    assert not set(looks_of(person_name(one))) & set(looks_of(person_name(other)))


@pytest.mark.parametrize("text", ["alice", "NıckServ", "сосо", "モモ", "м", "0O1lI", "ﬁ", "İ"])
def test_a_skeleton_is_its_own(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@pytest.mark.parametrize("text", ["NickServ", "NıckServ", "ChanServ", "ChαnServ", "ＮickServ", "nickserν"])
def test_names_like_a_service_are_reserved(text: str) -> None:
    with pytest.raises(ChatError):
        required_free(person_name(text))
