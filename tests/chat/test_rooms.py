"""Rooms: modes written and read back, what they change, and the keys of direct conversations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.rooms import (
    FLAGS,
    LISTS,
    Ban,
    ModeChange,
    Role,
    Room,
    direct_key,
    direct_persons,
    parse_modes,
    spell_modes,
    with_modes,
)

arguments = st.text(st.characters(exclude_characters=" ", exclude_categories=["Cs"]), min_size=1, max_size=8)
changes = st.one_of(
    st.builds(ModeChange, st.booleans(), st.sampled_from(FLAGS), st.just("")),
    st.builds(ModeChange, st.booleans(), st.sampled_from("ovbeIk"), arguments),
    st.builds(ModeChange, st.just(True), st.just("l"), st.integers(1, 999).map(str)),
    st.just(ModeChange(False, "l")),
)


def room(**values: object) -> Room:
    return Room(**{"id": 1, "kind": "room", "key": "#main", "name": "main", "created_at": 0, **values})  # type: ignore[arg-type]


@given(st.lists(changes, max_size=12))
def test_modes_are_read_back(wanted: list[ModeChange]) -> None:
    assert parse_modes(spell_modes(wanted)) == wanted


def test_how_modes_are_spelled() -> None:
    wanted = [
        ModeChange(True, "o", "bob"),
        ModeChange(True, "v", "eve"),
        ModeChange(False, "k", "*"),
        ModeChange(False, "l"),
        ModeChange(True, "m"),
    ]
    assert spell_modes(wanted) == "+ov-kl+m bob eve *"
    assert spell_modes([]) == ""


def test_flags() -> None:
    assert room().flags == "nt"
    assert with_modes(room(), parse_modes("+m-t"), "bob", 5).flags == "mn"
    assert with_modes(room(), parse_modes("+nn-i"), "bob", 5).flags == "nt"
    assert with_modes(room(), parse_modes("-nt"), "bob", 5).flags == ""


def test_key_and_limit() -> None:
    locked = with_modes(room(), parse_modes("+kl sesame 5"), "bob", 5)
    assert (locked.password, locked.member_limit) == ("sesame", 5)
    opened = with_modes(locked, parse_modes("-lk *"), "bob", 6)
    assert (opened.password, opened.member_limit) == ("", 0)


def test_bans() -> None:
    once = with_modes(room(), parse_modes("+bb a!*@* b!*@*"), "bob", 5)
    assert once.bans == (Ban("a!*@*", "bob", 5), Ban("b!*@*", "bob", 5))
    again = with_modes(once, parse_modes("+b a!*@*"), "eve", 6)
    assert again.bans == (Ban("b!*@*", "bob", 5), Ban("a!*@*", "eve", 6))
    assert with_modes(again, parse_modes("-bb a!*@* never!*@*"), "eve", 7).bans == (Ban("b!*@*", "bob", 5),)


def test_roles_are_the_members_not_the_rooms() -> None:
    assert with_modes(room(), parse_modes("+ov-o bob eve bob"), "bob", 5) == room()


@given(st.lists(changes, max_size=12))
def test_changes_one_by_one_are_changes_at_once(wanted: list[ModeChange]) -> None:
    changed = room()
    for change in wanted:
        changed = with_modes(changed, [change], "bob", 5)
    assert changed == with_modes(room(), wanted, "bob", 5)
    assert list(changed.flags) == sorted(set(changed.flags))


persons = st.integers(1, 2**40) | st.from_regex(r"\Ag[0-9a-f]{16}\Z")


@given(persons, persons)
def test_direct_conversation_key_does_not_depend_on_order(one: int | str, other: int | str) -> None:
    key = direct_key(one, other)
    assert key == direct_key(other, one)
    assert set(direct_persons(key)) == {one, other}
    assert key.startswith("@")


@given(persons, persons, persons)
def test_two_conversations_have_two_keys(one: int | str, other: int | str, third: int | str) -> None:
    assert (direct_key(one, other) == direct_key(one, third)) == (other == third)


@pytest.mark.parametrize(("one", "other"), [(9, 10), (5, 5), (3, "g1a"), ("g2", "g10")])
def test_direct_keys(one: int | str, other: int | str) -> None:
    assert sorted(map(str, direct_persons(direct_key(one, other)))) == sorted(map(str, (one, other)))


def test_operator_and_voice_are_independent() -> None:
    both = Role.MEMBER.changed("o", True).changed("v", True)
    assert both is Role.VOICED_OPERATOR
    assert both.changed("o", False) is Role.VOICE
    assert both.changed("v", False) is Role.OPERATOR
    assert [role.operator for role in Role] == [False, False, True, True]
    assert [role.voiced for role in Role] == [False, True, False, True]
    assert [role.words for role in Role] == ["", "voice", "operator", "operator, voice"]


@pytest.mark.parametrize("mode", list(LISTS))
def test_a_mask_is_on_a_list_once_in_any_case(mode: str) -> None:
    one = with_modes(room(), [ModeChange(True, mode, "Bob!*@*")], "olga", 7)
    assert one.entry(mode, "bOB!*@*") == Ban("Bob!*@*", "olga", 7)
    assert [one.list(other) for other in LISTS if other != mode] == [(), ()]
    assert with_modes(one, [ModeChange(False, mode, "BOB!*@*")], "olga", 8) == room()
