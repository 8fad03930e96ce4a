"""What comes in: line ends, pieces, lengths, encodings. Modern "Message Format"; IRCv3 message-tags "Size limit",
utf8-only."""

from __future__ import annotations

import pytest

from chatstore.irc.line import Line, parse
from tests.running import IrcClient, Running


def after(client: IrcClient, data: bytes) -> list[Line]:
    """What is answered to these bytes."""
    client.send_bytes(data)
    return [parse(line) for line in client.sync()]


@pytest.mark.parametrize(
    "data",
    [b"PING a\nPING b\n", b"PING a\r\nPING b\r\n", b"PING a\rPING b\r", b"\r\n\r\n  \nPING a\r\r\n\nPING b\n"],
)
def test_every_line_end_ends_a_line(server: Running, data: bytes) -> None:
    client = server.connect()
    assert [line.params[1] for line in after(client, data)] == ["a", "b"]
    for byte in data:
        client.send_bytes(bytes([byte]))
    assert [parse(line).params[1] for line in client.sync()] == ["a", "b"]


def test_byte_by_byte(alice: IrcClient, bob: IrcClient) -> None:
    for byte in "PRIVMSG #main :smile 😃\r\n".encode():
        alice.send_bytes(bytes([byte]))
    assert bob.wait("smile").endswith("PRIVMSG #main :smile 😃")


@pytest.mark.parametrize(
    "line",
    ["ping :x", ":alice PING :x", ":somebody!else@there PiNg x", "   PING    x   ", "@tag=1  :alice  PING  x"],
)
def test_what_makes_no_difference(alice: IrcClient, line: str) -> None:
    assert alice.ask(line) == [":chatstore.local PONG chatstore.local :x"]


@pytest.mark.parametrize(
    "line", ["001 alice :hello", "433 x", ":alice 401 bob x", "", " ", ":source", "@tag", "@a ", "P\x07NG x"]
)
def test_what_is_passed_over(server: Running, alice: IrcClient, line: str) -> None:
    assert alice.ask(line) == []
    assert server.connect().ask(line) == []


def test_half_a_line_is_not_said(server: Running, bob: IrcClient) -> None:
    """Of somebody whose connection ends in the middle of one."""
    carol = server.member("carol")
    carol.send("PRIVMSG #main :whole")
    carol.send_bytes(b"PRIVMSG #main :everything is fo")
    carol.half_close()
    carol.rest()
    said = [parse(line).params[-1] for line in bob.sync() if "PRIVMSG" in line]
    assert said == ["whole"]


@pytest.mark.parametrize("command", ["NO_SUCH_COMMAND", "P?NG", "#main"])
def test_what_no_command_is_called(server: Running, command: str) -> None:
    client = server.member("lea", "labeled-response batch")
    (line,) = client.parsed(f"@label=xyz {command} x")
    assert (line.command, line.params[:2], line.tags) == ("421", ("lea", command.upper()), {"label": "xyz"})


class TestLength:
    def test_512_bytes_with_the_line_end(self, alice: IrcClient) -> None:
        fits = f"PING :{'a' * 504}"
        assert len(fits) == 510
        assert [line.command for line in alice.parsed(fits)] == ["PONG"]
        assert alice.parsed(fits + "a")[0].params[0] == "alice"
        assert [line.command for line in alice.parsed(fits + "a", "PING " + "é" * 253)] == ["417", "417"]
        assert [line.command for line in alice.parsed(fits[:-1] + "é")] == ["417"]

    def test_4094_bytes_of_tags(self, server: Running) -> None:
        client = server.member("tia", "message-tags labeled-response batch")
        fits = f"@+a={'b' * 4091}"
        assert len(fits) == 1 + 4094
        assert [line.command for line in client.parsed(f"{fits} PING x")] == ["PONG"]
        assert [line.command for line in client.parsed(f"{fits} PING :{'a' * 504}")] == ["PONG"]
        assert [line.command for line in client.parsed(f"{fits}b PING x", f"{fits} PING :{'a' * 505}")] == [
            "417"
        ] * 2
        assert [line.command for line in client.parsed(f"@+a={'é' * 2046} PING x")] == ["417"]
        line = client.parsed(f"@label=q;+a={'b' * 4092} PING x")[0]
        assert (line.command, line.tags) == ("417", {"label": "q"})

    def test_more_than_tags_and_a_line_can_have(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed(f"@+a={'b' * 9000} PING x")] == ["417"]
        assert [line.command for line in alice.parsed("x" * 16000, "PING y")] == ["417", "PONG"]

    def test_the_rest_of_a_line_that_is_too_long_is_no_line(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("PRIVMSG #main :" + "JOIN #x " * 1500)] == ["417"]

    @pytest.mark.parametrize(
        "data", [b"a" * 16385, b"PRIVMSG #main " + b"a" * 16384 + b"\r\n", b"@" + b"a" * 20000]
    )
    def test_16_kib_without_an_end_close(self, alice: IrcClient, data: bytes) -> None:
        alice.send_bytes(data)
        assert alice.rest()[-1] == "ERROR :Closing link: the line is far too long"


class TestEncoding:
    @pytest.mark.parametrize(
        ("data", "command"),
        [
            (b"PRIVMSG #main :hi \xaa", "PRIVMSG"),
            (b"privmsg #main :\xed\xa0\x80", "PRIVMSG"),
            (b":x TOPIC #main :\xff", "TOPIC"),
            (b"NOSUCH \xff", "NOSUCH"),
            (b"\xff\xfe", "*"),
            (b"PR\xffIVMSG a b", "*"),
        ],
    )
    def test_not_utf8(self, alice: IrcClient, bob: IrcClient, data: bytes, command: str) -> None:
        alice.sync()
        (line,) = after(alice, data + b"\r\n")
        assert (line.command, line.params[:2]) == ("FAIL", (command, "INVALID_UTF8"))
        assert [each for each in bob.sync() if " JOIN " not in each] == []

    def test_with_a_label(self, server: Running) -> None:
        client = server.member("lea", "labeled-response batch")
        (line,) = after(client, b"@label=xyz PRIVMSG #main :hi\xaa\r\n")
        assert (line.command, line.params[0], line.tags) == ("FAIL", "PRIVMSG", {"label": "xyz"})

    def test_a_realname(self, server: Running) -> None:
        client = server.connect()
        lines = after(client, b"NICK foo\r\nUSER u 0 * :i\xe8rc\xe9\r\n")
        assert [(line.command, line.params[:2]) for line in lines] == [("FAIL", ("USER", "INVALID_UTF8"))]


def test_no_tags_for_who_did_not_ask(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    """Whatever others say, and whatever the server answers."""
    tia = server.member("tia", "message-tags server-time account-tag batch echo-message labeled-response")
    tia.ask(
        "@+typing=active TAGMSG #main", "@label=1;+a=b;+draft/reply=x PRIVMSG #main :hi", "@label=2 TOPIC #main :t"
    )
    tia.ask("@+a=b PRIVMSG alice :hi", "NAMES #main")
    alice.ask("CHATHISTORY LATEST #main * 10", "WHO #main", "LIST", "PRIVMSG #main :x")
    assert any(" PRIVMSG alice " in line for line in alice.log)
    assert [line for line in alice.log + bob.sync() + bob.log if line.startswith("@")] == []
