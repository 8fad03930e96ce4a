"""The buffers alone: where events go, and what apply() says has changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.client import events
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import NOTHING, Buffers, Change
from chatstore.client.entries import Entry, finds
from chatstore.client.events import Event, Message
from chatstore.client.members import Member

T = 1_700_000_000_000


def said(number: int, nick: str = "alice", target: str = "#main", body: str = "") -> Message:
    key = f"1-{number}"
    return Message(target, T + number, nick, body or f"line {number}", own=nick == "bob", key=key, msgid=key)


@pytest.fixture
def buffers() -> Buffers:
    buffers = Buffers("bob")
    buffers.apply(events.Membership("#main", T, True))
    buffers.apply(events.Marker("#main", T, T))
    buffers.current = "#main"
    return buffers


def apply(buffers: Buffers, *told: Event) -> list[Change]:
    return [buffers.apply(event) for event in told]


def test_what_comes_stands_at_the_end_and_once(buffers: Buffers) -> None:
    assert apply(buffers, said(1), said(2), said(1)) == [
        Change("tail", "#main", 0),
        Change("tail", "#main", 1),
        NOTHING,
    ]
    assert [entry.text for entry in buffers.by_key["#main"].entries] == ["line 1", "line 2"]


def test_what_is_pending_stays_behind_the_rest(buffers: Buffers) -> None:
    pending = events.Pending("#main", T, 1, "mine")
    changes = apply(buffers, said(1), pending, said(2), events.Settled("#main", T, 1), said(3, "bob", body="mine"))
    assert [change.start for change in changes] == [0, 1, 1, 2, 2]
    assert [(entry.key, entry.pending) for entry in buffers.by_key["#main"].entries] == [
        ("1-1", False),
        ("1-2", False),
        ("1-3", False),
    ]
    apply(buffers, pending)
    assert buffers.by_key["#main"].entries[-1].pending
    assert buffers.by_key["#main"].unread == 2


def test_older_lines_go_in_front_and_move_the_others(buffers: Buffers) -> None:
    apply(buffers, said(5), said(6))
    page = events.Older("#main", T, (said(3), said(4), said(5)), complete=True)
    assert buffers.apply(page) == Change("prepended", "#main", count=2)
    buffer = buffers.by_key["#main"]
    assert buffer.complete
    assert [buffer.place(f"1-{number}") for number in (3, 4, 5, 6, 7)] == [0, 1, 2, 3, None]
    assert buffer.unread == 4
    assert buffer.first_unread == "1-3"
    assert buffer.oldest == "1-3"


def test_a_page_that_meets_the_entries_is_a_part_of_them(buffers: Buffers) -> None:
    apply(buffers, said(5))
    assert buffers.apply(events.MessagesAround("#main", T, "1-4", (said(4), said(5)))) == Change(
        "prepended", "#main", count=1
    )
    assert buffers.apply(events.MessagesAround("#main", T, "1-2", (said(1), said(2)))) == Change("excerpt", "#main")
    excerpt = buffers.by_key["#main"].excerpt
    assert excerpt is not None
    assert ([entry.key for entry in excerpt.entries], excerpt.focus) == (["1-1", "1-2"], "1-2")
    buffers.apply(events.Redacted("#main", T, "alice", "1-2"))
    assert excerpt.entries[1].removed == "alice"


def test_a_reaction_may_be_known_before_its_message(buffers: Buffers) -> None:
    react = events.Reacted("#main", T + 9, "carol", "1-1", "👍")
    assert buffers.apply(react) == NOTHING
    apply(buffers, said(1))
    assert buffers.by_key["#main"].entries[0].reactions == (("👍", ("carol",)),)
    more = [
        events.Reacted("#main", T + 10, "dan", "1-1", "🎉"),
        events.Reacted("#main", T + 11, "dan", "1-1", "👍"),
        events.Reacted("#main", T + 12, "carol", "1-1", "🎉", True),
        events.Reacted("#main", T + 13, "Dan", "1-1", "🎉", True),
        events.Reacted("#main", T + 5, "carol", "1-1", "👍", True),  # an older page comes later
    ]
    assert [change.kind for change in apply(buffers, *more)] == ["entry", "entry", "nothing", "entry", "nothing"]
    assert buffers.by_key["#main"].entries[0].reactions == (("👍", ("carol", "dan")),)


def test_what_is_taken_back_has_no_text_and_is_not_unread(buffers: Buffers) -> None:
    apply(buffers, said(1, body="bob: hello"), said(2))
    assert (buffers.by_key["#main"].unread, buffers.by_key["#main"].mentions) == (2, 1)
    assert buffers.apply(events.Redacted("#main", T, "alice", "1-1", "oh")) == Change("entry", "#main", 0)
    entry = buffers.by_key["#main"].entries[0]
    assert (entry.text, entry.removed, entry.reason, entry.mention) == ("", "alice", "oh", False)
    assert (buffers.by_key["#main"].unread, buffers.by_key["#main"].mentions) == (1, 0)


def test_every_direct_message_is_for_us(buffers: Buffers) -> None:
    apply(buffers, events.Marker("alice", T, 0), said(1, target="alice"))
    assert (buffers.by_key["alice"].unread, buffers.by_key["alice"].mentions) == (1, 1)


def test_our_own_clock_ends_no_unread(buffers: Buffers) -> None:
    apply(buffers, said(1), said(2), events.Info("#main", 5, "told by a clock that is wrong"))
    buffers.by_key["#main"].recount()
    assert buffers.by_key["#main"].unread == 2
    assert buffers.by_key["#main"].first_unread == "1-1"


def test_answers_stand_where_one_is(buffers: Buffers) -> None:
    answers = [
        events.Info("", T, "told"),
        events.Failure("", T, "wrong"),
        events.Failure("#nope", T, "no way in"),
        events.NotSent("#main", T, "hello", "no voice"),
        Message("ChanServ", T, "ChanServ", "done", "notice"),
    ]
    assert {change.key for change in apply(buffers, *answers)} == {"#main"}
    assert buffers.apply(events.Info("", T, "welcome", from_server=True)).key == ""
    buffers.current = "gone"
    assert buffers.apply(events.Info("", T, "told")).key == ""
    assert set(buffers.by_key) == {"", "#main"}


def test_rooms_come_before_people_and_the_server_last(buffers: Buffers) -> None:
    apply(buffers, events.Opened("carol", T), events.Opened("alice", T), events.Membership("#a", T, True))
    assert [one.name for one in buffers.in_order] == ["#a", "#main", "alice", "carol", ""]
    buffers.close("alice")
    buffers.close("")
    assert [one.name for one in buffers.in_order] == ["#a", "#main", "carol", ""]
    apply(buffers, events.Renamed("#main", T, "#tea"))
    assert buffers.current == "#tea"
    assert buffers.current_buffer.name == "#tea"


def test_who_is_there(buffers: Buffers) -> None:
    apply(buffers, events.Members("#main", T, (Member("alice", "@"), Member("bob"))), events.Opened("alice", T))
    apply(buffers, events.Presence("", T, "alice", "away"))
    assert buffers.by_key["#main"].members["alice"] == Member("alice", "@", True)
    assert buffers.by_key["alice"].presence == "away"
    apply(buffers, events.MembersChanged("#main", T, (Member("carol"),), ("alice",)))
    assert list(buffers.by_key["#main"].members) == ["bob", "carol"]
    apply(buffers, events.Membership("#main", T, False))
    assert buffers.by_key["#main"].members == {}


def test_typing_ends_by_itself_by_a_word_or_by_a_message(buffers: Buffers) -> None:
    buffer = buffers.by_key["#main"]
    apply(buffers, events.Typing("#main", T, "alice", "active"), events.Typing("#main", T, "carol", "paused"))
    assert buffer.typing(T + 5_999) == ["alice", "carol"]
    assert buffer.typing(T + 6_000) == ["carol"]
    assert buffer.typing(T + 30_000) == []
    apply(buffers, events.Typing("#main", T, "alice", "active"), events.Typing("#main", T, "carol", "active"))
    apply(buffers, said(1), events.Typing("#main", T, "carol", "done"))
    assert buffer.typing(T) == []


def test_the_connection(buffers: Buffers) -> None:
    apply(buffers, events.Connected("", T, "irc://x:1", "bob", True), events.Lag("", T, 12))
    assert (buffers.connection.status, buffers.multiline, buffers.lag_ms) == ("connected", True, 12)
    apply(buffers, events.Disconnected("", T, "gone", 2.5))
    assert (buffers.connection.status, buffers.connection.why, buffers.connection.retry_at) == (
        "waiting",
        "gone",
        T + 2500,
    )
    assert buffers.lag_ms is None
    apply(buffers, events.Connecting("", T))
    assert buffers.connection.status == "connecting"
    apply(buffers, events.Ended("", T, "over"))
    assert (buffers.connection.status, buffers.connection.why) == ("ended", "over")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bob: hi", True),
        ("hi @Bob!", True),
        ("bob", True),
        ("(bob)", True),
        ("bobby", False),
        ("a bob-smith", False),
        ("x-bob", False),
        ("kebob", False),
        ("", False),
    ],
)
def test_mentions(text: str, found: bool) -> None:
    assert (finds("bob").search(text) is not None) == found


def test_a_new_nick_is_what_is_mentioned(buffers: Buffers) -> None:
    apply(buffers, events.CurrentNick("", T, "r[b]"), said(1, body="bob?"), said(2, body="r[b]?"))
    assert [entry.mention for entry in buffers.by_key["#main"].entries] == [False, True]


def test_an_operator_mentions_everybody_in_a_room(buffers: Buffers) -> None:
    apply(buffers, events.Members("#main", T, (Member("alice", "@"), Member("eve", "+"), Member("bob"))))
    apply(buffers, said(1, body="tea, @Room!"), said(2, "eve", body="@room"), said(3, body="the room"))
    assert [entry.mention for entry in buffers.by_key["#main"].entries] == [True, False, False]
    apply(buffers, said(4, target="alice", body="@room"))
    assert not buffers.by_key["alice"].entries[0].mention


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=30), st.integers(0, 60))
def test_places_are_right_whichever_way_lines_come(steps: list[tuple[bool, int]], until: int) -> None:
    """At the end or in front, so many at a time."""
    buffer = Buffer("#main", read_until=until)
    first = last = 60
    for older, count in steps:
        if older:
            new = [_entry(number) for number in range(first - count, first)]
            first -= count
            assert buffer.prepend(new) == count
        else:
            for _ in range(count):
                buffer.append(_entry(last))
                last += 1
    assert [entry.time for entry in buffer.entries] == list(range(first, last))
    assert all(buffer.place(entry.key) == place for place, entry in enumerate(buffer.entries))
    assert buffer.unread == sum(number > until for number in range(first, last))


def _entry(number: int) -> Entry:
    return Entry(f"k{number}", number, "message", "alice", "x", msgid=f"k{number}")
