"""`chatstore account tokens`."""

from __future__ import annotations

import json
import re

import pytest

from chatstore.chat.changes.tokens import AddToken, UseToken
from chatstore.chat.model.actors import Actor
from tests.cli.home import Home, seen


def add(home: Home, actor: Actor, *labels: str) -> list[int]:
    assert actor.account_id is not None
    return [token.id for token in home.submit(*(AddToken(actor.account_id, label, label) for label in labels))]


def listed(home: Home, name: str = "alice") -> list[list[str]]:
    return [re.split(r"\s{2,}", line) for line in home.lines("account", "tokens", name)[2:]]


@pytest.mark.sqlite
def test_they_are_listed(home: Home, alice: Actor, bob: Actor) -> None:
    add(home, bob, "theirs")
    one, two = add(home, alice, "phone \x1b[31m", "laptop")
    home.submit(UseToken(two), now=1_000_000.0)
    rows = listed(home, "Alice")
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (str(one), r"phone \x1b[31m", "never"),
        (str(two), "laptop", "1970-01-12 14:46:40"),
    ]
    records = json.loads(home.run("account", "tokens", "alice", "--format", "json").stdout)
    assert [(record["id"], record["label"], record["last_used"]) for record in records] == [
        (one, "phone \x1b[31m", None),
        (two, "laptop", "1970-01-12T13:46:40.000Z"),
    ]
    assert home.run("account", "tokens", "bob", "--format", "json").stdout.count("theirs") == 1


def test_they_are_revoked(home: Home, alice: Actor, bob: Actor) -> None:
    [theirs] = add(home, bob, "theirs")
    one, two, three = add(home, alice, "a", "b", "c")
    seen(home.run("account", "tokens", "alice", "--revoke", str(two)), 0, f"the token {two} of alice is revoked\n")
    assert [row[0] for row in listed(home)] == [str(one), str(three)]
    for number in (two, theirs, 99):
        result = home.run("account", "tokens", "alice", "--revoke", str(number))
        seen(result, 5, f"chatstore: alice has no token {number}")
    seen(home.run("account", "tokens", "ALICE", "--revoke-all"), 0, "2 tokens of alice are revoked\n")
    assert listed(home) == []
    seen(home.run("account", "tokens", "alice", "--revoke-all"), 0, "0 tokens of alice are revoked\n")
    assert len(listed(home, "bob")) == 1


def test_what_can_not_be(home: Home, alice: Actor) -> None:
    seen(home.run("account", "tokens", "zoe"), 5, "there is no account zoe")
    seen(home.run("account", "tokens", "zoe", "--revoke-all"), 5, "there is no account zoe")
    seen(
        home.run("account", "tokens", "alice", "--revoke", "1", "--revoke-all"),
        2,
        "--revoke and --revoke-all exclude each other",
    )


def test_a_new_password_revokes_them(home: Home, alice: Actor) -> None:
    add(home, alice, "a", "b")
    seen(
        home.run("account", "passwd", "alice", "--password-stdin", given="nine purple kettles\n"),
        0,
        "has a new password",
    )
    assert listed(home) == []


def test_a_password_that_looks_like_one(home: Home) -> None:
    result = home.run("account", "add", "zoe", "--password-stdin", given="cst_" + "x" * 43 + "\n")
    seen(result, 1, "a password can't look like a token")
