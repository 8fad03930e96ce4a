"""By a device token at every endpoint, and out when it is removed by another connection or by another process."""

from __future__ import annotations

import pytest

from chatstore.chat.changes.tokens import RemoveTokens
from chatstore.chat.model.tokens import REMOVED
from tests.cli.home import Home
from tests.endpoints.reaching import OpenServer
from tests.running import IrcClient, plain

WAYS = ("irc", "ircs", "web", "web binary", "wss")


def by_token(running: OpenServer, token: str) -> IrcClient:
    client = running.connect()
    client.send("CAP LS 302", "NICK alice", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain('alice', token)}", "CAP END")
    client.wait(" 422 ")
    return client


@pytest.mark.parametrize("way", WAYS)
def test_at_every_endpoint(running: OpenServer, way: str) -> None:
    alice = running.register("alice")
    answers = [alice.parsed("TOKEN ADD :device")[0].params for _ in range(2)]
    running.way = way
    first, second = (by_token(running, answer[2]) for answer in answers)
    first.ask("JOIN #main")
    alice.ask(f"TOKEN REMOVE {answers[0][1]}")
    assert first.rest()[-1] == f"ERROR :Closing link: {REMOVED}"
    store, account = running.server.store, running.server.store.accounts.named("alice")
    assert account is not None
    assert second.ask("TOKEN LIST")
    home = Home(running.database.parent)
    home.url = running.server.config.database_url
    home.submit(RemoveTokens(account.id))
    assert second.rest()[-1] == f"ERROR :Closing link: {REMOVED}"
    assert store.tokens.of_account(account.id) == []
    assert alice.ask("PING x")
