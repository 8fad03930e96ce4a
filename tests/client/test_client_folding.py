"""Joins and leaves are one paragraph, and somebody who keeps joining and leaving is mentioned once."""

from __future__ import annotations

from datetime import timezone

import pytest

from chatstore.client import events
from chatstore.client.entries import Entry, EventKind
from chatstore.client.folding import MAX_SENTENCES, folded, sentences
from chatstore.client.render import Renderer

T = 1_700_000_000_000  # 2023-11-14, 22:13 UTC
DAY = 86_400_000


def event(number: int, nick: str, kind: EventKind = "join", text: str = "", **more: object) -> Entry:
    said = text or f"{nick} {'joined' if kind == 'join' else 'left' if kind == 'part' else 'quit'}"
    return Entry(f"k{number}", T + number * 1000, "event", nick, said, event=kind, **more)  # type: ignore[arg-type]


def run(*words: str) -> list[Entry]:
    """`+ann` joins, `-ann` leaves."""
    return [event(number, word[1:], "join" if word[0] == "+" else "part") for number, word in enumerate(words)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("+ann +bob", ["ann joined", "bob joined"]),
        ("+ann -ann", ["ann joined and left"]),
        ("-ann +ann", ["ann left and rejoined"]),
        ("+ann -ann +ann -Ann", ["Ann joined and left twice"]),
        ("+ann -ann +ann -ann +ann", ["ann left and rejoined twice"]),
        ("+ann -ann " * 250, ["ann joined and left 250 times"]),
        ("+ann -bob -ann +cy", ["bob left", "ann joined and left", "cy joined"]),
        ("+ann +ann", ["ann joined"]),
    ],
)
def test_of_each_person_it_is_told_once(words: str, told: list[str]) -> None:
    assert sentences(run(*words.split())) == told


def test_what_else_happened_is_told_once_each() -> None:
    set_, unset = (event(number, "ann", "mode", f"ann set {sign}v bob") for number, sign in enumerate("+-"))
    assert sentences([set_, unset] * 3) == ["ann set +v bob (3 times)", "ann set -v bob (3 times)"]
    topic = event(9, "ann", "topic", "ann changed the topic to: tea")
    assert sentences([*run("+ann"), topic, *run("-bob")]) == ["ann joined", topic.text, "bob left"]


def test_a_run_is_one_entry_between_messages_and_days() -> None:
    message = Entry("m1", T, "message", "ann", "hi", msgid="m1")
    entries = [*run("+ann", "-ann"), message, *run("+bob"), event(200_000, "cy"), event(200_001, "dan", "part")]
    drawn, starts = folded(entries, lambda entry: str(entry.time // DAY))
    assert [entry.text for entry in drawn] == ["ann joined and left", "hi", "bob joined", "cy joined · dan left"]
    assert starts == [0, 2, 3, 4]
    assert [entry.event for entry in drawn] == ["several", "", "join", "several"]
    opened, starts = folded(entries, lambda entry: "", {drawn[0].key})
    assert [entry.text for entry in opened][:2] == ["ann joined", "ann left"]
    assert starts[:3] == [0, 1, 2]


def test_of_a_long_run_the_end_is_shown() -> None:
    drawn, _ = folded([event(number, f"n{number}") for number in range(3000)], lambda entry: "")
    assert drawn[0].text == " · ".join(["2994 more", *(f"n{number} joined" for number in range(2994, 3000))])
    assert (drawn[0].hidden, drawn[0].event) == (3000 - MAX_SENTENCES, "join")


def test_our_own_removal_and_a_new_room_stand_alone() -> None:
    kicked = event(1, "ann", "kick", "bob was removed by ann", own=True)
    new = Entry("k9", T, "event", "", "you created #main", event="new")
    drawn, _ = folded([*run("+ann"), kicked, *run("+cy"), new], lambda entry: "")
    assert len(drawn) == 4


def lines(renderer: Renderer, *told: events.Event) -> list[str]:
    return [line[6:] for line in renderer.render_all(told) if not line.startswith("-- ")]


@pytest.fixture
def renderer() -> Renderer:
    renderer = Renderer(zone=timezone.utc)
    renderer.current = "#main"
    return renderer


def test_a_page_of_lines_has_one_for_each_run(renderer: Renderer) -> None:
    flapping = [one("#main", T + number, "ann") for number in range(250) for one in (events.Joined, events.Left)]
    hello = events.Message("#main", T, "bob", "hello")
    told = lines(renderer, *flapping, hello, events.Joined("#dev", T, "cy"), events.Joined("#main", T, "cy"))
    assert told == ["-- ann joined and left 250 times", "<bob> hello", "#dev -> cy joined", "-> cy joined"]
    older = events.Older("#main", T, (*flapping, hello))
    assert [line[6:] for line in renderer.render(older) if not line.startswith("--")] == told[:2]


def test_who_keeps_coming_and_going_is_told_of_once(renderer: Renderer) -> None:
    told = []
    for number in range(60):
        told += lines(renderer, (events.Left if number % 2 else events.Joined)("#main", T + number * 500, "ann"))
    keeps = "-- ann keeps joining and leaving; this is shown again after a minute without it"
    assert told == ["-> ann joined", "<- ann left", "-> ann joined", "<- ann left", keeps]
    assert lines(renderer, events.Joined("#main", T + 31_000, "bob")) == ["-> bob joined"]
    assert lines(renderer, events.Joined("#main", T + 200_000, "ann")) == ["-> ann joined"]
