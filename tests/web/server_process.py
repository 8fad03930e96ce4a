"""`chatstore server` as a process, for tests in which the server dies and comes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.running import IrcClient


class Serving:
    """Starts at once. `begin`: the link in its banner while there is no account."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self.web = self.irc = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}/"

    def start(self) -> None:
        """Start on the same ports as before: a page reconnects to its own address."""
        endpoints = ["--irc", f"127.0.0.1:{self.irc}", "--web", f"127.0.0.1:{self.web}", "--plain", "off"]
        database = ["--database", str(self._folder / "chat.db")]
        command = [sys.executable, "-m", "chatstore", "server", *endpoints, *database, *self._arguments]
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self._folder, env=self._environment()
            )
        self.begin = ""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"IRC +127\.0\.0\.1:(\d+)", line):
                self.irc = int(found[1])
            elif found := re.search(r"web +http://127\.0\.0\.1:(\d+)/", line):
                self.web = int(found[1])
            elif found := re.search(r"#invite=\S+", line):
                self.begin = found[0]
            elif line.startswith("Read:"):
                return
        raise AssertionError((self._folder / "server.log").read_text())

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self._folder), "PYTHONPATH": str(Path(__file__).parents[2])}

    def kill(self) -> None:
        """Kill it as `kill -9` does, and wait until it is gone."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def connect(self) -> IrcClient:
        return IrcClient("127.0.0.1", self.irc)
