"""Whose a name is: an account's is its owner's, and none looks like another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from tests.running import PASSWORD, IrcClient, Running, plain


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True, "nick_must_be_account": False})


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.send("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :G", "CAP END", "JOIN #tea")
    client.wait(" 366 ")
    return client


def account(server: Running, name: str) -> None:
    """As the administrator makes one, who does not know who is here."""
    change = CreateAccount(person_name(name), hash_password(PASSWORD, 4))
    server.server.store.submit([change]).result()


def test_a_guest_gives_way_to_the_owner(server: Running) -> None:
    squatter, watcher = guest(server, "bob"), guest(server, "wanda")
    account(server, "bob")
    bob = server.login("bob")
    assert bob.log[-1].split()[2] == "bob"
    renamed = squatter.wait(" NICK ")
    assert renamed.startswith(":bob!guest@guest NICK guest-")
    assert watcher.wait(" NICK ") == renamed
    new = renamed.split()[2].lstrip(":")
    watcher.send("PRIVMSG bob :for you")
    assert bob.wait("PRIVMSG").startswith(":wanda!")
    watcher.send(f"PRIVMSG {new} :for the guest")
    assert squatter.wait("PRIVMSG").endswith(":for the guest")
    assert not any(" PRIVMSG " in line for line in bob.sync())
    assert " 433 " in squatter.ask("NICK bob")[0]


def test_so_does_a_member_who_is_shown_by_that_name(server: Running) -> None:
    carol = server.member("carol", room="#tea")
    carol.send("NICK bob")
    carol.wait(" NICK ")
    account(server, "bob")
    server.login("bob")
    assert carol.wait(" NICK ") == ":bob!u@user/carol NICK carol"


def test_a_guest_who_logs_in_late_gets_the_name_too(server: Running) -> None:
    squatter, visitor = guest(server, "bob"), guest(server, "visitor")
    account(server, "bob")
    visitor.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('bob')}")
    visitor.wait(" 903 ")
    assert squatter.wait(" NICK ").startswith(":bob!guest@guest NICK guest-")
    assert any("NICK bob" in line for line in visitor.ask("NICK bob"))


def test_the_guest_whose_own_account_it_is_keeps_it(server: Running) -> None:
    bob = guest(server, "bob")
    bob.send(f"REGISTER * * :{PASSWORD}")
    bob.wait("REGISTER SUCCESS bob")
    assert not any(" NICK " in line for line in bob.sync())


def test_no_name_looks_like_another(server: Running) -> None:
    server.register("alice")
    new = server.connect()
    new.nick = "x"
    assert "FAIL REGISTER BAD_ACCOUNT_NAME alıce :that name looks like alice" in str(
        new.ask("NICK x", f"REGISTER alıce * :{PASSWORD}")
    )
    assert "kept for the server itself" in str(new.ask(f"REGISTER NıckServ * :{PASSWORD}"))
    eve = guest(server, "eve")
    for wanted in ("aIice", "alıce"):
        assert "looks like alice" in eve.ask(f"NICK {wanted}")[0]
        came = server.connect()
        came.send(f"NICK {wanted}", "USER x 0 * :X")
        assert "looks like alice" in came.wait(" 432 ")
    assert "kept for the server itself" in eve.ask("NICK ChanServ")[0]
    assert "looks like alice" not in str(server.login("alice").ask("NICK aIice"))  # her own
