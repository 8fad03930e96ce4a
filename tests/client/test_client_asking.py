"""What is asked of a server, and how much: history until there is a message, few lines for many rooms, nothing
about people that there are not; and everything anew when the server has other data."""

from __future__ import annotations

import pytest

from chatstore.client import history, reactions
from chatstore.client.buffers import Buffers
from chatstore.client.events import (
    Event,
    Failure,
    HistoryReset,
    Joined,
    Left,
    Message,
    NotSent,
    Older,
    Opened,
    Reacted,
)
from chatstore.client.login import CAPS, UPDATE_CAPS
from chatstore.client.parsing import format_time
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse

PLAYBACK = "draft/event-playback"
"""Without it a short page need not be the first."""
NOW = 1_800_000_000_000
WELCOME = (":s 001 bob :Welcome, bob!u@h", ":s 004 bob s chatstore-1 i b", ":s 422 bob :no MOTD")
SUPPORT = ":s 005 bob CHATHISTORY=100 MONITOR=100 PREFIX=(ov)@+ chatstore/INCARNATION={} :are supported"


class Run:
    """A protocol, its buffers, and the lines that it has sent, without the PINGs."""

    def __init__(self, *rooms: str, updates: bool = True, single: bool = False) -> None:
        self.state = ClientProtocol("bob", rooms, updates=updates, single=single, resend=updates or single)
        self.buffers = Buffers("bob")
        self.events: list[Event] = []
        self.sent: list[str] = []

    def begin(self, incarnation: str = "a", without: str = "") -> None:
        caps = {*CAPS, *(UPDATE_CAPS if self.state.updates else ())} - {without}
        self.state.begin("bob", caps)
        self.receive(WELCOME[0], SUPPORT.format(incarnation), *WELCOME[1:])

    def receive(self, *lines: str) -> None:
        for line in lines:
            self.take(*self.state.receive(parse(line), NOW))

    def take(self, events: list[Event], lines: list[str]) -> None:
        self.events += events
        self.sent += [line for line in lines if not line.startswith("PING")]
        for event in events:
            self.buffers.apply(event)

    def asked(self) -> list[str]:
        """What was sent since the last time."""
        self.take(*self.state.effects())
        sent, self.sent = self.sent, []
        return sent

    def people(self, *targets: str) -> None:
        self.receive(":s BATCH +t draft/chathistory-targets")
        self.receive(*(f"@batch=t :s CHATHISTORY TARGETS {target}" for target in targets), ":s BATCH -t")

    def page(self, name: str, *lines: str) -> None:
        self.receive(f":s BATCH +h chathistory {name}")
        self.receive(*(f"@batch=h;{line}" for line in lines), ":s BATCH -h")


def at(seq: int) -> str:
    return f"msgid=1-{seq};time={format_time(1_700_000_000_000 + seq * 1000)}"


def joins(first: int, count: int) -> list[str]:
    return [
        f"{at(seq)} :n{seq // 2}!u@h {'PART' if seq % 2 else 'JOIN'} #main" for seq in range(first, first + count)
    ]


def reaction_lines(first: int, count: int) -> list[str]:
    return [
        f"+draft/react=👍;+draft/reply=1-1;{at(seq)} :n{seq}!u@h TAGMSG #main"
        for seq in range(first, first + count)
    ]


@pytest.mark.parametrize("lines_of", [joins, reaction_lines])
@pytest.mark.parametrize("updates", [True, False])
def test_a_room_opens_with_its_last_message(lines_of: object, updates: bool) -> None:
    run = Run("#main", updates=updates)
    run.begin()
    run.people("#main 2023-11-14T22:00:01.000Z")
    run.receive(":bob!u@h JOIN #main", ":s 366 bob #main :end")
    assert run.asked()[-1] == "CHATHISTORY LATEST #main * 50"
    run.page("#main", *lines_of(202, 50))  # type: ignore[operator]
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-202 100"]
    run.page("#main", *lines_of(102, 100))  # type: ignore[operator]
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-102 100"]
    said = [f"{at(1)} :alice!u@h PRIVMSG #main :the last word", *lines_of(2, 100)[:99]]  # type: ignore[operator]
    run.page("#main", *said)
    assert [line for line in run.asked() if line.startswith("CHATHISTORY")] == []
    messages = [event.body for event in run.events if isinstance(event, Message)]
    assert messages == ["the last word"]
    told = [event for event in run.events if isinstance(event, (Joined, Reacted))]
    assert len(told) >= 120 or not updates


def test_reading_on_ends() -> None:
    run = Run("#main")
    run.begin()
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.asked()
    run.page("#main", *joins(50_000, 50))
    pages, first = 0, 50_000
    while any(line.startswith("CHATHISTORY BEFORE") for line in run.asked()):
        pages, first = pages + 1, first - 100
        run.page("#main", *joins(first, 100))
    assert pages == (history.MAX_SKIPPED - 50) // 100 + 1
    assert len(run.buffers.open("#main").entries) == pages * 100 + 50
    # A server that gives the same page again and again is not asked for ever.
    run.state.older("#main", 50)
    assert run.asked() == [f"CHATHISTORY BEFORE #main msgid=1-{first} 50"]
    run.page("#main", *joins(first - 100, 100))
    assert run.asked() == [f"CHATHISTORY BEFORE #main msgid=1-{first - 100} 100"]
    run.page("#main", *joins(first - 100, 100))
    assert run.asked() == []
    assert isinstance(run.events[-1], Older)


def test_scrolling_up_reads_on_to_a_message_and_gives_what_was_wanted() -> None:
    run = Run("#main", updates=False)
    run.begin()
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.page("#main", f"{at(900)} :alice!u@h PRIVMSG #main :new")
    run.asked()
    run.state.older("#main", 5)
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-900 5"]
    run.page("#main", *joins(895, 5))
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-895 100"]
    run.page("#main", *(f"{at(seq)} :alice!u@h PRIVMSG #main :{seq}" for seq in range(795, 895)))
    older = run.events[-1]
    assert isinstance(older, Older)
    assert [event.body for event in older.events if isinstance(event, Message)] == [
        "890",
        "891",
        "892",
        "893",
        "894",
    ]
    assert not older.complete
    run.state.older("#main", 5)
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-890 5"]


def test_a_page_that_was_cut_because_of_its_bytes_is_not_the_last() -> None:
    run = Run("#main")
    run.begin()
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.asked()
    cut = "@chatstore/partial :s BATCH +{} chathistory #main"
    run.receive(cut.format("p"), *(f"@batch=p;{line}" for line in joins(80, 20)), ":s BATCH -p")
    assert run.asked() == ["CHATHISTORY BEFORE #main msgid=1-80 100"]
    run.receive(cut.format("q"), f"@batch=q;{at(79)} :alice!u@h PRIVMSG #main :long", ":s BATCH -q")
    assert not run.buffers.open("#main").complete
    run.state.lost()
    run.begin()
    run.receive(":bob!u@h JOIN #main")
    run.receive(cut.format("r"), f"@batch=r;{at(100)} :alice!u@h PRIVMSG #main :long, too", ":s BATCH -r")
    assert any(line.startswith("CHATHISTORY AFTER #main msgid=1-100") for line in run.asked())


def test_history_that_is_refused_can_be_asked_for_again() -> None:
    run = Run("#main")
    run.begin(without=PLAYBACK)
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.page("#main", f"{at(900)} :alice!u@h PRIVMSG #main :new")
    run.state.older("#main", 5)
    run.receive(":s FAIL CHATHISTORY MESSAGE_ERROR BEFORE #main :not now")
    assert isinstance(run.events[-1], Older)
    assert not run.buffers.open("#main").complete


# Many rooms.

ROOMS = [f"#r{number}" for number in range(100)]


def in_a_hundred_rooms(run: Run, marker: str = "timestamp=2023-11-14T23:00:00.000Z") -> None:
    run.begin()
    for room in ROOMS:
        run.receive(f":bob!u@h JOIN {room}", f":s 353 bob = {room} :alice!u@h bob!u@h")
        run.receive(*([f":s MARKREAD {room} {marker}"] if run.state.updates else ()), f":s 366 bob {room} :end")


def test_a_hundred_rooms_without_news_cost_a_handful_of_lines() -> None:
    run = Run("#r0")
    in_a_hundred_rooms(run)
    run.people(*(f"{room} 2023-11-14T22:00:00.000Z" for room in ROOMS))
    run.people()
    sent = run.asked()
    assert [line.split(" timestamp")[0] for line in sent] == [
        "JOIN #r0",
        "ROOM *",
        "NOTIFY LIST",
        "IGNORE LIST",
        "METADATA * SUB soju.im/pinned",
        "CHATHISTORY TARGETS",
        "CHATHISTORY LATEST #r0 * 50",
        "WHO #r0",
        "CHATHISTORY TARGETS",  # the page was full
    ]
    assert sum(isinstance(event, Opened) for event in run.events) == 100
    # What comes in one of them is shown at once, and what is older when somebody looks.
    run.receive(f"@{at(9)} :alice!u@h PRIVMSG #r7 :hey bob")
    assert [entry.text for entry in run.buffers.open("#r7").entries] == ["hey bob"]
    assert run.asked() == []
    run.state.look("#r8")
    assert run.asked() == ["CHATHISTORY LATEST #r8 * 50", "WHO #r8"]
    run.page("#r8", f"{at(3)} :alice!u@h PRIVMSG #r8 :yesterday")
    assert [entry.text for entry in run.buffers.open("#r8").entries] == ["yesterday"]
    run.state.look("#r8")
    run.state.say("#r9", "hello")
    assert run.asked() == ["PRIVMSG #r9 :hello"]


def test_rooms_with_news_catch_up_a_few_at_a_time() -> None:
    run = Run("#r0")
    in_a_hundred_rooms(run, "timestamp=2023-11-14T21:00:00.000Z")
    run.people(*(f"{room} 2023-11-14T22:00:00.000Z" for room in ROOMS))
    run.people()
    asked = [line.split()[2] for line in run.asked() if line.startswith("CHATHISTORY LATEST")]
    assert asked == ["#r0", *ROOMS[1 : history.MAX_PARALLEL]]
    run.state.say("#r50", "first")  # what is said waits for nobody's turn
    assert run.asked() == ["CHATHISTORY LATEST #r50 * 10"]
    run.page("#r50")
    assert "PRIVMSG #r50 :first" in run.asked()
    done = {"#r50"}
    waiting = asked
    while waiting:
        room = waiting.pop(0)
        done.add(room)
        run.page(room, f"{at(5)} :alice!u@h PRIVMSG {room} :news", f"{at(6)} :alice!u@h PRIVMSG {room} :more")
        waiting += [line.split()[2] for line in run.asked() if line.startswith("CHATHISTORY LATEST")]
        assert len(waiting) <= history.MAX_PARALLEL
    assert done == set(ROOMS)
    assert all(run.buffers.open(room).unread == 2 for room in ROOMS if room != "#r50")


def test_the_line_client_glances_at_the_rooms_where_something_was_said_lately() -> None:
    run = Run("#r0", updates=False)
    in_a_hundred_rooms(run)
    run.people(*(f"{room} 2023-11-14T22:{place // 60:02}:{place % 60:02}.000Z" for place, room in enumerate(ROOMS)))
    run.people()
    glanced = []
    waiting = [line.split()[2] for line in run.asked() if line.startswith("CHATHISTORY LATEST")]
    while waiting:
        glanced.append(waiting.pop(0))
        run.page(glanced[-1])
        waiting += [line.split()[2] for line in run.asked() if line.startswith("CHATHISTORY LATEST")]
    assert sorted(glanced) == sorted(["#r0", *ROOMS[-history.MAX_GLANCES :]])


def test_a_pipe_asks_for_nothing_but_its_room() -> None:
    run = Run("#r3", updates=False, single=True)
    run.state.say("#r3", "hello")
    in_a_hundred_rooms(run)
    assert run.asked() == ["JOIN #r3", "CHATHISTORY LATEST #r3 * 50"]
    run.page("#r3", *joins(5, 1))
    assert run.asked() == ["PRIVMSG #r3 :hello"]
    assert not [event for event in run.events if not isinstance(event, (Joined, Left))]


# People that there are not.


def test_a_name_that_nobody_has_is_told_once() -> None:
    run = Run("#main")
    run.begin()
    run.people()
    run.state.look("nobody")
    run.state.target("nobody")
    run.state.look("nobody")
    assert "CHATHISTORY LATEST nobody * 50" in run.asked()
    run.receive(":s FAIL CHATHISTORY INVALID_TARGET LATEST nobody :messages could not be retrieved")
    run.receive(":s FAIL MARKREAD INVALID_PARAMS nobody :no such target")
    reactions.send_typing(run.state, "nobody", "active")
    run.state.look("nobody")
    assert run.asked() == []
    run.state.say("nobody", "hi")
    assert run.asked() == ["PRIVMSG nobody :hi"]
    run.receive(":s 401 bob nobody :no such nick")
    told = [event for event in run.events if isinstance(event, (Failure, NotSent))]
    assert told == [
        Failure("nobody", NOW, "nobody is called nobody", "401"),
        NotSent("nobody", NOW, "hi", "nobody is called nobody", "401"),
    ]
    run.receive("@msgid=2-1 :nobody!u@h PRIVMSG bob :now I am here")
    reactions.send_typing(run.state, "nobody", "active")
    assert "@+typing=active TAGMSG nobody" in run.asked()


# Another copy of the data.


def test_after_a_backup_was_put_back_everything_is_loaded_anew() -> None:
    run = Run("#main")
    run.begin("a")
    run.people("alice 2023-11-14T22:00:00.000Z")
    run.receive(":bob!u@h JOIN #main")
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :kept", f"{at(2)} :alice!u@h PRIVMSG #main :lost")
    run.receive(f"@{at(3)} :alice!u@h PRIVMSG #main :lost too")
    run.state.say("#main", "on its way")
    run.state.lost()
    run.asked()
    run.begin("b")
    assert any(isinstance(event, HistoryReset) for event in run.events)
    assert [entry.text for entry in run.buffers.open("#main").entries] == ["on its way"]
    run.receive(":bob!u@h JOIN #main")
    assert "CHATHISTORY LATEST #main * 50" in run.asked()
    mine = f"{at(2)} :bob!u@h PRIVMSG #main :on its way"  # what says the same is another message
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :kept", mine)
    assert "PRIVMSG #main :on its way" in run.asked()
    run.receive(f"@{at(3)} :alice!u@h PRIVMSG #main :in an id that was used")
    texts = [entry.text for entry in run.buffers.open("#main").entries if not entry.pending]
    assert texts == ["kept", "on its way", "in an id that was used"]


def test_a_server_that_does_not_know_its_own_message_any_more_is_not_believed() -> None:
    run = Run("#main")
    run.begin("")
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :kept", f"{at(2)} :alice!u@h PRIVMSG #main :lost")
    run.state.lost()
    run.begin("")
    run.receive(":bob!u@h JOIN #main")
    run.asked()
    run.receive(":s FAIL CHATHISTORY INVALID_PARAMS AFTER msgid=1-2 :no such message here")
    assert run.state.broken
    assert run.buffers.open("#main").entries == []
    run.state.lost()
    run.begin("")
    run.receive(":bob!u@h JOIN #main")
    assert "CHATHISTORY LATEST #main * 50" in run.asked()
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :kept")
    assert not run.state.broken


def test_the_same_data_is_not_loaded_twice() -> None:
    run = Run("#main")
    run.begin("a")
    run.people()
    run.receive(":bob!u@h JOIN #main")
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :kept")
    run.state.lost()
    run.asked()
    run.begin("a")
    run.receive(":bob!u@h JOIN #main")
    assert "CHATHISTORY AFTER #main msgid=1-1 100" in run.asked()
    assert [entry.text for entry in run.buffers.open("#main").entries] == ["kept"]


# Who is meant.


def test_an_answer_to_us_is_a_mention_whichever_comes_first() -> None:
    run = Run("#main")
    run.begin(without=PLAYBACK)
    run.people()
    run.receive(":bob!u@h JOIN #main", ":s MARKREAD #main timestamp=2023-11-14T22:00:00.000Z")
    answers = (f"+draft/reply=1-2;{at(8)}", f"+draft/reply=1-9;{at(10)}", f"+draft/reply=1-7;{at(11)}")
    run.page(
        "#main", f"{at(7)} :alice!u@h PRIVMSG #main :x", f"{answers[0]} :alice!u@h PRIVMSG #main :to an older one"
    )
    run.receive(f"@{at(9)} :bob!u@h PRIVMSG #main :mine")
    run.receive(f"@{answers[1]} :alice!u@h PRIVMSG #main :to you", f"@{answers[2]} :alice!u@h PRIVMSG #main :to me")
    room = run.buffers.open("#main")
    assert [entry.text for entry in room.entries if entry.mention] == ["to you"]
    assert room.mentions == 1
    run.state.older("#main", 50, room.oldest)
    run.page("#main", f"{at(2)} :bob!u@h PRIVMSG #main :mine, too", f"{at(3)} :alice!u@h PRIVMSG #main :y")
    assert [entry.text for entry in room.entries if entry.mention] == ["to an older one", "to you"]


def test_after_a_removal_the_line_says_the_way_back() -> None:
    run = Run("#main", updates=False)
    run.begin()
    run.receive(":bob!u@h JOIN #main", ":alice!u@h KICK #main carol :out")
    run.people()
    run.page("#main", f"{at(1)} :alice!u@h PRIVMSG #main :hi")
    run.receive(":alice!u@h KICK #main bob :spam")
    kicked = run.events[-1]
    assert (kicked.nick, kicked.own) == ("bob", True)  # type: ignore[attr-defined]
    run.state.join("#main")
    assert "JOIN #main" in run.asked()


def test_being_in_as_many_rooms_as_one_may_is_no_failure_of_a_room_that_one_is_in() -> None:
    run = Run("#main", updates=False, single=True)
    run.begin()
    run.receive(":bob!u@h JOIN #main", ":s 405 bob #main :you are in too many rooms")
    assert run.events == []
