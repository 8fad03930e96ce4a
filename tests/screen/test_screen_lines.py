"""The line view alone: what of a long conversation is seen, and that nothing moves it but the person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timezone

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from chatstore.client.entries import Entry
from chatstore.client.screen.colors import DARK, Styles
from chatstore.client.screen.line_view import LineView
from tests.screen.piloting import go, until

NOON = 1_764_072_000_000
"""Tuesday 25 November 2025, 12:00 UTC, in ms."""


BEGINNING = "this is where #main begins"


def said(number: int, text: str = "", **more: object) -> Entry:
    entry = Entry(
        f"m{number}",
        NOON + number * 1000,
        "message",
        f"nick{number % 3}",
        text or f"words {number}.",
        msgid=f"m{number}",
    )
    return Entry(**{**{name: getattr(entry, name) for name in entry.__dataclass_fields__}, **more})  # type: ignore[arg-type]


class Alone(App[None]):
    CSS = "LineView { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.older = 0

    def compose(self) -> ComposeResult:
        yield LineView(Styles(DARK), zone=timezone.utc)

    def on_line_view_near_top(self) -> None:
        self.older += 1


@asynccontextmanager
async def showing(
    entries: Sequence[Entry], *, size: tuple[int, int] = (60, 10), unread: str = "", complete: bool = False
) -> AsyncIterator[tuple[Pilot[None], LineView, Alone]]:
    app = Alone()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(LineView)
        view.show(entries, name="#main", nick="zoe", beginning=BEGINNING if complete else "", unread=unread)
        await pilot.pause()
        yield pilot, view, app


def numbers(view: LineView) -> list[int]:
    """Of the entries whose first row is seen."""
    return [int(row.split("words ")[1].split(".")[0]) for row in view.text_rows() if "words " in row]


def test_the_end_is_seen_and_followed() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(100)]
        async with showing(entries) as (_, view, _):
            assert numbers(view) == list(range(90, 100))
            entries.append(said(100))
            view.tail(100)
            assert numbers(view) == list(range(91, 101))
            assert view.follows

    go(scenario())


def test_whoever_reads_further_up_is_not_moved() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(100, 200)]
        async with showing(entries) as (_, view, _):
            view.scroll_rows(-50)
            seen = numbers(view)
            assert seen == list(range(140, 150))
            entries.append(said(200))
            view.tail(100)
            assert numbers(view) == seen
            entries[:0] = [said(number) for number in range(100)]
            view.prepended(100)
            assert numbers(view) == seen
            view.scroll_rows(-1)
            assert numbers(view) == [139, *seen[:-1]]
            assert not view.follows
            view.go_end()
            assert numbers(view)[-1] == 200
            assert view.follows

    go(scenario())


def test_at_the_top_older_entries_are_wanted_and_come_above() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(100, 200)]
        async with showing(entries) as (pilot, view, app):
            view.go_home()
            await pilot.pause()
            assert app.older == 1
            assert "PageUp: older messages" in view.text_rows()[0]
            first = numbers(view)[0]
            entries[:0] = [said(number) for number in range(100)]
            view.prepended(100)
            assert numbers(view)[0] == first == 100
            view.page_up()
            assert numbers(view) == list(range(92, 102))
            view.begin_with(BEGINNING)
            view.go_home()
            assert "this is where #main begins" in view.text_rows()[0]
            assert "Tuesday 25 November 2025" in view.text_rows()[1]

    go(scenario())


def test_pages_up_and_down_show_everything_once() -> None:
    async def scenario() -> None:
        texts = ["words %d. " + "and so on " * (number % 13) for number in range(60)]
        entries = [said(number, text % number) for number, text in enumerate(texts)]
        async with showing(entries, complete=True) as (_, view, _):
            seen: set[int] = set(numbers(view))
            tops = []
            while not any("begins" in row for row in view.text_rows()):
                view.page_up()
                seen |= set(numbers(view))
                tops.append(view.place)
                assert len(tops) < 100
            assert seen == set(range(60))
            again: set[int] = set(numbers(view))
            while not view.follows:
                view.page_down()
                again |= set(numbers(view))
            assert again == seen

    go(scenario())


def test_another_width_keeps_the_entry_at_the_top() -> None:
    async def scenario() -> None:
        entries = [said(number, f"words {number}. " + "long " * 30) for number in range(300)]
        async with showing(entries, size=(100, 20)) as (pilot, view, _):
            view.scroll_rows(-400)
            place = view.place
            assert place is not None
            for width in (40, 140, 100):
                await pilot.resize_terminal(width, 20)
                assert view.place is not None
                assert view.place[0] == place[0]

    go(scenario())


def test_days_the_unread_line_and_nicks_that_stand_above() -> None:
    async def scenario() -> None:
        day = 86_400_000
        entries = [
            said(1, nick="ada"),
            said(2, nick="ada"),
            said(3, nick="ada", time=NOON + 6 * 60_000),
            said(4, nick="ada", time=NOON + 6 * 60_000 + 1),
            said(5, nick="ada", time=NOON + day),
        ]
        async with showing(entries, unread="m4", complete=True) as (_, view, _):
            rows = [" ".join(row.strip("─ ").split()) for row in view.text_rows() if row.strip()]
            assert rows == [
                "this is where #main begins",
                "Tuesday 25 November 2025",
                "12:00 ada words 1.",
                "12:00 words 2.",
                "12:06 ada words 3.",
                "new",
                "12:06 ada words 4.",
                "Wednesday 26 November 2025",
                "12:00 ada words 5.",
            ]

    go(scenario())


@pytest.mark.parametrize(
    ("entry", "rows"),
    [
        (said(1, nick="ada", text="one\ntwo"), ["12:00 ada one", "two"]),
        (said(1, kind="action", nick="ada", text="waves"), ["12:00 * ada waves"]),
        (said(1, kind="notice", nick="ada"), ["12:00 -ada- words 1."]),
        (said(1, kind="event", event="join", nick="ada", text="ada joined"), ["12:00 → ada joined"]),
        (said(1, kind="failure", nick="", text="no such room"), ["12:00 ! no such room"]),
        (said(1, nick="ada", pending=True), ["12:00 ada words 1. …"]),
        (said(1, nick="ada", text="", removed="bob", reason="spam"), ["12:00 ada message removed by bob (spam)"]),
        (said(1, nick="ada", audience="@"), ["12:00 ada to operators: words 1."]),
        (said(1, nick="ada", reply_to="gone"), ["12:00 ada ↱ an earlier message", "words 1."]),
        (said(1, nick="ada", reply_to="m0"), ["12:00 ada ↱ nick0: words 0.", "words 1."]),
        (
            said(1, nick="ada", reactions=(("👍", ("bob", "zoe")), ("🎉", ("a", "b", "c", "d")))),
            ["12:00 ada words 1.", "👍 bob, zoe 🎉 4"],
        ),
        (said(1, nick="ada", mention=True, text="zoe: hi"), ["┃12:00 ada zoe: hi"]),
        (said(1, nick="a\x1bb", text="x\x1b[2J\x9by"), ["12:00 a\\x1bb x\\x1b[2J\\x9by"]),
    ],
)
def test_what_an_entry_looks_like(entry: Entry, rows: list[str]) -> None:
    async def scenario() -> None:
        async with showing([said(0), entry], size=(60, 12)) as (_, view, _):
            shown = [" ".join(row.split()) for row in view.text_rows() if row.strip()]
            assert shown[3:] == rows

    go(scenario())


def test_a_message_is_selected_by_keys_and_only_what_was_said() -> None:
    async def scenario() -> None:
        entries = [said(1), said(2, kind="event", text="ada joined"), said(3, text="", removed="ada"), said(4)]
        async with showing(entries) as (_, view, _):
            assert view.selected is None
            view.select(-1)
            assert view.selected is entries[3]
            view.select(-1)
            assert view.selected is entries[0]
            view.select(-1)
            assert view.selected is entries[0]
            view.select(1)
            view.select(1)
            assert view.selected is None

    go(scenario())


def test_the_selection_is_kept_in_sight_and_stays_with_its_message() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(100, 200)]
        async with showing(entries) as (_, view, _):
            for _ in range(40):
                view.select(-1)
            assert view.selected is entries[60]
            assert 160 in numbers(view)
            entries[:0] = [said(number) for number in range(50)]
            view.prepended(50)
            assert view.selected is not None
            assert view.selected.key == "m160"
            for _ in range(20):
                view.select(1)
            assert view.selected.key == "m180"
            assert 180 in numbers(view)

    go(scenario())


def test_what_is_found_is_shown_and_marked() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(1000)]
        async with showing(entries) as (_, view, _):
            assert view.reveal("m500")
            row = next(row for row in view.text_rows() if "words 500." in row)
            assert row.startswith("▌")
            assert not view.reveal("m5000")
            view.go_end()
            assert not any(row.startswith("▌") for row in view.text_rows())

    go(scenario())


def test_only_what_is_seen_is_drawn() -> None:
    """However long the conversation is: that is what makes it fast."""

    async def scenario() -> None:
        entries = [said(number) for number in range(50_000)]
        async with showing(entries, size=(120, 40)) as (pilot, view, _):
            assert len(view._drawn) < 100
            view.scroll_rows(-1000)
            entries[:0] = [said(-number) for number in range(200, 0, -1)]
            view.prepended(200)
            await pilot.resize_terminal(80, 24)
            await until(pilot, lambda: len(view._drawn) < 100)  # the view is told later
            view.go_home()
            assert numbers(view)[0] == -200

    go(scenario())


def test_the_bar_and_the_wheel() -> None:
    async def scenario() -> None:
        entries = [said(number) for number in range(1000)]
        async with showing(entries, size=(60, 20)) as (pilot, view, _):
            await pilot.mouse_down(view, offset=(59, 10))
            await pilot.mouse_up(view, offset=(59, 10))
            assert abs(numbers(view)[0] - 526) < 30
            before = numbers(view)[0]
            await pilot.click(view, offset=(20, 3))
            assert view.selected is not None
            assert view.selected.key == f"m{before + 3}"

    go(scenario())


def came(number: int) -> Entry:
    nick = f"guest{number}"
    return Entry(
        f"e{number}", NOON + number * 1000, "event", nick, f"{nick} joined", msgid=f"e{number}", event="join"
    )


def test_a_run_of_joins_is_one_paragraph_and_can_be_opened() -> None:
    async def scenario() -> None:
        entries = [said(0), *(came(number) for number in range(1, 3001)), said(3001)]
        async with showing(entries, size=(60, 30)) as (_, view, _):
            assert numbers(view) == [0, 3001]
            assert "2994 more · guest2995 joined" in " ".join(" ".join(view.text_rows()).split())
            assert view.short
            view.select(-1)
            view.select(-1)
            assert (view.selecting, view.selected_paragraph, view.selected) == (True, True, None)
            view.open_paragraph()
            assert (view.selecting, view.short) == (False, False)
            assert "guest1 joined" in view.text_rows()[0]
            entries += [came(number) for number in range(3002, 3020)]
            view.tail(3002)
            view.go_end()
            assert "12 more" in " ".join(view.text_rows())
            view.scroll_rows(-2)
            assert "guest3000 joined" in " ".join(view.text_rows())

    go(scenario())


def test_whoever_reads_is_not_moved_by_a_run_that_grows() -> None:
    async def scenario() -> None:
        entries: list[Entry] = [came(number) for number in range(50, 60)]
        entries += [said(number) for number in range(60, 100)]
        async with showing(entries) as (_, view, _):
            view.scroll_rows(-25)
            seen, place = numbers(view), view.place
            for number in range(100, 140):
                entries.append(came(number))
                view.tail(len(entries) - 1)
            assert numbers(view) == seen
            entries[:0] = [said(number) for number in range(10)] + [came(number) for number in range(10, 50)]
            view.prepended(50)  # the last of these and the first that were here are one paragraph now
            assert (numbers(view), view.place) == (seen, place)
            assert sum("more" in entry.text for entry in view._entries) == 2
            view.show(entries, name="#main", nick="zoe", beginning="", unread="", place=place)
            assert numbers(view) == seen
            rows = -1
            while rows != view.place:  # up to the top, one row at a time: it ends
                rows = view.place  # type: ignore[assignment]
                view.scroll_rows(-1)
            assert view.place == ("", 0)

    go(scenario())
