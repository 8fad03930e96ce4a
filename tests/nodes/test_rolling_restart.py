"""Three nodes behind HAProxy are restarted one after the other under load: our clients lose, double and miss
nothing."""

from __future__ import annotations

import http.client
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.client.screenless import Screenless
from tests.endpoints.reaching import Pair, make_pair
from tests.faults.program import Launch, Program, Start
from tests.nodes.balancer import Ports, balancing, free_port
from tests.nodes.lease import SETTINGS
from tests.postgres import Cluster
from tests.running import SECONDS

ROOMS = ("#main", "#tea")
NAMES = ("ann", "bob", "cleo", "dan", "eve", "fay")
_DRAIN = {"CHATSTORE_SERVER_DRAIN_SECONDS": "1", "CHATSTORE_SERVER_DRAIN_RATE": "20"}
_BEFORE_THE_NEXT = 30
"""Messages of everybody between two restarts."""


def start_node(start: Start, folder: Path, ports: Ports) -> Program:
    folder.mkdir(exist_ok=True)
    return start(folder, "--irc", f"127.0.0.1:{ports.irc}", "--web", f"127.0.0.1:{ports.web}")


def until_ready(ports: Ports, status: int = 200) -> None:
    """Ask /readyz as the balancer does, with a PROXY header."""
    until = time.monotonic() + SECONDS
    while readyz(ports) != status:
        assert time.monotonic() < until, f"/readyz did not become {status}"
        time.sleep(0.05)


def readyz(ports: Ports) -> int:
    try:
        with closing(socket.create_connection(("127.0.0.1", ports.web), SECONDS)) as sock:
            sock.sendall(b"PROXY UNKNOWN\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            return answer.status
    except (OSError, http.client.HTTPException):
        return 0


class Load:
    """Devices that say numbered things, in turn, and what they said."""

    def __init__(self, devices: dict[str, Screenless]) -> None:
        self.devices = devices
        self.said: dict[str, list[str]] = {room: [] for room in ROOMS}
        self._number = 0

    def talk(self, messages: int) -> None:
        """Everybody says something, and waits now and then until it has been heard: so they are under way all the
        time that nodes come and go."""
        for _ in range(messages):
            self._number += 1
            room = ROOMS[self._number % len(ROOMS)]
            for name, device in self.devices.items():
                text = f"{name} {self._number}"
                device.actions.say(room, text)
                self.said[room].append(text)
            for device in self.devices.values():
                device._take()
            time.sleep(0.01)

    def settle(self) -> None:
        """Everybody has heard everything."""
        for device in self.devices.values():
            for room, said in self.said.items():
                device.wait(lambda device=device, room=room, said=said: len(device.said(room)) >= len(said))

    def check(self) -> None:
        for name, device in self.devices.items():
            for room, said in self.said.items():
                heard = device.said(room)
                twice = [text for text, times in Counter(heard).items() if times > 1]
                assert not twice, f"{name} was told twice in {room}: {twice}"
                assert sorted(heard) == sorted(said), f"{name} missed {sorted(set(said) - set(heard))} in {room}"
                assert not any(entry.pending for entry in device[room].entries)
        first, *others = self.devices.values()
        for room in ROOMS:
            for device in others:
                assert device.said(room) == first.said(room), f"another order in {room}"


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    made = make_pair(tmp_path, "balancer")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


@pytest.fixture
def cluster_of_three() -> Iterator[Cluster]:
    made = Cluster(fsync=True)
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_no_client_loses_doubles_or_misses_anything(tmp_path: Path, pair: Pair, cluster_of_three: Cluster) -> None:
    ports = [Ports(free_port(), free_port()) for _ in range(3)]
    settings = {**SETTINGS, **_DRAIN, "CHATSTORE_LISTEN_PROXIES": "127.0.0.1"}
    launch = Launch(settings=settings, database=cluster_of_three.empty())
    tokens: list[str] = []
    with ExitStack() as ends:
        start = ends.enter_context(launch.starting())
        nodes = [start_node(start, tmp_path / f"n{number}", each) for number, each in enumerate(ports)]
        for each in ports:
            until_ready(each)
        port = ends.enter_context(balancing(tmp_path, ports, pair))
        devices = {
            name: Screenless(name, port, *ROOMS, create=True, tls=True, keep=tokens.append) for name in NAMES
        }
        for device in devices.values():
            for room in ROOMS:
                device.wait(lambda device=device, room=room: set(NAMES) <= set(device[room].members))
        load = Load(devices)
        for number, each in enumerate(ports):
            load.talk(_BEFORE_THE_NEXT)
            nodes[number].signal(signal.SIGTERM)
            while nodes[number].code is None:
                load.talk(2)
                if not Path(f"/proc/{nodes[number].pid}").exists() or _is_over(nodes[number].pid):
                    assert nodes[number].wait() == 0
            nodes[number] = start_node(start, tmp_path / f"n{number}", each)
            until_ready(each)
        load.talk(_BEFORE_THE_NEXT)
        load.settle()
        load.check()
        for device in devices.values():
            device.leave()
    assert len(tokens) >= len(NAMES)


def _is_over(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
