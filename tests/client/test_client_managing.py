"""/files, /hook, /bot, /token, /notify and /ignore: against a real server, and what is wrong."""

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
    told(zoe, "/hook", "#den has no webhooks: /hook add NAME makes one")
    assert "/hooks/" in told(zoe, "/hook add CI", "webhook 1: post to this URL")
    told(zoe, "/hook", "1  CI: incoming, on, of zoe")
    assert told(zoe, "/hook", "/hook add NAME makes one").startswith("/hook")
    told(zoe, "/hook off 1", "1  CI: incoming, off, of zoe")
    told(zoe, "/hook remove 1", "webhook 1 is removed")
    told(zoe, "/hook add Down https://example.org/x down", "webhook 2: its requests are signed with this secret")
    told(zoe, "/hook", "2  Down: to https://example.org/x, on the word down, on, of zoe")
    told(zoe, "/hook add", "usage: /hook")


def test_tokens_of_ones_own(zoe: Screenless) -> None:
    told(zoe, "/token", "you have no tokens: /token add LABEL makes one")
    made = told(zoe, "/token add scopes=read,files rooms=den the backup", ", which is not shown again: cst_")
    number = made.split()[1].removesuffix(",")
    told(zoe, "/token", f"token {number} (the backup), not connected, never used")
    told(zoe, "/token", f"token {number} may read, files in #den")
    assert told(zoe, "/token", "/token add LABEL makes one").startswith("/token")
    told(zoe, f"/token remove {number}", f"token {number} is removed: what logged in with it is disconnected")
    told(zoe, "/token add all of it", ", which is not shown again: cst_")
    told(zoe, "/token", "(all of it), not connected, never used")
    told(zoe, "/quote TOKEN ADD :by hand", ", which is not shown again: cst_")
    told(zoe, "/token add", ", which is not shown again: cst_")
    told(zoe, "/token add scopes=fly", "the scopes of a token are")
    told(zoe, "/token what", "usage: /token")


def test_bots_get_tokens(zoe: Screenless) -> None:
    told(zoe, "/bot", "you have no bots: /bot add NAME makes one")
    told(zoe, "/bot add builds", "builds is a bot of yours")
    assert " cst_" in told(zoe, "/bot token builds den", "of builds, which is not shown again:")
    told(zoe, "/bot tokens builds", "of builds may read, write, files in #den")
    told(zoe, "/bot token builds scopes=read,files rooms=den the build server", "not shown again")
    told(zoe, "/bot tokens builds", "of builds (the build server), offline")
    told(zoe, "/bot tokens builds", "of builds may read, files in #den")
    told(zoe, "/bot token builds scopes=read", "not shown again")
    assert told(zoe, "/bot tokens builds", "of builds may read").endswith("of builds may read")
    told(zoe, "/bot token builds scopes=fly", "the scopes of a token are")
    told(zoe, "/bot", "builds, not connected, 3 tokens")
    assert told(zoe, "/bot", "/bot add NAME makes one").startswith("/bot")
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


def test_whom_one_ignores(zoe: Screenless) -> None:
    told(zoe, "/ignore", "you ignore nobody; direct messages: from everyone")
    told(zoe, "/direct known", "direct messages: from known")
    told(zoe, "/direct", "you ignore nobody; direct messages: from known")
    told(zoe, "/direct strangers", "usage: /direct")
    told(zoe, "/unignore", "usage: /unignore")
    told(zoe, "/ignore a b", "usage: /ignore")
    told(zoe, "/ignore nobody", "nobody")
    assert zoe.buffers.ignored.names == frozenset()


@pytest.mark.parametrize("text", ["/files", "/hook", "/bot", "/token", "/notify list", "/ignore", "/direct"])
def test_another_server_is_not_asked(text: str) -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", [])
    execute(CommandContext(state, current="#main"), text)
    events, lines = state.effects()
    assert lines == []
    assert [event.text for event in events if isinstance(event, Failure)] == ["this server does not support that"]


@pytest.mark.parametrize("command", ["FILES", "HOOK", "BOT", "TOKEN", "NOTIFY", "IGNORE"])
def test_a_server_may_answer_anything(command: str) -> None:
    state = ClientProtocol("bob", ["#main"], updates=True)
    state.begin("bob", [])
    state.receive(parse(":s 005 bob soju.im/FILEHOST=http://127.0.0.1/files :are"), 0)
    for rest in ("", "LIST", "LIST *", "LIST 1 size=x;file=//[ :a", "LIMITS", "TOKEN", "ADD", "SET", "SET x a=b"):
        state.receive(parse(f":s {command} {rest}"), 0)
