"""Threads are the same in the page and in the terminal: the cases that tests/web/js/threads.test.js reads, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatstore.client.entries import Entry
from chatstore.client.threads import MAX_READ, Reading, Threads, newest_first
from tests.growth import grows_with_the_size

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "threads.json").read_text(encoding="utf-8"))[
    "cases"
]


def entry(msgid: str, to: str, nick: str, at: int, state: str = "") -> Entry:
    removed, pending = "op" if state == "removed" else "", state == "pending"
    key = msgid or f"={at}"
    return Entry(
        key, at, "message", nick, key, nick == "me", msgid=msgid, reply_to=to, removed=removed, pending=pending
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case(case: dict[str, Any]) -> None:
    ignored = case.get("ignored", [])
    threads = Threads([entry(*one) for one in case["entries"]], lambda one: one.nick in ignored)
    assert {root: [one.msgid for one in found.replies] for root, found in threads.by_root.items()} == case[
        "threads"
    ]
    assert {root: threads.of(root).count for root in case.get("counts", {})} == case.get("counts", {})
    assert {root: threads.of(root).last for root in case.get("last", {})} == case.get("last", {})
    reading = Reading(**case.get("reading", {"since": 0, "times": {}}))
    unread = {root: len(reading.unread(threads.of(root))) for root in case.get("unread", {})}
    assert unread == case.get("unread", {})


def test_a_long_chain_costs_little() -> None:
    chain = [entry(f"m{n}", f"m{n - 1}" if n else "", "bob", n) for n in range(20_000)]
    assert len(Threads(chain).of("m19999").replies) == 19_999
    assert Threads(chain[::-1]).of("m19999").root == "m0"
    for each in (chain, chain[::-1]):
        assert grows_with_the_size(lambda size, each=each: Threads(each[:size]).of(each[size - 1].msgid), 2500)


def test_what_is_remembered_is_bounded_and_the_same_where_nothing_is_new() -> None:
    reading = Reading()
    for number in range(1, MAX_READ + 101):
        reading = reading.until(Threads([entry(f"x{number}", f"m{number}", "bob", number)]).of(f"m{number}"))
    assert len(reading.times) == MAX_READ
    assert "m100" not in reading.times
    assert "m101" in reading.times
    assert reading.until(Threads([entry("x200", "m200", "bob", 200)]).of("m200")) is reading


def test_in_a_list_unread_ones_are_first() -> None:
    threads = Threads(
        [entry("a", "m1", "bob", 1), entry("b", "m2", "bob", 2), entry("c", "m3", "bob", 3, "removed")]
    )
    found = newest_first(threads.by_root.values(), lambda one: one.root == "m1")
    assert [one.root for one in found] == ["m1", "m2"]
