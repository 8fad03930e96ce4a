"""What must be the same at every endpoint: coming in, talking, history, leaving; two hundred at once."""

from __future__ import annotations

import pytest

from tests.endpoints.reaching import OpenServer
from tests.running import IrcClient

WAYS = ("irc", "ircs", "web", "web binary", "wss")


@pytest.mark.parametrize("way", WAYS)
def test_come_talk_read_and_go(running: OpenServer, way: str) -> None:
    neighbour = running.member("neighbour")
    running.way = way
    alice = running.member("alice", "batch draft/chathistory message-tags server-time echo-message")
    neighbour.wait("JOIN")
    alice.send("PRIVMSG #main :grüße, everyone")
    assert alice.wait("PRIVMSG").endswith(" PRIVMSG #main :grüße, everyone")
    assert neighbour.wait("PRIVMSG").endswith(" PRIVMSG #main :grüße, everyone")
    neighbour.send("PRIVMSG #main :and back")
    assert alice.wait("and back").endswith(" PRIVMSG #main :and back")
    page = alice.ask("CHATHISTORY LATEST #main * 10")
    assert [line.rpartition(" :")[2] for line in page if " PRIVMSG " in line] == ["grüße, everyone", "and back"]
    alice.send("QUIT :bye")
    assert alice.rest()[-1].startswith("ERROR ")


@pytest.mark.parametrize("way", WAYS)
def test_a_lost_client_is_offline_and_its_messages_are_stored(running: OpenServer, way: str) -> None:
    running.way = way
    alice = running.member("alice")
    alice.send("PRIVMSG #main :last words")
    alice.sync()
    alice.close()
    again = running.login("alice", "batch draft/chathistory")
    assert any("last words" in line for line in again.ask("CHATHISTORY LATEST #main * 10"))


@pytest.mark.parametrize("way", WAYS)
def test_a_long_line_and_a_long_message(running: OpenServer, way: str) -> None:
    running.way = way
    alice = running.member("alice")
    assert any(" 417 " in line for line in alice.ask("PRIVMSG #main :" + "x" * 600))
    bob = running.member("bob")
    said = ["PRIVMSG #main :" + f"{n} " + "y" * 400 for n in range(300)]
    bob.send(*said)
    bob.sync()
    heard = [line for line in alice.sync() if "PRIVMSG #main" in line]
    assert [int(line.rpartition(":")[2].split()[0]) for line in heard] == list(range(300))


@pytest.mark.parametrize("way", ["ircs", "web crowd", "wss crowd"])
def test_two_hundred_talk_in_one_room_and_nothing_is_lost(running: OpenServer, way: str) -> None:
    running.way = way
    writer = running.member("writer")
    crowd: list[IrcClient] = []
    for _ in range(200):
        client = running.login("writer", "echo-message")
        crowd.append(client)
    for n, client in enumerate(crowd):
        client.send(f"PRIVMSG #main :from {n}")
    for client in crowd:
        client.sync()
    expected = {f"from {n}" for n in range(200)}
    orders = set()
    for client in crowd:
        client.sync()
        heard = [line.rpartition(" :")[2] for line in client.log if " PRIVMSG #main :" in line]
        assert set(heard) == expected
        orders.add(tuple(heard))
    assert len(orders) == 1
    writer.close()
    for client in crowd:
        client.close()
