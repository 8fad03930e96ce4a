"""Several servers of one database, each a process of its own: they start at once, die, freeze, and disagree."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from chatstore.cli import main
from chatstore.config import Config
from chatstore.irc.line import parse
from chatstore.server import Server
from tests.faults.clock import HOUR, HeldClock
from tests.faults.program import ROOT, Launch, Program, Start, StartFailedError
from tests.postgres import Cluster, programs
from tests.running import SECONDS, IrcClient

LEASE = 4.0
"""Seconds. A server may be slow beside other tests, and must not be declared dead for that."""
SETTINGS = {
    "FAULTS_LEASE": str(LEASE),
    "CHATSTORE_ACCOUNTS_GUESTS": "true",
    "CHATSTORE_ACCOUNTS_REGISTRATION": "open",
    "CHATSTORE_LIMITS_JOINS_AT_ONCE": "0",
}


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """A server refuses a database without fsync."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Cluster(fsync=True)
    yield running
    running.close()


@pytest.fixture(scope="module")
def spawner() -> Iterator[Start]:
    with Launch(settings=SETTINGS).forking() as start:
        yield start


class Nodes:
    """Servers over one database."""

    def __init__(self, start: Start, url: str, folder: Path) -> None:
        self._start = start
        self.url = url
        self._folder = folder
        self.running: list[Program] = []

    def start(self, **environment: str) -> Program:
        folder = self._folder / f"node{len(self.running)}"
        folder.mkdir()
        self.running.append(self._start(folder, "--database", self.url, environment=environment))
        return self.running[-1]

    def listed(self) -> list[dict[str, Any]]:
        result = CliRunner().invoke(main, ["nodes", "--format", "json", "--database", self.url])
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.output)
        return found

    def id_of(self, program: Program) -> str:
        [id_] = [one["id"] for one in self.listed() if f"process {program.pid}," in one["where"]]
        return str(id_)


@pytest.fixture
def nodes(spawner: Start, durable: Cluster, tmp_path: Path) -> Iterator[Nodes]:
    made = Nodes(spawner, durable.database(), tmp_path)
    yield made
    for program in made.running:
        program.signal(signal.SIGCONT)
        program.kill()


def guest(program: Program, nick: str) -> IrcClient:
    client = program.connect()
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.wait(" (422|376) ")
    client.send("JOIN #main")
    client.wait(" 366 ")
    return client


def names(client: IrcClient) -> set[str]:
    client.send("NAMES #main")
    found: set[str] = set()
    while " 366 " not in (line := client.line()):
        if match := re.search(r" 353 .*:(.*)", line):
            found |= {name.lstrip("@+") for name in match[1].split()}
    return found


def until_named(client: IrcClient, *nicks: str) -> None:
    end = time.monotonic() + SECONDS
    while (found := names(client)) != set(nicks):
        assert time.monotonic() < end, found


def until_offline(client: IrcClient, nick: str) -> None:
    """It is told after the quits, so it may be known a moment later."""
    end = time.monotonic() + SECONDS
    while not (found := client.ask(f"ISON {nick}")[0]).endswith(":"):
        assert time.monotonic() < end, found


def test_four_at_once_on_an_empty_database(durable: Cluster, tmp_path: Path) -> None:
    url = durable.empty()
    command = [sys.executable, "-m", "chatstore", "server", "--database", url, "--irc", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    processes = [
        subprocess.Popen(
            [*command, "--web", "off", "--plain", "off"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        for _ in range(4)
    ]
    try:
        banners = [_banner(process) for process in processes]
        codes = [found[1] for banner in banners if (found := re.search(r"--invitation (\w+)", banner))]
        elsewhere = [banner for banner in banners if "another server has printed the link" in banner]
        assert (len(codes), len(elsewhere)) == (1, 3)
        [printed] = [process for process, banner in zip(processes, banners, strict=True) if codes[0] in banner]
        assert all(f"process {printed.pid}," in banner for banner in elsewhere)
        database = url.partition("?")[0].rpartition("/")[2]
        assert durable.execute("SELECT name FROM rooms", database=database) == [("main",)]
        assert durable.execute("SELECT count(*) FROM account_invitations", database=database) == [(1,)]
        assert durable.execute("SELECT count(*) FROM incarnations", database=database) == [(1,)]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            _, said = process.communicate(timeout=SECONDS)
            assert "Traceback" not in said, said
    assert [process.returncode for process in processes] == [0] * 4
    assert durable.execute("SELECT id FROM nodes", database=database) == []


def _banner(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Read:"):
            return said
    assert process.stderr is not None
    raise AssertionError(said + process.stderr.read())


def test_a_start_does_not_end_the_guests_of_others(nodes: Nodes) -> None:
    gina = guest(nodes.start(), "gina")
    gus = guest(nodes.start(), "gus")
    until_named(gus, "gina", "gus")
    until_named(gina, "gina", "gus")


def test_the_people_of_a_dead_server_quit_and_their_nicks_are_free(nodes: Nodes) -> None:
    dying, living = nodes.start(), nodes.start()
    gina, gus = guest(dying, "gina"), guest(living, "gus")
    until_named(gus, "gina", "gus")
    refused = living.connect()
    refused.send("NICK gina", "USER gina 0 * :gina")
    refused.wait(" 433 ")
    id_ = nodes.id_of(dying)
    dying.kill()
    assert "QUIT :their server has gone away" in gus.wait(":gina!.* QUIT ")
    until_named(gus, "gus")
    until_offline(gus, "gina")
    again = guest(living, "gina")
    until_named(again, "gina", "gus")
    assert id_ not in [one["id"] for one in nodes.listed()]
    with pytest.raises((EOFError, ConnectionResetError)):
        gina.wait("never")


def test_a_server_that_freezes_for_longer_than_the_lease_ends_when_it_wakes(nodes: Nodes) -> None:
    frozen, living = nodes.start(), nodes.start()
    gina, gus = guest(frozen, "gina"), guest(living, "gus")
    until_named(gus, "gina", "gus")
    frozen.signal(signal.SIGSTOP)
    gina.send("PRIVMSG #main :too late")
    gus.wait(":gina!.* QUIT ")
    frozen.signal(signal.SIGCONT)
    assert frozen.wait() == 1
    said = [line for line in frozen.log.splitlines() if "CRITICAL" in line.upper()]
    assert len(said) == 1, frozen.log
    assert "have declared this one dead, because it was silent for too long" in said[0]
    assert "Traceback" not in frozen.log
    assert not any("too late" in line for line in gus.sync())


def test_a_server_that_freezes_for_a_moment_goes_on(nodes: Nodes) -> None:
    first, second = nodes.start(), nodes.start()
    gina, gus = guest(first, "gina"), guest(second, "gus")
    first.signal(signal.SIGSTOP)
    time.sleep(LEASE / 8)  # what this is about is a time; nothing waits for it
    first.signal(signal.SIGCONT)
    gina.send("PRIVMSG #main :here again")
    gus.wait("here again")


def test_another_leads_when_the_leader_is_killed(nodes: Nodes) -> None:
    for _ in range(3):
        nodes.start()

    def leader() -> str:
        found: Sequence[dict[str, Any]] = ()
        end = time.monotonic() + SECONDS
        while len(found := [one for one in nodes.listed() if one["leads"]]) != 1:
            assert time.monotonic() < end, found
        return str(found[0]["id"])

    ids = {nodes.id_of(program): program for program in nodes.running}
    assert len(ids) == 3
    before = leader()
    ids[before].kill()
    end = time.monotonic() + SECONDS
    while (now := leader()) == before:
        assert time.monotonic() < end
    assert now in ids


def test_another_server_name_is_refused_and_nothing_changes(nodes: Nodes) -> None:
    nodes.start()
    with pytest.raises(StartFailedError) as refused:
        nodes.start(CHATSTORE_SERVER_NAME="other.example.org")
    [said] = str(refused.value).strip().splitlines()
    assert "served as chatstore.local" in said
    assert "not as other.example.org: all its servers need the same [server] name" in said
    assert len(nodes.listed()) == 1


def test_other_settings_are_a_warning_and_are_shown(nodes: Nodes) -> None:
    nodes.start()
    other = nodes.start(CHATSTORE_LIMITS_TOPIC_LENGTH="7")
    assert "another server of this database has other settings" in other.log
    assert nodes.start().log.count("another server of this database has other settings") == 1
    result = CliRunner().invoke(main, ["nodes", "--database", nodes.url])
    assert result.exit_code == 0
    assert max(len(line) for line in result.output.splitlines()) <= 100
    header, _, *lines = result.output.splitlines()
    assert header.split()[:2] == ["state", "version"]
    letters = [re.search(r" ms +([A-Z]) ", line) for line in lines]
    assert [letter[1] if letter else "" for letter in letters] == ["A", "B", "A"]


def test_what_nodes_tells(nodes: Nodes) -> None:
    program = nodes.start()
    client = guest(program, "gina")
    end = time.monotonic() + SECONDS
    while (found := nodes.listed())[0]["connections"] != 1 or not found[0]["leads"]:
        assert time.monotonic() < end, found
    [one] = found
    assert (one["kind"], one["server"], one["alive"]) == ("server", "chatstore.local", True)
    assert f"irc 127.0.0.1:{program.port}" in one["where"]
    client.close()
    program.stop()
    assert nodes.listed() == []
    assert CliRunner().invoke(main, ["nodes", "--database", nodes.url]).output == "no server runs\n"


def test_what_nodes_tells_of_sqlite(spawner: Start, tmp_path: Path) -> None:
    program = spawner(tmp_path, "--database", str(tmp_path / "chat.db"))
    asked = ["nodes", "--database", str(tmp_path / "chat.db")]
    result = CliRunner().invoke(main, asked)
    assert re.match(
        rf"one server: process {program.pid}, since .*, at irc 127.0.0.1:{program.port}\n", result.output
    )
    program.kill()
    assert CliRunner().invoke(main, asked).output == "no server runs\n"
    assert CliRunner().invoke(main, [*asked, "--format", "json"]).output == "[]\n"


def test_clocks_an_hour_apart_change_nothing(nodes: Nodes, tmp_path: Path) -> None:
    with ExitStack() as open_:
        servers = [nodes.start()]
        for name, hours in (("late", -1), ("early", 1)):
            clock = HeldClock(tmp_path / name)
            clock.now = time.time() + hours * HOUR
            (folder := tmp_path / f"of {name}").mkdir()
            start = open_.enter_context(Launch(settings={**SETTINGS, **clock.settings}).starting())
            servers.append(start(folder, "--database", nodes.url))
        _talk_at_one_time(servers)


def _talk_at_one_time(servers: Sequence[Program]) -> None:
    people = []
    for number, program in enumerate(servers):
        client = program.connect()
        client.send("CAP REQ :server-time echo-message", f"NICK g{number}", f"USER g{number} 0 * :x", "CAP END")
        client.wait(" (422|376) ")
        client.send("JOIN #main")
        client.wait(" 366 ")
        people.append(client)
    until_named(people[0], "g0", "g1", "g2")
    for number, client in enumerate(people):
        client.send(f"PRIVMSG #main :from {number}")
        said = [each.wait(f"PRIVMSG #main :from {number}") for each in people]
        times = {parse(line).tags["time"] for line in said}
        assert len(times) == 1
        shown = datetime.fromisoformat(times.pop().replace("Z", "+00:00")).timestamp()
        assert abs(shown - time.time()) < SECONDS
    for client in people:  # the time of the server that is asked
        [line] = client.ask("TIME")
        assert abs(int(parse(line).params[2]) - time.time()) < SECONDS
    assert all("dead" not in program.log for program in servers)


def test_a_server_that_stops_takes_its_people_along(nodes: Nodes) -> None:
    stopping, living = nodes.start(), nodes.start()
    gina, gus = guest(stopping, "gina"), guest(living, "gus")
    until_named(gus, "gina", "gus")
    stopping.stop()
    gus.wait(":gina!.* QUIT :the server is stopping")
    assert len(nodes.listed()) == 1
    guest(living, "gina")
    gina.close()


def test_what_was_left_behind_is_found_by_and_by(
    durable: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstore.housekeeping._SWEEP_SECONDS", 0.2)
    url = durable.database()
    database = url.partition("?")[0].rpartition("/")[2]
    listen = {"irc": "127.0.0.1:0", "plain": "off", "web": "off"}
    settings = {"database": {"url": url}, "accounts": {"guests": True}, "listen": listen}
    running = Server(msgspec.convert(settings, Config))
    running.start()
    try:
        program = Program(0, running.acceptors["irc"].address[1], tmp_path, int)
        gina, gus = guest(program, "gina"), guest(program, "gus")
        durable.execute("DELETE FROM presence WHERE nick = 'gina'", database=database)
        gus.wait(":gina!.* QUIT :their server has gone away")
        assert names(gus) == {"gus"}
        assert durable.execute("SELECT folded FROM nicks", database=database) == [("gus",)]
        gina.close()
    finally:
        running.stop()


def test_it_is_ready_when_it_has_started(durable: Cluster) -> None:
    listen = {"irc": "off", "plain": "off", "web": "127.0.0.1:0"}
    server = Server(msgspec.convert({"database": {"url": durable.database()}, "listen": listen}, Config))
    server.start()
    try:
        connection = HTTPConnection("127.0.0.1", server.acceptors["web"].address[1], timeout=SECONDS)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        server.stop()


def test_a_server_that_finds_an_older_state_of_the_database_ends(spawner: Start, tmp_path: Path) -> None:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Cluster(fsync=True)
    try:
        url = cluster.database()
        database = url.partition("?")[0].rpartition("/")[2]
        (folder := tmp_path / "node").mkdir()
        program = spawner(folder, "--database", url)
        client = guest(program, "gina")
        cluster.stop("fast")
        kept = cluster.folder / "kept"
        shutil.copytree(cluster.folder / "data", kept)
        cluster.start()
        client.send("PRIVMSG #main :first", "PING :first")
        client.wait("first")
        end = time.monotonic() + SECONDS
        bodies: list[Any] = []
        while ("lost",) not in bodies:  # it is refused until the server has connected again
            client.send("PRIVMSG #main :lost", "PING :again")
            client.wait("PONG .*again")
            bodies = cluster.execute("SELECT body FROM messages WHERE kind = 'message'", database=database)
            assert time.monotonic() < end
        [(before,)] = cluster.execute("SELECT token FROM incarnations", database=database)
        cluster.stop("immediate")
        shutil.rmtree(cluster.folder / "data")
        subprocess.run(["cp", "-a", kept, cluster.folder / "data"], check=True)
        for path in (cluster.folder / "data", *(cluster.folder / "data").rglob("*")):
            owner = cluster.folder.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        cluster.start()
        assert program.wait() == 1
        [said] = [line for line in program.log.splitlines() if "CRITICAL" in line.upper()]
        assert "the database has lost messages that were shown: #main ends at" in said
        assert "Traceback" not in program.log
        assert cluster.execute("SELECT token FROM incarnations", database=database) != [(before,)]
    finally:
        cluster.close()
