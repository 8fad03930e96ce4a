"""The examples of docs/bots.md, as a person would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.irc.test_bots import make
from tests.running import Running, start

EXAMPLES = Path(__file__).parents[2] / "examples"


@contextmanager
def started(name: str, *args: str, token: str = "") -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "CHATSTORE_TOKEN": token, "NO_PROXY": "*"}
    command = [sys.executable, str(EXAMPLES / name), *args]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield program
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = start(tmp_path / "chat.db", listen={"web": "127.0.0.1:0"})
    yield server
    server.stop()


def test_the_socket_bot_has_twenty_lines_and_answers(running: Running) -> None:
    lines = [line for line in (EXAMPLES / "socket_bot.py").read_text().splitlines() if line.strip()]
    assert len(lines) <= 20
    alice = running.register("alice", "message-tags")
    alice.ask("JOIN #ops")
    token = make(alice, "pinger", "scopes=read,write;rooms=#ops")
    with started("socket_bot.py", "127.0.0.1", str(running.port()), "pinger", token, "#ops"):
        alice.wait(":pinger!.* JOIN #ops")
        alice.send("PRIVMSG #ops :!ping")
        assert alice.wait("PRIVMSG #ops").endswith(":pinger!u@user/pinger PRIVMSG #ops :pong")


def test_the_events_bot_answers_once_whatever_is_cut(tmp_path: Path) -> None:
    with ExitStack() as stack:
        running = start(tmp_path / "chat.db", listen={"web": "127.0.0.1:0"})
        stack.callback(lambda: running.stop())
        alice = running.register("alice", "message-tags")
        alice.ask("JOIN #ops")
        token, port = make(alice, "clock", "scopes=read,write;rooms=#ops"), running.port("web")
        bot = stack.enter_context(started("events_bot.py", f"http://127.0.0.1:{port}", "#ops", token=token))
        assert bot.stdout is not None
        assert bot.stdout.readline() == "following ops\n"
        alice.send("PRIVMSG #ops :!time")
        assert "It is " in alice.wait(":clock!.* PRIVMSG #ops")
        running.stop()
        running = start(tmp_path / "chat.db", listen={"web": f"127.0.0.1:{port}"})
        alice = running.login("alice", "message-tags draft/chathistory")
        alice.send("PRIVMSG #ops :!time", "PRIVMSG #ops :!time")
        for _ in range(2):
            assert "It is " in alice.wait(":clock!.* PRIVMSG #ops")
        assert not [line for line in alice.sync() if ":clock!" in line]
