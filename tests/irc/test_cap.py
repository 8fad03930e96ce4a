"""CAP. Spec: IRCv3 capability-negotiation, case by case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.rules.policy import Accounts, Policy
from chatstore.irc.capabilities import Capability, all_capabilities, offered
from chatstore.irc.line import Line, parse
from tests.running import PASSWORD, IrcClient, Running, plain


def names(lines: list[Line]) -> list[str]:
    return [name for line in lines for name in line.params[-1].split()]


NEEDS_TLS = {"sts"}


def test_ls_302_has_values_and_as_many_lines_as_it_needs(server: Running) -> None:
    lines = server.connect().parsed("CAP LS 302")
    assert [line.params[:2] for line in lines] == [("*", "LS")] * len(lines)
    assert [line.params[2:-1] for line in lines] == [("*",)] * (len(lines) - 1) + [()]
    assert [name.partition("=")[0] for name in names(lines)] == sorted({*offered(Policy())} - NEEDS_TLS)
    assert "sasl=PLAIN" in names(lines)


def test_ls_301_has_neither(server: Running) -> None:
    (line,) = server.connect().parsed("CAP LS")
    assert line.params[:2] == ("*", "LS")
    assert len(line.params) == 3
    assert "=" not in line.params[2]
    ratified = {name for name in offered(Policy()) if "/" not in name} - NEEDS_TLS
    assert ratified <= set(line.params[2].split()) <= {*offered(Policy())}


def test_ls_is_as_the_request_wants_it_and_the_version_stays(server: Running) -> None:
    client = server.connect()
    client.ask("CAP LS 307")
    (line,) = client.parsed("CAP LS")
    assert "=" not in line.params[2]
    assert client.parsed("CAP REQ :-cap-notify")[0].params[1] == "NAK"
    assert len(client.parsed("CAP LS abc")) == 1


def test_many_capabilities(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines end at a name, never inside one; what a 301 line has no room for can be requested all the same."""
    for number in range(60):
        name = f"example.org/{number:02}-{'x' * 20}"
        monkeypatch.setitem(all_capabilities(), name, Capability(name, "test", value=lambda _: "v"))
    client = server.connect()
    assert len(client.ask("CAP LS")) == 1
    assert max(len(line) for line in client.ask("CAP LS 302")) <= 510
    assert names(client.parsed("CAP LS 302"))[-1] == f"{name}=v"
    wanted = [f"example.org/{number:02}-{'x' * 20}" for number in range(60)]
    for start in range(0, 60, 10):
        assert client.parsed(f"CAP REQ :{' '.join(wanted[start : start + 10])}")[0].params[1] == "ACK"
    listed = client.parsed("CAP LIST")
    assert [line.params[2:-1] for line in listed] == [("*",)] * (len(listed) - 1) + [()]
    assert names(listed) == ["cap-notify", *wanted]


def test_an_answer_longer_than_a_line_is_several(server: Running) -> None:
    client = server.connect()
    wanted = ("batch " * 83).strip()
    assert len(f"CAP REQ :{wanted}") <= 510
    for last, answer in (("batch", "ACK"), ("nope", "NAK")):
        lines = client.parsed(f"CAP REQ :{wanted[:-5]}{last}")
        assert len(lines) == 2
        assert {line.params[1] for line in lines} == {answer}
        assert names(lines) == [*["batch"] * 82, last]


def test_list_when_nothing_is_enabled(server: Running) -> None:
    assert server.connect().ask("CAP LIST") == [":chatstore.local CAP * LIST :"]


def test_req_is_echoed_as_it_was(server: Running) -> None:
    client = server.connect()
    assert client.ask("CAP REQ :server-time batch ") == [":chatstore.local CAP * ACK :server-time batch "]
    assert client.ask("CAP REQ :foo qux bar baz qux") == [":chatstore.local CAP * NAK :foo qux bar baz qux"]
    assert client.ask("CAP REQ :") == [":chatstore.local CAP * ACK :"]
    assert client.ask("CAP REQ batch") == [":chatstore.local CAP * ACK :batch"]


def test_req_again_and_of_what_is_off(server: Running) -> None:
    client = server.connect()
    lines = client.parsed("CAP REQ :batch", "CAP REQ :batch", "CAP REQ :-server-time", "CAP REQ :-nonsense")
    assert [line.params[1] for line in lines] == ["ACK", "ACK", "ACK", "NAK"]
    client.ask("CAP REQ :server-time -server-time batch -batch batch")
    assert names(client.parsed("CAP LIST")) == ["batch"]


def test_names_are_case_sensitive(server: Running) -> None:
    assert server.connect().parsed("CAP REQ :Batch")[0].params[1] == "NAK"


def test_cap_notify_without_302_is_like_any_other(server: Running) -> None:
    client = server.connect()
    lines = client.parsed("CAP LS", "CAP REQ :cap-notify", "CAP REQ :-cap-notify")
    assert [line.params[1] for line in lines] == ["LS", "ACK", "ACK"]


@pytest.mark.parametrize("subcommand", ["FOO", "ACK", "NAK", "NEW", "DEL", "CLEAR", "foo"])
def test_what_is_no_subcommand(server: Running, subcommand: str) -> None:
    (line,) = server.connect().parsed(f"CAP {subcommand} :batch")
    assert (line.command, line.params[:2]) == ("410", ("*", subcommand))


def test_after_the_welcome(alice: IrcClient) -> None:
    assert alice.parsed("CAP END", "CAP FOO")[0].params[:2] == ("alice", "FOO")
    assert alice.ask("CAP REQ :batch") == [":chatstore.local CAP alice ACK :batch"]
    assert alice.parsed("CAP LS 302")[0].params[:2] == ("alice", "LS")
    assert "PONG" in alice.ask("PING x")[0]  # nothing is held back


@pytest.mark.parametrize("hold", ["CAP LS", "CAP LS 302", "CAP REQ :batch", "CAP REQ :nonsense", "CAP REQ :"])
def test_what_holds_the_welcome_back(server: Running, hold: str) -> None:
    server.register("alice").close()
    client = server.connect()
    client.send(hold, f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
    assert all(" 001 " not in line for line in client.sync())
    client.send("CAP END")
    client.wait(" 001 ")


def test_what_does_not(server: Running) -> None:
    server.register("alice").close()
    client = server.connect()
    client.send("CAP END", "CAP LIST", "CAP FOO", f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
    client.wait(" 001 ")


def test_registration_is_not_offered_where_it_is_closed(run_server: Callable[..., Running]) -> None:
    client = run_server(accounts={"registration": "closed"}).connect()
    client.send("CAP LS 302", "NICK eve", "REGISTER * * secret")
    assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE eve" in client.wait("FAIL")
    assert not any("account-registration" in line for line in client.log)


def test_req_is_all_or_nothing(server: Running) -> None:
    client = server.connect()
    client.send("CAP REQ :batch server-time", "CAP REQ :message-tags nonsense", "CAP LIST")
    lines = [parse(line) for line in client.sync()]
    assert [line.params[1:] for line in lines] == [
        ("ACK", "batch server-time"),
        ("NAK", "message-tags nonsense"),
        ("LIST", "batch server-time"),
    ]


def test_req_takes_back(server: Running) -> None:
    client = server.connect()
    client.send("CAP REQ :batch server-time", "CAP REQ :-batch", "CAP LIST")
    assert [parse(line).params[-1] for line in client.sync()] == ["batch server-time", "-batch", "server-time"]


def test_capabilities_change_the_lines_at_once(alice: IrcClient, bob: IrcClient) -> None:
    bob.ask("PRIVMSG #main :one")
    assert alice.wait(":one").startswith(":bob!")
    alice.ask("CAP REQ :message-tags server-time account-tag")
    bob.ask("PRIVMSG #main :two")
    assert set(parse(alice.wait(":two")).tags) == {"time", "msgid", "account"}
    alice.ask("CAP REQ :-server-time -account-tag -message-tags")
    bob.ask("PRIVMSG #main :three")
    assert alice.wait(":three").startswith(":bob!")


def test_who_ends_the_negotiation_too_soon_may_still_log_in(server: Running) -> None:
    """pydle takes the first line of a CAP LS for all of it: CAP END comes before it asks for sasl."""
    server.register("alice").close()
    client = server.connect()
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", "CAP END")
    client.wait("FAIL \\* ACCOUNT_REQUIRED")
    client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}", "CAP END")
    client.wait(" 001 alice ")


def test_who_does_not_log_in_then_either_is_turned_away(server: Running) -> None:
    client = server.connect()
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", "CAP END")
    client.wait("FAIL \\* ACCOUNT_REQUIRED")
    client.send("CAP END")
    assert client.rest()[-1].startswith("ERROR :")


def test_who_knows_no_capabilities_is_turned_away_at_once(server: Running) -> None:
    client = server.connect()
    client.send("NICK alice", "USER alice 0 * :Alice")
    client.wait("FAIL \\* ACCOUNT_REQUIRED")
    assert client.rest()[-1].startswith("ERROR :")


def test_what_is_offered_is_made_once_for_a_policy() -> None:
    some, other = Policy(), Policy(accounts=Accounts(registration="open"))
    before = offered(some)
    assert offered(some) is before
    assert offered(other) is not before
    assert [*offered(other)] == [*offered(some)]


def test_every_line_of_ls_fits_whatever_the_nick_is(server: Running) -> None:
    listed = set()
    for nick in ("a", "b" * 30, "c" * 11):
        client = server.connect()
        client.send(f"NICK {nick}")
        lines = client.ask("CAP LS 302")
        assert all(f" CAP {nick} LS " in line for line in lines)
        assert max(len(line) for line in lines) <= 510
        listed.add(" ".join(names([parse(line) for line in lines])))
    assert len(listed) == 1
