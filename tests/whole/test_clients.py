"""Stock IRC clients from Debian: ii through its files, WeeChat through its pipe and its logs."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import PASSWORD, SECONDS, IrcClient
from tests.whole.test_restart import Program

needs_ii = pytest.mark.skipif(shutil.which("ii") is None, reason="ii is not installed (Debian package ii)")
needs_weechat = pytest.mark.skipif(
    shutil.which("weechat-headless") is None or not glob.glob("/usr/lib/*/weechat/plugins/fifo.so"),
    reason="weechat-headless or its pipe is not installed (Debian packages weechat-headless, weechat-plugins)",
)


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[list[Program]]:
    running = [Program(tmp_path)]
    yield running
    for program in running:
        program.kill()
        assert program.process.stdout is not None
        program.process.stdout.close()


def wait_for(file: Path, pattern: str) -> str:
    """The first line of a growing file that matches the pattern; the file may not exist yet."""
    follow = subprocess.Popen(
        ["tail", "-n", "+1", "-F", str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    deadline = threading.Timer(SECONDS, follow.kill)
    deadline.start()
    read = []
    try:
        assert follow.stdout is not None
        for line in follow.stdout:
            read.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"{pattern!r} never came in {file.name}: {read}")
    finally:
        deadline.cancel()
        follow.kill()
        follow.wait()
        assert follow.stdout is not None
        follow.stdout.close()


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def say(pipe: Path, text: str) -> None:
    with pipe.open("w") as writer:
        writer.write(f"{text}\n")


@contextmanager
def ii(folder: Path, port: int, nick: str) -> Iterator[Path]:
    """ii, logged in as the account; yields its folder for the server."""
    command = ("ii", "-s", "127.0.0.1", "-p", str(port), "-n", nick, "-k", "SECRET", "-i", str(folder))
    with running(*command, SECRET=PASSWORD.replace(" ", "-")):
        wait_for(folder / "127.0.0.1" / "out", "Welcome to chatstore")
        yield folder / "127.0.0.1"


@contextmanager
def weechat(folder: Path, port: int, nick: str) -> Iterator[Path]:
    """WeeChat, logged in with SASL, in #main; yields its folder."""
    commands = (
        "/set logger.file.flush_delay 0",
        "/set logger.file.mask $plugin.$name.weechatlog",
        f"/server add chat 127.0.0.1/{port} -notls",
        f"/set irc.server.chat.nicks {nick}",
        "/set irc.server.chat.sasl_mechanism plain",
        f"/set irc.server.chat.sasl_username {nick}",
        f"/set irc.server.chat.sasl_password {PASSWORD.replace(' ', '-')}",
        "/set irc.server.chat.autojoin #main",
        "/set fifo.file.path ${weechat_data_dir}/pipe",
        "/connect chat",
    )
    runs = [part for command in commands for part in ("--run-command", command)]
    with running("weechat-headless", "--dir", str(folder), *runs):
        wait_for(folder / "logs" / "irc.chat.#main.weechatlog", nick)
        yield folder


def register(program: Program, *names: str) -> None:
    for name in names:
        client = IrcClient("127.0.0.1", program.port)
        client.send(f"NICK {name}", f"REGISTER * * {PASSWORD.replace(' ', '-')}", f"USER {name} 0 * :{name}")
        client.wait(" 422 ")
        client.ask("REPLAY ON")  # show the last messages at each connection: these clients begin with empty windows
        client.close()


@needs_ii
@needs_weechat
def test_ii_and_weechat_talk_and_see_it_again_after_kill_9(tmp_path: Path, programs: list[Program]) -> None:
    register(programs[0], "alice", "bob")
    with ii(tmp_path / "ii", programs[0].port, "alice") as alice:
        say(alice / "in", "/j #main")
        wait_for(alice / "#main" / "out", r"alice.* has joined")
        with weechat(tmp_path / "weechat", programs[0].port, "bob") as bob:
            wait_for(alice / "#main" / "out", r"bob.* has joined")
            say(alice / "#main" / "in", "hello from ii")
            wait_for(bob / "logs" / "irc.chat.#main.weechatlog", r"alice\thello from ii")
            say(bob / "pipe", "irc.chat.#main *hello from weechat")
            wait_for(alice / "#main" / "out", r"<bob> hello from weechat")

    programs[0].kill()
    programs.append(Program(tmp_path))
    with ii(tmp_path / "ii-again", programs[1].port, "alice") as alice:
        wait_for(alice / "#main" / "out", r"<alice> \[\d\d:\d\d\] hello from ii")
        wait_for(alice / "#main" / "out", r"<bob> \[\d\d:\d\d\] hello from weechat")
    with weechat(tmp_path / "weechat-again", programs[1].port, "bob") as bob:
        log = bob / "logs" / "irc.chat.#main.weechatlog"
        wait_for(log, r"alice\thello from ii")
        wait_for(log, r"bob\thello from weechat")
