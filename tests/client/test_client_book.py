"""The book by itself: where items go, and what it says has changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.client import items, news
from chatstore.client.book import NOTHING, Book, Change
from chatstore.client.conversation import Conversation
from chatstore.client.entries import Entry, finds
from chatstore.client.items import Item, Message
from chatstore.client.targets import Member

T = 1_700_000_000_000


def said(number: int, nick: str = "alice", target: str = "#main", body: str = "") -> Message:
    key = f"1-{number}"
    return Message(target, T + number, nick, body or f"line {number}", own=nick == "bob", key=key, msgid=key)


@pytest.fixture
def book() -> Book:
    book = Book("bob")
    book.apply(news.Membership("#main", T, True))
    book.apply(news.Marker("#main", T, T))
    book.current = "#main"
    return book


def apply(book: Book, *told: Item) -> list[Change]:
    return [book.apply(item) for item in told]


def test_what_comes_stands_at_the_end_and_once(book: Book) -> None:
    assert apply(book, said(1), said(2), said(1)) == [
        Change("tail", "#main", 0),
        Change("tail", "#main", 1),
        NOTHING,
    ]
    assert [entry.text for entry in book.by_key["#main"].entries] == ["line 1", "line 2"]


def test_what_is_pending_stays_behind_the_rest(book: Book) -> None:
    pending = news.Pending("#main", T, 1, "mine")
    changes = apply(book, said(1), pending, said(2), news.Settled("#main", T, 1), said(3, "bob", body="mine"))
    assert [change.start for change in changes] == [0, 1, 1, 2, 2]
    assert [(entry.key, entry.pending) for entry in book.by_key["#main"].entries] == [
        ("1-1", False),
        ("1-2", False),
        ("1-3", False),
    ]
    apply(book, pending)
    assert book.by_key["#main"].entries[-1].pending
    assert book.by_key["#main"].unread == 2


def test_older_lines_go_in_front_and_move_the_others(book: Book) -> None:
    apply(book, said(5), said(6))
    page = items.Older("#main", T, (said(3), said(4), said(5)), complete=True)
    assert book.apply(page) == Change("prepended", "#main", count=2)
    conversation = book.by_key["#main"]
    assert conversation.complete
    assert [conversation.place(f"1-{number}") for number in (3, 4, 5, 6, 7)] == [0, 1, 2, 3, None]
    assert conversation.unread == 4
    assert conversation.first_unread == "1-3"
    assert conversation.oldest == "1-3"


def test_a_page_that_meets_the_entries_is_a_part_of_them(book: Book) -> None:
    apply(book, said(5))
    assert book.apply(news.Around("#main", T, "1-4", (said(4), said(5)))) == Change("prepended", "#main", count=1)
    assert book.apply(news.Around("#main", T, "1-2", (said(1), said(2)))) == Change("excerpt", "#main")
    excerpt = book.by_key["#main"].excerpt
    assert excerpt is not None
    assert ([entry.key for entry in excerpt.entries], excerpt.focus) == (["1-1", "1-2"], "1-2")
    book.apply(news.Redacted("#main", T, "alice", "1-2"))
    assert excerpt.entries[1].removed == "alice"


def test_a_reaction_may_be_known_before_its_message(book: Book) -> None:
    react = news.Reacted("#main", T + 9, "carol", "1-1", "👍")
    assert book.apply(react) == NOTHING
    apply(book, said(1))
    assert book.by_key["#main"].entries[0].reactions == (("👍", ("carol",)),)
    more = [
        news.Reacted("#main", T + 10, "dan", "1-1", "🎉"),
        news.Reacted("#main", T + 11, "dan", "1-1", "👍"),
        news.Reacted("#main", T + 12, "carol", "1-1", "🎉", True),
        news.Reacted("#main", T + 13, "Dan", "1-1", "🎉", True),
        news.Reacted("#main", T + 5, "carol", "1-1", "👍", True),  # an older page comes later
    ]
    assert [change.kind for change in apply(book, *more)] == ["entry", "entry", "nothing", "entry", "nothing"]
    assert book.by_key["#main"].entries[0].reactions == (("👍", ("carol", "dan")),)


def test_what_is_taken_back_has_no_text_and_is_not_unread(book: Book) -> None:
    apply(book, said(1, body="bob: hello"), said(2))
    assert (book.by_key["#main"].unread, book.by_key["#main"].mentions) == (2, 1)
    assert book.apply(news.Redacted("#main", T, "alice", "1-1", "oh")) == Change("entry", "#main", 0)
    entry = book.by_key["#main"].entries[0]
    assert (entry.text, entry.removed, entry.reason, entry.mention) == ("", "alice", "oh", False)
    assert (book.by_key["#main"].unread, book.by_key["#main"].mentions) == (1, 0)


def test_every_direct_message_is_for_us(book: Book) -> None:
    apply(book, news.Marker("alice", T, 0), said(1, target="alice"))
    assert (book.by_key["alice"].unread, book.by_key["alice"].mentions) == (1, 1)


def test_our_own_clock_ends_no_unread(book: Book) -> None:
    apply(book, said(1), said(2), items.Info("#main", 5, "told by a clock that is wrong"))
    book.by_key["#main"].recount()
    assert book.by_key["#main"].unread == 2
    assert book.by_key["#main"].first_unread == "1-1"


def test_answers_stand_where_one_is(book: Book) -> None:
    answers = [
        items.Info("", T, "told"),
        items.Failure("", T, "wrong"),
        items.Failure("#nope", T, "no way in"),
        items.NotSent("#main", T, "hello", "no voice"),
        Message("ChanServ", T, "ChanServ", "done", "notice"),
    ]
    assert {change.key for change in apply(book, *answers)} == {"#main"}
    assert book.apply(items.Info("", T, "welcome", greeting=True)).key == ""
    book.current = "gone"
    assert book.apply(items.Info("", T, "told")).key == ""
    assert set(book.by_key) == {"", "#main"}


def test_rooms_come_before_people_and_the_server_last(book: Book) -> None:
    apply(book, news.Opened("carol", T), news.Opened("alice", T), news.Membership("#a", T, True))
    assert [one.name for one in book.conversations] == ["#a", "#main", "alice", "carol", ""]
    book.close("alice")
    book.close("")
    assert [one.name for one in book.conversations] == ["#a", "#main", "carol", ""]
    apply(book, news.Renamed("#main", T, "#tea"))
    assert book.current == "#tea"
    assert book.now_in.name == "#tea"


def test_who_is_there(book: Book) -> None:
    apply(book, news.Members("#main", T, (Member("alice", "@"), Member("bob"))), news.Opened("alice", T))
    apply(book, news.Presence("", T, "alice", "away"))
    assert book.by_key["#main"].members["alice"] == Member("alice", "@", True)
    assert book.by_key["alice"].presence == "away"
    apply(book, news.MembersChanged("#main", T, (Member("carol"),), ("alice",)))
    assert list(book.by_key["#main"].members) == ["bob", "carol"]
    apply(book, news.Membership("#main", T, False))
    assert book.by_key["#main"].members == {}


def test_typing_ends_by_itself_by_a_word_or_by_a_message(book: Book) -> None:
    conversation = book.by_key["#main"]
    apply(book, news.Typing("#main", T, "alice", "active"), news.Typing("#main", T, "carol", "paused"))
    assert conversation.typing(T + 5_999) == ["alice", "carol"]
    assert conversation.typing(T + 6_000) == ["carol"]
    assert conversation.typing(T + 30_000) == []
    apply(book, news.Typing("#main", T, "alice", "active"), news.Typing("#main", T, "carol", "active"))
    apply(book, said(1), news.Typing("#main", T, "carol", "done"))
    assert conversation.typing(T) == []


def test_the_connection(book: Book) -> None:
    apply(book, news.Connected("", T, "irc://x:1", "bob", True), news.Lag("", T, 12))
    assert (book.connection.status, book.multiline, book.lag_ms) == ("connected", True, 12)
    apply(book, news.Disconnected("", T, "gone", 2.5))
    assert (book.connection.status, book.connection.why, book.connection.retry_at) == ("waiting", "gone", T + 2500)
    assert book.lag_ms is None
    apply(book, news.Connecting("", T))
    assert book.connection.status == "connecting"
    apply(book, news.Ended("", T, "over"))
    assert (book.connection.status, book.connection.why) == ("ended", "over")


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


def test_a_new_nick_is_what_is_mentioned(book: Book) -> None:
    apply(book, news.NickIs("", T, "r[b]"), said(1, body="bob?"), said(2, body="r[b]?"))
    assert [entry.mention for entry in book.by_key["#main"].entries] == [False, True]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=30), st.integers(0, 60))
def test_places_are_right_whichever_way_lines_come(steps: list[tuple[bool, int]], until: int) -> None:
    """At the end or in front, so many at a time."""
    conversation = Conversation("#main", read_until=until)
    first = last = 60
    for older, count in steps:
        if older:
            new = [_entry(number) for number in range(first - count, first)]
            first -= count
            assert conversation.prepend(new) == count
        else:
            for _ in range(count):
                conversation.append(_entry(last))
                last += 1
    assert [entry.time for entry in conversation.entries] == list(range(first, last))
    assert all(conversation.place(entry.key) == place for place, entry in enumerate(conversation.entries))
    assert conversation.unread == sum(number > until for number in range(first, last))


def _entry(number: int) -> Entry:
    return Entry(f"k{number}", number, "message", "alice", "x", msgid=f"k{number}")
