"""What systemd hears of a server, on a socket as systemd has it: sd_notify(3)."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatstore.net.loop import Loop
from chatstore.net.service_manager import ServiceManager
from tests.running import SECONDS, Running

TOLD = 65536


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """systemd's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mine:
        mine.bind(str(tmp_path / "notify"))
        mine.settimeout(SECONDS)
        yield mine


def heard(manager: socket.socket, word: str) -> list[str]:
    """The lines of the next message that begins so. Signs of life come between."""
    while True:
        lines = manager.recv(TOLD).decode().split("\n")
        if lines[0] == word:
            return lines
        assert lines[0] == "WATCHDOG=1"


def environment(manager: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(manager.getsockname()), **more}


def program(manager: socket.socket, folder: Path) -> subprocess.Popen[str]:
    """A server that systemd has started."""
    return subprocess.Popen(
        [sys.executable, "-m", "chatstore", "server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **environment(manager, WATCHDOG_USEC="100000"),
            "CHATSTORE_DATABASE_URL": str(folder / "chat.db"),
        },
    )


def test_whom_the_watchdog_kills_says_what_it_was_doing(manager: socket.socket, tmp_path: Path) -> None:
    with program(manager, tmp_path) as server:
        try:
            heard(manager, "READY=1")
            server.send_signal(signal.SIGABRT)  # WatchdogSignal= of systemd
            _, log = server.communicate(timeout=SECONDS)
        finally:
            server.kill()
    assert server.returncode == -signal.SIGABRT
    assert log.count("(most recent call first)") > 5
    assert "loop.py" in log


def test_a_server_tells_how_it_is(manager: socket.socket, tmp_path: Path) -> None:
    with program(manager, tmp_path) as server:
        try:
            _, status = heard(manager, "READY=1")
            assert status.startswith("STATUS=serving plain 127.0.0.1:")
            assert heard(manager, "WATCHDOG=1")
            server.send_signal(signal.SIGHUP)
            _, when = heard(manager, "RELOADING=1")
            assert 0 < int(when.removeprefix("MONOTONIC_USEC=")) <= _now()
            assert heard(manager, "READY=1") == ["READY=1", status]
            server.send_signal(signal.SIGTERM)
            assert heard(manager, "STOPPING=1") == ["STOPPING=1", "STATUS=stopping"]
            said, log = server.communicate(timeout=SECONDS)
        finally:
            server.kill()
    assert (server.returncode, "Traceback" in log) == (0, False), log
    assert said.endswith("chatstore is stopping\n")


def _now() -> int:
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_the_signs_of_life_stop_when_the_server_is_stuck(manager: socket.socket, tmp_path: Path) -> None:
    loop, other, let_go, stuck = Loop("io"), Loop("other"), threading.Event(), threading.Event()

    def hang() -> None:
        stuck.set()
        let_go.wait(SECONDS)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as clock:
        clock.bind(str(tmp_path / "clock"))
        clock.settimeout(SECONDS)
        ServiceManager(environment(manager, WATCHDOG_USEC="15000")).watch(loop, str)
        ServiceManager(environment(clock, WATCHDOG_USEC="15000")).watch(other, str)
        loop.start()
        other.start()
        try:
            for _ in range(3):
                assert manager.recv(TOLD) == b"WATCHDOG=1"
            loop.call_soon(hang)
            assert stuck.wait(SECONDS)
            empty(manager)
            empty(clock)
            for _ in range(10):  # in the time of ten of them
                clock.recv(TOLD)
            assert empty(manager) == 0
            let_go.set()
            manager.settimeout(SECONDS)
            assert manager.recv(TOLD) == b"WATCHDOG=1"
        finally:
            let_go.set()
            loop.stop()
            other.stop()


def empty(sock: socket.socket) -> int:
    """Read what is there; how many messages that were."""
    found = 0
    waits = sock.gettimeout()
    sock.setblocking(False)
    try:
        while sock.recv(TOLD):
            found += 1
    except BlockingIOError:
        return found
    finally:
        sock.settimeout(waits)
    return found


def test_nothing_is_sent_to_whom_nobody_asked_for() -> None:
    loop = Loop()
    for variables in ({}, {"WATCHDOG_USEC": "1000"}, {"NOTIFY_SOCKET": "vsock:2:1", "WATCHDOG_USEC": "1000"}):
        silent = ServiceManager(variables)
        silent.ready("serving")
        silent.reloading()
        silent.stopping()
        silent.watch(loop, str)
    assert loop._timers == []


def test_a_watchdog_of_another_process_is_not_ours(manager: socket.socket) -> None:
    loop = Loop()
    ServiceManager(environment(manager, WATCHDOG_USEC="1000", WATCHDOG_PID=str(os.getppid()))).watch(loop, str)
    assert loop._timers == []
    ServiceManager(environment(manager, WATCHDOG_USEC="1000", WATCHDOG_PID=str(os.getpid()))).watch(loop, str)
    assert len(loop._timers) == 1


def test_an_abstract_address_and_a_manager_that_has_gone() -> None:
    name = f"chatstore-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(f"\0{name}")
        there.settimeout(SECONDS)
        teller = ServiceManager({"NOTIFY_SOCKET": f"@{name}"})
        teller.ready("serving")
        assert there.recv(TOLD) == b"READY=1\nSTATUS=serving"
    teller.stopping()  # nobody listens any more


def test_what_is_wrong_is_in_the_status(manager: socket.socket, run_server: Callable[..., Running]) -> None:
    loop, standing = Loop(), ["serving"]
    teller = ServiceManager(environment(manager, WATCHDOG_USEC="3000"))
    teller.ready("serving")
    teller.watch(loop, lambda: "; ".join(standing))
    loop.start()
    try:
        assert heard(manager, "READY=1") == ["READY=1", "STATUS=serving"]
        assert heard(manager, "WATCHDOG=1") == ["WATCHDOG=1"]
        standing.append("the disk is full")
        while (lines := heard(manager, "WATCHDOG=1")) == ["WATCHDOG=1"]:
            pass
        assert lines == ["WATCHDOG=1", "STATUS=serving; the disk is full"]
    finally:
        loop.stop()
    server = run_server().server
    server.warnings.set("disk", "the disk is full")
    assert re.fullmatch(r"serving irc 127\.0\.0\.1:\d+, plain .*; the disk is full", server._status)
