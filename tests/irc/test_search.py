"""SEARCH: soju.im/search."""

from __future__ import annotations

import threading
import time

import pytest

from chatstore.chat.model.messages import search_form
from chatstore.chat.session import history as reading
from chatstore.irc.line import Line, escape, parse
from chatstore.storage import search as storage_search
from tests.running import SECONDS, IrcClient, Running, next_moment

CAPS = "message-tags server-time batch standard-replies soju.im/search draft/message-redaction"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """In #talk with rita: some words there, some between the two."""
    olga, rita = server.member("olga", CAPS, "#talk"), server.member("rita", CAPS, "#Talk")
    olga.ask(
        "PRIVMSG #talk :That was FAST!", "NOTICE #talk :fasting is hard", "PRIVMSG #talk :slow", "TOPIC #talk :fast"
    )
    next_moment()  # what is said elsewhere later has a later time
    rita.ask("PRIVMSG #talk :Быстро и ТОЧНО", "PRIVMSG olga :how fast is that?", "PRIVMSG #talk :Straße, Ⅷ")
    next_moment()
    olga.ask("PRIVMSG rita :fast enough")
    return olga


def found(client: IrcClient, request: str) -> list[Line]:
    lines = [line for line in client.parsed(f"SEARCH {request}") if line.command != "JOIN"]
    begin, *inner, end = lines
    assert (begin.command, begin.params[1:]) == ("BATCH", ("soju.im/search",))
    assert (end.command, end.params) == ("BATCH", (f"-{begin.params[0][1:]}",))
    assert all(line.tags["batch"] == begin.params[0][1:] for line in inner)
    return inner


def said(client: IrcClient, request: str) -> list[str]:
    client.sync()
    return [line.params[1] for line in found(client, request)]


def text(words: str) -> str:
    return f"text={escape(words)}"


def test_the_words(olga: IrcClient) -> None:
    everywhere = ["That was FAST!", "fasting is hard", "how fast is that?", "fast enough"]
    assert said(olga, "text=fast") == said(olga, "text=FaSt") == everywhere
    assert said(olga, "text=fast;in=#TALK") == everywhere[:2]
    assert said(olga, text("is hard")) == ["fasting is hard"]
    assert said(olga, "text=быстро") == said(olga, "text=точно") == ["Быстро и ТОЧНО"]
    assert said(olga, "text=STRASSE") == said(olga, "text=viii") == ["Straße, Ⅷ"]
    assert said(olga, "text=%") == said(olga, "text=nothing") == []
    assert said(olga, ":text=fast;in=rita") == everywhere[2:]


def test_marks_that_are_not_typed(olga: IrcClient) -> None:
    olga.ask("PRIVMSG #talk :un café à JOÃO", "PRIVMSG #talk :no cafe in İSTANBUL")
    assert said(olga, "text=cafe") == ["un café à JOÃO", "no cafe in İSTANBUL"]
    assert said(olga, "text=café") == ["un café à JOÃO"]
    assert said(olga, "text=joao") == ["un café à JOÃO"]
    assert said(olga, "text=istanbul") == ["no cafe in İSTANBUL"]


def test_lines_are_those_that_were_sent(olga: IrcClient) -> None:
    room, notice = found(olga, "text=fast;in=#talk")
    assert (room.source, room.command, room.params) == ("olga!u@user/olga", "PRIVMSG", ("#talk", "That was FAST!"))
    assert set(room.tags) == {"batch", "time", "msgid"}
    assert notice.command == "NOTICE"
    theirs, own = found(olga, "text=fast;in=rita")
    assert (theirs.params[0], own.params[0]) == ("olga", "rita")


def test_who_and_how_many(olga: IrcClient) -> None:
    assert said(olga, "from=RITA;in=#talk") == ["Быстро и ТОЧНО", "Straße, Ⅷ"]
    assert said(olga, "from=rita;text=fast") == ["how fast is that?"]
    assert said(olga, "from=nobody") == []
    assert said(olga, "limit=2") == ["Straße, Ⅷ", "fast enough"]
    assert len(said(olga, "limit=999999999")) == 7


def test_when(olga: IrcClient) -> None:
    first, second, third = (line.tags["time"] for line in found(olga, "from=olga;in=#talk"))
    assert said(olga, f"before={second};in=#talk") == ["That was FAST!", "fasting is hard"]
    assert said(olga, f"before={second};limit=1") == ["fasting is hard"]
    assert said(olga, f"after={second};before={third}") == ["fasting is hard", "slow"]
    assert said(olga, f"after={second};limit=1") == ["fasting is hard"]
    assert said(olga, f"after={first};limit=1;in=#talk") == ["That was FAST!"]
    assert said(olga, "before=2010-01-01T00:00:00.000Z;in=#talk") == []
    assert said(olga, "after=2100-01-01T00:00:00Z") == []


def test_only_what_one_may_read_now(server: Running, olga: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    for request in ("text=fast", "in=#talk", "in=olga", "in=#nosuch", "in=nobody", "in=a*b", "from=olga"):
        assert found(eve, request) == []
    eve.ask("JOIN #talk")
    assert said(eve, "text=fast") == ["That was FAST!", "fasting is hard"]
    olga.ask("KICK #talk eve")
    eve.wait(" KICK ")
    assert found(eve, "text=fast") == []


def test_members_may_read_from_their_own_join_on(server: Running, olga: IrcClient) -> None:
    room = server.server.chat.hub.room_keyed("#talk")
    assert room is not None
    room.room = room.room.__class__(**{**room.room.__dict__, "history": "members"})
    eve = server.member("eve", CAPS, "#talk")
    olga.ask("PRIVMSG #talk :fast again")
    for request in ("text=fast", "text=fast;in=#talk", "text=fast;after=2000-01-01T00:00:00.000Z"):
        assert said(eve, request) == ["fast again"]


def test_what_was_taken_back_is_not_found(olga: IrcClient) -> None:
    message = found(olga, "text=slow")[0].tags["msgid"]
    olga.ask(f"REDACT #talk {message}")
    assert said(olga, "text=slow") == []


def wait_until_indexed(server: Running) -> None:
    store = server.server.store
    with store._reading() as connection:
        last = connection.exec_driver_sql("SELECT MAX(id) FROM messages").scalar_one()
    until = time.monotonic() + SECONDS
    while True:
        with store._words.index.asking() as index:
            shards = index.shards() if index is not None else []
        if shards and shards[-1].upto > last:
            return
        assert time.monotonic() < until
        threading.Event().wait(0.01)


@pytest.mark.sqlite
def test_the_same_by_the_index(server: Running, olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_search, "_SMALL", 0)
    wait_until_indexed(server)
    test_the_words(olga)
    test_lines_are_those_that_were_sent(olga)
    test_who_and_how_many(olga)
    test_when(olga)
    test_only_what_one_may_read_now(server, olga)
    test_what_was_taken_back_is_not_found(olga)


@pytest.mark.sqlite
def test_marks(server: Running, olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks without accents finds texts with and without them, who asks with accents only the exact ones: among
    rows, and by the index."""
    olga.ask(*(f"PRIVMSG #talk :meet at the {cafe}" for cafe in ("café", "cafe", "CAFÉ", "CAFE\u0301")))

    def both() -> None:
        assert [text.split()[-1] for text in said(olga, "text=cafe")] == ["café", "cafe", "CAFÉ", "CAFE\u0301"]
        assert [text.split()[-1] for text in said(olga, "text=café")] == ["café", "CAFÉ", "CAFE\u0301"]

    both()
    wait_until_indexed(server)
    monkeypatch.setattr(storage_search, "_SMALL", 0)
    both()


def test_words_of_a_question(olga: IrcClient) -> None:
    """All of them, in any order; where a word begins; what is in quotes together. Nothing is an operator."""
    olga.ask(
        "PRIVMSG #talk :東京都は大きい 🎉",
        "PRIVMSG #talk :a breakfast, NOT a feast",
        "PRIVMSG #talk :so-fast* (c++)",
    )
    assert said(olga, text("hard fast")) == ["fasting is hard"]
    assert said(olga, "text=fast;in=#talk") == ["That was FAST!", "fasting is hard", "so-fast* (c++)"]
    assert said(olga, text('"was fast"')) == ["That was FAST!"]
    assert said(olga, text('"fast was"')) == []
    assert said(olga, text("hard точно")) == []
    assert said(olga, text("быстр точн")) == ["Быстро и ТОЧНО"]
    assert said(olga, text("京都")) == said(olga, text("🎉")) == ["東京都は大きい 🎉"]
    assert said(olga, text("fast*")) == said(olga, text("c++")) == said(olga, text("(c")) == ["so-fast* (c++)"]
    assert said(olga, text("breakfast NOT feast")) == ["a breakfast, NOT a feast"]
    assert said(olga, text("fast OR slow")) == []


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        ("limit=0", ["limit"]),
        ("limit=ten", ["limit"]),
        ("after=yesterday;before=2019-01-04", ["after", "before"]),
        ("colour=red;text=x", ["colour"]),
        (":", []),
        ("text=a b", []),
    ],
)
def test_errors(olga: IrcClient, request_: str, wrong: list[str]) -> None:
    olga.sync()
    (line,) = olga.parsed(f"SEARCH {request_}")
    assert (line.command, line.params[:-1]) == ("FAIL", ("SEARCH", "INVALID_PARAMS", *wrong))


def test_other_clients(server: Running, olga: IrcClient) -> None:
    assert parse(olga.ask("SEARCH")[-1]).command == "461"
    plain = server.register("plain")
    assert parse(plain.ask("SEARCH text=x")[0]).command == "421"
    plain.ask("JOIN #talk", "CAP REQ soju.im/search")
    assert [line.params[1] for line in plain.parsed("SEARCH text=slow")] == ["slow"]


def test_windows_meet(olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for window in (1, 2, 3):
        monkeypatch.setattr(storage_search, "WINDOW", window)
        for place in ("", ";in=#talk"):
            every = said(olga, f"limit=50{place}")
            assert len(every) == (5 if place else 7)
            assert said(olga, f"limit=3{place}") == every[-3:]
            assert said(olga, f"limit=3;after=2000-01-01T00:00:00.000Z{place}") == every[:3]


def test_a_search_ends_and_chat_goes_on(olga: IrcClient, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.0)
    olga.sync()
    lines = olga.parsed("SEARCH text=fast")
    assert [line.command for line in lines] == ["BATCH", "BATCH", "WARN"]
    assert lines[-1].params[:2] == ("SEARCH", "INCOMPLETE")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ABC", "abc", True),
        ("ÉTÉ", "e\u0301te\u0301", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("ﬁn", "FIN", True),
        ("a", "á", False),
    ],
)
def test_what_is_the_same_text(one: str, other: str, same: bool) -> None:
    assert (search_form(one) == search_form(other)) is same
