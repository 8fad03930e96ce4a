"""What commands about rooms, messages and accounts send, and what their answers change."""

from __future__ import annotations

import pytest

from chatstore.client import presence, reactions, read_markers, search
from chatstore.client.commands import COMMANDS, command_in, execute
from chatstore.client.context import CommandContext
from chatstore.client.events import (
    CurrentNick,
    CurrentTopic,
    Event,
    Failure,
    Info,
    Lag,
    Marker,
    Members,
    MembersChanged,
    Membership,
    Message,
    Older,
    Opened,
    Pending,
    Presence,
    Reacted,
    Redacted,
    Renamed,
    SearchResults,
    SettingsChanged,
    Settled,
    Typing,
)
from chatstore.client.login import CAPS, UPDATE_CAPS
from chatstore.client.members import Member
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse

NOW = 1_800_000_000_000
AT = "@time=2023-11-14T22:13:20.000Z"
T = 1_700_000_000_000
WELCOME = [
    ":s 001 bob :Welcome, bob!u@h",
    ":s 004 bob s chatstore-1 i b",
    ":s 005 bob CHATHISTORY=100 MONITOR=3 PREFIX=(qov)~@+ CHANMODES=b,k,l,imnst :are supported",
    ":s 422 bob :no MOTD",
]


def hear(state: ClientProtocol, *lines: str) -> tuple[list[Event], list[str]]:
    events: list[Event] = []
    sent: list[str] = []
    for line in lines:
        effects = state.receive(parse(line), NOW)
        events += effects.events
        sent += [text for text in effects.lines if not text.startswith("PING")]
    return events, sent


TABLE = (
    ":s ROOM * topic set=TOPIC;type=text;max=390;by=members :Topic",
    r":s ROOM * motd set=ROOM;type=text;says=another\smessage;says-=no\smessage :Message of the day",
    r":s ROOM * history set=ROOM;type=choice;choices=everyone,members;says-members=they\ssee\sless :Messages",
    r":s ROOM * retention set=ROOM;type=number;min=0;max=36500;unit=days;says=kept\sfor\s{}\sdays :Days",
    ":s ROOM * slowmode set=ROOM;type=number;min=0;max=21600;unit=seconds :Slow mode",
    r":s ROOM * private set=MODE\ss;type=flag :Private",
    r":s ROOM * moderated set=MODE\sm;type=flag :Only operators and members with voice may speak",
    r":s ROOM * key set=MODE\sk;type=key :Key",
    ":s ROOM * founder set=ROOM;type=account;by=founder :The account that owns the room",
    ":s ROOM * colour set=ROOM;type=colour :Nobody knows this type yet",
    ":s ROOM * pulse set=PULSE;type=text :Nobody knows this command yet",
    ":s ROOM *",
)


@pytest.fixture
def state() -> ClientProtocol:
    """With updates: in #main with alice, on a server that can do everything."""
    state = ClientProtocol("bob", ["#main"], updates=True)
    state.begin("bob", {*CAPS, *UPDATE_CAPS} - {"draft/event-playback"})  # a short page need not be the first
    hear(state, *WELCOME)
    hear(state, f"{AT};msgid=1-1 :bob!u@h JOIN #main", ":s MARKREAD #main *")
    hear(state, ":s 353 bob = #main :@alice!u@h bob!u@h", ":s 366 bob #main :end", ":s 315 bob #main :end")
    hear(state, *TABLE, ":s BATCH +1 draft/chathistory-targets", ":s BATCH -1", ":s PONG s :markers")
    hear(state, ":s BATCH +2 chathistory #main", f"{AT};msgid=1-0;batch=2 :carol!u@h PRIVMSG #main :first")
    hear(state, f"{AT};msgid=1-1;batch=2 :bob!u@h JOIN #main", ":s BATCH -2")
    state.effects()
    return state


@pytest.fixture
def context(state: ClientProtocol) -> CommandContext:
    hear(state, f"{AT};msgid=1-2 :alice!u@h PRIVMSG #main :hers", f"{AT};msgid=1-3 :bob!u@h PRIVMSG #main :mine")
    return CommandContext(state, current="#main")


def type_(context: CommandContext, text: str) -> list[str]:
    execute(context, text)
    return [line for line in context.protocol.effects().lines if not line.startswith(("PING", "MONITOR"))]


SENT = [
    ("/query alice", []),
    ("/query alice hi", ["PRIVMSG alice :hi"]),
    ("/reply so is mine", ["@+draft/reply=1-2 PRIVMSG #main :so is mine"]),
    ("/react 👍", ["@+draft/react=👍;+draft/reply=1-2 TAGMSG #main"]),
    ("/unreact 👍", ["@+draft/unreact=👍;+draft/reply=1-2 TAGMSG #main"]),
    ("/redact", ["REDACT #main 1-3"]),
    ("/redact a typing error", ["REDACT #main 1-3 :a typing error"]),
    ("/search good news", [r"SEARCH text=good\snews;limit=50"]),
    ("/search in:#main from:alice news", ["SEARCH text=news;in=#main;from=alice;limit=50"]),
    ("/search from:alice", ["SEARCH from=alice;limit=50"]),
    ("/topic", ["TOPIC #main"]),
    ("/names", ["NAMES #main"]),
    ("/edit-room", ["MODE #main", "ROOM #main"]),
    ("/set retention 30", ["ROOM #main retention=30"]),
    ("/edit-room topic Be kind", ["TOPIC #main :Be kind"]),
    ("/edit-room topic", ["TOPIC #main :"]),
    ("/edit-room PRIVATE on", ["MODE #main +s"]),
    ("/edit-room moderated off", ["MODE #main -m"]),
    ("/edit-room key secret", ["MODE #main +k secret"]),
    ("/edit-room key off", ["MODE #main -k *"]),
    ("/edit-room history MEMBERS", ["ROOM #main history=members"]),
    ("/edit-room retention 30", ["ROOM #main retention=30"]),
    ("/edit-room slowmode 5", ["ROOM #main slowmode=5"]),
    ("/edit-room motd Be kind", ["ROOM #main * :Be kind"]),
    ("/edit-room motd", ["ROOM #main * :"]),
    ("/edit-room founder alice", ["ROOM #main founder=alice"]),
    ("/invites", ["INVITE"]),
    ("/invites tea", ["CHANSERV :INVITES #tea"]),
    ("/uninvite carol", ["CHANSERV :UNINVITE #main carol"]),
    ("/uninvite carol #tea", ["CHANSERV :UNINVITE #tea carol"]),
    ("/accept tea", ["CHANSERV :ACCEPT #tea"]),
    ("/decline #tea", ["CHANSERV :DECLINE #tea"]),
    ("/invite carol", ["INVITE carol #main"]),
    ("/invite carol dev", ["INVITE carol #dev"]),
    ("/kick alice", ["KICK #main alice"]),
    ("/kick alice enough now", ["KICK #main alice :enough now"]),
    ("/ban", ["MODE #main +b"]),
    ("/ban alice", ["CHANSERV :BAN #main alice"]),
    ("/ban *!*@evil", ["MODE #main +b *!*@evil"]),
    ("/unban alice", ["CHANSERV :UNBAN #main alice"]),
    ("/op alice carol", ["MODE #main +o alice", "MODE #main +o carol"]),
    ("/devoice alice", ["MODE #main -v alice"]),
    ("/mode", ["MODE #main"]),
    ("/mode +m", ["MODE #main +m"]),
    ("/mode #dev +v alice", ["MODE #dev +v alice"]),
    ("/list", ["LIST"]),
    ("/nick robert", ["NICK robert"]),
    ("/away", ["AWAY"]),
    ("/away lunch time", ["AWAY :lunch time"]),
    ("/register secret", ["REGISTER * * secret"]),
    ("/register 'two words'", ["REGISTER * * :two words"]),
    ("/passwd old new", ["PASSWORD b2xkAG5ldw=="]),
    ("""/passwd 'old secret' "new secret\"""", ["PASSWORD b2xkIHNlY3JldABuZXcgc2VjcmV0"]),
    ("/quote PRIVMSG #main :raw words", ["PRIVMSG #main :raw words"]),
    ("/quote @+a=b TAGMSG #main", ["@+a=b TAGMSG #main"]),
]


@pytest.mark.parametrize(("text", "lines"), SENT)
def test_what_is_sent(context: CommandContext, text: str, lines: list[str]) -> None:
    assert type_(context, text) == lines


WRONG = [
    "/query",
    "/reply",
    "/react",
    "/unreact",
    "/search",
    "/search in:#main",
    "/edit-room private perhaps",
    "/edit-room history nobody",
    "/edit-room retention soon",
    "/edit-room retention 40000",
    "/edit-room founder",
    "/uninvite",
    "/accept",
    "/decline",
    "/edit-room colour blue",
    "/invite",
    "/kick",
    "/unban",
    "/op",
    "/nick",
    "/register",
    "/register two words",
    "/passwd new",
    "/passwd one two three",
    "/passwd old 'new",
    "/quote",
    "/quote @tags-only",
    "/react " + "x" * 65,
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_and_never_sent(context: CommandContext, text: str) -> None:
    execute(context, text)
    events, lines = context.protocol.effects()
    assert lines == []
    assert [type(event) for event in events] == [Failure]


def test_a_selected_message_is_meant(context: CommandContext) -> None:
    assert type_(context.at("#main", "1-9"), "/reply yes") == ["@+draft/reply=1-9 PRIVMSG #main :yes"]
    assert type_(context.at("#main", "1-9"), "/redact") == ["REDACT #main 1-9"]
    assert type_(context.at("#main"), "/redact") == ["REDACT #main 1-3"]


def test_without_a_message_there_is_nothing_to_answer(state: ClientProtocol) -> None:
    state.target("#main").newest = ""
    context = CommandContext(state, current="#main")
    for text in ("/reply x", "/react x", "/redact"):
        execute(context, text)
        events, lines = state.effects()
        assert (len(events), lines) == (1, [])


def test_one_redaction_after_the_other(context: CommandContext) -> None:
    hear(context.protocol, f"{AT};msgid=1-4 :bob!u@h PRIVMSG #main :again")
    assert type_(context, "/redact") == ["REDACT #main 1-4"]
    hear(context.protocol, f"{AT};msgid=1-5 :bob!u@h REDACT #main 1-4")
    assert type_(context, "/redact") == ["REDACT #main 1-3"]


def test_elsewhere_nicks_are_banned_and_there_is_no_chanserv(context: CommandContext) -> None:
    context.protocol.chatstore = False
    assert type_(context, "/ban alice") == ["MODE #main +b alice!*@*"]
    context.protocol.room_settings.clear()
    assert type_(context, "/edit-room") == ["TOPIC #main", "MODE #main"]
    for text in ("/edit-room topic tea", "/edit-room private on"):
        assert type_(context, text) == []
    for text in ("/invites #main", "/uninvite carol", "/accept tea", "/decline tea"):
        assert type_(context, text) == []


def test_the_settings_of_a_room_are_shown(context: CommandContext) -> None:
    execute(context, "/edit-room")
    values = ":s ROOM #main history=members;retention=0;slowmode=5;founder=alice;offered=bob;new=1 :Be kind"
    events, _ = hear(context.protocol, ":s 324 bob #main +sk sesame", values)
    assert [event.text for event in events if isinstance(event, Info)] == [
        "settings of #main; /edit-room SETTING VALUE changes one:",
        "topic      (none)      Topic",
        "motd       Be kind     Message of the day",
        "history    members     Messages: everyone or members",
        "retention  0           Days",
        "slowmode   5           Slow mode",
        "private    on          Private",
        "moderated  off         Only operators and members with voice may speak",
        "key        set         Key",
        "founder    alice (offered to bob)  The account that owns the room",
    ]
    assert hear(context.protocol, ":s 324 bob #main +s", values)[0] == []  # nobody has asked


CHANGED = [
    ("retention=30", "changed the room's settings: kept for 30 days"),
    (
        "history=members;slowmode=5 :tea",
        "changed the room's settings: they see less, slowmode: 5, another message",
    ),
    ("* :", "changed the room's settings: no message"),
    ("founder=bob", "gave the room to bob"),
    ("new=1", "changed the room's settings: new: 1"),
]


@pytest.mark.parametrize(("values", "text"), CHANGED)
def test_who_changed_settings_is_shown(state: ClientProtocol, values: str, text: str) -> None:
    events, _ = hear(state, f"{AT};msgid=1-7 :alice!u@h ROOM #main {values}")
    assert events == [SettingsChanged("#main", T, "alice", text)]


def test_an_invite_of_ours_says_how_to_join(state: ClientProtocol) -> None:
    events, _ = hear(state, ":s 336 bob #tea", ":s 337 bob :end of your invites")
    assert next(event.text for event in events if isinstance(event, Info)) == "you are invited to #tea: /join #tea"


def test_elsewhere_nickserv_is_asked_for_another_password(context: CommandContext) -> None:
    context.protocol.caps -= {"chatstore/accounts"}
    assert type_(context, "/passwd old new") == ["NICKSERV :SET PASSWORD old new"]
    for text in ("/passwd old 'new secret'", "/passwd 'old secret' new", "/passwd old ''"):
        execute(context, text)
        events, lines = context.protocol.effects()
        assert ([type(event) for event in events], lines) == ([Failure], [])
    assert context.protocol.new_password == "new"


def test_what_is_secret_is_marked() -> None:
    assert {name for name, command in COMMANDS.items() if command.secret} == {"register", "passwd"}
    assert command_in("/passwd a b") is COMMANDS["passwd"]
    assert command_in("//passwd a b") is command_in("passwd a b") is command_in("/nope") is None


def test_without_a_connection_nothing_is_asked(context: CommandContext) -> None:
    context.protocol.lost()
    for text in ("/react x", "/redact", "/search x", "/mode", "/away", "/quote PING x", "/passwd a b"):
        execute(context, text)
        events, lines = context.protocol.effects()
        assert lines == []
        assert [type(event) for event in events] == [Failure]


UPDATES: list[tuple[str, list[Event]]] = [
    (f"{AT};+draft/react=👍;+draft/reply=1-2 :alice!u@h TAGMSG #main", [Reacted("#main", T, "alice", "1-2", "👍")]),
    (f"{AT};+unreact=👍;+reply=1-2 :alice!u@h TAGMSG #main", [Reacted("#main", T, "alice", "1-2", "👍", True)]),
    ("@+typing=active :alice!u@h TAGMSG #main", [Typing("#main", NOW, "alice", "active")]),
    ("@+typing=nonsense :alice!u@h TAGMSG #main", []),
    ("@+typing=active :bob!u@h TAGMSG #main", []),
    ("@+typing=active :carol!u@h TAGMSG bob", []),
    (f"{AT};msgid=1-9 :alice!u@h REDACT #main 1-2 :oh", [Redacted("#main", T, "alice", "1-2", "oh")]),
    (":alice!u@h AWAY :lunch", [Presence("", NOW, "alice", "away", "lunch")]),
    (":alice!u@h AWAY", [Presence("", NOW, "alice", "here")]),
    (":s 730 bob :alice!u@h,carol!u@h", [Presence("", NOW, "alice", "here"), Presence("", NOW, "carol", "here")]),
    (":s 731 bob :carol", [Presence("", NOW, "carol", "offline")]),
    (":s MARKREAD #main timestamp=2030-01-01T00:00:00.000Z", [Marker("#main", NOW, 1_893_456_000_000)]),
    (":s MARKREAD #main *", []),
    (":s 332 bob #main :Be kind", [CurrentTopic("#main", NOW, "Be kind")]),
    (":carol!u@h INVITE dave #main", [Info("#main", NOW, "carol invites dave")]),
    (":ChanServ!s@h NOTICE bob :done", [Message("ChanServ", NOW, "ChanServ", "done", "notice")]),
    (":s 324 bob #main +nt", []),
]


@pytest.mark.parametrize(("line", "events"), UPDATES)
def test_a_line_is_updates(state: ClientProtocol, line: str, events: list[Event]) -> None:
    assert hear(state, line)[0] == events


@pytest.mark.parametrize(
    "line", ["TAGMSG", "MARKREAD", "AWAY", "730", "RENAME", "RENAME #main", "352", "TOKEN", "MODE #main"]
)
def test_a_line_without_its_parameters_hurts_nobody(state: ClientProtocol, line: str) -> None:
    hear(state, line, f":alice!u@h {line}", f":s {line} :")


def test_the_roster_follows(state: ClientProtocol) -> None:
    def told(*lines: str) -> list[Event]:
        return [
            event for event in hear(state, *lines)[0] if isinstance(event, (Members, MembersChanged, CurrentNick))
        ]

    assert told(":carol!u@h JOIN #main carol :Carol") == [MembersChanged("#main", NOW, (Member("carol"),))]
    assert told(":alice!u@h MODE #main -o+vk alice carol key") == [
        MembersChanged("#main", NOW, (Member("alice"),)),
        MembersChanged("#main", NOW, (Member("carol", "+"),)),
    ]
    assert told(":alice!u@h MODE #main +qlo carol 5 carol")[-1] == MembersChanged(
        "#main", NOW, (Member("carol", "~@+"),)
    )
    assert told(":carol!u@h NICK caro") == [MembersChanged("#main", NOW, (Member("caro", "~@+"),), ("carol",))]
    assert told(":caro!u@h QUIT :x") == [MembersChanged("#main", NOW, gone=("caro",))]
    assert told(":bob!u@h NICK rob") == [
        CurrentNick("", NOW, "rob"),
        MembersChanged("#main", NOW, (Member("rob"),), ("bob",)),
    ]


def test_history_changes_no_roster(state: ClientProtocol) -> None:
    state.older("#main", 5)
    state.effects()
    page = [":s BATCH +9 chathistory #main", "@batch=9;msgid=1-00 :dan!u@h JOIN #main", ":s BATCH -9"]
    events, sent = hear(state, *page)
    assert (events, sent) == ([], ["CHATHISTORY BEFORE #main msgid=1-00 100"])  # nobody said anything there
    events, _ = hear(state, ":s BATCH +10 chathistory #main", ":s BATCH -10")
    assert any(isinstance(event, Older) for event in events)
    assert not any(isinstance(event, (Members, MembersChanged, Membership)) for event in events)


def test_who_is_away_is_asked_once_and_not_shown() -> None:
    state = ClientProtocol("bob", ["#main"], updates=True)
    state.begin("bob", [*CAPS, *UPDATE_CAPS])
    hear(state, *WELCOME, ":bob!u@h JOIN #main", ":s 353 bob = #main :@alice!u@h bob!u@h")
    _, sent = hear(state, ":s 366 bob #main :end")
    assert sent == ["WHO #main"]
    events, _ = hear(
        state, ":s 352 bob #main u h s alice G@ :0 A", ":s 352 bob #main u h s bob H :0 B", ":s 315 bob #main :x"
    )
    assert events == [Presence("", NOW, "alice", "away")]
    events, _ = hear(state, ":s 352 bob #main u h s alice G@ :0 A")
    assert [type(event) for event in events] == [Info]


def test_a_large_room_is_not_asked(state: ClientProtocol) -> None:
    target = state.target("#main")
    target.members = {f"n{number}": Member(f"n{number}") for number in range(presence.MAX_WHO_MEMBERS + 1)}
    state.seen_away.clear()
    presence.ask_away(state)
    assert state.effects().lines == []


def test_as_many_are_watched_as_the_server_watches(state: ClientProtocol) -> None:
    state.monitor(["alice", "carol"])
    state.monitor(["Alice", "dan", "eve"])
    assert state.effects().lines == ["MONITOR + alice,carol", "MONITOR + dan"]


def test_typing_is_told_as_seldom_as_it_may(state: ClientProtocol) -> None:
    def types(at: int, typing: str) -> list[str]:
        state.now = NOW + at
        reactions.send_typing(state, "#main", typing)  # type: ignore[arg-type]
        return state.effects().lines

    assert types(0, "done") == []
    assert types(0, "active") == ["@+typing=active TAGMSG #main"]
    assert types(2_999, "active") == []
    assert types(3_000, "active") == ["@+typing=active TAGMSG #main"]
    assert types(3_500, "paused") == ["@+typing=paused TAGMSG #main"]
    assert types(9_000, "paused") == []
    assert types(9_100, "done") == ["@+typing=done TAGMSG #main"]
    assert types(9_200, "done") == []
    assert types(9_300, "active") == ["@+typing=active TAGMSG #main"]
    state.say("#main", "said")  # which says that one is done
    state.effects()
    assert types(9_400, "done") == []


def test_a_marker_goes_forward_and_is_told_once(state: ClientProtocol) -> None:
    read_markers.mark_read(state, "#main", T + 5)
    read_markers.mark_read(state, "#main", T + 4)
    events, lines = state.effects()
    assert events == [Marker("#main", NOW, T + 5)]
    assert lines == ["MARKREAD #main timestamp=2023-11-14T22:13:20.005Z"]


def test_what_was_read_without_a_connection_is_told_later(state: ClientProtocol) -> None:
    state.lost()
    read_markers.mark_read(state, "#main", T + 5)
    assert state.effects().lines == []
    state.begin("bob", [*CAPS, *UPDATE_CAPS])
    hear(state, *WELCOME)
    mark = "MARKREAD #main timestamp=2023-11-14T22:13:20.005Z"
    assert hear(state, ":s MARKREAD #main *")[1] == [mark]
    assert hear(state, ":s MARKREAD #main *")[1] == []  # a server that will not have it is not asked for ever


def test_what_we_say_is_pending_until_it_is_stored(state: ClientProtocol) -> None:
    state.say("#main", "waves", action=True)
    assert state.effects().events == [Pending("#main", NOW, 1, "waves", "action")]
    events, _ = hear(state, f"{AT};msgid=1-2 :bob!u@h PRIVMSG #main :\x01ACTION waves\x01")
    assert events[:2] == [Settled("#main", NOW, 1), Message("#main", T, "bob", "waves", "action", own=True)]


def test_without_echoes_a_pong_is_the_receipt() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", [])
    hear(state, *WELCOME, ":bob!u@h JOIN #main")
    state.say("#main", "one")
    state.say("#main", "two")
    assert state.effects() == ([], ["PRIVMSG #main :one", "PING sent-1", "PRIVMSG #main :two", "PING sent-2"])
    assert hear(state, ":s PONG s :sent-1")[0] == [Message("#main", NOW, "bob", "one", own=True)]
    hear(state, ":s 404 bob #main :no voice")
    assert hear(state, ":s PONG s :sent-2")[0] == []
    assert state.unconfirmed == 0


def test_a_room_gets_another_name_and_keeps_the_rest(state: ClientProtocol) -> None:
    target = state.target("#main")
    state.older("#main", 5)
    state.say("#main", "on its way")
    events, _ = hear(state, ":alice!u@h RENAME #main #tea :nicer")
    assert events[0] == Pending("#main", NOW, 1, "on its way")
    assert events[1:] == [Renamed("#main", NOW, "#tea"), Info("#tea", NOW, "alice renamed #main to #tea: nicer")]
    assert state.target("#tea") is target
    hear(state, ":s BATCH +9 chathistory #tea", "@batch=9;msgid=1-00 :dan!u@h PRIVMSG #tea :old", ":s BATCH -9")
    assert Settled("#tea", NOW, 1) in hear(state, f"{AT};msgid=1-3 :bob!u@h PRIVMSG #tea :on its way")[0]


def test_a_search_and_what_it_came_to(state: ClientProtocol) -> None:
    search.search(state, "news", "#main")
    batch = [
        ":s BATCH +s soju.im/search",
        f"{AT};batch=s;msgid=1-2 :alice!u@h PRIVMSG #main :good news",
        f"{AT};batch=s;msgid=2-1 :alice!u@h PRIVMSG bob :bad news",
        ":s BATCH -s",
    ]
    found = hear(state, *batch)[0][0]
    assert isinstance(found, SearchResults)
    assert found.text == "news"
    assert [(hit.target, hit.msgid, hit.body) for hit in found.hits] == [
        ("#main", "1-2", "good news"),
        ("alice", "2-1", "bad news"),
    ]
    assert "alice" not in state.targets


def test_a_search_that_is_refused_leaves_the_next_one_its_words(state: ClientProtocol) -> None:
    search.search(state, "one")
    search.search(state, "two")
    hear(state, ":s FAIL SEARCH INTERNAL_ERROR :no")
    found = hear(state, ":s BATCH +s soju.im/search", ":s BATCH -s")[0][0]
    assert isinstance(found, SearchResults)
    assert (found.text, found.hits) == ("two", ())


def test_a_direct_conversation_begins_by_a_message(state: ClientProtocol) -> None:
    events, sent = hear(state, f"{AT};msgid=2-1 :carol!u@h PRIVMSG bob :psst")
    assert events == [Marker("carol", NOW, 0), Message("carol", T, "carol", "psst")]
    assert sent == ["MONITOR + carol"]


def test_conversations_that_have_been_read_are_not_fetched() -> None:
    state = ClientProtocol("bob", updates=True)
    state.begin("bob", [*CAPS, *UPDATE_CAPS])
    hear(state, *WELCOME)
    lines = [
        ":s BATCH +1 draft/chathistory-targets",
        "@batch=1 :s CHATHISTORY TARGETS alice 2023-11-14T22:13:20.000Z",
        "@batch=1 :s CHATHISTORY TARGETS carol 2023-11-14T22:13:20.000Z",
        ":s BATCH -1",
    ]
    events, sent = hear(state, *lines)
    assert [event for event in events if isinstance(event, Opened)] == [
        Opened("alice", NOW, T),
        Opened("carol", NOW, T),
    ]
    assert sent == ["MARKREAD alice", "MARKREAD carol", "MONITOR + alice,carol"]
    assert hear(state, ":s MARKREAD alice timestamp=2023-11-14T22:13:20.000Z")[1] == []
    assert hear(state, ":s MARKREAD carol *")[1] == ["CHATHISTORY LATEST carol * 10"]


def test_a_token_is_kept() -> None:
    kept: list[str] = []
    state = ClientProtocol("bob")
    state.begin("bob", CAPS)
    state.want_token(kept.append)
    _, sent = hear(state, *WELCOME)
    assert sent[0] == "ROOM *"
    assert sent[1] == "METADATA * SUB soju.im/pinned"
    assert sent[2].startswith("TOKEN ADD :chatstore client on ")
    hear(state, ":s TOKEN ADD 7 cst_abc :chatstore client", ":s TOKEN ADD 8 cst_other :chatstore client")
    assert kept == ["cst_abc"]


def test_lag_is_no_line_of_a_conversation(state: ClientProtocol) -> None:
    assert Lag("", NOW, 5) not in hear(state, ":s PONG s :lag-1")[0]
