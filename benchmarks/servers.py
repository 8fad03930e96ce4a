"""The servers that are compared, and how to start each on a free port without flood limits."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import psutil

from benchmarks import ergo
from benchmarks.builds import build_of, contestant
from benchmarks.indexed import postgresql_behind, sqlite_behind
from benchmarks.processes import cpu_seconds, tree_bytes, tree_cpu_seconds
from tests.postgres import Cluster, programs

KNOCK, ANSWER = "CAP LS 302\r\nPING :here\r\n", "\n"
"""A greeting that every IRC server answers, and the end of an answer."""
_START_SECONDS = 60.0


def _none() -> None:
    return None


@dataclass
class Running:
    """A server that accepts connections, and what it has used. `index_behind`: how many rows its index of words
    lacks; None if it has none. `database`: the server of its database, if that is another program."""

    name: str
    port: int
    process: psutil.Process
    index_behind: Callable[[], int | None] = _none
    database: psutil.Process | None = None

    def cpu(self) -> float:
        """Seconds of processor time since the server started."""
        own = cpu_seconds(self.process.pid)
        return own + tree_cpu_seconds(self.database) if self.database is not None else own

    def rss(self) -> int:
        """Bytes of resident memory."""
        own = int(self.process.memory_info().rss)
        return own + tree_bytes(self.database) if self.database is not None else own


Command = Callable[[int, Path], Sequence[str]]
"""What to run for a port in an empty folder."""
Start = Callable[[Path], AbstractContextManager[Running]]
"""Starts a server in an empty folder, until the end of the block."""


@dataclass(frozen=True)
class Kind:
    """A kind of server. `installed` says whether it can run here. `announces`: whether members are told who
    joins."""

    name: str
    installed: Callable[[], bool]
    start: Start
    announces: bool = True


@contextmanager
def running(kind: Kind, folder: Path) -> Iterator[Running]:
    """Run the server, in a folder of its own, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with kind.start(folder) as server:
        yield server


def plainly(name: str, command: Command) -> Start:
    """Starts one program, which is all there is of the server."""

    @contextmanager
    def start(folder: Path) -> Iterator[Running]:
        with _process(command, folder) as (port, process):
            yield Running(name, port, process)

    return start


@contextmanager
def _process(command: Command, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    port = _free_port()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command(port, folder), cwd=folder, stdout=output, stderr=output)
        try:
            _wait_for(port, process, folder / "output.txt")
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def chatstore(
    database: Path | str = "chat.db", extra: str = "", *, python: str = sys.executable, options: Sequence[str] = ()
) -> Kind:
    """The chatstore server that a Python has. `database` is a file, relative to the folder that it runs in, or a
    URL. `extra` is more of its configuration, and `options` are more of its command."""
    name = contestant(build_of(python))

    @contextmanager
    def start(folder: Path) -> Iterator[Running]:
        with _process(_chatstore(database, extra, python, options), folder) as (port, process):
            in_file = "://" not in str(database)
            behind = (lambda: sqlite_behind(folder / database)) if in_file else postgresql_behind(str(database))
            yield Running(name, port, process, behind)

    return Kind(name, lambda: True, start)


def _chatstore(database: Path | str, extra: str, python: str, options: Sequence[str]) -> Command:
    def command(port: int, folder: Path) -> Sequence[str]:
        (folder / "chatstore.toml").write_text(_CHATSTORE.format(port=port, database=database) + extra)
        return [python, "-m", "chatstore", "server", "--config", "chatstore.toml", *options]

    return command


@contextmanager
def _on_postgresql(folder: Path) -> Iterator[Running]:
    """chatstore and a PostgreSQL server of its own, with fsync. What both use counts."""
    cluster = Cluster(fsync=True)
    try:
        with chatstore(cluster.empty()).start(folder) as server:
            postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
            yield replace(server, database=psutil.Process(postmaster))
    finally:
        cluster.close()


def _tutorial(port: int, folder: Path) -> Sequence[str]:
    return [sys.executable, str(Path(__file__).with_name("tutorial.py")), str(port)]


def _ngircd(port: int, folder: Path) -> Sequence[str]:
    (folder / "ngircd.conf").write_text(_NGIRCD.format(port=port))
    return ["ngircd", "-n", "-f", str(folder / "ngircd.conf")]


def _inspircd(port: int, folder: Path) -> Sequence[str]:
    (folder / "inspircd.conf").write_text(_INSPIRCD.format(port=port, folder=folder))
    return ["inspircd", "--nofork", "--runasroot", f"--config={folder / 'inspircd.conf'}"]


ON_POSTGRESQL = "chatstore on PostgreSQL"
KINDS = (
    chatstore(),
    Kind(ON_POSTGRESQL, lambda: programs() is not None and find_spec("psycopg") is not None, _on_postgresql),
    Kind("ergo", lambda: ergo.program() is not None, plainly("ergo", ergo.command)),
    Kind("tutorial", lambda: True, plainly("tutorial", _tutorial), announces=False),
    Kind("ngircd", lambda: shutil.which("ngircd") is not None, plainly("ngircd", _ngircd)),
    Kind("inspircd", lambda: shutil.which("inspircd") is not None, plainly("inspircd", _inspircd)),
)
"""Those that store come first: they do the same work."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until the server answers. The kernel accepts connections earlier, while the server still starts, and
    what that costs would count as the cost of the first connections."""
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_START_SECONDS) as client:
                client.sendall(KNOCK.encode())
                if client.recv(1):
                    return
            raise ConnectionAbortedError
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                said = output.read_text(errors="replace")
                raise SystemExit(f"{process.args} did not start: {said[-1000:]}") from None
            time.sleep(0.02)


_CHATSTORE = """\
[listen]
irc = "127.0.0.1:{port}"
plain = "off"
web = "off"
[database]
url = "{database}"
[accounts]
guests = true
registration = "open"
[limits]
connections = 20000
connections_per_address = 0
lines_per_second = 0.0
joins_at_once = 0
questions_per_second = 0.0
"""

_NGIRCD = """\
[Global]
Name = bench.local
Info = benchmark
Listen = 127.0.0.1
Ports = {port}
[Limits]
ConnectRetry = 60
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 600
PongTimeout = 120
[Options]
DNS = no
Ident = no
PAM = no
"""

_INSPIRCD = """\
<server name="bench.local" description="benchmark" id="1AA" network="bench">
<admin name="bench" nick="bench" email="bench@bench.local">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="600" hardsendq="100M" softsendq="50M" recvq="1M"
 threshold="1000000" commandrate="1000000000" fakelag="no" localmax="100000" globalmax="100000" maxchans="1000"
 resolvehostnames="no" useident="no" maxconnwarn="no" uniqueusername="no">
<performance netbuffersize="10240" somaxconn="4096" softlimit="100000" quietbursts="yes" nouserdns="yes">
<options prefixquit="Quit: " splitwhois="no">
<security maxtargets="20">
<limits maxnick="30" maxchan="64" maxmodes="20">
<pid file="{folder}/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.log">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
"""
