"""The servers that are compared, and how to start each on a free port without flood limits."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.processes import cpu_seconds

_START_SECONDS = 60.0


@dataclass
class Running:
    """A server that accepts connections, and what it has used."""

    name: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of processor time since the server started."""
        return cpu_seconds(self.process.pid)

    def rss(self) -> int:
        """Bytes of resident memory."""
        return int(self.process.memory_info().rss)


@dataclass(frozen=True)
class Kind:
    """A kind of server. `installed` says whether it can run here. `command` returns what to run for a port in
    an empty folder."""

    name: str
    installed: Callable[[], bool]
    command: Callable[[int, Path], Sequence[str]]


@contextmanager
def running(kind: Kind, folder: Path) -> Iterator[Running]:
    """Run the server, in a folder of its own, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(kind.command(port, folder), cwd=folder, stdout=output, stderr=output)
        try:
            _wait_for(port, process, folder / "output.txt")
            yield Running(kind.name, port, psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def chatstore(database: Path | str = "chat.db", extra: str = "") -> Kind:
    """The chatstore server. `database` is a file, relative to the folder that it runs in, or a URL. `extra` is
    more of its configuration."""

    def command(port: int, folder: Path) -> Sequence[str]:
        (folder / "chatstore.toml").write_text(_CHATSTORE.format(port=port, database=database) + extra)
        return [sys.executable, "-m", "chatstore", "server", "--config", "chatstore.toml"]

    return Kind("chatstore", lambda: True, command)


def _tutorial(port: int, folder: Path) -> Sequence[str]:
    return [sys.executable, str(Path(__file__).with_name("tutorial.py")), str(port)]


def _ngircd(port: int, folder: Path) -> Sequence[str]:
    (folder / "ngircd.conf").write_text(_NGIRCD.format(port=port))
    return ["ngircd", "-n", "-f", str(folder / "ngircd.conf")]


def _inspircd(port: int, folder: Path) -> Sequence[str]:
    (folder / "inspircd.conf").write_text(_INSPIRCD.format(port=port, folder=folder))
    return ["inspircd", "--nofork", "--runasroot", f"--config={folder / 'inspircd.conf'}"]


KINDS = (
    chatstore(),
    Kind("tutorial", lambda: True, _tutorial),
    Kind("ngircd", lambda: shutil.which("ngircd") is not None, _ngircd),
    Kind("inspircd", lambda: shutil.which("inspircd") is not None, _inspircd),
)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
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
 threshold="1000000" commandrate="1000000000" fakelag="no" localmax="100000" globalmax="100000" maxchans="100"
 resolvehostnames="no" useident="no" maxconnwarn="no" uniqueusername="no">
<performance netbuffersize="10240" somaxconn="4096" softlimit="100000" quietbursts="yes" nouserdns="yes">
<options prefixquit="Quit: " splitwhois="no">
<security maxtargets="20">
<limits maxnick="30" maxchan="64" maxmodes="20">
<pid file="{folder}/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.log">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
"""
