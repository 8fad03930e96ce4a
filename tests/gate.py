"""Stops the writer, so that a test can say what is queued together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from chatstore.storage.backend import Begun, Unit
from tests.running import SECONDS, IrcClient, Running
from tests.waiting import until


class Gate:
    """Stands before the writer's transaction. `units` has how many units each had since it was closed."""

    def __init__(self, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        writer = server.server.store._writer
        assert writer is not None
        self._writer, self._begin = writer, writer._database.begin
        self._open, self._reached = threading.Event(), threading.Event()
        self._open.set()
        self.units: list[int] = []
        monkeypatch.setattr(writer._database, "begin", self._stand)

    def _stand(self, units: Sequence[Unit]) -> Begun:
        self.units.append(len(units))
        if not self._open.is_set():
            self._reached.set()
            assert self._open.wait(SECONDS)
        return self._begin(units)

    def close(self, client: IrcClient) -> None:
        """Let the writer stand here with a message of this client."""
        self._open.clear()
        client.send("PRIVMSG #main :wait")
        assert self._reached.wait(SECONDS)
        self.units.clear()

    def gathers(self, jobs: int) -> None:
        """Wait until so many jobs wait behind the one that stands here."""
        until(lambda: self._writer.queued >= jobs)

    def open(self) -> None:
        self._open.set()
