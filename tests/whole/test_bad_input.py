"""No client's mistake delays or disturbs anybody else: each bad client meets its own bounded end."""

from __future__ import annotations

import random
import socket
import struct

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running


@pytest.fixture(autouse=True)
def others_notice_nothing(server: Running) -> object:
    """Two people talk before and after what the test does."""
    talker, listener = server.member("talker"), server.member("listener")
    talker.ask("PRIVMSG #main :before")
    yield
    talker.ask("PRIVMSG #main :after")
    said = [line for line in listener.sync() if "talker!" in line and "PRIVMSG" in line]
    assert [parse(line).params[-1] for line in said] == ["before", "after"]


def numbers(client: IrcClient, data: bytes) -> list[str]:
    client.sync()
    client.send_bytes(data)
    return [parse(line).command for line in client.sync()]


def test_long_lines(alice: IrcClient) -> None:
    fits = b"NOTICE #main :" + b"x" * (510 - 14)
    assert numbers(alice, fits + b"\r\n") == []
    assert numbers(alice, fits + b"x\r\n") == ["417"]
    assert numbers(alice, b"PRIVMSG #main :" + "я".encode() * 248 + b"\r\n") == ["417"]
    assert numbers(alice, b"@+a=" + b"x" * 4091 + b" PRIVMSG #main :x\r\n") == []
    assert numbers(alice, b"@+a=" + b"x" * 4092 + b" PRIVMSG #main :x\r\n") == ["417"]
    assert numbers(alice, b"@+a=" + b"x" * 9000 + b" PRIVMSG #main :x\r\n") == ["417"]


def test_bytes_that_are_no_text(alice: IrcClient, bob: IrcClient) -> None:
    alice.sync(), bob.sync()
    alice.send_bytes(b"PRIVMSG #main :\xff\xfe\r\n")
    assert "FAIL PRIVMSG INVALID_UTF8" in alice.sync()[0]
    assert numbers(alice, b"PRIVMSG #main :a\0b\r\n") == []
    assert numbers(alice, b"\r\n\r\n\n\r\n   \r\n:x\r\n@a\r\n") == []
    assert bob.sync() == []


def test_byte_by_byte_and_every_kind_of_line_end(alice: IrcClient, bob: IrcClient) -> None:
    for byte in b"PRIVMSG #main :one\rPRIVMSG #main :two\nPRIVMSG #main :three\r\n":
        alice.send_bytes(bytes([byte]))
    alice.sync()
    assert [parse(line).params[-1] for line in bob.sync() if "alice!" in line] == ["one", "two", "three"]


def test_a_line_without_end_ends_the_connection(alice: IrcClient) -> None:
    alice.send_bytes(b"x" * 20_000)
    assert alice.rest()[-1].startswith("ERROR :Closing link: the line is far too long")


def test_half_a_line_then_silence_then_gone(server: Running) -> None:
    client = server.register("halfway")
    client.send_bytes(b"PRIVMSG #main :never fini")
    client.close()


def test_lines_before_the_end_of_a_connection_count(server: Running, bob: IrcClient) -> None:
    client = server.member("leaver")
    client.send(*(f"PRIVMSG #main :{number}" for number in range(50)))
    client.half_close()
    client.rest()
    assert [parse(line).params[-1] for line in bob.sync() if "leaver!" in line and "PRIVMSG" in line] == [
        str(number) for number in range(50)
    ]


def test_a_thousand_joins(alice: IrcClient) -> None:
    alice.send(*(f"JOIN #room{number}" for number in range(1000)))
    answers = [parse(line).command for line in alice.sync()]
    assert answers.count("JOIN") == 99  # with #main, as many rooms as one person may be in
    assert answers.count("405") == 901


def test_unknown_commands_and_wrong_counts(alice: IrcClient) -> None:
    assert numbers(alice, b"FOO\r\nfoo bar\r\nJOIN\r\nKICK #main\r\nTOPIC\r\n999 x\r\n") == [
        "421", "421", "461", "461", "461",
    ]  # fmt: skip


def test_a_flood_of_commands_takes_turns_with_others(server: Running) -> None:
    """Only so many commands of one chunk run at a time."""
    flood, other = server.connect(), server.connect()
    other.sync()
    flood.send(*["CAP LS"] * 3000)
    other.sync()
    assert len(flood.sync()) == 3000


def test_texts_that_no_line_can_carry(server: Running, alice: IrcClient) -> None:
    with socket.create_connection(("127.0.0.1", server.port("plain"))) as nc:
        lines = nc.makefile("rb")
        nc.sendall(b"nora\nnine purple kettles\nnine purple kettles\n/topic a\0b\n/topic fine\n")
        while b"fine" not in lines.readline():
            pass
    assert parse(alice.ask("TOPIC #main")[-2]).params[-1] == "fine"


def test_resets_in_the_middle(server: Running) -> None:
    for number in range(30):
        client = server.connect()
        client.send("CAP LS", f"NICK reset{number}", "USER a 0 * :A", "PRIVMSG #main :x")
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client._socket.close()


def test_noise(server: Running) -> None:
    generator = random.Random(42)
    words = "PRIVMSG JOIN MODE @a=b :x #main * CAP REQ +o CHATHISTORY LATEST timestamp= AUTHENTICATE NICK WHO KICK"
    parts = [*words.encode().split(), b"TAGMSG", b"\xff", b"\0", b""]
    client = server.member("noisy")
    for _ in range(400):
        line = b" ".join(generator.choice(parts) for _ in range(generator.randrange(6)))
        client.send_bytes(line + generator.choice([b"\r\n", b"\n", b"\r"]))
    client.sync()
