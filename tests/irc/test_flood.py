"""Flood control over TCP: a client that sends too fast waits. Its lines are handled in full and in order.

The flood's clock stands still until the test moves it, so the number of handled lines is exact, and no test
waits.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running

BURST = 10


class FakeClock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now

    def let(self, lines: int) -> None:
        """Time for so many lines passes."""
        self.now += lines / 1000 + 1e-5


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(run_server: Callable[..., Running], clock: FakeClock) -> Running:
    limits: dict[str, object] = {"lines_per_second": 1000.0, "lines_at_once": BURST, "unlimited": ["bot"]}
    running = run_server(limits=limits, rooms={"default": ["main"]})
    running.server.chat.flood.clock = clock
    return running


def come(server: Running, clock: FakeClock, name: str, caps: str = "echo-message") -> IrcClient:
    """A new account's connection in #main, with all that it may say at once before it."""
    clock.let(1000)
    client = server.register(name, caps)
    clock.let(1000)
    client.send("JOIN #main")
    client.wait(" 366 ")
    clock.let(1000)
    return client


def say(client: IrcClient, first: int, last: int) -> None:
    client.send(*(f"PRIVMSG #main :number {count}" for count in range(first, last + 1)))


def numbers(lines: list[str]) -> list[int]:
    return [int(line.rpartition(" ")[2]) for line in lines if ":number " in line]


def let_go(clock: FakeClock, hearer: IrcClient, first: int, last: int) -> None:
    """One after the other."""
    for count in range(first, last + 1):
        clock.let(1)
        hearer.wait(f"number {count}$")


def test_a_burst_is_heard_at_once_and_the_rest_as_time_goes_by(server: Running, clock: FakeClock) -> None:
    alice, bob = come(server, clock, "alice"), come(server, clock, "bob")
    say(alice, 1, 300)
    bob.wait("number 10$")
    for _ in range(4):
        bob.send("PRIVMSG #main :I am not slowed")
        assert numbers(bob.sync()) == []
    let_go(clock, bob, 11, 300)
    alice.wait("number 300$")
    assert numbers(alice.log) == numbers(bob.log) == list(range(1, 301))


def test_what_is_said_to_a_slowed_client_comes_at_once(server: Running, clock: FakeClock) -> None:
    alice, bob = come(server, clock, "alice"), come(server, clock, "bob")
    say(alice, 1, 50)
    alice.wait("number 10$")
    bob.send("PRIVMSG alice :you are fast")
    alice.wait("you are fast$")
    assert numbers(alice.log) == list(range(1, 11))


def test_every_line_counts_and_each_target_and_a_pong_as_a_tenth(server: Running, clock: FakeClock) -> None:
    alice, bob = come(server, clock, "alice"), come(server, clock, "bob")
    alice.send(*["PONG x"] * 10, "NONSENSE", "AWAY", "JOIN #a,#b,#c", "PRIVMSG bob,#main :hello")
    alice.send_bytes(b"\xff\r\n")
    say(alice, 1, 10)
    bob.wait("number 1$")
    assert numbers(bob.sync()) == []
    clock.let(1)
    bob.wait("number 2$")


def test_registration_counts(server: Running, clock: FakeClock) -> None:
    alice = server.connect()
    alice.send("CAP LS 302", *(f"PING {count}" for count in range(30)))
    alice.wait("PONG .* :8$")
    server.register("bob")
    clock.let(1)
    assert alice.line().endswith(" :9")


def test_an_account_has_twice_as_much_over_all_of_its_connections(server: Running, clock: FakeClock) -> None:
    one, bob = come(server, clock, "alice", "batch draft/chathistory"), come(server, clock, "bob")
    others = [server.login("alice", "batch draft/chathistory")]
    clock.let(1000)
    others.append(server.login("alice", "batch draft/chathistory"))
    clock.let(1000)
    say(one, 1, 12)
    bob.wait("number 10$")
    say(others[0], 21, 32)
    bob.wait("number 29$")
    say(others[1], 41, 50)
    assert numbers(bob.sync()) == []
    clock.let(10)
    bob.wait("number 50$")


def test_who_leaves_is_heard_to_the_end(server: Running, clock: FakeClock) -> None:
    alice, bob = come(server, clock, "alice"), come(server, clock, "bob")
    say(alice, 1, 40)
    alice.send("QUIT :bye")
    alice.half_close()
    bob.wait("number 10$")
    let_go(clock, bob, 11, 40)
    clock.let(1)
    assert numbers(bob.log) == list(range(1, 41))


def test_named_bots_and_administrators_are_not_slowed(server: Running, clock: FakeClock) -> None:
    come(server, clock, "alice")
    bot = come(server, clock, "bot")
    say(bot, 1, 200)
    bot.wait("number 200$")


def test_a_batch_counts_as_little_as_the_message_that_it_becomes(server: Running, clock: FakeClock) -> None:
    alice = come(server, clock, "alice", "echo-message batch message-tags draft/multiline")
    lines = [f"@batch=1 PRIVMSG #main :line {n}" for n in range(5 * BURST)]
    alice.send("BATCH +1 draft/multiline #main", *lines, "BATCH -1")
    alice.wait("BATCH \\+")
    assert sum(":line " in alice.wait("PRIVMSG|BATCH -") for _ in range(5 * BURST)) == 5 * BURST
