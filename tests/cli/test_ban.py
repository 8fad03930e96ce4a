"""`chatstore ban`: what is kept, what a running server makes of it, and what is refused."""

from __future__ import annotations

import json

from tests.cli.home import Home, seen
from tests.running import start


def test_added_listed_and_removed(home: Home) -> None:
    seen(home.run("ban", "add", "192.0.2.9/24", "--reason", "spam"), 0, "192.0.2.0/24 is banned: spam")
    seen(home.run("ban", "add", "eve", "--reason", "rude", "--until", "7d"), 0, "eve!*@* is banned until ")
    seen(home.run("ban", "add", "eve", "--reason", "again", "--until", "7d"), 0, ": again, instead of until ")
    first, second = json.loads("\n".join(home.lines("ban", "list", "--format", "json")))
    assert (first["mask"], first["reason"], first["until"], first["id"]) == ("192.0.2.0/24", "spam", None, 1)
    assert second["until"] is not None
    assert home.lines("ban", "list")[2].split()[:3] == ["1", "192.0.2.0/24", "never"]
    seen(home.run("ban", "remove", "192.0.2.0/24"), 0, "192.0.2.0/24 is not banned any more")
    seen(home.run("ban", "remove", "eve"), 0, "eve!*@* is not banned any more")
    seen(home.run("ban", "remove", "2"), 5, "there is no ban 2")
    assert json.loads("".join(home.lines("ban", "list", "--format", "json"))) == []
    assert [line.split()[-3:-1] for line in home.lines("audit", "--format", "text", "--action", "server.unban")]


def test_what_is_no_ban(home: Home) -> None:
    seen(home.run("ban", "add", "*!*@*", "--reason", "x"), 1, "that would ban everybody")
    seen(home.run("ban", "add", "10.0.0.0/4", "--reason", "x"), 1, "ban /8 or smaller")
    seen(home.run("ban", "add", "eve"), 2, "--reason")
    assert not home.path.exists() or home.url


def test_a_running_server_closes_the_connections(home: Home) -> None:
    server = start(home.path, accounts={"guests": True, "nick_must_be_account": False})
    try:
        eve = server.connect()
        eve.send("NICK eve", "USER eve 0 * :eve")
        eve.wait(" 001 ")
        seen(home.run("ban", "add", "eve", "--reason", "flooding"), 0, "eve!*@* is banned")
        assert "banned from this server: flooding" in eve.rest()[-1]
    finally:
        server.stop()
