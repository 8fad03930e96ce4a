"""How the generator sees that everybody has seen everybody."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from benchmarks.generator import joining
from benchmarks.generator.joining import Joining, seen, spread
from benchmarks.generator.member import Member

JOINED = ":{nick}!u@h JOIN :#r\r\n"
NAMES = ":server 353 {nick} = #r :{names}\r\n:server 366 {nick} #r :End of names\r\n"
FIRST = JOINED.format(nick="ann") + NAMES.format(nick="ann", names="@ann") + JOINED.format(nick="bob")
SECOND = JOINED.format(nick="bob") + NAMES.format(nick="bob", names="bob @ann")


@pytest.fixture
def two() -> Iterator[tuple[list[Member], list[socket.socket]]]:
    """Ann and Bob, and the server's ends of their connections."""
    with contextlib.ExitStack() as ends, socket.create_server(("127.0.0.1", 0)) as listener:
        members, there = [], []
        for number, nick in enumerate(("ann", "bob")):
            member = Member(number, nick, "", False)
            member.dial(*listener.getsockname(), "")
            connection, _ = listener.accept()
            ends.callback(member.sock.close)
            ends.callback(connection.close)
            members.append(member)
            there.append(connection)
        yield members, there


def test_it_is_over_when_each_has_seen_the_other(two: tuple[list[Member], list[socket.socket]]) -> None:
    members, there = two
    wave = Joining({"#r": members})
    there[0].sendall(FIRST.encode())
    there[1].sendall(SECOND.encode())
    assert wave.run() >= 0
    assert wave.unseen() == 0
    assert [each.recv(100) for each in there] == [b"JOIN #r\r\n"] * 2


def test_any_pieces_count_the_same(two: tuple[list[Member], list[socket.socket]]) -> None:
    members, there = two
    wave = Joining({"#r": members})
    for connection, said in zip(there, (FIRST, SECOND), strict=True):
        for byte in said.encode():
            connection.sendall(bytes([byte]))
            wave._turn()
    wave.run()
    assert (wave._joins, len(wave._named), wave.unseen()) == (3, 2, 0)


def test_who_was_not_seen_is_counted(
    two: tuple[list[Member], list[socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "GIVE_UP", 0.05)
    members, there = two
    wave = Joining({"#r": members})
    there[0].sendall(FIRST.removesuffix(JOINED.format(nick="bob")).encode())
    there[1].sendall(SECOND.encode())
    wave.run()
    assert wave.unseen() == 1


def test_nicks_of_names_and_joins() -> None:
    assert [
        *seen(b":ann!u@h JOIN #r\r\n:s 353 ann = #r :@ann +bob carl\r\n:x!u@h PRIVMSG #r :JOIN 353 :me\r\n")
    ] == [
        "ann",
        "ann",
        "bob",
        "carl",
    ]


def test_rooms_share_the_members_evenly() -> None:
    members = [Member(number, f"m{number}", "", False) for number in range(5)]
    rooms = spread(members, 2, "x")
    assert {room: [member.number for member in there] for room, there in rooms.items()} == {
        "#x0": [0, 2, 4],
        "#x1": [1, 3],
    }
