"""Coming back: nothing missing, nothing twice, nothing late."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import pytest

from chatstore.chat.model.messages import HistoryQuery
from chatstore.plain.renderer import clock_text
from tests.plain.talker import Talker
from tests.running import Running

Connect = Callable[[], Talker]
RunServer = Callable[..., Running]
CLOCK = r"^\[\d\d:\d\d\] "


def unclocked(lines: list[str]) -> list[str]:
    return [re.sub(CLOCK, "", line) for line in lines if re.match(CLOCK, line)]


def test_a_newcomer_sees_what_was_said_with_its_time(ann: Talker, connect: Connect) -> None:
    ann.ask("hello?", "/me sings")
    shown = connect().register("ben")
    assert shown[0] == "-- You are in main (2 members)."
    assert unclocked(shown) == ["ann: hello?", "* ann sings"]
    assert len(shown) == 3


def test_a_message_of_several_lines_has_one_time(server: Running, ann: Talker, connect: Connect) -> None:
    irc = server.member("ivy", "message-tags batch draft/multiline")
    irc.send("BATCH +a draft/multiline #main", "@batch=a PRIVMSG #main :one", "@batch=a PRIVMSG #main :")
    irc.ask("@batch=a PRIVMSG #main :[18:52] ann: yes", "BATCH -a")
    assert ann.sync()[-3:] == ["ivy: one", "    ", "    [18:52] ann: yes"]
    shown = connect().register("ben")
    place = next(number for number, line in enumerate(shown) if line.endswith("] ivy: one"))
    assert re.match(CLOCK, shown[place])
    assert shown[place + 1 : place + 3] == ["    ", "    [18:52] ann: yes"]


def test_a_return_shows_what_was_said_and_a_restart_changes_nothing(run_server: RunServer) -> None:
    running = run_server()
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    ben.register("ben")
    ben.ask("/join dev")
    ann.ask("one")
    ben.close()
    irc = running.login("ann")
    irc.ask("JOIN #dev", "PRIVMSG #dev :in dev", "PRIVMSG #main :two", "PRIVMSG ben :psst")
    irc.close()
    running.stop()
    assert ann.rest()[-1] == "-- the server is stopping"

    running = run_server()
    ben = Talker(running.port("plain"))
    shown = ben.log_in("ben")
    assert shown[0] == "-- You are also in [dev]: their lines begin with that. /join ROOM switches to one."
    assert unclocked(shown) == ["[dev] ann: in dev", "[direct] ann: psst", "ann: one", "ann: two"]
    assert unclocked(ben.ask("/join dev")) == []


def test_history_goes_back_page_by_page_without_overlap(run_server: RunServer) -> None:
    running = run_server(history={"replay_on_join": 3})
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    ann.ask(*(f"m{number}" for number in range(10)))
    assert unclocked(ben.register("ben")) == ["ann: m7", "ann: m8", "ann: m9"]
    ann.ask("live")
    ben.wait("^ann: live$")
    first = ben.ask("/history 4")
    assert unclocked(first) == ["ann: m3", "ann: m4", "ann: m5", "ann: m6"]
    assert first[-1] == "-- /history shows older messages."
    second = ben.ask("/history")
    assert unclocked(second) == ["ann: m0", "ann: m1", "ann: m2"]
    assert second[-1] == "-- These are the oldest messages."
    assert ben.ask("/history") == ["-- There are no older messages."]


def test_more_than_is_replayed_is_not_passed_over_in_silence(run_server: RunServer) -> None:
    running = run_server(history={"replay_on_join": 2})
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    ben.register("ben")
    ben.ask("/join dev", "/join main")
    ben.say(".q")
    ben.rest()
    ann.ask("/join dev")
    ann.ask("d1", "d2", "d3", "/join main", "m1", "m2", "m3", "/msg ben p1", "/msg ben p2", "/msg ben p3")
    ben = Talker(running.port("plain"))
    shown = ben.log_in("ben")
    assert unclocked(shown) == [
        *("[dev] ann: d2", "[dev] ann: d3"),
        *("[direct] ann: p2", "[direct] ann: p3"),
        *("ann: m2", "ann: m3"),
    ]
    assert "-- You missed more messages in dev: /join dev shows them." in shown
    assert "-- You missed more messages with ann: /history @ann shows them." in shown
    assert shown[-1] == "-- You missed more messages: /history shows them."
    assert unclocked(ben.ask("/history")) == ["ann: m1"]
    assert unclocked(ben.ask("/history @ann")) == ["[direct] ann: p1"]
    assert unclocked(ben.ask("/join dev")) == ["ann: d1"]


def test_no_history_is_shown_where_none_is_wanted(run_server: RunServer) -> None:
    running = run_server(history={"replay_on_join": 0})
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    ann.ask("one", "two")
    assert ben.register("ben") == ["-- You are in main (2 members)."]
    assert unclocked(ben.ask("/history")) == ["ann: one", "ann: two"]


def test_a_server_without_a_default_room_says_how_to_go_on(run_server: RunServer) -> None:
    running = run_server(rooms={"default": []})
    ann = Talker(running.port("plain"))
    assert ann.register("ann") == ["-- You have no current room: /rooms lists the rooms, /join ROOM joins one."]
    assert ann.ask("hello?") == ["-- you have no current room: /join ROOM goes to one (/rooms lists yours)"]
    assert ann.ask("/rooms") == ["-- There are no rooms."]
    ann.ask("/join dev", "hello")
    again = Talker(running.port("plain"))
    assert unclocked(again.log_in("ann")) == ["ann: hello"]


def test_who_may_not_come_into_the_default_room_is_placed_in_another(run_server: RunServer) -> None:
    running = run_server()
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    ann.ask("/join den")
    running.login("ann").ask("MODE #den +i")
    ben.register("ben")
    running.stop()
    running = run_server(rooms={"default": ["den"]})
    shown = Talker(running.port("plain")).log_in("ben")
    assert "-- den is invite only" in shown
    assert shown[-1] == "-- You are in main (2 members)."


def test_a_long_history_is_shown_in_parts(run_server: RunServer) -> None:
    running = run_server(history={"replay_on_join": 1000}, limits={"message_length": 65536})
    ann, ben = Talker(running.port("plain")), Talker(running.port("plain"))
    ann.register("ann")
    for number in range(8):
        ann.ask(f"{number}" + "x" * 60_000)
    assert [line[5] for line in unclocked(ben.register("ben"))] == list("4567")
    assert [line[5] for line in unclocked(ben.ask("/history 1000"))] == list("0123")


def test_coming_in_while_others_post_misses_nothing_and_repeats_nothing(run_server: RunServer) -> None:
    """Replay and live lines together are the room's own order, at whatever moment somebody comes."""
    running = run_server(history={"replay_on_join": 1000})
    port, n = running.port("plain"), 400
    posters = []
    for name in ("ann", "ben"):
        poster = Talker(port)
        poster.register(name)
        posters.append(poster)
    visitor = Talker(port)
    visitor.register("vera")
    visitor.close()

    def post(poster: Talker) -> None:
        for number in range(n):
            poster.say(f"n{number}")
            if number % 10 == 0:
                poster.sync()
        poster.sync()

    threads = [threading.Thread(target=post, args=(poster,)) for poster in posters]
    for thread in threads:
        thread.start()
    seen: list[list[str]] = []
    for _ in range(8):
        visitor = Talker(port)
        visitor.log_in("vera")
        seen.append(visitor.log)
        posters.append(visitor)
    for thread in threads:
        thread.join()
    posters[0].say("the end")
    for visitor in posters[2:]:
        visitor.wait("ann: the end$")
    live = running.server.chat.hub.room_keyed("#main")
    assert live is not None
    events = running.server.store.messages.page(HistoryQuery(live.room.id, 5000, kinds=("message",))).events
    expected = [f"{event.actor.nick}: {event.body}" for event in events]
    assert len(expected) == 2 * n + 1
    for log in seen:
        said = [re.sub(CLOCK, "", line) for line in log if re.search(r"(^|\] )(ann|ben): ", line)]
        assert said == expected


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "second connection"])
@pytest.mark.parametrize("saying", ["{}", "/msg vera {}"], ids=["another room", "direct"])
def test_what_is_said_elsewhere_is_without_gaps_while_one_comes_in(
    run_server: RunServer, saying: str, others: int
) -> None:
    """Within each connection, what was missed and what is live are one unbroken run."""
    running = run_server(history={"replay_on_join": 1000})
    port, n = running.port("plain"), 150
    ann, vera = Talker(port), Talker(port)
    ann.register("ann")
    vera.register("vera")
    ann.ask("/join dev")
    vera.ask("/join dev", "/join main")
    if not others:
        vera.say(".q")
        vera.rest()

    def post() -> None:
        for number in range(n):
            ann.say(saying.format(f"n{number}"))
            if number % 5 == 0:
                ann.sync()
        ann.sync()

    thread = threading.Thread(target=post)
    thread.start()
    runs: list[list[int]] = []
    while thread.is_alive():
        visitor = Talker(port)
        visitor.log_in("vera")
        visitor.say(".q")
        visitor.rest()
        runs.append([int(found[1]) for line in visitor.log if (found := re.search(r"\] ann: n(\d+)$", line))])
    thread.join()
    assert any(runs)
    for run in runs:
        assert run == list(range(run[0], run[0] + len(run))) if run else True


def test_switching_rooms_while_others_post_misses_nothing_and_repeats_nothing(run_server: RunServer) -> None:
    running = run_server(history={"replay_on_join": 1000})
    port, n = running.port("plain"), 300
    ann, vera = Talker(port), Talker(port)
    ann.register("ann")
    ann.ask("/join dev")
    vera.register("vera")

    def post() -> None:
        for number in range(n):
            ann.say(f"n{number}")
            if number % 10 == 0:
                ann.sync()
        ann.sync()

    thread = threading.Thread(target=post)
    thread.start()
    for _ in range(6):
        vera.ask("/join dev", "/join main")
    thread.join()
    ann.say("the end")
    vera.wait("ann: the end$")
    said = [re.sub(CLOCK, "", line).removeprefix("[dev] ") for line in vera.log if "ann: " in line]
    assert said == [*(f"ann: n{number}" for number in range(n)), "ann: the end"]


def test_times_are_short_today_and_whole_before() -> None:
    now = time.mktime((2026, 11, 22, 18, 52, 0, 0, 0, -1))
    assert clock_text(int(now * 1000), now + 60) == "[18:52]"
    assert clock_text(int(now * 1000), now + 86400) == "[2026-11-22 18:52]"
