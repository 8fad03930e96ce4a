"""Push from two servers of one database: each message once, and by the same key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chatstore.net.retrying import Backoff
from chatstore.push import lanes, pusher
from tests.irc.test_isupport import tokens
from tests.nodes.test_two_servers import durable, servers
from tests.push.service import PushService
from tests.running import Running
from tests.waiting import until

__all__ = ["durable", "servers"]

CAPS = "standard-replies soju.im/webpush message-tags draft/read-marker chatstore/notify"
PUSH: dict[str, object] = {"allowed": ["127.0.0.0/8"]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pusher, "GATHER", 0.02)
    monkeypatch.setattr(pusher, "NOTE_SECONDS", 0.2)
    monkeypatch.setattr(lanes.Lanes.__init__, "__defaults__", (8, Backoff(0.01, 0.05), time.monotonic))


@pytest.fixture
def service() -> Iterator[PushService]:
    running = PushService()
    yield running
    running.close()


@pytest.fixture
def one(servers: Callable[..., Running]) -> Running:
    return servers(push={**PUSH, "idle_minutes": 0})


@pytest.fixture
def two(one: Running, servers: Callable[..., Running]) -> Running:
    return servers(push={**PUSH, "idle_minutes": 0})


def test_each_message_is_pushed_once_by_who_stored_it(one: Running, two: Running, service: PushService) -> None:
    alice = one.member("alice", CAPS)
    alice.ask(f"WEBPUSH REGISTER {service.subscribe('alice')}", "NOTIFY SET * rooms=all")
    phone = two.login("alice", CAPS)
    assert tokens(phone)["VAPID"] == tokens(alice)["VAPID"]
    bob, carol = one.member("bob"), two.member("carol")
    for n in range(5):
        bob.ask(f"PRIVMSG #main :b{n}")
        assert service.next().said == f"b{n}"
        carol.ask(f"PRIVMSG #main :c{n}")
        assert service.next().said == f"c{n}"
    assert service.pushes.empty()
    until(lambda: [running.server.push.lanes.figures.sent for running in (one, two)] == [5, 5])
    phone.ask("NOTIFY SET #main level=nothing")
    alice.wait("NOTIFY SET #main level=nothing")
    carol.ask("PRIVMSG #main :unheard")
    bob.ask("PRIVMSG #main :unheard", "PRIVMSG alice :the end")
    assert service.until("the end") == []


def test_what_was_read_at_another_server_is_taken_back(one: Running, two: Running, service: PushService) -> None:
    alice = one.member("alice", CAPS)
    alice.ask(f"WEBPUSH REGISTER {service.subscribe('alice')}")
    bob = one.member("bob")
    bob.ask("PRIVMSG alice :one")
    first = service.next()
    two.login("alice", CAPS).ask("MARKREAD bob timestamp=2099-01-01T00:00:00.000Z")
    taken = service.next()
    assert " MARKREAD bob " in taken.line
    assert taken.headers["topic"] == first.headers["topic"]


def test_not_while_in_use_at_another_server(one: Running, two: Running, service: PushService) -> None:
    for running in (one, two):
        policy = running.server.chat.policy
        running.server.chat.apply_policy(replace(policy, push=replace(policy.push, idle_minutes=2)))
    alice = two.member("alice", CAPS)
    alice.ask(f"WEBPUSH REGISTER {service.subscribe('alice')}", "PRIVMSG #main :here I am")
    noted = "SELECT active_at > registered_at FROM push_subscriptions"
    until(lambda: two.rows(noted) == [(True,)])  # by the second server
    bob = one.member("bob")
    bob.ask("PRIVMSG alice :she is there")
    alice.wait("she is there$")
    until(lambda: not one.server.push.busy)
    alice.ask("AWAY :out")
    person = one.server.chat.hub.person_keyed(1)
    until(lambda: person is None or person.away_message)
    bob.ask("PRIVMSG alice :she is away")
    assert service.until("she is away") == []
