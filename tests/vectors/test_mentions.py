"""What mentions somebody is the same for push and for the page: the cases that tests/web/js/mentions.test.js reads,
too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.model.notifications import MAX_KEYWORD, MAX_KEYWORDS, AccountNotifications, Notifications
from chatstore.chat.model.notifications import ConversationNotifications as Own
from chatstore.chat.rules.notifying import Names, mentions, tells
from tests.growth import TIMES, grows_with_the_size

FILE = Path(__file__).parent / "mentions.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']} in {case['text']}")
def test_a_text_mentions_a_name(case: dict[str, Any]) -> None:
    assert mentions(case["text"], {case["name"]}) is case["mentioned"]


def test_many_names_at_once_are_found_as_one_is() -> None:
    names = Names()
    for number, name in enumerate(sorted({case["name"] for case in CASES})):
        names.add(number, [name])
    order = sorted({case["name"] for case in CASES})
    for case in CASES:
        assert (order.index(case["name"]) in names.mentioned(case["text"])) is case["mentioned"]


def test_long_texts_and_many_words_cost_little() -> None:
    words = {("a-" * MAX_KEYWORD)[: MAX_KEYWORD - 2] + f"{n:02}" for n in range(MAX_KEYWORDS)}
    for piece in ("a-", "@", "bob", "-"):
        assert not mentions(piece * (2000 * TIMES), {*words, "bob-"})
        assert grows_with_the_size(lambda times, piece=piece: mentions(piece * times, {*words, "bob-"}), 2000)


NOW = 1_796_000_000_000
"""2026-11-30 00:53:20 UTC: 01:53 in Berlin."""


@pytest.mark.parametrize(
    ("account", "own", "direct", "named", "told"),
    [
        ({}, {}, False, False, False),
        ({}, {}, False, True, True),
        ({}, {}, True, False, True),
        ({"rooms": "all"}, {}, False, False, True),
        ({"rooms": "nothing"}, {}, False, True, False),
        ({"direct": "mentions"}, {}, True, False, False),
        ({"direct": "mentions"}, {}, True, True, True),
        ({"rooms": "all"}, {"level": "mentions"}, False, False, False),
        ({"rooms": "nothing"}, {"level": "all"}, False, False, True),
        ({}, {"level": "nothing"}, True, True, False),
        ({}, {"level": "all", "muted_until": NOW + 1}, False, True, False),
        ({}, {"level": "all", "muted_until": NOW}, False, True, True),
        ({"quiet": "00:00-01:00"}, {}, True, True, False),
        ({"quiet": "22:00-00:53"}, {}, True, True, True),
        ({"quiet": "22:00-00:54"}, {}, True, True, False),
        ({"quiet": "00:53-00:54"}, {}, True, True, False),
        ({"quiet": "22:00-01:00", "zone": "Europe/Berlin"}, {}, True, True, True),
        ({"quiet": "22:00-02:00", "zone": "Europe/Berlin"}, {}, True, True, False),
        ({"quiet": "00:00-01:00", "zone": "Gone/Since"}, {}, True, True, False),
    ],
)
def test_what_an_account_is_told_of(
    account: dict[str, Any], own: dict[str, Any], direct: bool, named: bool, told: bool
) -> None:
    settings = Notifications(AccountNotifications(**account), {1: Own(**own)} if own else {})
    assert tells(settings, 1, direct=direct, named=named, now=NOW) is told
