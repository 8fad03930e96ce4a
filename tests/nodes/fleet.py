"""Nodes in processes of their own over one PostgreSQL server, and a supervisor that starts again what has ended."""

from __future__ import annotations

import os
import random
import select
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import make_url

from tests.faults.program import Launch, Program, Start, StartFailedError
from tests.nodes.breakable import BUS_LOSS
from tests.nodes.lease import LEASE, SETTINGS
from tests.postgres import Cluster
from tests.running import IrcClient

_BETWEEN_STARTS = 0.2
"""Seconds after which a start that failed, because the database is away, is tried again."""


@dataclass
class Node:
    """A node: what runs of it now, and when somebody broke it last (time.monotonic)."""

    name: str
    folder: Path
    program: Program
    codes: list[int] = field(default_factory=list)
    """The exit codes of what ran before (negative: the signal that killed it)."""
    supervised: bool = True
    up: bool = True

    @property
    def port(self) -> int:
        return self.program.port


class Fleet:
    """`nodes` by number. A node that ends is started again, unless it was stopped by stop()."""

    def __init__(self, start: Start, cluster: Cluster, url: str, folder: Path) -> None:
        self.cluster = cluster
        self.url = url
        self.nodes: list[Node] = []
        self._start = start
        self._folder = folder
        self._threads: list[threading.Thread] = []
        self._ending = False

    @property
    def database(self) -> str:
        return str(make_url(self.url).database)

    @property
    def running(self) -> list[Node]:
        return [node for node in self.nodes if node.up]

    def join(self, *arguments: str) -> Node:
        """Start one more node."""
        name = f"n{len(self.nodes) + 1}"
        (folder := self._folder / name).mkdir()
        node = Node(name, folder, self._start(folder, *arguments))
        self.nodes.append(node)
        thread = threading.Thread(target=self._supervise, args=(node, arguments), name=f"supervisor {name}")
        self._threads.append(thread)
        thread.start()
        return node

    def connect(self, chance: random.Random) -> IrcClient:
        """To one of the nodes that run. Raises OSError."""
        running = self.running
        if not running:
            raise ConnectionRefusedError
        return IrcClient("127.0.0.1", chance.choice(running).port)

    def lose_of_the_bus(self, share: float) -> None:
        """This share of what the nodes tell each other is not heard from now on."""
        (self._folder / "bus-loss").write_text(str(share))

    def until_all_run(self, seconds: float) -> None:
        """Wait until every node runs."""
        until = time.monotonic() + seconds
        while any(not node.up for node in self.nodes if node.supervised):
            assert time.monotonic() < until, [node.name for node in self.nodes if not node.up]
            time.sleep(0.05)

    def end(self) -> None:
        """Kill what runs."""
        self._ending = True
        for node in self.nodes:
            node.program.signal(signal.SIGCONT)
            node.program.signal(signal.SIGKILL)
        for thread in self._threads:
            thread.join()

    def _supervise(self, node: Node, arguments: Sequence[str]) -> None:
        while not self._ending:
            _until_gone(node.program.pid)
            node.up = False
            node.codes.append(node.program.wait())
            while not self._ending and not node.up and node.supervised:
                try:
                    node.program = self._start(node.folder, *arguments)
                    node.up = True
                except StartFailedError:
                    time.sleep(_BETWEEN_STARTS)
            if not node.supervised:
                return


def _until_gone(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([handle], [], [])
    finally:
        os.close(handle)


@contextmanager
def fleet(launch: Launch, folder: Path, number: int = 3, *arguments: str) -> Iterator[Fleet]:
    """So many nodes over a server of PostgreSQL of their own, which loses nothing when it is stopped at once."""
    cluster = Cluster(fsync=True)
    try:
        with fleet_on(cluster, cluster.empty(), launch, folder, number, *arguments) as made:
            yield made
    finally:
        cluster.close()


@contextmanager
def fleet_on(
    cluster: Cluster, url: str, launch: Launch, folder: Path, number: int, *arguments: str
) -> Iterator[Fleet]:
    """So many nodes over this database."""
    loss = folder / "bus-loss"
    settings = {**SETTINGS, BUS_LOSS: str(loss), **launch.settings}
    with replace(launch, database=url, settings=settings).forking() as start:
        made = Fleet(start, cluster, url, folder)
        try:
            for _ in range(number):
                made.join(*arguments)
            yield made
        finally:
            made.end()


__all__ = ["LEASE", "Fleet", "Node", "fleet", "fleet_on"]
