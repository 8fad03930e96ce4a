"""Threads in the line client: listed, printed, and answered, against a real server; and what the buffers of a
screen make of replies that come in any order."""

from __future__ import annotations

import io
import os
import random
import re
import threading
from collections.abc import Iterator

import pytest

from chatstore.client import loop
from chatstore.client.address import Address
from chatstore.client.buffer import Buffer
from chatstore.client.entries import Entry
from chatstore.client.protocol import ClientProtocol
from chatstore.client.terminal import Terminal
from chatstore.client.threads import Threads
from tests.running import PASSWORD, IrcClient, Running
from tests.waiting import until


class Lines(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]


class LineClient:
    """Somebody at `chatstore client --plain`."""

    def __init__(self, server: Running, name: str) -> None:
        source, self._keyboard = os.pipe()
        self.output = Lines()
        protocol = ClientProtocol(name, ["#main"])
        terminal = Terminal(protocol, "#main", source, self.output, escapes=False)
        account = loop.Account(name, PASSWORD, True)
        self._client = loop.Client(protocol, terminal, Address("127.0.0.1", server.port()), account)
        self._thread = threading.Thread(target=self._client.run)
        self._thread.start()

    def type(self, text: str, wanted: str) -> str:
        """Type a line; what was printed after it, up to a line that has what is wanted."""
        before = len(self.output.getvalue())
        os.write(self._keyboard, f"{text}\n".encode())
        until(lambda: re.search(f"{wanted}.*\n", self.output.getvalue()[before:]))
        return self.output.getvalue()[before:]

    def sees(self, wanted: str) -> None:
        until(lambda: re.search(wanted, self.output.getvalue()))

    def leave(self) -> None:
        os.write(self._keyboard, b"/quit\n")
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.fixture
def zoe(server: Running) -> Iterator[LineClient]:
    client = LineClient(server, "zoe")
    client.sees("you created #main|1 in #main")
    yield client
    client.leave()


def said(client: IrcClient, text: str, to: str = "") -> str:
    """Say it in #main; its msgid."""
    tag = f"@+draft/reply={to} " if to else ""
    lines = client.parsed(f"{tag}PRIVMSG #main :{text}")
    return next(line.tags["msgid"] for line in lines if line.command == "PRIVMSG")


def test_threads_are_listed_printed_and_answered(server: Running, zoe: LineClient) -> None:
    alice = server.register("alice", "message-tags echo-message draft/message-redaction")
    alice.ask("JOIN #main")
    assert "no replies in the messages" in zoe.type("/thread", "no replies")
    tea, cake = said(alice, "tea?"), said(alice, "cake?")
    gone = said(alice, "gone soon", cake)
    said(alice, "with milk", said(alice, "yes", tea))
    said(alice, "chocolate", cake)
    alice.ask(f"REDACT #main {gone}")
    zoe.sees("alice removed a message")
    listed = zoe.type("/thread", "thread 2")
    assert re.search(r"thread 1  alice: cake\? \(1 reply, last \d\d:\d\d\)", listed)
    assert re.search(r"thread 2  alice: tea\? \(2 replies, last ", listed)
    shown = zoe.type("/thread 2", "end of the thread")
    words = re.findall("<alice> (.*)", shown)
    assert words == ["tea?", "yes", "with milk"]
    os_line = zoe.type("/reply no sugar", "no sugar")
    assert "no sugar" in os_line
    assert f"+draft/reply={tea}" in alice.wait(":no sugar")
    assert re.findall("<(?:alice|zoe)> (.*)", zoe.type("/thread 2", "end of the thread"))[-1] == "no sugar"
    zoe.type("/thread", "thread 2")  # ends it
    newest = said(alice, "goodbye")
    zoe.sees("goodbye")
    zoe.type("/reply bye", "bye")
    assert f"+draft/reply={newest}" in alice.wait(":bye")
    assert "there is no thread 9 here" in zoe.type("/thread 9", "no thread 9")
    assert "usage: /thread" in zoe.type("/thread x", "usage")


def test_a_reply_is_in_the_thread_of_an_older_page(server: Running) -> None:
    alice = server.register("alice", "message-tags echo-message")
    alice.ask("JOIN #main")
    root = said(alice, "the oldest")
    alice.ask(*(f"PRIVMSG #main :words {number}" for number in range(60)))
    said(alice, "the newest", root)
    zoe = LineClient(server, "zoe")
    zoe.sees("the newest")
    assert "an earlier message (1 reply" in zoe.type("/thread", "thread 1")
    assert "its beginning is older" in zoe.type("/thread 1", "its beginning")
    zoe.type("/history 200", "end of older")
    assert "alice: the oldest (1 reply" in zoe.type("/thread", "thread 1")
    zoe.leave()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_changes_the_threads_of_a_buffer_are_those_of_its_entries(seed: int) -> None:
    """They are made again only when they must be."""
    dice, buffer = random.Random(seed), Buffer("#main")
    numbers = list(range(50, 56))
    for step in range(60):
        act = dice.randrange(7)
        numbers.append(numbers[-1] + 1)
        to = f"m{dice.choice(numbers)}" if dice.random() < 0.5 else ""
        nick = dice.choice(["me", "bob"])
        new = Entry(
            f"m{numbers[-1]}",
            numbers[-1],
            "message",
            nick,
            "words",
            nick == "me",
            msgid=f"m{numbers[-1]}",
            reply_to=to,
        )
        if act < 3:
            buffer.append(new)
        elif act == 3 and numbers[0] > 0:
            numbers.insert(0, numbers[0] - 1)
            older = f"m{numbers[0]}"
            buffer.prepend([Entry(older, numbers[0], "message", "bob", "old", msgid=older, reply_to=to)])
        elif act == 4:
            buffer.redact(f"m{dice.choice(numbers)}", "op", "")
        elif act == 5:
            buffer.edit(f"m{dice.choice(numbers)}", "bob", f"new {step}", step)
        else:
            buffer.wait(Entry(f"={step}", 1000 + step, "message", "me", "soon", True, reply_to=to, pending=True))
            if dice.random() < 0.7:
                buffer.settle(f"={step}")
        assert buffer.threads.by_root == Threads(buffer.entries).by_root, f"after {act} in step {step}"
