"""Edited messages change in place, and pinned ones are listed, against a real server."""

from __future__ import annotations

import pytest

from chatstore.client.buffer import Buffer
from chatstore.client.entries import Entry
from chatstore.client.events import Edited, Message
from chatstore.client.render import Renderer
from tests.client.screenless import Screenless
from tests.running import IrcClient, Running


@pytest.fixture
def zoe(server: Running) -> Screenless:
    device = Screenless("zoe", server.port(), "#den", create=True)
    device.wait(lambda: device["#den"].joined)
    device.buffers.current = "#den"
    return device


def told(zoe: Screenless, text: str) -> None:
    zoe.wait(lambda: any(text in entry.text for entry in zoe["#den"].entries))


def test_an_edit_changes_the_message_in_place_on_all_devices(server: Running, zoe: Screenless) -> None:
    other = Screenless("zoe", server.port(), "#den")
    for number in range(3):
        zoe.actions.say("#den", f"words {number}")
    zoe.wait(lambda: len(zoe.said("#den")) == 3)
    msgid = next(entry.msgid for entry in zoe["#den"].entries if entry.text == "words 1")
    zoe.actions.edit("#den", msgid, "other\nwords")
    wanted = ["words 0", "other\nwords", "words 2"]
    for device in (zoe, other):
        device.wait(lambda device=device: device.said("#den") == wanted)
    zoe.actions.execute("#den", "/edit the last one")
    zoe.wait(lambda: zoe.said("#den") == [*wanted[:2], "the last one"])
    later = Screenless("zoe", server.port(), "#den")
    later.wait(lambda: later.said("#den") == [*wanted[:2], "the last one"])
    assert [bool(entry.edited) for entry in later["#den"].entries if entry.said] == [False, True, True]
    for device in (zoe, other, later):
        device.leave()


def test_somebody_elses_message_stays(server: Running, zoe: Screenless) -> None:
    alice: IrcClient = server.register("alice")
    alice.ask("JOIN #den", "PRIVMSG #den :mine")
    zoe.wait(lambda: "mine" in zoe.said("#den"))
    msgid = next(entry.msgid for entry in zoe["#den"].entries if entry.text == "mine")
    zoe.actions.edit("#den", msgid, "yours")
    zoe.wait(lambda: any(entry.kind == "failure" for entry in zoe["#den"].entries))
    assert "mine" in zoe.said("#den")
    alice.close()
    zoe.leave()


def test_messages_are_pinned_listed_and_unpinned(server: Running, zoe: Screenless) -> None:
    alice = server.register("alice")
    alice.ask("JOIN #den", "PRIVMSG #den :the kettle")
    zoe.wait(lambda: "the kettle" in zoe.said("#den"))
    zoe.actions.execute("#den", "/pins")
    told(zoe, "nothing is pinned here")
    zoe.actions.execute("#den", "/pin")
    told(zoe, "zoe pinned a message by alice")
    zoe.actions.execute("#den", "/pins")
    told(zoe, "pinned 1  alice: the kettle")
    assert zoe.said("#den").count("the kettle") == 1
    zoe.actions.execute("#den", "/unpin 7")
    told(zoe, "usage: /unpin")
    zoe.actions.execute("#den", "/unpin 1")
    told(zoe, "zoe unpinned a message by alice")
    alice.close()
    zoe.leave()


def entry(msgid: str, edited: int = 0) -> Entry:
    return Entry(msgid, 1, "message", "bob", "old", msgid=msgid, edited=edited)


def test_an_edit_may_come_before_its_message_and_the_newest_counts() -> None:
    buffer = Buffer("#tea")
    assert buffer.edit("1", "bob", "newer", 20) is None
    assert buffer.edit("1", "bob", "older", 10) is None
    buffer.append(entry("1"))
    assert (buffer.entries[0].text, buffer.entries[0].edited) == ("newer", 20)
    buffer.append(entry("2", edited=30))
    assert buffer.edit("2", "bob", "before", 25) is None
    assert buffer.edit("2", "eve", "hers", 40) is None
    assert buffer.edit("2", "BOB", "after", 40) == 1
    buffer.redact("2", "bob", "")
    assert buffer.entries[1].text == ""


def test_the_line_client_says_what_was_edited_and_what_a_bot_said() -> None:
    renderer = Renderer()
    lines = renderer.render(Message("#tea", 1, "ina/ircnet", "hello", relayed="bridge"))
    assert lines[-1].endswith("<ina/ircnet> [via bridge] hello")
    lines = renderer.render(Message("#tea", 1, "ci", "done", bot=True, edited=5))
    assert lines[-1].endswith("<ci> [bot] done (edited)")
    assert renderer.render(Edited("#tea", 1, "bob", "1", "x\x1b[31m"))[-1].endswith(
        "bob edited a message: x\\x1b[31m"
    )
