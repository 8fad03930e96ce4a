"""An older backup is put back under clients that stay: they show what is in the database, and nothing else."""

from __future__ import annotations

import io
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from chatstore.client.address import Address
from chatstore.client.loop import Account, Client
from chatstore.client.protocol import ClientProtocol
from chatstore.client.terminal import Terminal
from chatstore.irc import isupport
from tests.client.fake_server import Input
from tests.client.screenless import SOON, Screenless
from tests.faults.program import Launch
from tests.running import PASSWORD, SECONDS


class Printed(io.StringIO):
    """What the line client prints, for a test that waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()

    def write(self, text: str) -> int:
        with self._more:
            self._more.notify_all()
            return super().write(text)

    def until(self, text: str) -> None:
        with self._more:
            assert self._more.wait_for(lambda: text in self.getvalue(), SECONDS), self.getvalue()


class Lines:
    """`chatstore client --plain` in a thread."""

    def __init__(self, name: str, port: int) -> None:
        self.input, self.printed = Input(), Printed()
        state = ClientProtocol(name, ["#main"])
        terminal = Terminal(state, "#main", self.input.fd, self.printed, escapes=False)
        account = Account(name, PASSWORD, True)
        self._client = Client(state, terminal, Address("127.0.0.1", port), account, timing=SOON)
        self._client.enter()
        self._thread = threading.Thread(target=self._client.run, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self.input.type("/quit")
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(isupport, "INCARNATION"), reason="the server does not tell its incarnation")
def test_what_is_in_the_database_is_what_is_shown(tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with Launch().starting() as start:
        program = start(tmp_path)
        alice = Screenless("alice", program.port, "#main", create=True)
        bob = Screenless("bob", program.port, "#main", create=True)
        carol = Lines("carol", program.port)
        alice.actions.say("#main", "in the backup")
        bob.wait(lambda: bob.said("#main") == ["in the backup"])
        carol.printed.until("<alice> in the backup")
        with closing(sqlite3.connect(program.database)) as source, closing(sqlite3.connect(backup)) as copy:
            source.backup(copy)
        lost = [f"lost {number}" for number in range(5)]
        for text in lost:
            alice.actions.say("#main", text)
        alice.actions.say("bob", "lost between us")
        bob.wait(lambda: bob.said("#main") == ["in the backup", *lost] and bob.said("alice"))
        carol.printed.until("<alice> lost 4")
        program.kill()
        for end in ("-wal", "-shm"):
            Path(f"{program.database}{end}").unlink(missing_ok=True)
        shutil.copyfile(backup, program.database)
        start(tmp_path, "--irc", f"127.0.0.1:{program.port}")
        shown = ["in the backup"]
        for device in (alice, bob):
            device.wait(lambda device=device: device.said("#main") == shown and device["#main"].joined)
        for number in range(8):  # more than were lost: their ids are used again, and the next ones
            alice.actions.say("#main", f"new {number}")
            shown.append(f"new {number}")
        alice.actions.say("bob", "new between us")
        for device in (alice, bob):
            device.wait(lambda device=device: device.said("#main") == shown)
        bob.wait(lambda: bob.said("alice") == ["new between us"])
        assert bob["#main"].unread == 9
        carol.printed.until("<alice> new 7")
        after = carol.printed.getvalue().rpartition("another copy of its data")[2]
        said = [line.partition("<alice> ")[2] for line in after.splitlines() if "<alice>" in line]
        assert said == shown
        for device in (alice, bob):
            device.leave()
        carol.leave()
