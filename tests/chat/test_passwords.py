"""Passwords: the same after typing them on another keyboard; every byte counts; the time tells nothing."""

from __future__ import annotations

from unittest.mock import patch

import bcrypt
import pytest

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.passwords import MAX_BYTES, hash_password, verify_password

COST = 4


@pytest.mark.parametrize(
    "password",
    [
        "x",
        "correct horse",
        "пароль",
        "密码",
        "a" * 72,
        "a" * 73,
        "é" * 36,
        "é" * 37,
        "x" * MAX_BYTES,
        " spaces ",
        "🔑",
    ],
)
def test_the_right_password_and_a_wrong_one(password: str) -> None:
    stored = hash_password(password, COST)
    assert verify_password(password, stored)
    assert not verify_password(password + "!", stored)
    assert not verify_password("!" + password, stored)
    assert not verify_password(password.swapcase() + "?", stored)


def test_each_hash_has_its_own_salt() -> None:
    assert hash_password("x", COST) != hash_password("x", COST)


def test_nfc_and_nfd_are_one_password() -> None:
    stored = hash_password("caf\u00e9", COST)
    assert verify_password("cafe\u0301", stored)
    assert not verify_password("cafe", stored)


def test_any_space_is_a_space() -> None:
    assert verify_password("a\u3000b\u00a0c", hash_password("a b c", COST))


def test_the_stored_text_says_how_it_was_made() -> None:
    assert hash_password("a" * 72, COST).startswith(f"bcrypt:$2b${COST:02d}$")
    assert hash_password("a" * 73, COST).startswith(f"sha256+bcrypt:$2b${COST:02d}$")


def test_the_seventy_third_byte_counts() -> None:
    stored = hash_password("a" * 72 + "x", COST)
    assert verify_password("a" * 72 + "x", stored)
    assert not verify_password("a" * 72 + "y", stored)
    assert not verify_password("a" * 72, stored)
    assert not verify_password("a" * 72 + "xx", stored)


def test_the_digest_of_a_long_password_is_no_password() -> None:
    """Knowing the digest must not be enough to log in."""
    with patch("bcrypt.hashpw", wraps=bcrypt.hashpw) as hashed:
        stored = hash_password("a" * 100, COST)
    digest = hashed.call_args.args[0].decode()
    assert len(digest) == 44
    assert not verify_password(digest, stored)


@pytest.mark.parametrize(
    "password",
    ["", "a\0b", "\0", "a\nb", "a\x1bb", "a\x7fb", "a\x85b", "\ud800", "x" * (MAX_BYTES + 1), "é" * MAX_BYTES],
)
def test_refused_passwords(password: str) -> None:
    with pytest.raises(ChatError) as refused:
        hash_password(password, COST)
    assert refused.value.code is Code.BAD_PASSWORD
    assert password == "" or password not in refused.value.text


@pytest.mark.parametrize("password", ["x", "", "a\0b", "a\nb", "\ud800", "x" * (MAX_BYTES + 1), "y" * 100])
def test_every_answer_takes_one_hash(password: str) -> None:
    """A refused password costs what a wrong one costs."""
    stored = hash_password("right", COST)
    with patch("bcrypt.checkpw", wraps=bcrypt.checkpw) as checked:
        assert not verify_password(password, stored)
    assert checked.call_count == 1
    assert checked.call_args.args[1] == stored.partition(":")[2].encode()


def test_no_text_stands_in_for_a_refused_one() -> None:
    """The text that is hashed in place of an invalid password must not open an account itself."""
    stored = hash_password("?", COST)
    assert verify_password("?", stored)
    assert not verify_password("\0", stored)
    assert not verify_password("", stored)
