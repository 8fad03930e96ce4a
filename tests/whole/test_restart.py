"""The promise: what anybody has seen is still there after `kill -9`, once, and in the order in which it was
seen."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatstore.irc.line import parse
from tests.running import PASSWORD, IrcClient, plain

LISTEN = ("--irc", "127.0.0.1:0", "--plain", "off")
SENDERS = 4
BEFORE_THE_KILL = 60
"""The echoes that one sender has seen when the server dies; the others are still sending."""


class Program:
    """`chatstore server` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "CHATSTORE_ACCOUNTS_BCRYPT_COST": "4", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "chatstore",
                "server",
                "--database",
                str(folder / "chat.db"),
                "--irc",
                "127.0.0.1:0",
                "--plain",
                "off",
                "--web",
                "off",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            cwd=folder,
        )
        assert self.process.stdout is not None
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if found := re.search(r"IRC +127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
            if line.startswith("Read:"):
                return
        raise AssertionError("the server did not start")

    def connect(self, name: str, *, new: bool = False) -> IrcClient:
        client = IrcClient("127.0.0.1", self.port)
        client.send("CAP REQ :sasl echo-message message-tags server-time batch draft/chathistory")
        client.send(f"NICK {name}", f"USER {name} 0 * :{name}")
        if new:
            client.send(f"REGISTER * * :{PASSWORD}")
        else:
            client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name)}")
        client.send("CAP END", "JOIN #main")
        client.wait(" 366 .*#main")
        return client

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[list[Program]]:
    running: list[Program] = []
    yield running
    for program in running:
        program.kill()
        assert program.process.stdout is not None
        program.process.stdout.close()


def talk(client: IrcClient, name: str, seen: dict[str, list[str]], enough: threading.Event) -> None:
    """Send messages until the server dies; `seen` gets every message that this client was shown, in order."""
    said = 0
    own = 0
    try:
        while True:
            while said - own < 8:
                said += 1
                client.send(f"PRIVMSG #main :{name} {said}")
            line = parse(client.line())
            if line.command == "PRIVMSG":
                seen[name].append(f"{line.tags['msgid']} {line.params[-1]}")
                own += line.params[-1].startswith(f"{name} ")
                if own >= BEFORE_THE_KILL:
                    enough.set()
    except (OSError, EOFError):
        return


def test_kill_9_in_the_middle_of_everything(tmp_path: Path, programs: list[Program]) -> None:
    programs.append(Program(tmp_path))
    names = [f"sender{i}" for i in range(SENDERS)]
    seen: dict[str, list[str]] = {name: [] for name in names}
    for round_ in range(3):
        if round_:
            programs.append(Program(tmp_path))
        enough = threading.Event()
        clients = [programs[-1].connect(name, new=round_ == 0) for name in names]
        threads = [
            threading.Thread(target=talk, args=(client, name, seen, enough))
            for client, name in zip(clients, names, strict=True)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        programs[-1].process.send_signal(signal.SIGKILL)
        programs[-1].process.wait()
        for thread in threads:
            thread.join()

    with closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute("SELECT room_id, seq, sent_at FROM messages ORDER BY room_id, seq").fetchall()
        assert [row[1] for row in rows if row[0] == 1] == list(range(1, len(rows) + 1))
        assert all(one[2] < other[2] for one, other in itertools.pairwise(rows))

    programs.append(Program(tmp_path))
    reader = programs[-1].connect(names[0])
    stored: list[str] = []
    after = "*"
    while True:
        request = (
            f"AFTER #main msgid={after} 1000" if after != "*" else "AFTER #main timestamp=2000-01-01T00:00:00Z 1000"
        )
        page = [parse(line) for line in reader.ask(f"CHATHISTORY {request}")]
        messages = [line for line in page if line.command == "PRIVMSG"]
        if not messages:
            break
        stored += [f"{line.tags['msgid']} {line.params[-1]}" for line in messages]
        after = messages[-1].tags["msgid"]
    assert len(set(stored)) == len(stored)
    bodies = [line.partition(" ")[2] for line in stored]
    for name in names:
        assert len(seen[name]) >= BEFORE_THE_KILL
        places = [stored.index(line) for line in seen[name]]  # ValueError: a message was seen but not stored
        assert places == sorted(places)
        assert all(bodies.count(f"{name} {number}") <= 3 for number in range(1, 100))


def test_stopping_tells_everybody_and_loses_nothing(tmp_path: Path, programs: list[Program]) -> None:
    programs.append(Program(tmp_path))
    client = programs[0].connect("alice", new=True)
    client.send(*(f"PRIVMSG #main :{number}" for number in range(50)))
    client.wait(":0$")
    programs[0].process.send_signal(signal.SIGTERM)
    lines = client.rest()
    assert lines[-1] == "ERROR :Closing link: the server is stopping"
    assert programs[0].process.wait(60) == 0
    echoed = [line for line in client.log if " PRIVMSG #main " in line]
    with closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        stored = database.execute("SELECT count(*) FROM messages WHERE kind = 'message'").fetchone()[0]
    assert stored >= len(echoed) > 0


def test_joiners_after_a_restart_see_the_history(tmp_path: Path, programs: list[Program]) -> None:
    programs.append(Program(tmp_path))
    alice = programs[0].connect("alice", new=True)
    alice.ask("PRIVMSG #main :remember this")
    programs[0].kill()
    programs.append(Program(tmp_path))
    newcomer = IrcClient("127.0.0.1", programs[1].port)
    newcomer.send("CAP LS", "NICK bob", "USER bob 0 * :Bob", f"REGISTER * * :{PASSWORD}", "CAP END", "JOIN #main")
    assert newcomer.wait(" PRIVMSG #main ").endswith("] remember this")
