"""Talking at the plain endpoint: lines to others, several rooms, several connections, bad input."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.model.messages import Draft
from tests.plain.talker import PASSWORD, Talker
from tests.running import Running

Connect = Callable[[], Talker]
RunServer = Callable[..., Running]


def test_two_people_talk_and_nobody_hears_their_own_words(ann: Talker, ben: Talker) -> None:
    assert ann.ask("hello ben") == []
    assert ben.sync() == ["ann: hello ben"]
    assert ben.ask("  hello ann", "/me waves", "//shrug") == []
    assert ann.sync() == ["ben:   hello ann", "* ben waves", "ben: /shrug"]


def test_a_script_that_sends_no_line_ends_can_chat(run_server: RunServer) -> None:
    """Its first input is a name, the rest are lines, each after the other was taken."""
    running = run_server(accounts={"guests": True})
    irc = running.member("ann")
    script = Talker(running.port("plain"))
    script.send_bytes(b"robot")
    script.wait("^-- You are in main")
    for said in (b"one", b"two"):
        script.send_bytes(said)
        irc.wait(f"PRIVMSG #main :{said.decode()}$")
    irc.send("PRIVMSG #main :hello robot")
    assert script.wait("hello robot") == "ann: hello robot"
    script.send_bytes(b".q")
    assert script.rest()[-1] == "-- goodbye"


def test_what_a_pipe_sends_at_once_is_all_said(ann: Talker, connect: Connect) -> None:
    pipe = connect()
    lines = [f"line {number}" for number in range(500)]
    pipe.say("pia", PASSWORD, PASSWORD, *lines)
    pipe.half_close()
    assert pipe.rest()[-1] == "-- connection closed"
    ann.wait("^-- pia joined")
    assert [ann.line() for _ in lines] == [f"pia: {line}" for line in lines]


def test_joins_and_leaves_are_shown(ann: Talker, ben: Talker) -> None:
    ben.ask("/part")
    assert ann.wait("left") == "-- ben left"
    assert ben.ask("am I heard?") == ["-- you have no current room: /join ROOM goes to one (/rooms lists yours)"]
    assert ben.ask("/join main")[0] == "-- You are in main (2 members)."
    assert ann.sync() == ["-- ben joined"]
    assert ben.ask("/join dev", "/part main") == ["-- You are in dev (1 member).", "-- [main] ben left"]
    assert ben.ask("heard by nobody") == []
    assert ben.ask("/part main") == ["-- you are not in main (/join ROOM)"]
    assert ann.sync() == ["-- ben left"]


def test_other_rooms_and_direct_messages_say_where_they_belong(ann: Talker, ben: Talker) -> None:
    assert ben.ask("/join dev") == ["-- You are in dev (1 member)."]
    ann.ask("to main", "/msg ben psst", "/msg @ben psst again")
    assert ben.sync() == ["[main] ann: to main", "[direct] ann: psst", "[direct] ann: psst again"]
    assert ben.ask("/join #Main") == ["-- You are in main (2 members)."]
    assert ann.ask("/join dev")[0] == "-- You are in dev (2 members)."
    assert ben.sync() == ["-- [dev] ann joined"]
    ann.ask("here")
    assert ben.sync() == ["[dev] ann: here"]
    assert ann.ask("/join dev") == ["-- You are in dev (2 members)."]


def test_a_room_cannot_pretend_to_be_direct_messages(ann: Talker, ben: Talker) -> None:
    ann.ask("/join direct")
    ben.ask("/join direct")
    assert ben.ask("/join main") == ["-- You are in main (2 members)."]
    ann.ask("hello")
    assert ben.sync() == ["[#direct] ann: hello"]


def test_a_room_that_refuses_leaves_one_where_one_was(server: Running, ann: Talker, ben: Talker) -> None:
    ann.ask("/join den")
    irc = server.login("ann")
    irc.ask("MODE #den +k sesame")
    assert ben.ask("/join den") == ["-- den has a key, and this is not it (/join ROOM KEY)"]
    assert ben.ask("still in main") == []
    assert ann.wait("still") == "[main] ben: still in main"
    assert ben.ask("/join den sesame") == ["-- You are in den (2 members)."]
    irc.ask("KICK #den ben :enough")
    assert ben.sync() == ["-- ann removed ben (enough)"]
    assert ben.ask("hello?") == ["-- you are not in den any more (/join ROOM)"]


def test_two_connections_of_one_account_are_one_person(server: Running, ann: Talker, connect: Connect) -> None:
    second = connect()
    second.log_in("ann")
    ben = connect()
    ben.register("ben")
    ann.wait("^-- ben joined")
    second.wait("^-- ben joined")
    second.ask("from here", "/msg ben psst")
    assert ann.sync() == ["ann: from here", "[direct] ann -> ben: psst"]
    assert second.sync() == []
    assert ben.sync() == ["ann: from here", "[direct] ann: psst"]
    assert ann.ask("/join dev") == ["-- You are in dev (1 member)."]
    assert second.sync() == [
        "-- You joined dev with another connection: its lines begin with [dev] here, /join dev switches to it."
    ]
    ann.ask("in dev")
    assert second.sync() == ["[dev] ann: in dev"]
    assert second.ask("/join dev") == ["-- You are in dev (1 member)."]
    assert second.ask("/part") == [
        "-- ann left",
        "-- You have no current room: /join ROOM goes to one (/rooms lists yours).",
    ]
    assert ann.sync() == ["-- ann left"]
    server.login("ann").ask("JOIN #dev")
    assert ann.sync() == ["-- You are in dev again."]
    assert ann.ask("back") == []


def test_one_writes_and_the_other_reads_at_the_irc_endpoint(server: Running, ann: Talker) -> None:
    irc = server.member("ian")
    ann.wait("^-- ian joined")
    irc.send(
        "PRIVMSG #main :\x01ACTION nods\x01",
        "NOTICE #main :beep",
        "PRIVMSG ann :psst",
        "NICK ian",
        "PART #main :off",
    )
    assert ann.wait("nods") == "* ian nods"
    assert ann.wait("beep") == "ian: beep"
    assert ann.wait("psst") == "[direct] ian: psst"
    assert ann.wait("left") == "-- ian left (off)"
    irc.ask("JOIN #main")
    ann.send_bytes("grüße, мир\r\n".encode())
    irc.wait("PRIVMSG #main :grüße, мир$")


def test_what_others_write_cannot_steer_the_terminal(server: Running, ann: Talker, ben: Talker) -> None:
    ben.send_bytes("\x1b]0;title\x07 \x1b[2J \u202eevil \x9b1m\n".encode())
    assert ann.wait("title") == "ben: \\x1b]0;title\\x07 \\x1b[2J \\u202eevil \\x9b1m"
    ben.ask("/join dev", "/topic \x1b[31mred\tand blue")
    assert ann.ask("/join dev")[0] == "-- You are in dev (2 members). Topic: \\x1b[31mred    and blue"
    assert "-- * dev (2 members): \\x1b[31mred    and blue" in ann.ask("/rooms")
    assert all(line.isprintable() for line in ann.log)
    assert ann.ask("/\x1b[31m") == [
        "-- unknown command /\\x1b[31m, nothing was sent: /help lists the commands, // sends a slash"
    ]


def test_the_further_lines_of_a_message_are_indented(server: Running, ann: Talker) -> None:
    session = server.server.chat.hub.person("ann")
    assert session is not None
    live = server.server.chat.hub.room_keyed("#main")
    assert live is not None
    body = "first\nben: I owe you money\r\n-- last"
    server.server.store.submit([Draft(live.room.id, session.actor, "message", body)]).result()
    assert ann.sync() == ["ann: first", "    ben: I owe you money\\x0d", "    -- last"]


def test_bad_input_is_refused_kindly_and_costs_nobody_else_anything(ann: Talker, ben: Talker) -> None:
    ben.send_bytes(b"before\n" + b"x" * 5000 + b"\n\xc3(\nnul\0inside\n \nafter\n")
    assert ben.sync() == [
        "-- the line was not sent, because it is too long",
        "-- the line was ignored, because it is not valid UTF-8",
        "-- the line was not sent, because it contains a NUL",
    ]
    assert ann.sync() == ["ben: before", "ben: after"]


def test_half_a_line_is_said_after_a_pause(ann: Talker, ben: Talker) -> None:
    ben.send_bytes(b"no end")
    assert ann.wait("no end") == "ben: no end"


def test_a_line_without_end_is_cut_off(ann: Talker, ben: Talker) -> None:
    ben.send_bytes(b"x" * 40_000)
    assert ben.rest()[-1] == "-- the line is far too long"
    assert ann.sync() == []


def test_errors_come_in_the_order_of_the_lines(ann: Talker, ben: Talker) -> None:
    ben.send_bytes(b"one\n/msg zoe hi\ntwo\n/nonsense\n/who\nthree\n")
    assert ben.sync() == [
        "-- there is nobody called zoe; not sent: hi",
        "-- unknown command /nonsense, nothing was sent: /help lists the commands, // sends a slash",
        "-- main has 2 members: ann, ben",
    ]
    assert ann.sync() == ["ben: one", "ben: two", "ben: three"]


def test_leaving_keeps_the_place_and_says_nothing_after(ann: Talker, ben: Talker) -> None:
    ben.say("bye", ".q", "never said")
    assert ben.rest()[-1] == "-- goodbye"
    assert ann.sync() == ["ben: bye"]
    assert ann.ask("/who") == ["-- main has 2 members: ann, ben (away)"]


def test_stopping_the_server_says_goodbye(server: Running, ann: Talker) -> None:
    server.stop()
    assert ann.rest() == ["-- the server is stopping"]


def test_a_room_that_is_removed_says_so(server: Running, ann: Talker) -> None:
    server.server.store.submit([RemoveRoom(1)]).result()
    ann.wait("^-- main was removed; /join ROOM joins another room$")


def test_a_flood_is_heard_later_in_full_and_nobody_else_waits(
    server: Running, ann: Talker, ben: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flood's clock stands still until the test moves it."""
    now, flood = [1e9], server.server.chat.flood
    monkeypatch.setattr(flood, "clock", lambda: now[0])
    monkeypatch.setattr(flood.lines, "seconds", 0.001)
    monkeypatch.setattr(flood.lines, "depth", 0.0095)
    ann.say(*(f"number {count}" for count in range(1, 41)))
    ben.wait("number 10$")
    ben.say("I am not slowed")
    ann.wait("^ben: I am not slowed$")
    assert not any("number" in line for line in ben.sync())
    for count in range(11, 41):
        now[0] += 0.001
        ben.wait(f"number {count}$")


def test_who_shows_nobody_that_others_are_not_shown(server: Running, ann: Talker) -> None:
    """Who is invisible (+i) is shown to those who are in the room too, at each endpoint."""
    ivy = server.member("ivy", room="#tea")
    ivy.ask("MODE ivy +i")
    ken = server.member("ken", room="#tea")
    ken.sync()
    assert ann.ask("/who tea") == ["-- tea has 2 members: ken"]
    assert ann.ask("/whois ivy") == ["-- ivy has the account ivy.", "-- Real name: Ivy"]
    ann.ask("/join tea")
    assert ann.ask("/who")[-1].startswith("-- tea has 3 members: ann, ivy (operator), ken")


def test_a_line_of_nothing_visible_is_not_sent(ann: Talker, ben: Talker) -> None:
    assert ann.ask("\u3164", "/me \u200b", "/msg ben \ufeff") == ["-- the message is empty"] * 3
    assert ben.sync() == []
