"""Slow mode: how long members wait between two messages, who does not wait, and what counts as a message."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.messages import Draft
from chatstore.irc.line import parse
from tests.plain.talker import Talker
from tests.running import IrcClient, Running

CAPS = "echo-message message-tags batch draft/multiline draft/message-redaction"


class Clock:
    """The writer's: a millisecond from one look at it to the next, and what a test adds."""

    def __init__(self, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        server.set_clock(self._tick, monkeypatch)

    def _tick(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(server: Running, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(server, monkeypatch)


@pytest.fixture
def op(server: Running, clock: Clock) -> IrcClient:
    client = server.member("olga", CAPS, room="#tea")
    assert "slowmode=30" in client.ask("ROOM #tea slowmode=30")[-1]
    return client


@pytest.fixture
def ben(server: Running, op: IrcClient) -> IrcClient:
    return server.member("ben", CAPS, room="#tea")


def refused(lines: list[str]) -> list[str]:
    """The texts of the refusals; anything else that was said back is an echo."""
    found = [parse(line) for line in lines]
    assert all(
        line.params[0] == "ben" and line.params[1] in ("#tea", "@#tea") for line in found if line.command == "404"
    )
    return [line.params[2] for line in found if line.command == "404"]


def wait(seconds: int) -> str:
    return f"slow mode is on in this room: wait {seconds} second{'' if seconds == 1 else 's'}"


def test_a_message_at_a_time(op: IrcClient, ben: IrcClient, clock: Clock) -> None:
    assert refused(ben.ask("PRIVMSG #tea :one", "PRIVMSG #tea :two", "NOTICE #tea :three")) == [wait(30)]
    clock.now += 18.0
    assert refused(ben.ask("PRIVMSG #tea :four")) == [wait(12)]
    clock.now += 11.5
    assert refused(ben.ask("PRIVMSG #tea :five")) == [wait(1)]
    clock.now += 0.5
    assert refused(ben.ask("NOTICE #tea :six", "PRIVMSG #tea :seven")) == [wait(30)]
    op.sync()
    assert [parse(line).params[-1] for line in op.log if ":ben!" in line and " JOIN " not in line] == ["one", "six"]


def test_those_who_need_not_wait(server: Running, op: IrcClient, ben: IrcClient) -> None:
    assert refused(op.ask("PRIVMSG #tea :one", "PRIVMSG #tea :two")) == []
    op.ask("MODE #tea +v ben")
    ben.sync()
    assert refused(ben.ask("PRIVMSG #tea :one", "PRIVMSG #tea :two")) == []
    op.ask("MODE #tea -v ben")
    ben.sync()
    assert refused(ben.ask("PRIVMSG #tea :three")) == [wait(30)]


def test_each_person_and_each_room_has_a_time_of_its_own(server: Running, op: IrcClient, ben: IrcClient) -> None:
    gus = server.member("gus", CAPS, room="#tea")
    ben.ask("JOIN #main")
    assert refused(ben.ask("PRIVMSG #tea :one", "PRIVMSG #main :one", "PRIVMSG #main :two")) == []
    assert " 404 " not in "".join(gus.ask("PRIVMSG #tea :hello"))


def test_the_connections_of_an_account_are_one(server: Running, op: IrcClient, ben: IrcClient) -> None:
    other = server.login("ben", CAPS)
    other.wait(" 366 ben #tea ")
    assert refused(ben.ask("PRIVMSG #tea :one")) == []
    other.sync()
    assert refused(other.ask("PRIVMSG #tea :two")) == [wait(30)]


def test_what_else_is_a_message(op: IrcClient, ben: IrcClient, clock: Clock) -> None:
    lines = [f"@batch=1 PRIVMSG #tea :{text}" for text in ("one", "two")]
    assert refused(ben.ask("BATCH +1 draft/multiline #tea", *lines, "BATCH -1")) == []
    msgid = parse(next(line for line in ben.log if "msgid=" in line)).tags["msgid"]
    for tags in (f"+draft/react=x;+draft/reply={msgid}", "+typing=active"):
        assert refused(ben.ask(f"@{tags} TAGMSG #tea")) == []
    assert refused(ben.ask("PRIVMSG @#tea :help")) == [wait(30)]
    clock.now += 10
    ben.ask(f"REDACT #tea {msgid}")
    assert refused(ben.ask("PRIVMSG #tea :instead")) == [wait(20)]


def test_switched_on_and_off(op: IrcClient, ben: IrcClient, clock: Clock) -> None:
    op.ask("ROOM #tea slowmode=0")
    ben.sync()
    assert refused(ben.ask("PRIVMSG #tea :one", "PRIVMSG #tea :two")) == []
    op.ask("CS SET #tea SLOWMODE 3600")
    ben.sync()
    clock.now += 60
    assert refused(ben.ask("PRIVMSG #tea :three")) == [wait(3540)]
    assert "slowmode is a number of seconds from 0 to 21600" in op.ask("ROOM #tea slowmode=99999")[0]


def test_it_says_why_first_what_keeps_somebody_silent_for_good(op: IrcClient, ben: IrcClient) -> None:
    ben.ask("PRIVMSG #tea :one")
    op.ask("MODE #tea +b m:ben!*@*")
    ben.sync()
    assert refused(ben.ask("PRIVMSG #tea :two")) == ["you may not speak in this room: you are muted"]


def test_a_clock_that_was_set_back_silences_nobody(op: IrcClient, ben: IrcClient, clock: Clock) -> None:
    ben.ask("PRIVMSG #tea :one")
    clock.now -= 3600
    assert refused(ben.ask("PRIVMSG #tea :two")) == []


def test_stored_tags_are_a_message(op: IrcClient, ben: IrcClient, clock: Clock) -> None:
    for _ in range(2):
        persisted = "@+draft/persist=1 TAGMSG #tea"
        assert refused(ben.ask(persisted, persisted, "PRIVMSG #tea :one")) == [wait(30), wait(30)]
        clock.now += 30
    assert refused(ben.ask("PRIVMSG #tea :two", "@+draft/persist=1 TAGMSG #tea")) == [wait(30)]
    assert refused(op.ask("@+draft/persist=1 TAGMSG #tea", "@+draft/persist=1 TAGMSG #tea")) == []


def test_what_was_queued_before_slow_mode_came_on_does_not_get_through(
    server: Running, op: IrcClient, ben: IrcClient
) -> None:
    op.ask("ROOM #tea slowmode=0")
    ben.sync()
    hub = server.server.chat.hub
    live, person = hub.room_keyed("#tea"), hub.person("ben")
    assert live is not None
    assert person is not None
    queued = [Draft(live.room.id, person.actor, "message", text) for text in ("one", "two")]
    op.ask("ROOM #tea slowmode=30")
    outcomes = server.server.store.submit(queued).wait()
    texts = [str(outcome) for outcome in outcomes if isinstance(outcome, ChatError)]
    assert texts == ["slow mode is on in this room: send the message again"] * 2


def test_guests_wait_too(run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    server = run_server(accounts={"guests": True, "nick_must_be_account": False})
    Clock(server, monkeypatch)
    server.member("olga", room="#tea").ask("ROOM #tea slowmode=30")
    guest = server.connect()
    guest.ask("NICK ben", "USER b 0 * :b")
    guest.ask("JOIN #tea")
    assert refused(guest.ask("PRIVMSG #tea :one", "PRIVMSG #tea :two")) == [wait(30)]


def test_a_restart_changes_nothing(run_server: Callable[..., Running]) -> None:
    server = run_server()
    server.member("olga", room="#tea").ask("ROOM #tea slowmode=21600")
    ben = server.member("ben", CAPS, room="#tea")
    assert refused(ben.ask("PRIVMSG #tea :one")) == []
    server.stop()
    ben = run_server().login("ben", CAPS)
    ben.wait(" 366 ben #tea ")
    (text,) = refused(ben.ask("PRIVMSG #tea :two"))
    assert text.startswith("slow mode is on in this room: wait 21")


def test_at_the_plain_endpoint(server: Running, op: IrcClient, ben: IrcClient) -> None:
    talker = Talker(server.port("plain"))
    talker.log_in("ben")
    talker.ask("/join tea")
    assert "-- Members wait 30 seconds between messages." in talker.ask("/set")
    talker.ask("one")
    assert talker.ask("two")[-1] == "-- slow mode is on in tea: wait 30 seconds; not sent: two"
    op.ask("ROOM #tea slowmode=5")
    assert talker.wait("settings").endswith(" settings: members wait 5 seconds between messages")
    talker.close()
