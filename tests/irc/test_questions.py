"""Questions have a budget of their own: a client that asks about all of its rooms says its first word at once.

The flood's clock stands still, so what is heard is what the burst allows, and nothing waits for time.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.rules.policy import Limits
from tests.running import Running

ROOMS = 100


def stop_the_clock(server: Running, limits: Limits) -> None:
    server.server.chat.flood.clock = lambda: 1e6
    server.server.chat.flood.apply_limits(limits)


def test_a_client_in_a_hundred_rooms_says_its_first_word_behind_four_hundred_questions(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.thread_time", lambda: 0.0)  # a slow machine takes more of it than the budget has
    server = run_server(limits={"rooms_per_account": ROOMS + 1})
    rooms = [f"#room{number}" for number in range(ROOMS)]
    first = server.register("alice")
    first.ask(*(f"JOIN {room}" for room in rooms), *(f"PRIVMSG {room} :hello" for room in rooms))
    first.close()
    alice = server.login("alice", "echo-message batch draft/chathistory draft/read-marker")
    alice.sync()
    stop_the_clock(server, Limits())
    asked = [
        f"{question}"
        for room in rooms
        for question in (f"MODE {room}", f"WHO {room}", f"CHATHISTORY LATEST {room} * 50", f"MARKREAD {room}")
    ]
    alice.send(*asked, "PRIVMSG #room7 :my first word")
    alice.wait("my first word$")
    assert sum(" 315 " in line for line in alice.log) == ROOMS
    # What is no question has its budget whole: fifty lines, one of which was that message.
    alice.send(*(f"PRIVMSG #room8 :number {number}" for number in range(49)))
    alice.wait("number 48$")


def test_what_counts_as_a_question(run_server: Callable[..., Running]) -> None:
    server = run_server()
    alice = server.member("alice", "draft/metadata-3 draft/read-marker batch")
    (session,) = server.server.chat.hub.person("alice").sessions  # type: ignore[union-attr]
    stop_the_clock(server, Limits(lines_at_once=1))
    alice.ask(
        *(
            "MODE #main",
            "MODE #main +b",
            "TOPIC #main",
            "WHO #main",
            "NAMES #main",
            "LIST",
            "WHOIS alice",
            "WHOWAS x",
        ),
        *("USERHOST alice", "ISON bob", "MONITOR + bob", "MONITOR L", "METADATA * LIST", "METADATA #main GET url"),
        *("METADATA * SUB url", "MARKREAD #main", "MARKREAD #main timestamp=2026-11-22T18:52:38.123Z", "LUSERS"),
        *("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z * 5", "JOIN #main", "ROOM #main", "VERSION"),
        *("PERSISTENCE GET", "ISUPPORT", "HELP", "MOTD", "STATS u", "LINKS", "TIME", "INFO", "ADMIN", "MODE alice"),
    )
    assert session.hear(0) == 0
    for second, line in enumerate(
        (
            *("MODE #main +b x", "MODE #main -b", "TOPIC #main :new", "METADATA * SET url :x", "JOIN #main,#other"),
            *("ROOM #main *", "PERSISTENCE SET ON", "NONSENSE", "PRIVMSG #main :hello", "PART #other", "JOIN 0"),
        )
    ):
        server.server.chat.flood.clock = lambda now=2e6 + second: now  # type: ignore[misc]
        assert session.hear(0) == 0
        alice.ask(line)
        assert session.hear(0) > 0, line
