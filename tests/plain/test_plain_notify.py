"""/notify: what one wants to be told of."""

from __future__ import annotations

import re

import pytest

from tests.plain.talker import Talker
from tests.running import Running

BEGIN = "-- Rooms: mentions, direct messages: all."


def test_levels_of_a_room_and_a_person(server: Running, ann: Talker, ben: Talker) -> None:
    assert ann.ask("/notify") == [BEGIN]
    assert ann.ask("/notify all") == ["-- #main: all."]
    ben.ask("/msg ann hello")
    ann.sync()
    assert ann.ask("/notify @ben nothing") == ["-- @ben: nothing."]
    assert ann.ask("/notify") == [BEGIN, "-- #main: all.", "-- @ben: nothing."]
    assert any(line.endswith(" #main level=all;muted-until=") for line in server.login("ann").ask("NOTIFY LIST"))
    assert ann.ask("/notify default") == ["-- #main: default."]
    assert ann.ask("/notify @ben default") == ["-- @ben: default."]
    assert ann.ask("/notify") == [BEGIN]


def test_muted_for_a_while(ann: Talker) -> None:
    (answer,) = ann.ask("/notify mute 2h")
    assert re.fullmatch(r"-- #main: default, muted until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", answer)
    assert ann.ask("/notify mute off") == ["-- #main: default."]


def test_words_and_quiet_hours(ann: Talker) -> None:
    assert ann.ask("/notify words cake, deep blue") == [f"{BEGIN[:-1]}, words: cake, deep blue."]
    assert ann.ask("/notify quiet 22:00-07:00 Europe/Berlin") == [
        f"{BEGIN[:-1]}, words: cake, deep blue, quiet: 22:00-07:00 (Europe/Berlin)."
    ]
    assert ann.ask("/notify words off", "/notify quiet off")[-1] == BEGIN


@pytest.mark.parametrize(
    "line", ["some", "mute", "mute x", "mute 0h", "mute 999999d", "all of it", "quiet", "@ann"]
)
def test_what_it_does_not_understand(ann: Talker, line: str) -> None:
    (answer,) = ann.ask(f"/notify {line}")
    assert answer.startswith("-- usage: /notify ")
    assert ann.ask("/notify") == [BEGIN]


def test_what_cannot_be(ann: Talker) -> None:
    assert "quiet hours such as" in ann.ask("/notify quiet late")[0]
    assert "time zone such as" in ann.ask("/notify quiet 22:00-07:00 Nowhere")[0]
    assert "nobody of that name" in ann.ask("/notify @nobody all")[0]
