"""The steps of docs/operating.md for backup and restore, done as they stand there."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest

from tests.cli.home import Home
from tests.running import Running, start

pytestmark = pytest.mark.sqlite
PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
DATABASE, BACKUPS = "/var/lib/chatstore", "/backups"


def transcript(name: str) -> list[tuple[str, list[str]]]:
    """The commands of a transcript of the page, each with the lines that it prints."""
    [text] = re.findall(rf"^<!-- {name} -->\n```console\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    steps: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def alike(line: str) -> str:
    """A line without what differs from one machine, time and version to the next."""
    if check := re.match(r"(OK|-) +(disk|sqlite) ", line):
        return check[0]
    return re.sub(r"\d+(,\d{3})*(\.\d+)? ?([kMG]?i?B)?", "N", line)


class Machine:
    """Where the page's commands run: its folders are here, and systemd is this class."""

    def __init__(self, home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._places = {DATABASE: str(folder / "lib"), BACKUPS: str(folder / "backups")}
        for place in self._places.values():
            Path(place).mkdir(mode=0o700)
        home.path = folder / "lib" / "chatstore.db"
        monkeypatch.setenv("CHATSTORE_DATABASE_URL", str(home.path))
        self.server: Running | None = None
        now, real = time.strptime("20261129T201502", "%Y%m%dT%H%M%S"), time.gmtime
        monkeypatch.setattr(time, "gmtime", lambda *seconds: real(*seconds) if seconds else now)

    def follow(self, name: str) -> None:
        for command, printed in transcript(name):
            assert [alike(line) for line in self.run(command)] == [alike(line) for line in printed], command

    def run(self, command: str) -> list[str]:
        if command == "systemctl start chatstore":
            assert self.server is None
            self.server = start(self.home.path)
            return []
        if command == "systemctl stop chatstore":
            assert self.server is not None
            self.server.stop()
            self.server = None
            return []
        for place, here in self._places.items():
            command = command.replace(place, here)
        program, *arguments = shlex.split(command)
        assert program == "chatstore"
        lines = self.home.lines(*arguments)
        for place, here in self._places.items():
            lines = [line.replace(here, place) for line in lines]
        return lines


@pytest.fixture
def machine(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(home, tmp_path, monkeypatch)
    yield made
    if made.server is not None:
        made.server.stop()


def test_the_page(machine: Machine) -> None:
    machine.run("systemctl start chatstore")
    assert machine.server is not None
    alice, bob = machine.server.member("alice"), machine.server.member("bob")
    alice.ask("PRIVMSG #main :shall we meet at eight?")
    bob.ask("PRIVMSG #main :eight it is")
    machine.follow("backup")
    machine.follow("check")
    incarnation = machine.server.server.store.incarnation
    alice.ask("PRIVMSG #main :after the backup")
    machine.follow("restore")
    assert machine.server.server.store.incarnation != incarnation
    alice = machine.server.login("alice", "draft/chathistory")
    assert not [line for line in alice.ask("CHATHISTORY LATEST #main * 10") if "after the backup" in line]
    alice.ask("PRIVMSG #main :it goes on")
    assert machine.home.bodies("--room", "main")[-1] == "it goes on"


def test_the_settings_and_the_line_for_cron(machine: Machine) -> None:
    text = PAGE.read_text()
    [settings] = re.findall(r"^```toml\n(\[backup\]\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    backups = machine._places[BACKUPS]
    Path("chatstore.toml").write_text(settings.replace(BACKUPS, backups))
    machine.run("systemctl start chatstore")
    [line] = re.findall(r"^    0 4 \* \* \*  (chatstore backup .*)$", text, re.MULTILINE)
    assert machine.run(line) == []
    assert [path.suffix for path in Path(backups).iterdir()] == [".gz"]
    assert "last was made just now, and" not in machine.home.run("doctor").output
    assert re.search(r"OK +backups +the last was made just now, 1 backup", machine.home.run("doctor").output)


def test_every_check_is_in_the_table(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from chatstore.storage.postgresql.checking import CHECKS as POSTGRESQL
    from chatstore.storage.sqlite.checking import CHECKS as SQLITE

    rows = re.findall(r"^\| ([a-z, -]+) \| .* \|$", PAGE.read_text().partition("## Is all well?")[2], re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")} - {"check"}
    rest = {"configuration", "certificate", "backups", "python"}
    assert {check.name for check in (*SQLITE, *POSTGRESQL)} | rest == named
