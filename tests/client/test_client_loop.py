"""The whole client against a scripted server on a real socket: pipes, terminals, lost connections."""

from __future__ import annotations

import io
import socket
import ssl
import threading
from collections.abc import Callable

import pytest

from chatstore.client.address import Address, parse_address
from chatstore.client.connection import Connection, LostError, UnreachableError
from chatstore.client.loop import Account, Client, Timing
from chatstore.client.pipe import WINDOW, Pipe
from chatstore.client.protocol import ClientProtocol
from chatstore.client.terminal import Terminal
from tests.client.fake_server import FakeServer, Input, Peer

FAST = Timing(first_wait=0.01, max_wait=0.01, login=20.0, quit=20.0)


class Piped:
    """A client that sends what a test writes."""

    def __init__(
        self, *scripts: Callable[[Peer], None], timing: Timing = FAST, account: Account | None = None
    ) -> None:
        self.server = FakeServer(*scripts)
        self.input = Input()
        self.errors = io.StringIO()
        self._account = account or Account("bob", "secret")
        self._timing = timing

    def run(self) -> int:
        state = ClientProtocol("bob", ["#main"], history=1, resend=True)
        pipe = Pipe(state, "#main", self.input.fd, self.errors)
        code = Client(state, pipe, parse_address(self.server.url), self._account, timing=self._timing).run()
        self.server.join()
        return code


def quit_(peer: Peer) -> None:
    peer.expect("QUIT")


def test_every_line_is_sent_and_the_end_is_the_last_receipt() -> None:
    bodies: list[str] = []

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome("before")
        bodies.extend(peer.echo() for _ in range(3))
        quit_(peer)

    piped = Piped(script)
    piped.input.type("one", "", "/two is no command")
    piped.input.end(b"three, without an end of line")
    assert piped.run() == 0
    assert bodies == ["one", "/two is no command", "three, without an end of line"]
    assert piped.errors.getvalue() == ""


def test_no_more_than_a_window_is_without_a_receipt() -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        lines = [peer.expect("PRIVMSG") for _ in range(WINDOW)]
        peer.send("PING :is there more?")
        assert peer.line() == "PONG :is there more?"
        for line in lines:
            peer.send(f"@{peer.tags()} :bob!u@h {line}")
        for _ in range(4):
            peer.echo()
        quit_(peer)

    piped = Piped(script)
    piped.input.type(*(f"line {number}" for number in range(WINDOW + 4)))
    piped.input.end()
    assert piped.run() == 0


def test_a_refused_line_is_told_and_the_rest_goes_on() -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        peer.expect("PRIVMSG #main :one")
        peer.send(":s FAIL PRIVMSG NOT_STORED :the disk is full")
        assert peer.echo() == "two"
        quit_(peer)

    piped = Piped(script)
    piped.input.type("one", "two")
    piped.input.end()
    assert piped.run() == 1
    assert piped.errors.getvalue() == "chatstore client: not sent: one: the disk is full\n"


def test_a_line_that_gets_no_receipt_is_a_failure_and_no_endless_wait() -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        peer.expect("PRIVMSG #main :one")
        peer.expect("QUIT")

    piped = Piped(script)
    piped.input.type("one")
    piped.input.end()
    assert piped.run() == 1


def test_lines_that_no_message_can_carry() -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        assert peer.echo() == "good"
        quit_(peer)

    piped = Piped(script)
    piped.input.end(b"bad\xff\nbad\0\ngood\r\n")
    assert piped.run() == 1
    assert len(piped.errors.getvalue().splitlines()) == 2


def test_no_such_room() -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.send(":s 001 bob :hi", ":s 422 bob :x")
        peer.expect("JOIN #main")
        peer.send(":s 403 bob #main :no such room", ":s BATCH +t draft/chathistory-targets", ":s BATCH -t")
        quit_(peer)

    piped = Piped(script)
    piped.input.type("one")
    assert piped.run() == 5
    assert "no such room" in piped.errors.getvalue()


def test_what_was_lost_with_the_connection_is_sent_again_and_what_was_stored_is_not() -> None:
    def breaks(peer: Peer) -> None:
        peer.log_in()
        peer.welcome("before")
        assert [peer.expect("PRIVMSG") for _ in range(3)][-1] == "PRIVMSG #main :three"

    def goes_on(peer: Peer) -> None:
        peer.log_in()
        peer.seq = 1
        peer.welcome(":bob!u@h PRIVMSG #main :one", selector="AFTER #main msgid=1-1")
        assert [peer.echo(), peer.echo()] == ["two", "three"]
        quit_(peer)

    piped = Piped(breaks, goes_on)
    piped.input.type("one", "two", "three")
    piped.input.end()
    assert piped.run() == 0


def test_a_refused_password_is_3_and_is_not_asked_about_in_a_pipe() -> None:
    def script(peer: Peer) -> None:
        peer.expect("CAP LS")
        peer.send(":s CAP * LS :sasl draft/account-registration")
        peer.expect("CAP REQ")
        peer.send(":s CAP * ACK :sasl draft/account-registration")
        peer.expect("AUTHENTICATE PLAIN")
        peer.send(":s 904 bob :SASL authentication failed: wrong name or password")

    piped = Piped(script, account=Account("bob", "secret", hint=" (--register makes it)"))
    assert piped.run() == 3
    said = "chatstore client: not logged in as bob: wrong name or password (--register makes it)\n"
    assert piped.errors.getvalue() == said


@pytest.mark.parametrize("made", [True, False])
def test_a_room_that_a_pipe_has_made_is_told(made: bool) -> None:
    def script(peer: Peer) -> None:
        peer.log_in()
        peer.send(":s 001 bob :Welcome, bob!u@h", ":s 422 bob :no MOTD")
        peer.expect("JOIN #main")
        peer.send(
            (f"@{peer.tags()} " if made else "") + ":bob!u@h JOIN #main",
            ":s 353 bob = #main :@bob",
            ":s 366 bob #main :end",
        )
        peer.expect("CHATHISTORY TARGETS")
        peer.send(":s BATCH +t draft/chathistory-targets", ":s BATCH -t")
        peer.expect("CHATHISTORY LATEST #main")
        peer.send(":s BATCH +h chathistory #main", ":s BATCH -h")
        assert peer.echo() == "one"
        quit_(peer)

    piped = Piped(script)
    piped.input.type("one")
    piped.input.end()
    assert piped.run() == 0
    assert piped.errors.getvalue() == ("chatstore client: created #main\n" if made else "")


def registers(peer: Peer, answer: str) -> None:
    peer.expect("CAP LS")
    peer.send(":s CAP * LS :sasl draft/account-registration")
    peer.expect("CAP REQ")
    peer.send(":s CAP * ACK :sasl draft/account-registration")
    line = peer.line()
    if line == "AUTHENTICATE PLAIN":
        peer.send(":s 904 bob :wrong name or password")
        return
    assert line == "REGISTER bob * secret" or line == "REGISTER bob * :secret"
    peer.send(answer)
    if "SUCCESS" in answer:
        peer.send(":s 001 bob :hi", ":s 422 bob :x", ":bob!u@h JOIN #main")
        quit_(peer)


@pytest.mark.parametrize(
    ("answer", "code"), [(":s REGISTER SUCCESS bob :done", 0), (":s FAIL REGISTER ACCOUNT_EXISTS bob :taken", 3)]
)
def test_an_account_is_made_when_the_person_wants_it(answer: str, code: int) -> None:
    asked: list[bool] = []

    def may_create() -> bool:
        asked.append(True)
        return True

    def first(peer: Peer) -> None:
        registers(peer, "")

    def second(peer: Peer) -> None:
        registers(peer, answer)

    piped = Piped(first, second, account=Account("bob", "secret", may_create=may_create))
    piped.input.end()
    assert piped.run() == code
    assert asked == [True]
    assert ("not logged in as bob: wrong name or password\n" in piped.errors.getvalue()) == (code == 3)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    errors, source = io.StringIO(), Input()
    state = ClientProtocol("bob", ["#main"], resend=True)
    pipe = Pipe(state, "#main", source.fd, errors)
    assert Client(state, pipe, Address("127.0.0.1", port), Account("bob", "x")).run() == 4
    assert "cannot reach" in errors.getvalue()


def test_a_server_that_is_gone_for_too_long_is_given_up() -> None:
    def breaks(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        peer.expect("PRIVMSG #main :one")

    piped = Piped(breaks, timing=Timing(first_wait=0.01, max_wait=0.01, give_up=0.0))
    piped.input.type("one")
    assert piped.run() == 4


def test_a_silent_server_is_asked_and_then_lost() -> None:
    def silent(peer: Peer) -> None:
        peer.log_in()
        peer.send(":s 001 bob :hi")
        lines = []
        while line := peer.line():
            lines.append(line)
        assert "PING alive" in lines

    def refuses(peer: Peer) -> None:
        peer.expect("CAP LS")
        peer.send("ERROR :the end of the test")

    server, source, output = FakeServer(silent, refuses), Input(), io.StringIO()
    terminal = Terminal(ClientProtocol("bob", ["#main"]), "#main", source.fd, output, escapes=False)
    timing = Timing(first_wait=0.0, keepalive=0.05)
    client = Client(ClientProtocol("bob"), terminal, parse_address(server.url), Account("bob", "x"), timing=timing)
    assert client.run() == 3
    server.join()
    assert "the server does not respond" in output.getvalue()


class Screen(io.StringIO):
    """Output that a test can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def write(self, text: str) -> int:
        with self._changed:
            written = super().write(text)
            self._changed.notify_all()
        return written

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), 20), self.getvalue()


def test_a_person_at_a_terminal_over_two_connections() -> None:
    screen, source = Screen(), Input()

    def first(peer: Peer) -> None:
        peer.log_in()
        peer.welcome("before")
        screen.wait_for("<alice> before")
        source.type("hello")
        assert peer.echo() == "hello"
        source.type("/me waves")
        assert peer.echo() == "\x01ACTION waves\x01"
        peer.say("live")
        screen.wait_for("<alice> live")
        source.type("lost")
        peer.expect("PRIVMSG #main :lost")

    def second(peer: Peer) -> None:
        peer.log_in()
        peer.seq = 4
        peer.welcome("missed", selector="AFTER #main msgid=1-4 100")
        screen.wait_for("not sent (the connection was lost): lost")
        source.type("/quit see you")
        assert peer.expect("QUIT") == "QUIT :see you"

    server = FakeServer(first, second)
    state = ClientProtocol("bob", ["#main"])
    terminal = Terminal(state, "#main", source.fd, screen, escapes=False)
    client = Client(state, terminal, parse_address(server.url), Account("bob", "secret"), timing=FAST)
    assert client.run() == 0
    server.join()
    text = screen.getvalue()
    assert "\x1b" not in text
    said = [line.split(" ", 1)[1] for line in text.splitlines() if "<" in line or " * " in line]
    assert said == ["<alice> before", "<bob> hello", "* bob waves", "<alice> live", "<alice> missed"]


def test_the_end_of_the_input_leaves_a_terminal() -> None:
    source = Input()

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.welcome()
        source.end()
        peer.expect("QUIT")

    server = FakeServer(script)
    state = ClientProtocol("bob", ["#main"])
    terminal = Terminal(state, "#main", source.fd, io.StringIO(), escapes=False)
    client = Client(state, terminal, parse_address(server.url), Account("bob", "secret"), timing=FAST)
    assert client.run() == 0
    server.join()


# The connection by itself.


def connected() -> tuple[Connection, socket.socket]:
    mine, theirs = socket.socketpair()
    return Connection(mine), theirs


def read_all(connection: Connection) -> list[str]:
    """Everything until the connection is over."""
    commands: list[str] = []
    try:
        while True:
            commands += [line.command for line in connection.read()]
    except LostError:
        return commands


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_lines_are_cut_out_of_whatever_pieces_come(size: int) -> None:
    connection, server = connected()
    data = "ONE :a\r\nTWO :é\n\r\n:no-command\r\nTHREE\r\nhalf".encode()
    commands: list[str] = []
    for start in range(0, len(data), size):
        server.sendall(data[start : start + size])
        commands += [line.command for line in connection.read()]
    server.close()
    assert commands + read_all(connection) == ["ONE", "TWO", "THREE"]


def test_the_last_lines_come_before_the_end() -> None:
    connection, server = connected()
    server.sendall(b"ERROR :bye\r\n")
    server.close()
    assert read_all(connection) == ["ERROR"]


def test_what_sends_no_lines_is_no_chat_server() -> None:
    connection, server = connected()
    server.sendall(b"x" * 100_000)
    with pytest.raises(LostError, match="not a chat server"):
        connection.read()
    server.close()


def test_a_server_without_tls_is_told_from_one_that_is_not_there() -> None:
    def script(peer: Peer) -> None:
        peer.send("ERROR :this is no TLS")
        peer.line()

    server = FakeServer(script)
    with pytest.raises(UnreachableError):
        Connection.connect(Address("127.0.0.1", server.port, tls=True))
    assert ssl.HAS_TLSv1_3 or ssl.HAS_TLSv1_2
