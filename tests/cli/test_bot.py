"""`chatstore bot`: bots and their tokens, as the server's own and as an account's."""

from __future__ import annotations

import json

from tests.cli.home import Home, seen
from tests.irc.test_token import by_sasl
from tests.running import start


def test_a_bot_is_added_and_logs_in(home: Home) -> None:
    server = start(home.path)
    try:
        alice = server.register("alice")
        alice.ask("JOIN #ops")
        seen(home.run("bot", "add", "builds", "--owner", "alice"), 0, "the bot builds of alice is added")
        seen(home.run("bot", "add", "weather"), 0, "chatstore bot token weather makes its token")
        options = ["--scope", "read", "--scope", "write", "--room", "#ops", "--label", "ci"]
        [text] = home.lines("bot", "token", "builds", *options)
        bot = by_sasl(server, "builds", text)
        assert " JOIN #ops" in str(bot.ask("JOIN #ops"))
        first, second = json.loads("".join(home.lines("bot", "list", "--format", "json")))
        assert (first["name"], first["owner"], first["tokens"]) == ("builds", "alice", 1)
        assert (second["name"], second["owner"], second["tokens"]) == ("weather", "", 0)
        kinds = {
            one["name"]: one["kind"]
            for one in json.loads("".join(home.lines("account", "list", "--format", "json")))
        }
        assert kinds == {"alice": "person", "builds": "bot", "weather": "bot"}
        [token] = json.loads("".join(home.lines("bot", "tokens", "builds", "--format", "json")))
        assert (token["label"], token["scopes"], token["rooms"]) == ("ci", "read write", "#ops")
        assert "#ops" in str(home.lines("bot", "tokens", "builds"))
        seen(home.run("bot", "revoke", "builds", str(token["id"])), 0, "is removed")
        assert "was removed" in bot.rest()[-1]
        seen(home.run("bot", "remove", "builds", "--yes"), 0, "the bot builds is removed")
        assert home.lines("bot", "list")[-1].split()[:3] == ["weather", "the", "server"]
    finally:
        server.stop()


def test_what_is_refused(home: Home) -> None:
    seen(home.run("bot", "add", "builds"), 0, "is added")
    seen(home.run("bot", "add", "builds"), 1, "is taken")
    seen(home.run("bot", "token", "nobody"), 5, "nobody")
    seen(home.run("bot", "token", "builds", "--scope", "rite"), 2, "rite")
    seen(home.run("bot", "revoke", "builds", "7"), 5, "builds has no token 7")
    seen(home.run("account", "passwd", "builds", "--password-stdin", given="nine-purple-kettles\n"), 5, "is a bot")
