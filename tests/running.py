"""A running server for tests, and a client that waits for lines, never for time."""

from __future__ import annotations

import base64
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from chatstore.config import Config
from chatstore.irc.line import Line, parse
from chatstore.server import Server
from chatstore.storage import schema
from chatstore.storage.engine import open_engine
from tests.database_files import new_file
from tests.postgres import Cluster

SECONDS = 60.0
"""How long anything is waited for before a test fails."""
PASSWORD = "correct horse"

cluster: Cluster | None = None
"""The PostgreSQL server whose databases stand for the files that tests name; None: the files it is."""
_urls: dict[Path, str] = {}
_templates: dict[str, str] = {}


class IrcClient:
    """A line at a time; `log` keeps everything that came."""

    _tokens = count(1)

    def __init__(self, host: str, port: int, source: str = "") -> None:
        self._socket = socket.create_connection((host, port), SECONDS, (source, 0) if source else None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.log: list[str] = []
        self.nick = ""

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def line(self) -> str:
        """The next line; EOFError when the server has closed."""
        while b"\r\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\r\n")
        self.log.append(text.decode())
        return self.log[-1]

    def wait(self, pattern: str) -> str:
        """Read up to the first line in which the pattern is found."""
        while True:
            line = self.line()
            if re.search(pattern, line):
                return line

    def sync(self) -> list[str]:
        """Everything that comes up to the answer to a PING sent now."""
        token = f"sync{next(self._tokens)}"
        self.send(f"PING {token}")
        lines: list[str] = []
        while not (line := self.line()).endswith(f":{token}"):
            lines.append(line)
        return lines

    def ask(self, *lines: str) -> list[str]:
        """Send, and everything that comes back."""
        self.send(*lines)
        return self.sync()

    def parsed(self, *lines: str) -> list[Line]:
        return [parse(line) for line in self.ask(*lines)]

    def rest(self) -> list[str]:
        """Everything until the server closes."""
        lines = []
        try:
            while True:
                lines.append(self.line())
        except (EOFError, ConnectionResetError):
            return lines

    def close(self) -> None:
        """Go, and wait until the server has let go: whoever comes next finds this one gone."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(65536):
                pass
        self._socket.close()

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)


def next_moment() -> None:
    """Let the clock pass every time that a room has been given: a batch of messages in one room is stamped a
    millisecond apart each, and so may run ahead of the clock a little."""
    until = time.time() + 0.02
    while time.time() < until:
        time.sleep(0.005)


class Running:
    """A server that has started, by its IRC address; and what its database holds."""

    def __init__(self, server: Server, database: Path) -> None:
        self.server = server
        self.database = database
        self._stopped = False

    def port(self, endpoint: str = "irc") -> int:
        return self.server.acceptors[endpoint].address[1]

    def connect(self) -> IrcClient:
        return IrcClient("127.0.0.1", self.port())

    def register(self, name: str, caps: str = "") -> IrcClient:
        """A new account's connection, past the welcome."""
        client = self.connect()
        client.nick = name
        client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :{name.title()}")
        client.send(f"REGISTER * * :{PASSWORD}")
        client.wait("REGISTER SUCCESS")
        if caps:
            client.send(f"CAP REQ :{caps}")
        client.send("CAP END")
        client.wait(" (422|376) ")
        return client

    def login(self, name: str, caps: str = "") -> IrcClient:
        """Another connection of an account, by SASL; up to 001 (the rooms come after it)."""
        client = self.connect()
        client.nick = name
        client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :{name.title()}")
        client.send(
            f"CAP REQ :sasl {caps}".rstrip(), "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name)}", "CAP END"
        )
        client.wait(" (422|376) ")
        return client

    def member(self, name: str, caps: str = "", room: str = "#main") -> IrcClient:
        """A new account in the room."""
        client = self.register(name, caps)
        client.send(f"JOIN {room}")
        client.wait(" 366 ")
        return client

    def rows(self, query: str) -> list[Any]:
        """What the database answers; the server may be stopped."""
        engine = open_engine(self.server.config.database_url, 1, create=False, read_only=True)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found

    def everything(self) -> str:
        """All that the database holds, as text."""
        return "\n".join(
            str(row) for table in schema.metadata.tables for row in self.rows(f"SELECT * FROM {table}")
        )

    def set_clock(self, clock: Callable[[], float], monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the writer's transactions be at these times, in seconds."""
        writer = self.server.store._writer
        assert writer is not None
        if hasattr(writer._database, "clock"):  # PostgreSQL: for what units name before the transaction, too
            monkeypatch.setattr(writer._database, "clock", clock)
            return
        begin = writer._database.begin
        monkeypatch.setattr(writer._database, "begin", lambda units: begin(units)._replace(now=int(clock() * 1000)))

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self.server.stop()


def plain(name: str, password: str = PASSWORD) -> str:
    """A SASL PLAIN response."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def database_url(file: Path, rooms: dict[str, object] | None = None) -> str:
    """What a server is to keep its data in: the file; or with `--database postgresql` the database that stands for
    it, which is new at the first call. `rooms` is the table of the configuration, with the first rooms."""
    if cluster is None:
        return str(file)
    if file not in _urls:
        if str(rooms) not in _templates:
            template = cluster.empty()
            _server({"rooms": rooms or {}, "database": {"url": template}}).stop()
            _templates[str(rooms)] = template
        _urls[file] = cluster.copy(_templates[str(rooms)])
    return _urls[file]


def stands_for(file: Path) -> str:
    """The URL of an empty database, which stands for this file."""
    assert cluster is not None
    _urls[file] = cluster.empty()
    return _urls[file]


def start(database: Path, **tables: dict[str, object]) -> Running:
    """A server on free ports with cheap passwords; `tables` are those of the configuration."""
    if cluster is None and not database.exists():
        rooms = tables.get("rooms") or {}
        make = lambda file: _server({"rooms": rooms, "database": {"url": str(file)}}).stop()  # noqa: E731
        new_file(database, f"with {rooms}", make)  # as the first start leaves it
    if cluster is not None:  # nothing is beside such a database
        tables["files"] = {"folder": f"{database}.files", **tables.get("files", {})}
    return Running(_server({"database": {"url": database_url(database, tables.get("rooms"))}, **tables}), database)


def _server(tables: dict[str, dict[str, object]]) -> Server:
    settings: dict[str, dict[str, object]] = {
        "listen": {"irc": "127.0.0.1:0", "plain": "127.0.0.1:0", "web": "off"},
        "accounts": {"bcrypt_cost": 4},
        "limits": {"lines_per_second": 0.0, "questions_per_second": 0.0, "joins_at_once": 0},
    }
    for table, values in tables.items():
        settings.setdefault(table, {}).update(values)
    server = Server(msgspec.convert(settings, Config))
    server.start()
    return server
