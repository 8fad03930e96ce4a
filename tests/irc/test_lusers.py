"""LUSERS. Spec: Modern, "LUSERS message"."""

from __future__ import annotations

from collections.abc import Callable

from tests.running import IrcClient, Running


def counts(client: IrcClient) -> dict[str, list[str]]:
    """What LUSERS says by number, without the nick."""
    return {line.command: list(line.params[1:]) for line in client.parsed("LUSERS")}


def test_every_line(server: Running) -> None:
    alice = server.register("alice")
    assert counts(alice) == {
        "251": ["There are 1 users and 0 invisible on 1 server"],
        "252": ["0", "operators online"],
        "253": ["0", "unknown connections"],
        "254": ["1", "channels formed"],
        "255": ["I have 1 clients and 0 servers"],
        "265": ["1", "1", "Current local users 1, max 1"],
        "266": ["1", "1", "Current global users 1, max 1"],
    }


def test_those_who_have_not_registered(server: Running) -> None:
    alice = server.register("alice")
    early, late = server.connect(), server.connect()
    for client in (early, late):
        client.ask("NICK bob")
    assert counts(alice)["253"][0] == "2"
    early.send("QUIT")
    early.rest()
    assert counts(alice)["253"][0] == "1"
    late.send("CAP LS", "USER bob 0 * :Bob", "REGISTER * * :correct horse", "CAP END")
    late.wait(" (376|422) ")
    shown = counts(alice)
    assert (shown["253"][0], shown["265"][:2]) == ("0", ["2", "2"])


def test_after_quitting_a_user_counts_in_the_maximum_only(server: Running) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    bob.send("QUIT")
    bob.rest()
    assert counts(alice)["266"][:2] == ["1", "2"]
    assert counts(alice)["255"] == ["I have 1 clients and 0 servers"]


def test_a_person_counts_once(server: Running) -> None:
    alice = server.member("alice")
    server.login("alice")
    assert counts(alice)["265"][:2] == ["1", "1"]


def test_the_invisible(server: Running) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    bob.ask("MODE bob +i")
    assert counts(alice)["251"] == ["There are 1 users and 1 invisible on 1 server"]
    bob.ask("MODE bob -i")
    assert counts(alice)["251"] == ["There are 2 users and 0 invisible on 1 server"]
    bob.ask("MODE bob +i")
    bob.send("QUIT")
    bob.rest()
    assert counts(alice)["251"] == ["There are 1 users and 0 invisible on 1 server"]


def test_a_guest_who_logs_in_late_is_one_person(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    alice = server.connect()
    alice.send("NICK alice", "USER alice 0 * :Alice")
    alice.wait(" (376|422) ")
    alice.ask("REGISTER * * :correct horse")
    shown = counts(alice)
    assert (shown["253"][0], shown["265"][:2]) == ("0", ["1", "1"])


def test_it_is_for_those_who_take_part(server: Running) -> None:
    assert [line.command for line in server.connect().parsed("LUSERS")] == ["451"]
