"""What must be the same at every door: coming in, talking, history, leaving; two hundred at once."""

from __future__ import annotations

import pytest

from tests.doors.ways import Ways
from tests.running import IrcClient

WAYS = ("irc", "ircs", "web", "web binary", "wss")


@pytest.mark.parametrize("way", WAYS)
def test_come_talk_read_and_go(doors: Ways, way: str) -> None:
    neighbour = doors.member("neighbour")
    doors.way = way
    alice = doors.member("alice", "batch draft/chathistory message-tags server-time echo-message")
    neighbour.wait("JOIN")
    alice.send("PRIVMSG #main :grüße, every door")
    assert alice.wait("PRIVMSG").endswith(" PRIVMSG #main :grüße, every door")
    assert neighbour.wait("PRIVMSG").endswith(" PRIVMSG #main :grüße, every door")
    neighbour.send("PRIVMSG #main :and back")
    assert alice.wait("and back").endswith(" PRIVMSG #main :and back")
    page = alice.ask("CHATHISTORY LATEST #main * 10")
    assert [line.rpartition(" :")[2] for line in page if " PRIVMSG " in line] == ["grüße, every door", "and back"]
    alice.send("QUIT :bye")
    assert alice.rest()[-1].startswith("ERROR ")


@pytest.mark.parametrize("way", WAYS)
def test_whoever_vanishes_is_gone_and_what_was_said_is_there(doors: Ways, way: str) -> None:
    doors.way = way
    alice = doors.member("alice")
    alice.send("PRIVMSG #main :last words")
    alice.sync()
    alice.close()
    again = doors.login("alice", "batch draft/chathistory")
    assert any("last words" in line for line in again.ask("CHATHISTORY LATEST #main * 10"))


@pytest.mark.parametrize("way", WAYS)
def test_a_long_line_and_a_long_message(doors: Ways, way: str) -> None:
    doors.way = way
    alice = doors.member("alice")
    assert any(" 417 " in line for line in alice.ask("PRIVMSG #main :" + "x" * 600))
    bob = doors.member("bob")
    said = ["PRIVMSG #main :" + f"{n} " + "y" * 400 for n in range(300)]
    bob.send(*said)
    bob.sync()
    heard = [line for line in alice.sync() if "PRIVMSG #main" in line]
    assert [int(line.rpartition(":")[2].split()[0]) for line in heard] == list(range(300))


@pytest.mark.parametrize("way", ["ircs", "web crowd", "wss crowd"])
def test_two_hundred_talk_in_one_room_and_nothing_is_lost(doors: Ways, way: str) -> None:
    doors.way = way
    writer = doors.member("writer")
    crowd: list[IrcClient] = []
    for _ in range(200):
        client = doors.login("writer", "echo-message")
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
