"""/files, /hook, /bot and /notify: against a real server, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.client.commands import execute
from chatstore.client.context import CommandContext
from chatstore.client.events import Failure
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse
from tests.api.test_files import tables
from tests.client.screenless import Screenless
from tests.running import start


@pytest.fixture
def zoe(tmp_path: Path) -> Iterator[Screenless]:
    """The founder of #den, on a server with a web page."""
    server = start(tmp_path / "chat.db", **tables())
    device = Screenless("zoe", server.port(), "#den", create=True)
    device.wait(lambda: device["#den"].joined)
    device.buffers.current = "#den"
    yield device
    device.leave()
    server.stop()


def told(zoe: Screenless, command: str, text: str) -> str:
    """The newest answer with this text, after the command."""
    before = len(zoe["#den"].entries)
    zoe.actions.execute("#den", command)

    def found() -> list[str]:
        return [entry.text for entry in zoe["#den"].entries[before:] if text in entry.text]

    zoe.wait(found)
    return found()[-1]


def test_files_are_listed_and_removed(zoe: Screenless, tmp_path: Path) -> None:
    told(zoe, "/files", "you have sent no files")
    tea = tmp_path / "tea.txt"
    tea.write_text("Leaves")
    told(zoe, f"/upload {tea} mine", "mine http")
    told(zoe, "/files", "6 B of")
    row = zoe["#den"].entries[-2].text
    assert row.startswith("1  tea.txt, 6 B, text/plain, 20")
    assert row.endswith("/tea.txt")
    assert "no file 7" in told(zoe, "/files remove 7", "no file")
    told(zoe, "/files remove 1", "the file is removed")
    told(zoe, "/files", "you have sent no files")


def test_webhooks_are_made_listed_and_removed(zoe: Screenless) -> None:
    assert "/hooks/" in told(zoe, "/hook add CI", "webhook 1: post to this URL")
    told(zoe, "/hook", "1  CI: incoming, on, by zoe")
    told(zoe, "/hook off 1", "1  CI: incoming, off, by zoe")
    told(zoe, "/hook remove 1", "webhook 1 is removed")
    told(zoe, "/hook add", "usage: /hook")


def test_bots_get_tokens(zoe: Screenless) -> None:
    told(zoe, "/bot add builds", "builds is a bot of yours")
    assert " cst_" in told(zoe, "/bot token builds den", "of builds, which is not shown again:")
    told(zoe, "/bot tokens builds", "of builds may read, write in #den")
    told(zoe, "/bot", "builds, not connected, 1 token")
    told(zoe, "/bot revoke builds", "of builds removed")
    told(zoe, "/bot remove builds", "the bot builds is removed")
    told(zoe, "/bot token nobody", "nobody")


def test_what_one_is_told_of(zoe: Screenless) -> None:
    told(zoe, "/notify all", "you are told of in #den: all")
    told(zoe, "/notify mute 2", "you are told of in #den: all, muted until 20")
    told(zoe, "/notify words cake tea", "your words: cake, tea")
    told(zoe, "/notify quiet 22:00-07:00", "quiet hours: 22:00-07:00")
    told(zoe, "/notify list", "you are told of in #den: all, muted until 20")
    told(zoe, "/notify sometimes", "usage: /notify")


@pytest.mark.parametrize("text", ["/files", "/hook", "/bot", "/notify list"])
def test_another_server_is_not_asked(text: str) -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", [])
    execute(CommandContext(state, current="#main"), text)
    events, lines = state.effects()
    assert lines == []
    assert [event.text for event in events if isinstance(event, Failure)] == ["this server does not support that"]


@pytest.mark.parametrize("command", ["FILES", "HOOK", "BOT", "NOTIFY"])
def test_a_server_may_answer_anything(command: str) -> None:
    state = ClientProtocol("bob", ["#main"], updates=True)
    state.begin("bob", [])
    state.receive(parse(":s 005 bob soju.im/FILEHOST=http://127.0.0.1/files :are"), 0)
    for rest in ("", "LIST", "LIST *", "LIST 1 size=x;file=//[ :a", "LIMITS", "TOKEN", "ADD", "SET", "SET x a=b"):
        state.receive(parse(f":s {command} {rest}"), 0)
