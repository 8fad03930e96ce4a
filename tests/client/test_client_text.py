"""Splitting long messages, addresses, times: text in, text out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.client.address import Address, parse_address
from chatstore.client.parsing import format_time, parse_time
from chatstore.client.splitting import BODY_BYTES, body_bytes, split_action, split_body, spoken


@given(st.text(), st.integers(4, 60))
def test_the_parts_fit_and_are_the_text_again(text: str, limit: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    parts = split_body(text, limit)
    assert "".join(parts) == text
    assert all(0 < len(part.encode()) <= limit for part in parts)


@given(st.text(min_size=1, max_size=2000))
def test_an_action_fits_too_and_reads_as_typed(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode().replace("\x01", "") or "x"
    bodies = split_action(text)
    assert all(len(body.encode()) <= BODY_BYTES for body in bodies)
    assert "".join(spoken(body).removeprefix("/me ") for body in bodies) == text


def test_a_text_is_cut_after_a_space_where_there_is_one() -> None:
    assert split_body("one two three four", 10) == ["one two ", "three four"]
    assert split_body("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert split_body("é" * 6, 5) == ["éé", "éé", "éé"]
    assert split_body("") == []


def test_a_body_leaves_room_for_its_sender() -> None:
    assert body_bytes("", "#main") == BODY_BYTES
    assert body_bytes("b!u@h", "#main") == BODY_BYTES
    assert body_bytes("b" * 300, "#main") == 510 - len(f":{'b' * 300} PRIVMSG #main :")


@given(st.integers(0, 253_402_300_799_999))
def test_times_come_back(time: int) -> None:
    assert parse_time(format_time(time), -1) == time


ADDRESSES = [
    ("irc://chat.example.org:7000", Address("chat.example.org", 7000)),
    ("irc://chat.example.org", Address("chat.example.org", 6667)),
    ("ircs://chat.example.org/", Address("chat.example.org", 6697, True)),
    ("IRC://[::1]:7000", Address("::1", 7000)),
    ("[::1]", Address("::1", 6667)),
    ("::1", Address("::1", 6667)),
    ("127.0.0.1:6667", Address("127.0.0.1", 6667)),
    ("localhost", Address("localhost", 6667)),
    ("0.0.0.0:7000", Address("127.0.0.1", 7000)),
    ("[::]:7000", Address("::1", 7000)),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["http://x:1", "irc://x:port", "irc://x:70000", "irc://x:0", "irc://u@x", "x y:1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not "):
        parse_address(text)


def test_local_addresses() -> None:
    assert [
        parse_address(text).local for text in ("localhost", "127.9.9.9", "[::1]", "example.org", "10.0.0.1")
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]
