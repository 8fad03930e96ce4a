"""G: a hundred people log in at once while B runs. Passwords are hashed at chatstore's default cost, which
must not delay those who talk."""

from __future__ import annotations

import contextlib
import selectors
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.client import Client
from benchmarks.load import Load, LoadFailedError, generators, limits, problems, told
from benchmarks.outcome import Outcome
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import chatstore, running
from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.config import Config
from chatstore.storage.store import DatabaseStore

LOGINS = 100
_B = Load(200, 20, 1, 16)
_PASSWORD = "correct horse battery"
_SUCCESS = b" 903 "


def measure_logins(folder: Path, logins: int, seconds: float, load: Load = _B) -> Outcome:
    """The figures of B while so many people log in. `logins_done` of them had finished when B ended."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"late{i}" for i in range(logins)]
    _make_accounts(folder / "chat.db", names)
    with running(chatstore(), folder) as server, contextlib.ExitStack() as open_clients:
        clients = [Client(server.port, name, "sasl") for name in names]
        for client in clients:
            open_clients.callback(client.close)
        crowd = _AtOnce(clients)
        try:
            with generators(server.port, load) as members:
                members.connect()
                before, spent = server.cpu(), members.cpu()
                crowd.start()
                talked = members.talk(seconds)
                done, took = crowd.stop()
                figures = told(load, talked)
                figures |= {"server_cpu": server.cpu() - before, "generator_cpu": members.cpu() - spent}
        except LoadFailedError as error:
            return Outcome({}, (str(error),))
    figures |= {"logins_done": done, "logins": done / took if took else 0.0}
    return Outcome(figures, tuple(problems(figures)), tuple(limits(figures)))


class _AtOnce:
    """Sends the last line of all logins at one moment, and waits for their success."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self._last_lines = [(client, client.prepare_login(_PASSWORD)) for client in clients]
        self._thread = threading.Thread(target=self._log_in, daemon=True)
        self._stopping = threading.Event()
        self._done = 0
        self._begun = self._ended = 0.0

    def start(self) -> None:
        self._begun = self._ended = time.monotonic()
        self._thread.start()

    def stop(self) -> tuple[int, float]:
        """How many have finished, and after how many seconds."""
        self._stopping.set()
        self._thread.join()
        return self._done, self._ended - self._begun

    def _log_in(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for client, line in self._last_lines:
                waiting.register(client.sock, selectors.EVENT_READ)
                client.sock.sendall(line)
            while self._done < len(self._last_lines) and not self._stopping.is_set():
                for key, _ in waiting.select(0.2):
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if _SUCCESS in data or not data:
                        waiting.unregister(key.fileobj)
                        self._done += bool(data)
                        self._ended = time.monotonic()


def _make_accounts(database: Path, names: Sequence[str]) -> None:
    """Make accounts with one password, which is hashed once."""
    hashed = hash_password(_PASSWORD, Config().accounts.bcrypt_cost) if names else ""
    store = DatabaseStore(f"sqlite:///{database}")
    store.start_writer(lambda _events: None, time.time)
    if names:
        store.submit([CreateAccount(person_name(name), hashed) for name in names]).wait()
    store.close()


def _contestants(settings: Settings) -> Mapping[str, Measure]:
    return {
        f"B with {LOGINS} logins": lambda folder: measure_logins(folder, LOGINS, settings.seconds),
        "B alone": lambda folder: measure_logins(folder, 0, settings.seconds),
    }


LOGGING_IN = Scenario(
    "G",
    "B while 100 people log in at once (chatstore)",
    _contestants,
    (
        Column("p99", "p99, ms", ".1f"),
        Column("p50", "p50, ms", ".1f"),
        Column("p999", "p99.9, ms", ".1f"),
        Column("deliveries", "deliveries/s"),
        Column("logins_done", "logins meanwhile"),
        Column("logins", "logins/s", ".1f"),
        Column("server_cpu", "server, CPU s", ".1f"),
        Column("generator_cpu", "load, CPU s", ".1f"),
    ),
    more_is_better=False,
    reference="",
)
