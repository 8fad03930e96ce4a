"""Bot libraries from PyPI, used as their documentation says: irc (jaraco's) and pydle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import PASSWORD, SECONDS, IrcClient, Running


class Bot:
    """The irc library's client, run by hand. It keeps every event, and reads until the awaited one comes."""

    def __init__(self, server: Running, nick: str, account: str, password: str = PASSWORD) -> None:
        library = pytest.importorskip("irc.client", reason="the irc library can't be imported")
        self.events: list[Any] = []
        self._reactor = library.Reactor()
        self._reactor.add_global_handler("all_events", lambda _connection, event: self.events.append(event))
        self.irc = self._reactor.server()
        self.irc.connect("127.0.0.1", server.port(), nick, password=password, sasl_login=account)

    def wait(self, kind: str, *arguments: str) -> Any:
        """The first event from now on of that kind whose arguments begin with these."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            while self.events:
                event = self.events.pop(0)
                if event.type == kind and event.arguments[: len(arguments)] == list(arguments):
                    return event
            self._reactor.process_once(0.1)
        raise AssertionError(f"no {kind} {arguments} came")


def talked(server: Running, names: str = "alice") -> IrcClient:
    """Make the bot's account; returns another client, which has said something before."""
    server.register(names).close()
    bob = server.member("bob")
    bob.ask("PRIVMSG #main :before you came")
    return bob


def test_the_irc_library(server: Running) -> None:
    bob = talked(server)
    bot = Bot(server, "alice", "alice")
    bot.wait("welcome")
    bot.irc.nick("bob")
    assert bot.wait("erroneusnickname").arguments[0] == "bob"
    bot.irc.join("#main")
    bot.wait("endofnames", "#main")
    bot.irc.privmsg("#main", "hello from a bot")
    bob.wait("^:alice!.* PRIVMSG #main :hello from a bot$")
    bob.send("PRIVMSG #main :hello bot", "PRIVMSG alice :between us")
    assert bot.wait("pubmsg", "hello bot").source.nick == "bob"
    assert bot.wait("privmsg", "between us").source.nick == "bob"

    bot.irc.cap("REQ", "batch", "draft/chathistory", "message-tags", "server-time")
    bot.wait("cap", "ACK")
    bot.irc.send_raw("CHATHISTORY LATEST #main * 10")
    batch = bot.wait("batch").target.removeprefix("+")
    said = [bot.wait("pubmsg") for _ in range(3)]
    assert [event.arguments[0] for event in said] == ["before you came", "hello from a bot", "hello bot"]
    assert all({"key": "batch", "value": batch} in event.tags for event in said)
    bot.irc.quit("done")
    bot.wait("disconnect")


def test_the_irc_library_is_told_of_a_wrong_password(server: Running) -> None:
    server.register("alice").close()
    bot = Bot(server, "alice", "alice", "wrong")
    bot.wait("login_failed")


def test_pydle(server: Running) -> None:
    pydle = pytest.importorskip("pydle", reason="pydle can't be imported")
    pytest.importorskip("puresasl", reason="pydle logs in with pure-sasl, which can't be imported")
    bob = talked(server)
    heard: list[tuple[str, str, str]] = []
    raw: list[Any] = []
    changed = asyncio.Event()

    async def until(condition: Callable[[], Any]) -> None:
        while not condition():
            changed.clear()
            await changed.wait()

    class Bot(pydle.Client):
        async def on_connect(self) -> None:
            await super().on_connect()
            await self.join("#main")

        async def on_message(self, target: str, source: str, message: str) -> None:
            heard.append((target, source, message))

        async def on_raw(self, message: Any) -> None:
            await super().on_raw(message)
            raw.append(message)
            changed.set()

    async def work() -> None:
        bot = Bot("alice", sasl_username="alice", sasl_password=PASSWORD)
        await bot.connect("127.0.0.1", server.port(), tls=False)
        await until(lambda: bot.in_channel("#main"))
        await bot.set_nickname("bob")
        await until(lambda: any(message.command == 432 for message in raw))
        await bot.message("#main", "hello from a bot")
        await asyncio.to_thread(bob.wait, "^:alice!.* PRIVMSG #main :hello from a bot$")
        bob.send("PRIVMSG #main :hello bot", "PRIVMSG alice :between us")
        await until(lambda: ("#main", "bob", "hello bot") in heard)
        await until(lambda: ("alice", "bob", "between us") in heard)
        who = await bot.whois("bob")
        assert who["account"] == "bob"

        # It reads only the last line of a CAP LS in several lines; ask here for what it wants of the first.
        await bot.rawmsg("CAP", "REQ", "batch draft/chathistory")
        raw.clear()
        await bot.rawmsg("CHATHISTORY", "LATEST", "#main", "*", "10")
        await until(lambda: sum(message.command == "BATCH" for message in raw) == 2)
        said = [message.params[1] for message in raw if message.command == "PRIVMSG"]
        assert said == ["before you came", "hello from a bot", "hello bot"]
        await bot.quit("done")

    asyncio.run(asyncio.wait_for(work(), SECONDS))
