"""What each server of a database does for itself, and what one of them does for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chatstore import housekeeping
from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.chat.session import delivered
from tests.nodes.test_two_servers import durable, guest, servers, shown
from tests.running import PASSWORD, IrcClient, Running
from tests.waiting import until

__all__ = ["durable", "servers"]

Servers = Callable[..., Running]


@pytest.fixture
def settings() -> dict[str, dict[str, object]]:
    return {"server": {"motd": "old words"}, "limits": {"connections_per_address": 2, "unlimited_addresses": []}}


@pytest.fixture
def one(servers: Servers, settings: dict[str, dict[str, object]]) -> Running:
    return servers(**settings)


@pytest.fixture
def two(one: Running, servers: Servers, settings: dict[str, dict[str, object]]) -> Running:
    return servers(**settings)


def test_a_configuration_is_reloaded_by_the_server_that_is_asked(one: Running, two: Running) -> None:
    one.server.store.submit([CreateAccount(person_name("root"), hash_password(PASSWORD, 4), "admin")]).result()
    for server in (one, two):
        config: Any = msgspec.to_builtins(server.server.config)
        config["server"]["motd"] = "new words"
        new = msgspec.convert(config, type(server.server.config))
        server.server._reread = lambda new=new: new  # type: ignore[misc]
    oper = one.register("olga")
    oper.ask(f"OPER root :{PASSWORD}", "REHASH")
    assert any("new words" in line for line in oper.ask("MOTD"))
    assert any("old words" in line for line in guest(two, "visitor").ask("MOTD"))


def test_the_connections_of_an_address_are_counted_by_each_server(one: Running, two: Running) -> None:
    clients = []
    for server in (one, two):
        clients += [guest(server, f"{nick}{server.port()}") for nick in ("a", "b")]
        assert server.connect().rest() == ["ERROR :too many connections from your address"]


def test_one_server_erases_what_is_too_old_for_all(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_PRUNE_SECONDS", 0.02)
    monkeypatch.setattr(housekeeping, "_ASK_SECONDS", 0.02)
    by: list[str] = []
    apply = PruneHistory.apply

    def noted(change: PruneHistory, tx: Any) -> Any:
        by.append(tx.presences.node)
        return apply(change, tx)

    monkeypatch.setattr(PruneHistory, "apply", noted)
    both = [servers(), servers()]
    until(lambda: any(running.server.store.leads for running in both))
    [leads], [other] = ([each for each in both if each.server.store.leads is led] for led in (True, False))
    until(lambda: len(by) >= 10)
    assert set(by) == {leads.server.store.node}
    leads.stop()
    by.clear()
    until(lambda: len(by) >= 3)
    assert set(by) == {other.server.store.node}


class TestMissed:
    """A client without CHATHISTORY is shown what no connection of the account has got."""

    @pytest.fixture
    def one(self, servers: Servers) -> Running:
        return servers()

    @pytest.fixture
    def two(self, one: Running, servers: Servers) -> Running:
        return servers()

    @pytest.fixture
    def bob(self, one: Running) -> IrcClient:
        return one.member("bob", "away-notify")

    @pytest.fixture
    def alice(self, one: Running, bob: IrcClient) -> IrcClient:
        alice = one.member("alice")
        bob.wait(":alice!.* JOIN ")
        bob.send("PRIVMSG #main :heard")
        alice.wait(" PRIVMSG #main :.*heard$")
        return alice

    def test_what_was_got_at_one_server_is_not_missed_at_another(
        self, one: Running, two: Running, alice: IrcClient, bob: IrcClient
    ) -> None:
        alice.send("QUIT")
        until(lambda: unseen(one) == [])
        bob.ask("PRIVMSG #main :missed")
        back = two.login("alice")
        back.wait(" PRIVMSG #main :.*missed$")
        assert not shown(back, " PRIVMSG #main :.*heard$")

    def test_what_a_connection_of_another_server_has_got_lately_is_told_again(
        self, one: Running, two: Running, alice: IrcClient, bob: IrcClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It may be a dead one's; until it is noted, that it has arrived."""
        second = two.login("alice")
        second.wait(" PRIVMSG #main :.*heard$")
        monkeypatch.setattr(delivered, "_ROOMS_EVERY", -1.0)
        until(lambda: tick(one) or unseen(one) == [])
        third = two.login("alice")
        bob.send("PRIVMSG #main :next")
        third.wait(" PRIVMSG #main :.*next$")
        assert not shown(third, " PRIVMSG #main :.*heard$")


def unseen(server: Running) -> list[str]:
    """The rooms in which alice has missed something, as far as the database knows."""
    account = server.server.store.accounts.named("alice")
    assert account is not None
    return [each.name for each in server.server.store.messages.unseen(account.id)]


def tick(server: Running) -> None:
    """What the server does every few seconds."""
    for connection in [*server.server.acceptors["irc"]._connections]:
        server.server._loop.call_soon(connection.tick)
