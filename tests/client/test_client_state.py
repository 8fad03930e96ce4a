"""The state, line by line: what it shows and what it sends."""

from __future__ import annotations

import pytest

from chatstore.client import targets
from chatstore.client.events import (
    DirectConversations,
    Event,
    Failure,
    Info,
    Joined,
    Kicked,
    Left,
    Message,
    ModesChanged,
    NickChanged,
    NotSent,
    Older,
    RoomCreated,
    TopicChanged,
)
from chatstore.client.login import CAPS
from chatstore.client.protocol import ClientProtocol
from chatstore.client.state import Effects
from chatstore.irc.line import parse

NOW = 1_800_000_000_000
AT = "@time=2023-11-14T22:13:20.000Z"
T = 1_700_000_000_000
WELCOME = [":s 001 bob :Welcome, bob!u@h", ":s 005 bob CHATHISTORY=100 :are supported", ":s 422 bob :no MOTD"]


def hear(state: ClientProtocol, *lines: str) -> Effects:
    events: list[Event] = []
    sent: list[str] = []
    for line in lines:
        effects = state.receive(parse(line), NOW)
        events += effects.events
        sent += effects.lines
    return Effects(events, sent)


def sent_without_pings(effects: Effects) -> list[str]:
    return [line for line in effects.lines if not line.startswith("PING")]


@pytest.fixture
def state() -> ClientProtocol:
    """In #main with an empty history, and no direct conversations."""
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    hear(state, *WELCOME)
    hear(state, ":bob!u@h JOIN #main", ":s 353 bob = #main :@alice!u@h bob!u@h", ":s 366 bob #main :end")
    hear(state, ":s BATCH +1 draft/chathistory-targets", ":s BATCH -1")
    hear(state, ":s BATCH +2 chathistory #main", ":s BATCH -2")
    return state


def test_the_welcome_is_followed_by_joins_and_questions() -> None:
    state = ClientProtocol("bob", ["#main", "#dev"])
    state.begin("bob", CAPS)
    sent = hear(state, *WELCOME).lines
    assert sent[:3] == ["JOIN #main", "JOIN #dev", "PING joins"]
    assert sent[3] == "ROOM *"
    assert sent[4] == "METADATA * SUB soju.im/pinned"
    assert sent[5].startswith("CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=9999")
    assert hear(state, ":bob!u@h JOIN #main").lines == ["CHATHISTORY LATEST #main * 50", "PING page-2"]
    assert hear(state, ":bob!u@h JOIN #old").lines == []  # in its turn, when it is known whether it has news
    assert hear(state, ":s BATCH +1 draft/chathistory-targets").lines == []
    assert hear(state, ":s BATCH -1").lines == ["CHATHISTORY LATEST #old * 10", "PING page-3"]


def test_history_waits_for_the_page_size() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    assert hear(state, ":s 001 bob :hi", ":bob!u@h JOIN #main").lines == []
    assert "CHATHISTORY LATEST #main * 20" in hear(state, ":s 005 bob CHATHISTORY=20 :x", ":s 422 bob :x").lines


def test_a_first_join_shows_topic_and_names() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    lines = [
        *WELCOME,
        ":bob!u@h JOIN #main",
        ":s 332 bob #main :Be kind",
        ":s 353 bob = #main :@alice!u@h bob!u@h",
        ":s 353 bob = #main :+carol!u@h",
        ":s 366 bob #main :end",
    ]
    told = [event.text for event in hear(state, *lines).events if isinstance(event, Info)]
    assert told == ["topic of #main: Be kind", "3 in #main: +carol, @alice, bob"]
    state.lost()
    state.begin("bob", CAPS)
    hear(state, ":s BATCH +1 chathistory #main")
    target = state.target("#main")
    target.after = "msgid=1-1"
    assert hear(state, *lines).events == []


LIVE = [
    (f"{AT} :alice!u@h PRIVMSG #main :hello", Message("#main", T, "alice", "hello")),
    (f"{AT} :alice!u@h PRIVMSG #MAIN :hello", Message("#main", T, "alice", "hello")),
    (f"{AT} :alice!u@h NOTICE #main :note", Message("#main", T, "alice", "note", "notice")),
    (f"{AT} :alice!u@h PRIVMSG #main :\x01ACTION waves\x01", Message("#main", T, "alice", "waves", "action")),
    (f"{AT} :alice!u@h PRIVMSG bob :psst", Message("alice", T, "alice", "psst")),
    (f"{AT} :bob!u@h PRIVMSG alice :yes?", Message("alice", T, "bob", "yes?", own=True)),
    (f"{AT} :bob!u@h PRIVMSG bob :me", Message("bob", T, "bob", "me", own=True)),
    (f"{AT} :carol!u@h JOIN #main carol :Carol", Joined("#main", T, "carol")),
    (f"{AT} :alice!u@h PART #main :bye", Left("#main", T, "alice", "bye")),
    (f"{AT} :alice!u@h QUIT :gone", Left("#main", T, "alice", "gone", quit=True)),
    (f"{AT} :carol!u@h KICK #main alice :out", Kicked("#main", T, "alice", "carol", "out")),
    (f"{AT} :alice!u@h TOPIC #main :New", TopicChanged("#main", T, "alice", "New")),
    (f"{AT} :alice!u@h NICK anna", NickChanged("#main", T, "alice", "anna")),
    (f"{AT} :alice!u@h MODE #main +o bob", ModesChanged("#main", T, "alice", "+o bob")),
    (":s NOTICE bob :server words", Info("", NOW, "server words")),
    (":alice!u@h INVITE bob #dev", Info("", NOW, "alice invites you to #dev: /join #dev")),
    (":s 301 bob alice :lunch", Info("", NOW, "alice is away: lunch")),
    (":s 482 bob #main :no operator", Failure("#main", NOW, "#main: no operator", "482")),
    (":s FAIL TOPIC TOO_LONG #main :too long", Failure("", NOW, "too long", "TOO_LONG")),
    (":s NOTE * X :by the way", Info("", NOW, "by the way")),
]


@pytest.mark.parametrize(("line", "event"), LIVE)
def test_a_live_line_is_an_item(state: ClientProtocol, line: str, event: Event) -> None:
    assert hear(state, line).events == [event]


SILENT = [
    ":alice!u@h PRIVMSG #main :\x01VERSION\x01",
    ":alice!u@h TAGMSG #main",
    ":alice!u@h AWAY :x",
    ":alice!u@h ACCOUNT alice",
    ":s CAP bob NEW :x",
    ":s PONG s :alive",
    ":s 333 bob #main alice 1",
    ":alice!u@h MODE bob +i",
    ":nobody!u@h QUIT :x",
]


@pytest.mark.parametrize("line", SILENT)
def test_a_line_of_no_concern_shows_nothing(state: ClientProtocol, line: str) -> None:
    assert hear(state, line) == ([], [])


@pytest.mark.parametrize(
    "line", ["PRIVMSG", "JOIN", "353", "BATCH", "FAIL", "NOTICE", "005", "KICK", "401 bob", "PONG"]
)
def test_a_line_without_its_parameters_hurts_nobody(state: ClientProtocol, line: str) -> None:
    hear(state, line, f":s {line}", f":s {line} #main", f":bob!u@h {line} x")


def test_ping_is_answered(state: ClientProtocol) -> None:
    assert hear(state, "PING :a token").lines == ["PONG :a token"]


def test_members_follow_what_happens(state: ClientProtocol) -> None:
    def members() -> list[str]:
        return sorted(one.prefix + one.nick for one in state.target("#main").members.values())

    assert members() == ["@alice", "bob"]
    hear(state, ":carol!u@h JOIN #main", ":alice!u@h NICK anna")
    assert members() == ["@anna", "bob", "carol"]
    hear(state, ":anna!u@h QUIT :x", ":bob!u@h KICK #main carol :x")
    assert members() == ["bob"]


def test_a_live_line_that_comes_twice_is_shown_once(state: ClientProtocol) -> None:
    line = f"{AT};msgid=1-7 :alice!u@h PRIVMSG #main :hello"
    assert len(hear(state, line, line).events) == 1


def test_a_quit_is_not_repeated_by_history_and_is_no_place_in_it(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=1-7 :alice!u@h PRIVMSG #main :hello", f"{AT};msgid=9-1 :alice!u@h QUIT :gone")
    state.lost()
    state.begin("bob", CAPS)
    assert "CHATHISTORY AFTER #main msgid=1-7 100" in hear(state, *WELCOME, ":bob!u@h JOIN #main").lines
    page = [
        ":s BATCH +1 chathistory #main",
        f"{AT};msgid=1-8;batch=1 :alice!u@h QUIT :gone",
        f"{AT};msgid=1-9;batch=1 :carol!u@h PRIVMSG #main :late",
        ":s BATCH -1",
    ]
    assert hear(state, *page).events == [Message("#main", T, "carol", "late")]


def test_a_room_that_was_empty_is_caught_up_from_its_beginning(state: ClientProtocol) -> None:
    state.lost()
    state.begin("bob", CAPS)
    asked = hear(state, *WELCOME, ":bob!u@h JOIN #main").lines
    assert "CHATHISTORY AFTER #main timestamp=1970-01-01T00:00:00.000Z 100" in asked


def test_lines_that_waited_are_not_repeated_however_much_came_between(
    state: ClientProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "SEEN", 3)
    hear(state, f"{AT};msgid=1-1 :alice!u@h PRIVMSG #main :1")
    state.lost()
    state.begin("bob", CAPS)
    hear(state, *WELCOME, ":bob!u@h JOIN #main", f"{AT};msgid=1-2 :alice!u@h PRIVMSG #main :2")
    page = [f"{AT};msgid=1-{n};batch=1 :alice!u@h PRIVMSG #main :{n}" for n in range(2, 10)]
    events = hear(state, ":s BATCH +1 chathistory #main", *page, ":s BATCH -1").events
    assert [event.body for event in events if isinstance(event, Message)] == [str(n) for n in range(2, 10)]


def test_the_first_list_of_conversations_is_told() -> None:
    state = ClientProtocol("bob", [])
    state.begin("bob", CAPS)
    hear(state, *WELCOME)
    lines = [
        ":s BATCH +1 draft/chathistory-targets",
        "@batch=1 :s CHATHISTORY TARGETS alice 2023-11-14T22:13:20.000Z",
        "@batch=1 :s CHATHISTORY TARGETS #main 2023-11-14T22:13:20.000Z",
        "@batch=1 :s CHATHISTORY TARGETS carol 2023-11-14T22:13:21.000Z",
        ":s BATCH -1",
    ]
    assert hear(state, *lines).events == [DirectConversations("", NOW, (("carol", T + 1000), ("alice", T)))]


def test_a_direct_message_from_somebody_new_while_away_is_caught_up(state: ClientProtocol) -> None:
    state.lost()
    state.begin("bob", CAPS)
    hear(state, *WELCOME)
    lines = [
        ":s BATCH +1 draft/chathistory-targets",
        "@batch=1 :s CHATHISTORY TARGETS alice 2023-11-14T22:13:20.000Z",
        ":s BATCH -1",
    ]
    assert "CHATHISTORY AFTER alice timestamp=1970-01-01T00:00:00.000Z 100" in hear(state, *lines).lines


def test_older_lines_are_asked_before_the_oldest_shown(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=1-7 :alice!u@h PRIVMSG #main :hello")
    state.older("#main", 5)
    assert sent_without_pings(state.effects()) == ["CHATHISTORY BEFORE #main msgid=1-7 5"]
    page = [
        ":s BATCH +3 chathistory #main",
        f"{AT};msgid=1-5;batch=3 :alice!u@h PRIVMSG #main :five",
        f"{AT};msgid=1-6;batch=3 :alice!u@h PRIVMSG #main :six",
        ":s BATCH -3",
    ]
    five, six = Message("#main", T, "alice", "five"), Message("#main", T, "alice", "six")
    assert hear(state, *page).events == [Older("#main", NOW, (five, six), complete=True)]
    state.older("#main", 5)
    assert sent_without_pings(state.effects()) == ["CHATHISTORY BEFORE #main msgid=1-5 5"]
    assert state.target("#main").after == "msgid=1-7"


def test_an_unanswered_page_breaks_the_connection_rather_than_leave_a_gap(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=1-7 :alice!u@h PRIVMSG #main :hello")
    state.lost()
    state.begin("bob", CAPS)
    sent = hear(state, *WELCOME, ":bob!u@h JOIN #main").lines
    hear(state, ":s FAIL CHATHISTORY BUSY :too much to do", f":s PONG s :{sent[-1].removeprefix('PING ')}")
    assert state.broken
    state.lost()
    assert not state.broken
    assert state.target("#main").after == "msgid=1-7"


def test_a_refused_history_is_told_and_live_lines_go_on(state: ClientProtocol) -> None:
    state.lost()
    state.begin("bob", CAPS)
    hear(state, *WELCOME, ":bob!u@h JOIN #main", f"{AT};msgid=1-9 :alice!u@h PRIVMSG #main :live")
    events = hear(state, ":s FAIL CHATHISTORY INVALID_TARGET AFTER #main :not for you").events
    assert events == [
        Failure("#main", NOW, "no history: not for you", "INVALID_TARGET"),
        Message("#main", T, "alice", "live"),
    ]


# What we say.


def test_a_message_is_sent_and_its_echo_is_the_receipt(state: ClientProtocol) -> None:
    state.say("#main", "hello")
    assert state.effects().lines == ["PRIVMSG #main :hello"]
    assert state.unconfirmed == 1
    assert hear(state, f"{AT} :bob!u@h PRIVMSG #main :hello").events == [
        Message("#main", T, "bob", "hello", own=True)
    ]
    assert state.unconfirmed == 0


def test_a_message_waits_until_its_room_has_caught_up() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    hear(state, *WELCOME, ":bob!u@h JOIN #main")
    state.say("#main", "hello")
    assert state.effects().lines == []
    assert hear(state, ":s BATCH +1 chathistory #main", ":s BATCH -1").lines == ["PRIVMSG #main :hello"]


REFUSED = [
    (":s 404 bob #main :no voice", "#main", "404", "no voice"),
    (":s 404 bob #MAIN :no voice", "#main", "404", "no voice"),
    (":s 401 bob alice :nobody", "alice", "401", "nobody is called alice"),
    (":s 432 bob alice :bad name", "alice", "432", "bad name"),
    (":s 417 bob :too long", "#main", "417", "too long"),
    (":s FAIL PRIVMSG NOT_STORED :the disk is full", "#main", "NOT_STORED", "the disk is full"),
    (":s FAIL PRIVMSG X alice :no", "alice", "X", "no"),
]


@pytest.mark.parametrize(("line", "target", "code", "text"), REFUSED)
def test_a_refusal_is_about_the_first_unanswered_message_to_its_target(
    state: ClientProtocol, line: str, target: str, code: str, text: str
) -> None:
    state.say(target, "one")
    state.say(target, "two")
    state.effects()
    assert hear(state, line).events == [NotSent(target, NOW, "one", text, code)]
    assert state.unconfirmed == 1


def test_a_refused_join_is_told_once_and_takes_its_messages_along() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    hear(state, *WELCOME)
    state.say("#main", "hello")
    events = hear(state, ":s 473 bob #main :invite only").events
    text = "cannot join #main: invite only"
    assert events == [Failure("#main", NOW, text, "473"), NotSent("#main", NOW, "hello", text, "473")]
    assert not state.target("#main").wanted


def test_a_join_without_an_answer_is_a_refused_one() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS)
    hear(state, *WELCOME)
    assert [type(event) for event in hear(state, ":s PONG s :joins").events] == [Failure]


def test_a_message_without_an_answer_is_given_back_behind_the_fence(state: ClientProtocol) -> None:
    state.say("#main", "hello")
    state.fence()
    state.fence()
    assert state.effects().lines == ["PRIVMSG #main :hello", "PING receipts"]
    assert [type(event) for event in hear(state, ":s PONG s :receipts").events] == [NotSent]
    assert state.unconfirmed == 0


def test_what_is_said_without_a_connection_is_given_back(state: ClientProtocol) -> None:
    state.lost()
    state.say("#main", "hello")
    assert state.effects().events == [NotSent("#main", NOW, "hello", "not connected")]
    assert state.unconfirmed == 0


def test_an_action_that_was_lost_is_given_back_as_it_was_typed(state: ClientProtocol) -> None:
    state.say("#main", "waves", action=True)
    assert state.effects().lines == ["PRIVMSG #main :\x01ACTION waves\x01"]
    assert hear(state, ":s 404 bob #main :no").events == [NotSent("#main", NOW, "/me waves", "no", "404")]


def test_a_body_is_no_longer_than_what_comes_back_in_one_line(state: ClientProtocol) -> None:
    mask = "b" * 60 + "!u@user/" + "b" * 60
    hear(state, f":s 001 {'b' * 60} :Welcome to X, {mask}")
    state.say("#main", "x" * 1000)
    for line in state.effects().lines:
        assert len(f":{mask} {line}\r\n") <= 512


def test_a_server_without_history_works_too() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", ["echo-message"])
    assert sent_without_pings(hear(state, *WELCOME)) == ["JOIN #main"]
    state.say("#main", "hello")
    assert state.effects().lines == ["PRIVMSG #main :hello"]
    assert hear(state, ":bob!u@h JOIN #main").events == [Joined("#main", NOW, "bob")]
    state.older("#main", 5)
    assert [type(event) for event in state.effects().events] == [Failure]
    state.lost()
    state.begin("bob", ["echo-message"])
    events = hear(state, *WELCOME, ":bob!u@h JOIN #main").events
    assert NotSent("#main", NOW, "hello", "the connection was lost") in events


def test_leaving_and_being_removed_end_the_membership(state: ClientProtocol) -> None:
    hear(state, ":bob!u@h PART #main")
    assert not state.target("#main").joined
    hear(state, ":bob!u@h JOIN #main", ":alice!u@h KICK #main bob :out")
    assert not state.target("#main").wanted


@pytest.mark.parametrize(
    ("names", "new"), [("@bob", True), ("bob", False), ("@bob alice", False), ("@alice", False)]
)
def test_a_room_that_was_made_by_entering_it_is_told(names: str, new: bool) -> None:
    state = ClientProtocol("bob", ["#mian"])
    state.begin("bob", ["echo-message"])
    shown: list[Event] = []
    for line in (":s 422 bob :x", ":bob!u@h JOIN #mian", f":s 353 bob = #mian :{names}", ":s 366 bob #mian :end"):
        shown += state.receive(parse(line), 0).events
    assert (RoomCreated("#mian", 0) in shown) == new


def test_a_room_that_one_was_in_before_is_not_new() -> None:
    state = ClientProtocol("bob", ["#mian"])
    state.begin("bob", ["echo-message"])
    shown: list[Event] = []
    for line in (":bob!u@h JOIN #mian", ":s 353 bob = #mian :@bob", ":s 366 bob #mian :end", ":s 422 bob :x"):
        shown += state.receive(parse(line), 0).events
    assert not any(isinstance(event, RoomCreated) for event in shown)


def test_who_is_away_is_told_once_and_whenever_it_is_asked(state: ClientProtocol) -> None:
    told = [
        [event.text for event in hear(state, line).events if isinstance(event, Info)]
        for line in (
            ":s 301 bob alice :lunch",
            ":s 301 bob alice :lunch",
            ":s 301 bob Alice :tea",
            ":s 311 bob alice u h * :Alice",
            ":s 301 bob alice :tea",
            ":s 318 bob alice :End of /WHOIS list",
            ":s 301 bob alice :tea",
        )
    ]
    assert told == [
        ["alice is away: lunch"],
        [],
        ["Alice is away: tea"],
        ["alice is u@h: Alice"],
        ["alice is away: tea"],
        [],
        [],
    ]


def test_what_others_call_themselves_is_told_by_whois_alone(state: ClientProtocol) -> None:
    for line in (":s METADATA bob display-name * :Me", ":alice!u@h METADATA alice display-name * :Alice"):
        assert hear(state, line).events == []
    [told] = hear(state, ":s 760 bob alice display-name * :Alice of the Teas").events
    assert isinstance(told, Info)
    assert told.text == "alice has set display-name: Alice of the Teas"


def test_the_token_after_a_new_password_takes_the_place_of_the_kept_one(state: ClientProtocol) -> None:
    [told] = hear(state, ":s PASSWORD SUCCESS 9 cst_new").events
    assert isinstance(told, Info)
    assert "no longer valid" in told.text
    kept: list[str] = []
    state.keep_renewed = kept.append
    [told] = hear(state, ":s PASSWORD SUCCESS 9 cst_new").events
    assert isinstance(told, Info)
    assert "password is changed" in told.text
    assert kept == ["cst_new"]
    hear(state, ":s PASSWORD SUCCESS")
    assert kept == ["cst_new"]
