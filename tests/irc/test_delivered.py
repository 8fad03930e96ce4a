"""What has arrived is noted while a connection lasts, so an unclean end repeats only what came after that.

The clients have no CHATHISTORY, as most bots and many stock clients: the server shows them what they missed.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import pytest

from tests.running import PASSWORD, SECONDS, IrcClient, Running, plain

HELLO = "PRIVMSG alice :!deploy"


def session_of(server: Running, nick: str, place: int = 0):  # type: ignore[no-untyped-def]
    person = server.server.chat.hub.person(nick)
    assert person is not None
    return person.sessions[place]


def tick(server: Running, bob: IrcClient) -> None:
    """What the server does every few seconds; over when bob is answered."""
    acceptor = server.server.acceptors["irc"]
    for connection in [*acceptor._connections]:
        server.server._loop.call_soon(connection.tick)
    bob.sync()


def until_noted(server: Running, bob: IrcClient, nick: str = "alice") -> None:
    """Ticks, until nothing that the person was told is unseen: of direct messages in the database, of rooms by the
    connection, which writes that more seldom."""
    session, give_up = session_of(server, nick), time.monotonic() + SECONDS
    rooms = {live.room.id: live.room.last_seq for live in server.server.chat.hub.rooms()}
    account = session.account

    def noted() -> bool:
        arrived = session.delivered.arrived()
        if any(arrived.get(room, 0) < session.chat.hub.told(session).get(room, 0) for room in rooms):
            return False
        return not any(each.room.direct for each in server.server.store.messages.unseen(account.id))

    while not noted():
        assert time.monotonic() < give_up
        tick(server, bob)


def reset(client: IrcClient) -> None:
    """The connection ends with an error, as when a machine crashes or a NAT forgets it."""
    client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client._socket.close()


def gone(server: Running, bob: IrcClient) -> None:
    while (person := server.server.chat.hub.person("alice")) is not None and person.sessions:
        bob.sync()


def said(client: IrcClient) -> list[str]:
    client.sync()
    return [line.partition(" :")[2] for line in client.log if " PRIVMSG " in line]


def test_a_reset_repeats_no_direct_message_that_had_arrived(run_server: Callable[..., Running]) -> None:
    server = run_server()
    bob, alice = server.register("bob"), server.register("alice")
    bob.ask(HELLO)
    alice.wait("!deploy$")
    alice.ask("PRIVMSG bob :deployed")
    until_noted(server, bob)
    reset(alice)
    gone(server, bob)
    bob.ask("PRIVMSG alice :while you were away")
    assert [line[-18:] for line in said(server.login("alice"))] == ["while you were away"[-18:]]


def test_what_had_arrived_is_in_the_database_before_the_server_dies(run_server: Callable[..., Running]) -> None:
    """So a `kill -9` repeats nothing either."""
    server = run_server()
    bob, alice = server.register("bob"), server.register("alice")
    bob.ask(HELLO)
    alice.wait("!deploy$")
    account = session_of(server, "alice").account
    assert [each.name for each in server.server.store.messages.unseen(account.id) if each.room.direct] == ["bob"]
    until_noted(server, bob)
    assert session_of(server, "alice").person.sessions


@pytest.mark.sqlite
def test_what_could_not_be_written_is_written_later(run_server: Callable[..., Running]) -> None:
    server = run_server()
    bob, alice = server.register("bob"), server.register("alice")
    bob.ask(HELLO)
    alice.wait("!deploy$")
    session, away = session_of(server, "alice"), server.database.with_name("away")
    server.database.rename(away)
    while session.delivered.arrived() != session.chat.hub.told(session):
        tick(server, bob)
    tick(server, bob)
    assert any("could not be stored" in line for line in bob.ask(HELLO))  # and so was what was to be written before
    away.rename(server.database)
    until_noted(server, bob)


def test_what_was_sent_to_a_connection_that_is_lost_unnoticed_is_shown_to_the_next(
    run_server: Callable[..., Running],
) -> None:
    server = run_server()
    bob, alice = server.register("bob"), server.connect()
    alice._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    alice.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", f"REGISTER * * :{PASSWORD}", "CAP END")
    alice.wait(" 422 ")
    bob.ask(HELLO)
    alice.wait("!deploy$")
    until_noted(server, bob)
    texts = [f"number {number} {'x' * 300}" for number in range(9000)]  # more than the systems keep for alice
    for start in range(0, len(texts), 1000):
        bob.ask(*(f"PRIVMSG alice :{text}" for text in texts[start : start + 1000]))
    again = server.login("alice")
    lines = said(again)
    assert not [line for line in lines if line.endswith("!deploy")]
    assert lines[-1].endswith(texts[-1])
    assert server.server.chat.hub.person("alice").sessions[0] is not session_of(server, "alice", 1)  # type: ignore[union-attr]


def test_a_second_device_is_not_shown_what_the_first_has(run_server: Callable[..., Running]) -> None:
    server = run_server()
    bob, alice = server.register("bob"), server.register("alice")
    bob.ask(HELLO)
    alice.wait("!deploy$")
    until_noted(server, bob)
    second = server.login("alice")
    assert said(second) == []
    bob.ask("PRIVMSG alice :both of you")
    assert second.wait("both of you$")
    assert alice.wait("both of you$")


def test_behind_a_proxy_the_clients_own_answer_counts(run_server: Callable[..., Running]) -> None:
    server = run_server(
        listen={"proxies": ["127.0.0.1"]}, accounts={"unencrypted_passwords": "everywhere", "registration": "open"}
    )

    def come(name: str, *how: str) -> IrcClient:
        client = server.connect()
        client.send("PROXY TCP4 203.0.113.9 192.0.2.1 56324 6667")
        client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :{name}", *how, "CAP END")
        client.wait(" 422 ")
        return client

    new = (f"REGISTER * * :{PASSWORD}",)
    bob, alice = come("bob", *new), come("alice", *new)
    for text in ("one", "two"):
        bob.ask(f"PRIVMSG alice :{text}")
        alice.wait(f"{text}$")
        if text == "one":
            tick(server, bob)
            token = alice.wait("^PING :received-").partition(":")[2]
            alice.ask(f"PONG :{token}")
    reset(alice)
    gone(server, bob)
    again = come("alice", "CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    assert [line[-3:] for line in said(again)] == ["two"]
