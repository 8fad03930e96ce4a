"""Completion in real shells: Tab turns part of a command into the command, which then runs."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.model.names import person_name
from chatstore.cli import COMPLETE, main
from tests.cli.home import Home, seen
from tests.running import SECONDS

SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], "source {script}"),
    "zsh": (["-f", "-i"], "autoload -U compinit; compinit -u -D; source {script}"),
    "fish": (["--no-config", "-i"], "source {script}"),
}
BIN = Path(sys.executable).parent


class Terminal:
    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def wait(self, text: str) -> None:
        """Until it is shown, after what has been waited for before."""
        until = time.monotonic() + SECONDS
        while text not in self.shown:
            ready, _, _ = select.select([self._fd], [], [], max(0.0, until - time.monotonic()))
            assert ready, self.shown
            self.shown += os.read(self._fd, 65536).decode(errors="replace")
        self.shown = self.shown.partition(text)[2]


@contextmanager
def terminal(command: list[str], folder: Path) -> Iterator[Terminal]:
    """A program in a terminal of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(folder),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment)
    try:
        yield Terminal(fd)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_a_command(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / f"chatstore.{shell}"
    home = Home(tmp_path)
    script.write_text(home.run("completion", shell).stdout)
    options, setup = SHELLS[shell]
    with terminal([shell, *options], tmp_path) as screen:
        screen.type(f"{setup.format(script=script)}; echo set up 4''2\n")
        screen.wait("set up 42")
        screen.type("chatstore certif\t")
        screen.wait("certificate")
        screen.type("--help\n")
        screen.wait("Usage: chatstore certificate [OPTIONS] COMMAND")


def test_another_shell_is_a_usage_error(tmp_path: Path) -> None:
    seen(Home(tmp_path).run("completion", "tcsh"), 2, "'tcsh' is not one of 'bash', 'zsh', 'fish'")


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What a shell is offered after some words, for the last of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", str(tmp_path / "chat.db"))
    monkeypatch.setenv(COMPLETE, "bash_complete")

    def offer(*words: str) -> list[str]:
        found = BashComplete(main, {}, "chatstore", COMPLETE).get_completions([*words[:-1]], words[-1])
        return [item.value for item in found]

    return offer


def test_names_of_rooms_and_accounts_are_completed(tmp_path: Path, offered: Callable[..., list[str]]) -> None:
    home = Home(tmp_path)
    home.room("Tea")
    for name in ("Ann", "ben", "anton", "angela"):
        home.account(name)
    home.submit(RemoveAccount(person_name("angela")))
    assert offered("history", "--room", "") == ["Tea"]
    assert offered("room", "show", "#t") == ["Tea"]
    assert offered("room", "transfer", "Tea", "b") == ["ben"]
    assert offered("account", "show", "an") == ["Ann", "anton"]
    assert offered("account", "add", "an") == offered("room", "add", "t") == []
    assert offered("account", "show", "--database", str(tmp_path / "none.db"), "an") == []


def test_without_a_database_nothing_is_offered_nor_made(tmp_path: Path, offered: Callable[..., list[str]]) -> None:
    assert offered("history", "--room", "") == []
    (tmp_path / "chatstore.toml").write_text("no = [configuration")
    assert offered("account", "show", "") == []
    assert [path.name for path in tmp_path.iterdir()] == ["chatstore.toml"]
