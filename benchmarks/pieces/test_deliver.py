"""Delivery of a batch of messages to everybody in a room, without sockets and down to the kernel."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Published
from chatstore.chat.model.room_events import NO_TAGS, MessagePosted
from chatstore.chat.model.rooms import Room
from chatstore.chat.model.scopes import EVERYTHING
from chatstore.irc.renderer import IrcRenderer
from chatstore.net.fan_out import fan_out
from chatstore.net.outbox import Outbox

MEMBERS = 200
ALICE = Actor("alice", "alice", 1)
VIEW = IrcRenderer("chat.example.org", server_time=True, message_tags=True)


class Listener:
    """The part of a session that a room needs."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.renderer = VIEW
        self.grant = EVERYTHING
        self.send = send


@pytest.fixture
def sockets() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    pairs = [socket.socketpair() for _ in range(MEMBERS)]
    for ours, theirs in pairs:
        ours.setblocking(False)
        theirs.setblocking(False)
    yield pairs
    for pair in pairs:
        for sock in pair:
            sock.close()


def _room(sends: list[Callable[[bytes], None]]) -> LiveRoom:
    live = LiveRoom(Room(1, "room", "#main", "main", 0, last_seq=0), fan_out)
    for send in sends:
        listener: Any = Listener(send)
        live.hold(listener)
        live.release(listener, 0)
    return live


def _batch(n: int) -> list[Published]:
    return [
        (MessagePosted(1, 1, 1_700_000_000_000, ALICE, f"message {i} of a fox", NO_TAGS), None) for i in range(n)
    ]


@pytest.mark.parametrize("messages", [1, 100])
def test_deliver(benchmark: Any, messages: int) -> None:
    heard: list[bytes] = []
    live = _room([heard.append] * MEMBERS)
    benchmark(live.deliver, _batch(messages))
    assert len(heard) % MEMBERS == 0
    assert heard[-1].count(b"fox") == messages


@pytest.mark.parametrize("messages", [1, 20])
def test_deliver_to_sockets(
    benchmark: Any, messages: int, sockets: list[tuple[socket.socket, socket.socket]]
) -> None:
    """The sockets are drained between the rounds, outside of the timing."""
    outboxes = [Outbox(ours, 1 << 20, lambda: None, lambda _: None) for ours, _ in sockets]
    live = _room([outbox.send for outbox in outboxes])
    batch = _batch(messages)

    def read_all() -> None:
        for _, theirs in sockets:
            try:
                while theirs.recv(1 << 20):
                    pass
            except BlockingIOError:
                pass

    benchmark.pedantic(live.deliver, args=(batch,), setup=read_all, rounds=100)
    assert all(outbox.drained for outbox in outboxes)
