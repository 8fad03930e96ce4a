"""Search by the index of words and by reading the messages that are not indexed yet: together they find what
reading every row finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft, search_form
from chatstore.chat.model.phrases import Asked
from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.storage import search as storage_search
from tests.storage.database import ALICE, Database
from tests.storage.searching import InFile, InTables, Searched, in_small_pieces

Open = Callable[..., Database]
BOB = Actor("Bob [x] ünï", guest="g2")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_pieces(monkeypatch)


def searching(database: Database) -> Searched:
    return InFile(database) if database.store.place.file is not None else InTables(database)


@pytest.fixture
def searched(database: Database) -> Iterator[Searched]:
    searched = searching(database)
    yield searched
    searched.stop()


def test_indexed_messages_new_ones_and_both(searched: Searched) -> None:
    room = searched.database.room()
    searched.database.say(room, *(f"fast {n}" for n in range(20)))
    assert searched.indexed() == 0
    assert searched.found("fast") == [f"fast {n}" for n in range(20)]
    searched.catch_up()
    assert searched.indexed() == 20
    searched.database.say(room, "faster", "slow", "FAST!")
    assert searched.found("fast") == [*(f"fast {n}" for n in range(20)), "faster", "FAST!"]
    assert searched.found("fast", limit=3) == ["fast 19", "faster", "FAST!"]
    assert searched.found("fast", limit=3, after=0) == ["fast 0", "fast 1", "fast 2"]
    assert searched.found("slow") == ["slow"]


def test_the_index_is_what_answers(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only matching rows are read."""
    room = searched.database.room()
    searched.database.say(room, *(f"word{n} common" for n in range(40)))
    searched.catch_up()
    read: list[int] = []
    fits = Asked.fits
    monkeypatch.setattr(Asked, "fits", lambda self, body: read.append(1) or fits(self, body))
    assert searched.found("word17") == ["word17 common"]
    assert len(read) == 1
    assert len(searched.found("common", limit=5)) == 5
    assert len(read) <= 1 + 2 * 8


def test_a_common_word_in_a_small_room_reads_that_room_alone(
    searched: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = searched.database.room("large"), searched.database.room("small")
    searched.database.say(large, *(f"common {n}" for n in range(30)))
    searched.database.say(small, "common here")
    searched.database.say(large, *(f"common {n}" for n in range(30)))
    searched.catch_up()
    read: list[str] = []
    fits = Asked.fits
    monkeypatch.setattr(Asked, "fits", lambda self, body: read.append(body) or fits(self, body))
    assert searched.found("common", {small.id: 1}) == ["common here"]
    assert read == ["common here"]


def test_rights(searched: Searched) -> None:
    one, two = searched.database.room("one"), searched.database.room("two")
    searched.database.say(one, "word 1", "word 2", "word 3")
    searched.database.say(two, "word 4")
    narrow = [
        Draft(one.id, ALICE, kind, f"word {kind}", audience=audience)
        for kind, audience in (("message", "@"), ("notice", "+"), ("tags", ""))
    ]
    searched.store.submit(narrow).wait()
    for _ in range(2):
        assert searched.found("word", {one.id: 1}) == ["word 1", "word 2", "word 3"]
        assert searched.found("word", {one.id: 3}) == ["word 3"]
        assert searched.found("word", {one.id: 3, two.id: 1}) == ["word 3", "word 4"]
        assert searched.found("word", {two.id: 2}) == []
        assert searched.found("word", {one.id: 3, two.id: 1}, author="alice") == ["word 3", "word 4"]
        assert searched.found("word", {}) == []
        searched.catch_up()
    assert searched.indexed_ids("message") == searched.indexed_ids("notice") == []


def test_search_by_author_and_time(searched: Searched) -> None:
    room = searched.database.room()
    times = []
    for n in range(10):
        searched.database.now += 60
        actor = BOB if n % 3 == 0 else ALICE
        [event] = searched.store.submit([Draft(room.id, actor, MESSAGE_KINDS[n % 2], f"word {n}")]).wait()
        times.append(event.time)
    for _ in range(2):
        assert searched.found(author="BOB [x] ÜNÏ") == ["word 0", "word 3", "word 6", "word 9"]
        assert searched.found("word", author="bob") == []
        assert searched.found("word", author="bob [x] ünï", limit=2) == ["word 6", "word 9"]
        assert searched.found("word", after=times[7]) == ["word 7", "word 8", "word 9"]
        assert searched.found("word", before=times[1]) == ["word 0", "word 1"]
        between = {"after": times[1], "before": times[4]}
        assert searched.found("word", limit=2, **between) == ["word 1", "word 2"]
        searched.catch_up()


NASTY = [
    *(
        '"',
        '""',
        '"""',
        '" "',
        "'",
        "AND",
        "OR",
        "NOT",
        "NEAR",
        "NEAR(a b, 2)",
        "a AND b",
        "a NOT b",
        "*",
        "a*",
        "*a",
    ),
    *(
        "^",
        "^a",
        "-a",
        "- -",
        "col:a",
        "words:a",
        "{words}:a",
        "a + b",
        "(",
        ")",
        "((a",
        "a)",
        "\0",
        "a\0b",
        "%",
        "_",
    ),
    *(
        ";",
        "a'; DROP TABLE messages; --",
        "\\",
        "\\\\",
        "\ue000",
        "\ue0001",
        "\ue001",
        "\ufeff",
        "\u202e",
        "🎉",
        "👩‍💻",
    ),
    *("京", "京都", "ก", "e\u0301", "\u0301", "́a", "...", "a" * 5_000, "a " * 2_000, '"' + "b c " * 500 + '"'),
    *(
        "京" * 3_000,
        "\U0010ffff",
        "ﬁ",
        "ß",
        "İ",
        "ŉ",
        "\t\n\v",
        "rowid:1",
        "words MATCH 'a'",
        "1",
        "-1",
        "0x1",
        "NULL",
    ),
]


def test_nothing_that_is_typed_is_an_operator(searched: Searched) -> None:
    room = searched.database.room()
    nul = isinstance(searched, InFile)  # PostgreSQL's texts have none
    bodies = [*(body for body in NASTY if nul or "\0" not in body), "an ordinary message", "a b", "col a", "near"]
    searched.database.say(room, *bodies)
    by_rows = [searched.found(asked, limit=500) for asked in NASTY]
    searched.catch_up()
    for asked, expected in zip(NASTY, by_rows, strict=True):
        assert searched.found(asked, limit=500) == expected, asked
        assert expected == [body for body in bodies if Asked(asked).fits(body)]
        if '"' not in asked and asked in bodies and Asked(asked):
            assert asked in expected
    if isinstance(searched, InFile):
        assert not searched.store._words.index.doubted.is_set()


def test_a_search_ends_when_it_is_told_to(searched: Searched) -> None:
    room = searched.database.room()
    searched.database.say(room, *(f"word {n}" for n in range(40)))
    searched.catch_up()
    for asked, goes_on in (("word", 2), ("%", 0)):
        turns = iter([True] * goes_on)
        found = searched.store.search(searched.search_for(asked), lambda turns=turns: next(turns, False))
        assert not found.complete
    assert searched.store.search(searched.search_for("word39"), lambda: True).complete


def test_many_rooms(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that they are not named to the database: what is in other rooms, or too old, is found by nobody."""
    monkeypatch.setattr(storage_search, "_MANY", 1)
    one, two, other = (searched.database.room(name) for name in ("one", "two", "other"))
    for n in range(6):
        searched.database.say((one, two, other)[n % 3], f"word {n}")
    for _ in range(2):
        assert searched.found("word", {one.id: 1, two.id: 2}) == ["word 0", "word 3", "word 4"]
        assert searched.found("word", {one.id: 1, two.id: 2}, 1) == ["word 4"]
        assert searched.found("", {one.id: 2, two.id: 2}) == ["word 3", "word 4"]
        searched.catch_up()


def test_windows_meet(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexed or not, in one room or in several, from either end."""
    one, two = searched.database.room("one"), searched.database.room("two")
    for n in range(15):
        searched.database.say((one, two)[n % 2], f"word {n}", f"other {n}")
    words = [f"word {n}" for n in range(15)]
    searched.catch_up()
    for n in range(15, 20):
        searched.database.say((one, two)[n % 2], f"word {n}", f"other {n}")
        words.append(f"word {n}")
    for window in (1, 2, 7):
        monkeypatch.setattr(storage_search, "WINDOW", window)
        monkeypatch.setattr(storage_search, "_MAX_CANDIDATES", window)
        for rooms, expected in (({one.id: 1, two.id: 1}, words), ({one.id: 1}, words[::2])):
            for limit in (1, 3, 100):
                assert searched.found("word", rooms, limit) == expected[-limit:]
                assert searched.found("word", rooms, limit, after=0) == expected[:limit]


WORDS = [
    "á",
    "ábc",
    "ё",
    "e\u0301",
    "й",
    "ø",
    "a",
    "ab",
    "abc",
    "b",
    "ба",
    "баб",
    "東",
    "東京",
    "京都",
    "é",
    "ß",
    "c++",
    "🎉",
    "A.B",
    "%",
    "_",
]
BODY = st.lists(st.sampled_from(WORDS), min_size=0, max_size=5).map(" ".join)
ASKED = st.one_of(
    BODY,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.text(st.sampled_from('abБ東京éeоáё\u0301"* -:.+'), max_size=5),
)


_number = count()
"""Every example has its own rooms in the same database."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_index_and_rows_find_what_a_plain_model_finds(open_database: Open, data: st.DataObject) -> None:
    database = open_database()
    searched = searching(database)
    rooms = [database.room(f"room{next(_number)}") for _ in range(3)]
    said: list[tuple[int, int, str, str]] = []
    try:
        for _ in range(data.draw(st.integers(1, 4))):
            for place, actor, body in data.draw(
                st.lists(st.tuples(st.integers(0, 2), st.sampled_from([ALICE, BOB]), BODY), max_size=12)
            ):
                [event] = database.store.submit([Draft(rooms[place].id, actor, "message", body)]).wait()
                said.append((event.room, event.seq, actor.nick, body))
            if data.draw(st.booleans()):
                searched.catch_up()
        for asked in data.draw(st.lists(ASKED, min_size=1, max_size=6)):
            where = {room.id: data.draw(st.integers(1, 6)) for room in data.draw(st.sets(st.sampled_from(rooms)))}
            author = data.draw(st.sampled_from(["", "ALICE", "bob [x] ünï"]))
            limit = data.draw(st.integers(1, 8))
            model = [
                body
                for room, seq, nick, body in said
                if seq >= where.get(room, 10**9) and Asked(asked).fits(body)
                if not author or search_form(nick) == search_form(author)
            ]
            more: dict[str, Any] = {"author": author}
            assert searched.found(asked, where, limit, **more) == model[-limit:]
            assert searched.found(asked, where, limit, after=0, **more) == model[:limit]
    finally:
        searched.stop()
        database.close()
