"""The server as a process: started and ready, killed, ended by itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.running import IrcClient, database_url

SECONDS = 60.0
"""How long a process is waited for before a test fails."""
ROOT = Path(__file__).parents[2]
_ENDPOINTS = ("--plain", "off", "--web", "off")


@dataclass
class Program:
    """A server that is ready. `pid` is its own, `wait` returns its exit code (negative: killed by that signal)."""

    pid: int
    port: int
    folder: Path
    _wait: Callable[[], int]
    code: int | None = None

    @property
    def database(self) -> Path:
        return self.folder / "chat.db"

    @property
    def log(self) -> str:
        """What it and those before it in that folder have written on standard error."""
        return (self.folder / "server.log").read_text()

    def connect(self) -> IrcClient:
        return IrcClient("127.0.0.1", self.port)

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        if self.code is None:
            self.code = self._wait()
        return self.code

    def kill(self) -> None:
        """As `kill -9` does, and wait until it is gone; nothing when it is gone already."""
        if self.code is None:
            self.signal(signal.SIGKILL)
            self.wait()

    def stop(self) -> None:
        """As Ctrl-C does, and wait until it is done."""
        if self.code is None:
            self.signal(signal.SIGTERM)
            self.wait()


Start = Callable[..., Program]
"""Starts a server on the database `chat.db` in the folder it is given; more arguments are those of the server."""


@dataclass(frozen=True)
class Launch:
    """How servers are started: what is broken in them, how often they checkpoint (0: as usual), what stands in
    front of the command (a tracer), their settings (CHATSTORE_…)."""

    mutants: tuple[str, ...] = ()
    checkpoint_pages: int = 0
    before: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    """The URL of the database of all of them; without it, each has `chat.db` in its folder."""

    @contextmanager
    def starting(self) -> Iterator[Start]:
        """Starts servers, each a process of its own from its very beginning; kills those that still run."""
        started: list[Program] = []

        def start(folder: Path, *arguments: str) -> Program:
            with open(folder / "server.log", "ab") as log:
                process = subprocess.Popen(
                    [*self.before, *self._command(), "--", *self._arguments(folder), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    cwd=ROOT,
                    env={**os.environ, **self._environment()},
                )
            assert process.stdout is not None
            port = _ready(process.stdout, folder)
            pid = _children(process.pid)[0] if self.before else process.pid
            started.append(Program(pid, port, folder, lambda: process.wait(SECONDS)))
            return started[-1]

        try:
            yield start
        finally:
            for program in started:
                program.kill()

    @contextmanager
    def forking(self) -> Iterator[Start]:
        """The same by forks of one process that has loaded everything, which takes a fifth of the time. What stands
        `before` is not there."""
        with subprocess.Popen(
            [*self._command(), "--fork"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **self._environment()},
        ) as spawner:
            lock = threading.Lock()

            def ask(**request: Any) -> int:
                assert spawner.stdin is not None
                assert spawner.stdout is not None
                with lock:
                    spawner.stdin.write(json.dumps(request) + "\n")
                    spawner.stdin.flush()
                    return int(spawner.stdout.readline())

            def start(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Program:
                with tempfile.TemporaryDirectory() as pipes:
                    out = os.path.join(pipes, "out")
                    os.mkfifo(out)
                    pid = ask(
                        start=[*self._arguments(folder), *arguments],
                        folder=str(folder),
                        out=out,
                        log=str(folder / "server.log"),
                        environment=dict(environment or {}),
                    )
                    with open(out) as banner:
                        port = _ready(banner, folder)
                return Program(pid, port, folder, lambda: ask(wait=pid))

            try:
                yield start
            finally:
                assert spawner.stdin is not None
                spawner.stdin.close()
                spawner.wait(SECONDS)

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "tests.faults.server"]
        for name in self.mutants:
            command += ["--mutant", name]
        if self.checkpoint_pages:
            command += ["--checkpoint-pages", str(self.checkpoint_pages)]
        return command

    def _arguments(self, folder: Path) -> list[str]:
        database = self.database or database_url(folder / "chat.db")
        return ["--database", database, "--irc", "127.0.0.1:0", *_ENDPOINTS]

    def _environment(self) -> dict[str, str]:
        return {
            "CHATSTORE_ACCOUNTS_BCRYPT_COST": "4",
            "CHATSTORE_LIMITS_LINES_PER_SECOND": "0.0",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }


def _ready(banner: IO[str], folder: Path) -> int:
    """Read what it prints up to the last line; its port."""
    port = None
    for line in banner:
        if found := re.search(r"IRC +127\.0\.0\.1:(\d+)", line):
            port = int(found[1])
        if line.startswith("Read:"):
            assert port is not None
            return port
    raise StartFailedError((folder / "server.log").read_text())


class StartFailedError(Exception):
    """A server did not come up; with its log."""


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
