"""A folder with a database, the commands run in it, and what other processes write there meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner, Result

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import Room
from chatstore.cli import main
from chatstore.storage.store import DatabaseStore
from tests.database_files import new_file


class Home:
    """`path` is where the database is or would be; the environment points every command to it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "chat.db"
        self.url = ""
        """Of another database than that file."""

    # The commands.

    def run(self, *args: str, given: str | bytes | None = None, apart: bool = False) -> Result:
        """`apart`: standard error is wanted by itself, for which click before 8.2 has to be asked. It is not part
        of the result's `output` there then."""
        asked: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
        return CliRunner(**asked if apart else {}).invoke(main, args, input=given)

    def typed(self, given: str, *args: str) -> Result:
        """The same, with somebody at a terminal who types this."""
        with patch("chatstore.cli.options.at_terminal", lambda: True):
            return self.run(*args, given=given)

    def lines(self, *args: str) -> list[str]:
        """What a command writes to standard output, and it has to succeed."""
        result = self.run(*args, apart=True)
        assert result.exit_code == 0, result.output
        return result.stdout.split("\n")[:-1]

    def records(self, *args: str) -> list[dict[str, Any]]:
        """`history` as JSON lines, parsed."""
        return [json.loads(line) for line in self.lines("history", "--format", "jsonl", *args)]

    def bodies(self, *args: str) -> list[str]:
        return [record["body"] for record in self.records(*args)]

    @contextmanager
    def process(self, *args: str) -> Iterator[subprocess.Popen[str]]:
        """A command on its own, with pipes; killed at the end if it still runs."""
        with subprocess.Popen(
            [sys.executable, "-m", "chatstore", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    # Another process.

    @contextmanager
    def store(self, clock: Callable[[], float] = time.time) -> Iterator[DatabaseStore]:
        if not self.url and not self.path.exists():
            new_file(self.path)
        store = DatabaseStore(self.url or f"sqlite:///{self.path}", readers=1)
        store.start_writer(lambda _events: None, clock, checkpoints=False)
        try:
            yield store
        finally:
            store.close()

    def submit(self, *units: Any, now: float | None = None) -> list[Any]:
        """Results and errors, as they come; `now` is the writer's clock."""
        with self.store(time.time if now is None else lambda: now) as store:
            return list(store.submit(units).wait())

    def room(self, name: str = "main") -> Room:
        return self.submit(AddRoom(room_name(name)))[0]

    def account(self, name: str) -> Actor:
        account: Account = self.submit(CreateAccount(person_name(name), "bcrypt:none"))[0]
        return Actor(account.nick, account.name, account.id)

    def say(
        self, room: Room, actor: Actor, *bodies: str, now: float | None = None, kind: str = "message"
    ) -> list[str]:
        """Messages, in one commit; their msgids."""
        events = self.submit(*(Draft(room.id, actor, kind, body) for body in bodies), now=now)
        return [msgid(event.room, event.seq, event.time) for event in events]


def seen(result: Result, code: int, text: str) -> None:
    """Assert how a command ended, and that it said so in one line."""
    assert (result.exit_code, text in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def columns(lines: Sequence[str], separator: str = "\t") -> list[list[str]]:
    return [line.split(separator) for line in lines]
