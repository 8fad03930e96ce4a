"""`chatstore server`: what it prints, and that it stops cleanly whoever reads that."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from chatstore import version_and_build
from chatstore.chat.changes.invitations import FirstInvitation
from chatstore.cli.banner import banner
from chatstore.config import load
from chatstore.server import Server
from tests.cli.home import Home, seen


@contextmanager
def program(stdout: int | IO[bytes], *options: str) -> Iterator[subprocess.Popen[str]]:
    """A server of its own; killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "chatstore", "server", "--irc", "off", "--web", "off", *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed(process: subprocess.Popen[str]) -> dict[str, str]:
    """The banner: what stands in it, by what it is about."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        found[word] = rest.strip()
        if word == "Read:":
            break
    return found


def test_it_stops_cleanly_though_nobody_reads_any_more(home: Home) -> None:
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0") as process:
        port = int(printed(process)["plain"].split()[-1])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
            assert visitor.recv(1000)
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            process.send_signal(signal.SIGTERM)
            said = b"".join(iter(lambda: visitor.recv(1000), b""))
        assert b"the server is stopping" in said
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()


def test_asked_to_stop_while_it_starts_it_stops_when_it_has_started(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with program(subprocess.PIPE, "--plain", f"127.0.0.1:{port}") as process:
        while True:
            try:
                # The address is bound before the database is opened: now, the start is in its middle.
                socket.create_connection(("127.0.0.1", port), timeout=60).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith("chatstore is stopping\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_it_serves_though_nothing_can_be_printed(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with open("/dev/full", "wb") as full, program(full, "--plain", f"127.0.0.1:{port}") as process:
        assert process.stderr is not None
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
                    assert visitor.recv(1000)
                    break
            except ConnectionRefusedError:
                assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "Exception" not in said


def test_with_every_endpoint_off_it_does_not_start(home: Home) -> None:
    seen(
        home.run("server", "--irc", "off", "--plain", "off", "--web", "off"),
        1,
        "chatstore: every endpoint is off: turn one on with --irc",
    )
    assert not home.path.exists()


def test_a_flag_that_is_wrong(home: Home) -> None:
    result = home.run("server", "--irc", "nonsense")
    assert (result.exit_code, result.output) == (
        1,
        "chatstore: --irc: expected HOST:PORT or off, got 'nonsense'\n",
    )


class Endpoint:
    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("endpoints", "lines"),
    [
        (
            {"irc": Endpoint("127.0.0.1", 6667), "plain": Endpoint("127.0.0.1", 65432)},
            [
                "  IRC        127.0.0.1:6667",
                "  plain      nc 127.0.0.1 65432",
                "Talk:        chatstore client --user NAME",
            ],
        ),
        (
            {"irc": Endpoint("::1", 1), "plain": Endpoint("::1", 2)},
            [
                "  IRC        [::1]:1",
                "  plain      nc ::1 2",
                "Talk:        chatstore client --user NAME --server irc://[::1]:1",
            ],
        ),
        (
            {"irc": Endpoint("::", 1), "plain": Endpoint("0.0.0.0", 2)},
            [
                "  IRC        [::]:1",
                "  plain      nc 127.0.0.1 2 (at 0.0.0.0:2)",
                "Talk:        chatstore client --user NAME --server irc://[::1]:1",
            ],
        ),
        ({"plain": Endpoint("::", 2)}, ["  plain      nc ::1 2 (at [::]:2)", "Talk:        nc ::1 2"]),
        (
            {"ircs": Endpoint("0.0.0.0", 6697), "web": Endpoint("::", 8097), "wss": Endpoint("127.0.0.1", 8443)},
            [
                "  IRC, TLS   0.0.0.0:6697",
                "  web        http://[::1]:8097/ (at [::]:8097)",
                "  web        https://127.0.0.1:8443/",
                "Talk:        chatstore client --user NAME --server ircs://127.0.0.1:6697",
            ],
        ),
        ({"web": Endpoint("127.0.0.1", 8097)}, ["  web        http://127.0.0.1:8097/"]),
    ],
)
def test_the_banner(home: Home, tmp_path: Path, endpoints: dict[str, Endpoint], lines: list[str]) -> None:
    home.room("main")
    running = Server(load(flags={"database": {"url": "sqlite:///chat.db"}}))
    with home.store() as running.store:
        running.acceptors = endpoints  # type: ignore[assignment]
        said = banner(running.config, running).splitlines()
    assert said[0] == f"chatstore {version_and_build()} is ready."
    assert said[1] == f"  database   {tmp_path}/chat.db"
    assert said[2:-1] == lines
    assert said[-1] == f"Read:        chatstore history --database {tmp_path}/chat.db --room main"


def test_the_banner_does_not_name_a_database_that_commands_find_anyway(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", "chat.db")
    running = Server(load())
    with home.store() as running.store:
        running.acceptors = {}
        assert banner(running.config, running).splitlines()[-1] == "Read:        chatstore history --room main"


@pytest.mark.parametrize(
    ("endpoints", "begin"),
    [
        (["irc", "ircs", "web", "wss", "plain"], "https://127.0.0.1:4/#invite=CODE"),
        (["irc", "web"], "http://127.0.0.1:3/#invite=CODE"),
        (["irc", "plain"], "chatstore client --user NAME --server irc://127.0.0.1:1 --invitation CODE"),
        (["plain"], "nc 127.0.0.1 5, then type CODE"),
    ],
)
def test_how_the_first_admin_begins_in_at_most_twelve_lines(home: Home, endpoints: list[str], begin: str) -> None:
    running = Server(load(flags={"database": {"url": "sqlite:///chat.db"}}))
    every = {name: Endpoint("127.0.0.1", n) for n, name in enumerate(("irc", "ircs", "web", "wss", "plain"), 1)}
    with home.store() as running.store:
        running.store.migration_copy = Path("/a/copy")
        running.acceptors = {endpoint: every[endpoint] for endpoint in endpoints}  # type: ignore[misc]
        said = banner(running.config, running, FirstInvitation("CODE")).splitlines()
        without = banner(running.config, running).splitlines()
    assert len(said) <= 12
    place = said.index(f"Begin:       {begin}")
    assert said[place + 1] == "             creates the administrator's account; works once, within 30 minutes"
    assert said[place + 2].startswith("Talk:")
    assert said[:place] + said[place + 2 :] == without


def test_the_banner_shows_a_whole_path(home: Home, tmp_path: Path) -> None:
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0", "--database", "sqlite:///rel.db") as process:
        assert printed(process)["database"] == str(tmp_path / "rel.db")


def state_of_files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of the database but shared memory: what is in it and when it was written."""
    return {
        file.name: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.glob("chat.db*")
        if file.suffix != ".db-shm" and file.is_file()
    }


@pytest.mark.sqlite
def test_a_second_server_on_one_database_is_refused_before_it_touches_anything(home: Home) -> None:
    other = home.path.parent / "other"
    other.mkdir()
    (other / "link.db").symlink_to(home.path)
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0") as first:
        address = printed(first)["plain"].split()[-1]
        first.send_signal(signal.SIGSTOP)  # so that it writes nothing by itself meanwhile
        before = state_of_files(home.path.parent)
        for path in (home.path, other / "link.db"):
            second = home.run(
                *("server", "--database", str(path), "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
            )
            seen(second, 1, f"{path} is already served: process {first.pid}, since ")
            assert f":{address}; stop" in second.output
            assert len(second.output.splitlines()) == 1
            assert state_of_files(home.path.parent) == before
        first.send_signal(signal.SIGCONT)
        assert home.lines("room", "list")
        home.lines("room", "add", "beside")
    # Killed: the lock has died with it.
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0") as third:
        assert printed(third)["plain"]


@pytest.mark.sqlite
def test_a_database_with_two_names_is_refused(home: Home) -> None:
    home.room()
    os.link(home.path, home.path.with_name("same.db"))
    refused = home.run("server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    seen(refused, 1, f"{home.path} has more than one name (hard links): remove all but one")


_LATE = """
import signal, sys
from chatstore import cli
from chatstore.server import Server

handlers, install, stop = [], signal.signal, Server.stop


def remember(number, handler):
    handlers.append((number, handler))
    install(number, lambda *_: None)


def stop_after_the_handler(server):
    # Python runs the handler of the one signal only now: the byte in the pipe woke the main thread first.
    dict(handlers)[signal.SIGTERM](signal.SIGTERM, None)
    stop(server)


signal.signal, Server.stop = remember, stop_after_the_handler
cli.main(sys.argv[1:])
"""


def test_one_signal_is_one_however_late_its_handler_runs(home: Home) -> None:
    arguments = ["server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0"]
    with subprocess.Popen([sys.executable, "-c", _LATE, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert printed(process)["plain"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
