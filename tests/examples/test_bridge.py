"""A bridge between two servers, written with a library that others use (irc), passes on what is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import irc.client
import pytest

from tests.irc.test_bots import make
from tests.running import IrcClient, Running, start

CAPS = "message-tags draft/relaymsg"


class Bridge:
    """Joins #talk on each server, and passes on what is said there as NICK/NAME on the others."""

    def __init__(self) -> None:
        self._reactor = irc.client.Reactor()
        self._ends: dict[Any, str] = {}
        self._stopped = threading.Event()
        self.joined = threading.Semaphore(0)
        self._reactor.add_global_handler("welcome", lambda end, _: end.join("#talk"))
        self._reactor.add_global_handler("endofnames", lambda _end, _event: self.joined.release())
        self._reactor.add_global_handler("pubmsg", self._pass_on)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def connect(self, name: str, port: int, token: str) -> None:
        end = self._reactor.server().connect("127.0.0.1", port, "bridge", password=f"bridge:{token}")
        end.cap("REQ", "message-tags", "draft/relaymsg")
        end.cap("END")
        self._ends[end] = name

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        for end in self._ends:
            end.disconnect()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._reactor.process_once(0.05)

    def _pass_on(self, here: Any, event: Any) -> None:
        tags = {each["key"]: each["value"] for each in event.tags}
        if "draft/relaymsg" in tags:
            return
        for end in self._ends:
            if end is not here:
                nick = f"{event.source.nick}/{self._ends[here]}"
                end.send_raw(f"RELAYMSG #talk {nick} :{event.arguments[0]}")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Running]]:
    both = [start(tmp_path / f"{name}.db") for name in ("north", "south")]
    yield both
    for each in both:
        each.stop()


def test_people_of_two_servers_talk(servers: list[Running]) -> None:
    people: list[IrcClient] = []
    bridge = Bridge()
    for server, name, person in zip(servers, ("north", "south"), ("nora", "sam"), strict=True):
        client = server.register(person, CAPS)
        client.ask("JOIN #talk")
        bridge.connect(name, server.port(), make(client, "bridge", "scopes=read,write;rooms=#talk"))
        people.append(client)
    bridge.start()
    try:
        for _ in people:
            assert bridge.joined.acquire(timeout=60)
        nora, sam = people
        for client in people:
            client.ask("MODE #talk +v bridge")
        nora.send("PRIVMSG #talk :hello down there")
        heard = sam.wait("hello down there")
        assert "draft/relaymsg=bridge" in heard
        assert ":nora/north!u@user/bridge PRIVMSG #talk :hello down there" in heard
        sam.send("PRIVMSG #talk :hello up there")
        assert ":sam/south!u@user/bridge PRIVMSG #talk" in nora.wait("hello up there")
        assert not any("PRIVMSG" in line for client in people for line in client.sync())
    finally:
        bridge.stop()
