"""Connection registration, CAP, PASS, PING, QUIT: Modern "Connection Messages", IRCv3 capability-negotiation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.people import LogInGuest
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.policy import Policy
from chatstore.irc.capabilities import offered
from chatstore.irc.line import parse
from tests.running import PASSWORD, IrcClient, Running, plain


def test_the_welcome_comes_in_order(server: Running) -> None:
    alice = server.register("alice")
    numbers = [parse(line).command for line in alice.log if parse(line).command.isdigit()]
    assert [number for number in dict.fromkeys(numbers) if number != "900"] == [
        "001", "002", "003", "004", "005", "422",
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
    server.login("bob")  # an account opens the door too


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
    guest.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    lines = guest.rest()
    assert any(" 433 " in line for line in lines)
    assert lines[-1].startswith("ERROR :")


def test_an_arrival_that_fails_ends_the_connection(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a welcome would leave the client deaf in the rooms that were not shown."""
    server.member("alice").close()

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(server.server.store, "page", fail)
    client = server.connect()
    client.send(f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
    assert client.rest()[-1] == "ERROR :Closing link: internal error"


class TestCap:
    def test_ls_with_and_without_values(self, server: Running) -> None:
        old = server.connect()
        old.send("CAP LS")
        assert "sasl " in f"{parse(old.line()).params[-1]} "
        lines = server.connect().parsed("CAP LS 302")
        assert [line.params[2] for line in lines[:-1]] == ["*"] * (len(lines) - 1)
        assert "sasl=PLAIN" in " ".join(line.params[-1] for line in lines).split()

    def test_what_is_offered(self, server: Running) -> None:
        client = server.connect()
        client.send("CAP LS")
        assert set(parse(client.line()).params[-1].split()) == {*offered(Policy())}

    def test_registration_is_not_offered_where_it_is_closed(self, run_server: Callable[..., Running]) -> None:
        client = run_server(accounts={"registration": "closed"}).connect()
        assert not any("account-registration" in line for line in client.ask("CAP LS 302"))
        assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE eve" in client.ask("NICK eve", "REGISTER * * secret")[0]

    def test_req_is_all_or_nothing(self, server: Running) -> None:
        client = server.connect()
        client.send("CAP REQ :batch server-time", "CAP REQ :message-tags nonsense", "CAP LIST")
        lines = [parse(line) for line in client.sync()]
        assert [line.params[1:] for line in lines] == [
            ("ACK", "batch server-time"),
            ("NAK", "message-tags nonsense"),
            ("LIST", "batch server-time"),
        ]

    def test_req_takes_back(self, server: Running) -> None:
        client = server.connect()
        client.send("CAP REQ :batch server-time", "CAP REQ :-batch", "CAP LIST")
        assert [parse(line).params[-1] for line in client.sync()] == ["batch server-time", "-batch", "server-time"]

    def test_302_brings_cap_notify_for_good(self, server: Running) -> None:
        client = server.connect()
        client.send("CAP LS 302", "CAP REQ :-cap-notify", "CAP LIST")
        lines = [parse(line) for line in client.sync()]
        assert lines[-2].params[1] == "NAK"
        assert lines[-1].params[-1] == "cap-notify"

    def test_negotiation_holds_the_welcome_back(self, server: Running) -> None:
        server.register("alice").close()
        client = server.connect()
        client.send("CAP LS", f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
        assert all("001" not in line for line in client.sync())
        client.send("CAP END")
        client.wait(" 001 ")

    def test_capabilities_change_the_lines_at_once(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("PRIVMSG #main :one")
        assert alice.wait(":one").startswith(":bob!")
        alice.ask("CAP REQ :message-tags server-time account-tag")
        bob.ask("PRIVMSG #main :two")
        assert set(parse(alice.wait(":two")).tags) == {"time", "msgid", "account"}
        alice.ask("CAP REQ :-server-time -account-tag -message-tags")
        bob.ask("PRIVMSG #main :three")
        assert alice.wait(":three").startswith(":bob!")
