"""What one account may have and make: rooms, nicks, accounts of one address. Everybody comes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from tests.running import PASSWORD, IrcClient, Running


@pytest.fixture
def far(run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Running]:
    """Starts a server that takes nobody for somebody on its own machine."""
    monkeypatch.setattr("chatstore.server._is_local", lambda _peer: False)

    def run(guests: bool = False, **limits: object) -> Running:
        accounts = {"registration": "open", "unencrypted_passwords": "everywhere", "guests": guests}
        return run_server(limits=limits, accounts=accounts)

    return run


def refusals(client: IrcClient, *lines: str) -> list[str]:
    """The numerics of errors that come back, each with what it is about."""
    return [" ".join((line.command, line.params[1])) for line in client.parsed(*lines) if line.command[0] in "45"]


def test_an_account_has_so_many_rooms_and_can_give_one_away(far: Callable[..., Running]) -> None:
    server = far(rooms_founded=2)
    alice, bob = server.register("alice"), server.register("bob")
    assert refusals(alice, "JOIN #a,#b") == []
    assert refusals(alice, "JOIN #c") == ["405 #c"]
    assert refusals(alice, "PART #a", "JOIN #c") == ["405 #c"]  # it is still hers
    assert refusals(bob, "JOIN #a,#d,#e,#f") == ["405 #f"]  # joining one is not having it
    session = server.server.chat.hub.person("alice").sessions[0]  # type: ignore[union-attr]
    carol = server.register("carol")
    session.rooms.transfer("b", "carol").result()
    assert refusals(alice, "JOIN #c") == ["405 #c"]  # it is offered, and not given yet
    carol.ask("CS ACCEPT #b")
    assert refusals(alice, "JOIN #c") == []


def test_a_room_can_only_be_given_to_who_may_have_one_more(far: Callable[..., Running]) -> None:
    server = far(rooms_founded=1)
    alice, bob = server.register("alice"), server.register("bob")
    alice.ask("JOIN #a")
    bob.ask("JOIN #b")
    session = server.server.chat.hub.person("alice").sessions[0]  # type: ignore[union-attr]
    session.rooms.transfer("a", "bob").result()
    assert "ob has 1 rooms already" in bob.ask("CS ACCEPT #a")[-1]  # and is not made to have it
    carol = server.register("carol")
    session.rooms.transfer("a", "carol").result()
    carol.ask("CS ACCEPT #a")
    assert refusals(alice, "JOIN #c") == []


def test_rooms_made_in_an_hour(far: Callable[..., Running]) -> None:
    server = far(guests=True, rooms_made_per_hour=3)
    now = [1000.0]
    server.server.chat.flood.clock = lambda: now[0]
    alice, bob = server.register("alice"), server.register("bob")
    assert refusals(alice, "JOIN #a,#b,#c,#d,#main") == ["405 #d"]
    assert refusals(bob, "JOIN #a,#e") == []
    now[0] += 1200.1
    assert refusals(alice, "JOIN #d,#f") == ["405 #f"]
    for name, made in (("guest1", "#g1,#g2"), ("guest2", "#g3,#g4")):
        guest = server.connect()
        guest.send(f"NICK {name}", f"USER {name} 0 * :x")
        guest.wait(" (422|376) ")
        assert refusals(guest, f"JOIN {made}") == ([] if name == "guest1" else ["405 #g4"])


def test_administrators_make_as_many_as_they_like(far: Callable[..., Running]) -> None:
    server = far(rooms_made_per_hour=1, rooms_founded=1)
    password = hash_password(PASSWORD, 4)
    server.server.store.submit([CreateAccount(person_name("root"), password, "admin")]).result()
    assert refusals(server.login("root"), "JOIN #a,#b,#c") == []


def test_zero_is_any_number(far: Callable[..., Running]) -> None:
    server = far(rooms_made_per_hour=0, rooms_founded=0)
    rooms = ",".join(f"#r{count}" for count in range(80))
    assert refusals(server.register("alice"), f"JOIN {rooms}") == []


def test_nick_length(far: Callable[..., Running]) -> None:
    server = far(guests=True, nick_length=8)
    client = server.connect()
    client.send("CAP LS 302", "NICK ninechars", "USER u 0 * :u", "REGISTER * * :x12345678")
    assert "at most 8 characters" in client.wait("REGISTER")
    client.send("CAP END")
    client.wait(" 432 \\S+ ninechars ")
    client.send("NICK short")
    client.wait(" 001 ")
    assert any(" NICKLEN=8 " in line for line in client.sync())
    assert refusals(client, "NICK verylongnick") == ["432 verylongnick"]
    assert refusals(client, "NICK eightchr") == []


def test_accounts_of_one_address(far: Callable[..., Running]) -> None:
    server = far(registrations_at_once=2)
    server.register("alice"), server.register("bob")
    client = server.connect()
    client.send("CAP LS 302", "NICK carol", f"REGISTER * * :{PASSWORD}")
    assert "too many new accounts" in client.wait("REGISTER")


def test_at_the_limit_of_rooms_ones_own_is_joined_again_as_ever(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"rooms_per_account": 1})
    ann = server.member("ann", room="#tea")
    assert ann.ask("JOIN #tea", "JOIN #TEA") == []
    assert [line.command for line in ann.parsed("JOIN #coffee")] == ["405"]
