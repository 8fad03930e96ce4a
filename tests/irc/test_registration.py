"""Connection registration, PASS, NICK, USER, PING, QUIT: Modern "Connection Messages"."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chatstore.chat.changes.people import LogInGuest, TakePart
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.ticket import Ticket
from chatstore.irc.line import parse
from tests.gate import Gate
from tests.irc.administering import admin
from tests.running import PASSWORD, IrcClient, Running, plain
from tests.waiting import until


def test_the_welcome_comes_in_order(server: Running) -> None:
    alice = server.register("alice")
    numbers = [parse(line).command for line in alice.log if parse(line).command.isdigit()]
    assert [number for number in dict.fromkeys(numbers) if number != "900"] == [
        "001", "002", "003", "004", "005", "251", "252", "253", "254", "255", "265", "266", "422",
    ]  # fmt: skip
    tokens = [token for line in alice.log if " 005 " in line for token in parse(line).params[1:-1]]
    assert all(len(parse(line).params) <= 15 for line in alice.log if " 005 " in line)
    for token in ("CASEMAPPING=ascii", "PREFIX=(ov)@+", "CHANTYPES=#", "UTF8ONLY", "MSGREFTYPES=msgid,timestamp"):
        assert token in tokens


def test_motd_when_there_is_one(run_server: Callable[..., Running]) -> None:
    alice = run_server(server={"motd": "be kind\nbe brief"}).register("alice")
    lines = alice.ask("MOTD")
    assert [parse(line).command for line in lines] == ["375", "372", "372", "376"]
    assert lines[1].endswith(":- be kind")


@pytest.mark.parametrize(
    "lines",
    [
        ("PASS :alice:{}", "USER a 0 * :A", "NICK other"),
        ("PASS :alice:{}", "NICK somebody", "USER a 0 * :A"),
        ("PASS :{}", "NICK alice", "USER a 0 * :A"),
        ("PASS :{}", "USER a 0 * :A", "NICK Alice"),
    ],
)
def test_logging_in_by_pass(server: Running, lines: tuple[str, ...]) -> None:
    server.register("alice").close()
    client = server.connect()
    client.send(*(line.format(PASSWORD) for line in lines))
    assert parse(client.wait(" 001 ")).params[0] == "alice"


def test_a_wrong_password_by_pass_ends_the_connection(server: Running) -> None:
    server.register("alice").close()
    client = server.connect()
    client.send("PASS wrong", "NICK alice", "USER a 0 * :A")
    lines = client.rest()
    assert " 464 " in lines[0]
    assert lines[-1].startswith("ERROR :")


def test_without_an_account_there_is_no_way_in(server: Running) -> None:
    client = server.connect()
    client.send("NICK alice", "USER a 0 * :A")
    lines = client.rest()
    assert "FAIL * ACCOUNT_REQUIRED" in lines[0]
    assert lines[-1].startswith("ERROR :")


def test_guests_where_they_are_welcome(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    server.register("alice").close()
    guest = server.connect()
    guest.send("NICK alice", "USER a 0 * :A")
    assert " 433 " in guest.line()  # the name of an account
    guest.send("NICK visitor")
    guest.wait(" 422 ")
    again = server.connect()
    again.send("NICK Visitor", "USER a 0 * :A")
    assert " 433 " in again.line()
    assert guest.ask("JOIN #main")[-1].startswith(":chatstore.local 366")
    guest.send("QUIT :done")
    guest.rest()
    again.send("NICK visitor")  # free again at once
    again.wait(" 001 visitor ")


def test_a_guest_may_log_in_later(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    alice = server.member("alice")
    guest = server.connect()
    guest.send("CAP REQ :sasl account-notify", "NICK visitor", "USER a 0 * :A", "CAP END")
    guest.wait(" 422 ")
    guest.send("JOIN #main", "JOIN #other")
    guest.wait(" 366 .*#other")
    alice.wait("visitor!.* JOIN")
    lines = guest.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    assert any(" 903 " in line for line in lines)
    assert any(line.startswith(":visitor!") and line.endswith(" NICK alice") for line in lines)
    assert any(line.endswith(" ACCOUNT alice") for line in lines)
    alice.wait(":visitor!.* QUIT :logged in as alice")
    guest.ask("PRIVMSG #main :me again")
    assert alice.wait("me again").startswith(":alice!")


def test_server_password(run_server: Callable[..., Running]) -> None:
    server = run_server(server={"password": "letmein"}, accounts={"guests": True})
    stranger = server.connect()
    stranger.send("NICK a", "USER a 0 * :A")
    assert " 464 " in stranger.rest()[0]
    stranger = server.connect()
    stranger.send("CAP LS", "NICK eve", "USER a 0 * :A", "REGISTER * * secret")
    assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE" in stranger.wait("REGISTER")
    friend = server.connect()
    friend.send("PASS letmein", "CAP LS", "NICK bob", "USER a 0 * :A", f"REGISTER * * :{PASSWORD}", "CAP END")
    friend.wait(" 001 bob ")
    server.login("bob")  # an account lets them in as well


def test_gates(server: Running) -> None:
    client = server.connect()
    client.send(
        "JOIN #main", "PRIVMSG #main :x", "FOO", "NICK", "NICK :", "NICK #bad", "NICK a,b", "USER a", "PASS"
    )
    client.send("CAP", "CAP FOO", "PING")
    numbers = [parse(line).command for line in client.sync()]
    assert numbers == ["451", "451", "451", "431", "431", "432", "432", "461", "461", "461", "410", "409"]


def test_gates_after_the_welcome(alice: IrcClient) -> None:
    lines = alice.ask("USER a 0 * :A", "PASS x", "FOO bar", "JOIN", "PRIVMSG", "PRIVMSG bob", "KICK #main", "WHOIS")
    assert [parse(line).command for line in lines] == ["462", "462", "421", "461", "411", "412", "461", "431"]


def test_ping_before_the_welcome(server: Running) -> None:
    client = server.connect()
    client.send("PING :hello there")
    assert client.line() == ":chatstore.local PONG chatstore.local :hello there"


def test_quit_is_answered_by_error(alice: IrcClient) -> None:
    alice.send("QUIT :so long")
    assert alice.rest() == ["ERROR :Closing link: Quit: so long"]


def test_nothing_is_done_after_quit(server: Running) -> None:
    alice, bob = server.member("alice"), server.member("bob")
    alice.send("PRIVMSG #main :before", "QUIT", "PRIVMSG #main :after")
    alice.rest()
    bob.wait("before")
    assert not any("after" in line for line in bob.sync())


def test_a_late_login_that_fails_ends_the_connection(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = run_server(accounts={"guests": True})
    server.register("alice").close()
    guest = server.connect()
    guest.send("CAP REQ :sasl", "NICK visitor", "USER a 0 * :A", "CAP END")
    guest.wait(" 422 ")

    def refuse(*_: object) -> None:
        raise ChatError(Code.NAME_TAKEN, "somebody here has that name already", "alice")

    monkeypatch.setattr(LogInGuest, "apply", refuse)
    watcher = server.member("wanda")
    guest.ask("JOIN #main")
    guest.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    lines = guest.rest()
    assert any(" 433 " in line for line in lines)
    assert lines[-1].startswith("ERROR :")
    assert watcher.wait(" QUIT ").startswith(":visitor!")


def test_an_arrival_that_fails_ends_the_connection(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a welcome would leave the client deaf in the rooms that were not shown."""
    alice = server.member("alice")
    alice.ask("REPLAY ON")
    alice.close()

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(server.server.store.messages, "page", fail)
    client = server.connect()
    client.send(f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
    assert client.rest()[-1] == "ERROR :Closing link: internal error"


ORDERS = [
    ["CAP LS 302", "NICK alice", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE {}",
     "CAP END"],
    ["CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE {}", "CAP END", "USER a 0 * :A", "NICK alice"],
    ["USER a 0 * :A", "CAP LS", "NICK other", "NICK alice", "CAP REQ :sasl", "CAP LIST", "AUTHENTICATE PLAIN",
     "PING x", "AUTHENTICATE {}", "CAP END"],
    ["CAP LS", "CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE {}", "NICK x", "CAP END", "CAP LS", "CAP END",
     "USER a 0 * :A"],
]  # fmt: skip


@pytest.mark.parametrize("lines", ORDERS)
def test_in_any_order(server: Running, lines: list[str]) -> None:
    server.register("alice").close()
    client = server.connect()
    client.send(*(line.format(plain("alice")) for line in lines))
    assert parse(client.wait(" 001 ")).params[0] == "alice"
    assert sum(" 001 " in line for line in client.log + client.sync()) == 1


def test_sasl_that_is_not_finished_is_aborted_by_the_end(run_server: Callable[..., Running]) -> None:
    client = run_server(accounts={"guests": True}).connect()
    client.send("CAP REQ :sasl", "NICK visitor", "USER v 0 * :V", "AUTHENTICATE PLAIN", "CAP END")
    client.wait(" 906 ")
    client.wait(" 001 ")
    assert " 904 " in client.ask(f"AUTHENTICATE {plain('nobody')}")[-1]


def test_what_user_needs(server: Running) -> None:
    client = server.connect()
    for line in ("USER", "USER a", "USER a 0 *", "USER a 0 * :", "USER : 0 * :A"):
        (answer,) = client.parsed(line)
        assert (answer.command, answer.params[:2]) == ("461", ("*", "USER"))


def test_a_nick_is_taken_only_at_the_end(run_server: Callable[..., Running]) -> None:
    """Two may ask for the same; who has sent everything first has it."""
    server = run_server(accounts={"guests": True})
    one, two = server.connect(), server.connect()
    one.send("NICK same")
    two.send("NICK Same")
    assert one.sync() == two.sync() == []
    two.send("USER b 0 * :B")
    two.wait(" 001 Same ")
    (line,) = one.parsed("USER a 0 * :A")
    assert (line.command, line.params[:2]) == ("433", ("*", "same"))
    one.send("NICK different")
    one.wait(" 001 different ")


def test_one_of_many_gets_the_nick(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    clients = [server.connect() for _ in range(12)]
    for client in clients:
        client.send("NICK same", "USER a 0 * :A", "PING x")
    answers = [parse(client.wait(" (001|433) ")).command for client in clients]
    assert sorted(answers) == ["001", *["433"] * 11]
    first = clients[answers.index("001")]
    first.wait(" PONG ")
    assert any(" 265 " in line and "Current local users 1, max 1" in line for line in first.ask("LUSERS"))


def test_nobody_sees_a_guest_whose_nick_is_refused(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    server.register("alice").close()
    watcher = server.register("wanda")
    watcher.ask("MONITOR + alice,visitor")
    guest = server.connect()
    guest.send("NICK alice", "USER a 0 * :A")
    assert guest.wait(" 433 ").endswith(":that name belongs to an account: log in, or take another")
    assert watcher.sync() == []
    assert watcher.ask("ISON alice")[0].endswith(" :")
    guest.send("NICK visitor")
    guest.wait(" 001 visitor ")
    watcher.wait(r" 730 \* :visitor!")
    assert any("Current local users 2, max 2" in line for line in watcher.ask("LUSERS"))


def test_lines_behind_the_registration_wait_for_the_welcome(run_server: Callable[..., Running]) -> None:
    guest = run_server(accounts={"guests": True}).connect()
    guest.send("CAP REQ :server-time", "NICK visitor", "USER a 0 * :A", "CAP END", "PING behind", "LUSERS")
    guest.wait(" 266 ")
    guest.wait(" 266 ")
    commands = [parse(line).command for line in guest.log]
    assert commands[:2] == ["CAP", "001"]
    assert commands.index("422") < commands.index("PONG") < len(commands) - 1


@pytest.mark.parametrize("how", ["half", "reset", "quit", "dropped"])
def test_a_guest_who_goes_while_the_nick_is_judged_leaves_nothing_behind(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """`dropped`: the writer takes so long that what the client had sent is dropped, the second stage included."""
    caplog.set_level(logging.INFO)
    if how == "dropped":
        monkeypatch.setattr("chatstore.net.connection._DRAIN_SECONDS", 0.0)
    server = run_server(accounts={"guests": True})
    hub, alice = server.server.chat.hub, server.member("alice")
    gate = Gate(server, monkeypatch)
    gate.close(alice)
    guest = server.connect()
    guest.send("NICK visitor", "USER a 0 * :A", "JOIN #main")
    gate.gathers(1)
    if how == "quit":
        guest.send("QUIT :bye")
    elif how == "reset":
        guest._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        guest._socket.close()
    else:
        guest.half_close()
    if how == "dropped":
        until(lambda: "lines were dropped" in caplog.text)
    gate.open()
    until(lambda: server.server.connections == 1)
    assert ([person.nick for person in hub.online()], hub.user_counts.strangers()) == (["alice"], [])
    again = server.connect()
    again.send("NICK visitor", "USER a 0 * :A")
    again.wait(" 001 visitor ")


def test_a_guest_who_is_banned_while_the_nick_is_judged_is_turned_away(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = run_server(accounts={"guests": True})
    olga, alice = admin(server), server.member("alice")
    gate = Gate(server, monkeypatch)
    gate.close(alice)
    olga.send("BAN ADD *!~spam@* * :no bots")
    gate.gathers(1)
    guest = server.connect()
    guest.send("NICK visitor", "USER spam 0 * :A")
    gate.gathers(2)
    gate.open()
    with pytest.raises(EOFError):
        guest.wait(" 001 ")
    assert any(" 465 " in line and "no bots" in line for line in guest.log)
    assert olga.ask("ISON visitor")[-1].endswith(" :")


def test_a_guest_comes_though_the_writer_has_too_much_to_do(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the nick is judged by what a reader of the database finds."""
    server = run_server(accounts={"guests": True})
    server.register("alice").close()
    store = server.server.store
    submit, refused = store.submit, []

    def busy(units: Sequence[Any]) -> Ticket:
        if not isinstance(units[0], TakePart):
            return submit(units)
        refused.append(units[0])
        ticket = Ticket()
        ticket.resolve([ChatError(Code.BUSY, "too much to do") for _ in units])
        return ticket

    monkeypatch.setattr(store, "submit", busy)
    guest = server.connect()
    guest.send("NICK alice", "USER a 0 * :A")
    guest.wait(" 433 ")
    guest.send("NICK visitor")
    guest.wait(" 422 visitor ")
    assert len(refused) == 3
    assert guest.ask("ISON visitor")[0].endswith(" :visitor")


@pytest.mark.parametrize("nick", ["*", "#a", "a b", "a!b", "a@b", "-a", "a,b", "@a", "x" * 65, "a.b*", "$x"])
def test_what_is_no_nick(run_server: Callable[..., Running], nick: str) -> None:
    client = run_server(accounts={"guests": True}).connect()
    lines = client.parsed(f"NICK :{nick}", "USER u 0 * :U")
    assert [line.command for line in lines] == ["432"]
    assert lines[0].params[0] == "*"
    client.send("NICK valid")
    client.wait(" 001 valid ")
    assert [line.command for line in client.parsed(f"NICK :{nick}")[-1:]] == ["432"]


class TestNick:
    @pytest.fixture
    def server(self, run_server: Callable[..., Running]) -> Running:
        return run_server(accounts={"guests": True, "nick_must_be_account": False})

    @staticmethod
    def guest(server: Running, nick: str) -> IrcClient:
        client = server.connect()
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        client.wait(" 422 ")
        return client

    def test_case_of_ones_own(self, server: Running) -> None:
        ann, bea = self.guest(server, "ann"), self.guest(server, "bea")
        for client in (ann, bea):
            client.ask("JOIN #tea")
        ann.sync()
        assert ann.ask("NICK Ann") == [":ann!guest@guest NICK Ann"]
        assert bea.sync() == [":ann!guest@guest NICK Ann"]
        assert ann.ask("NICK Ann") == []
        assert bea.sync() == []

    def test_in_use(self, server: Running) -> None:
        ann, bea = self.guest(server, "ann"), self.guest(server, "bea")
        (line,) = bea.parsed("NICK ANN")
        assert (line.command, line.params[:2]) == ("433", ("bea", "ANN"))
        ann.ask("PRIVMSG bea :still you?")
        bea.wait("still you")

    def test_a_nick_that_was_given_up_is_free(self, server: Running) -> None:
        ann = self.guest(server, "ann")
        ann.ask("NICK malice")
        other = self.guest(server, "ann")
        assert " 433 " in ann.ask("NICK ann")[0]
        assert other.sync() == []

    def test_free_after_quit(self, server: Running) -> None:
        for nick in ("ann", "Ann", "ANN"):
            client = self.guest(server, nick)
            client.send("QUIT")
            client.rest()

    def test_of_who_never_came_in(self, server: Running) -> None:
        client = server.connect()
        client.send("NICK ann", "QUIT")
        assert client.rest() == ["ERROR :Closing link: Quit"]
        self.guest(server, "ann")
