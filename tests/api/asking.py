"""A client of the HTTP API over real sockets, and one that reads event streams."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.running import PASSWORD, SECONDS, Running


class Answered(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        found = self.json
        assert found["status"] == self.status
        return str(found["code"])


def basic(name: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class ApiClient:
    """Asks as one account; each request has a connection of its own."""

    def __init__(self, running: Running, authorization: str = "") -> None:
        self.running = running
        self.authorization = authorization

    @property
    def port(self) -> int:
        return self.running.port("web")

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answered:
        if not path.startswith("/api"):
            path = f"/api/v1{path}"
        if query:
            path += "?" + urlencode({name.rstrip("_"): value for name, value in query.items()})
        sent = dict(headers or {})
        if self.authorization:
            sent.setdefault("Authorization", self.authorization)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        found = Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return found

    def get(self, path: str, **query: Any) -> Any:
        found = self.ask("GET", path, **query)
        assert found.status == 200, found
        return found.json

    def post(self, path: str, **body: Any) -> Any:
        found = self.ask("POST", path, body)
        assert found.status in (200, 201, 204), found
        return found.json if found.body else None

    def say(self, room: str, text: str, **more: Any) -> Any:
        return self.post(f"/rooms/{room}/messages", text=text, **more)


class Told(NamedTuple):
    """One event of a stream."""

    id: str
    event: str
    data: Any


class EventsClient:
    """Reads an event stream as the specification says (WHATWG HTML 9.2.6)."""

    def __init__(self, api: ApiClient, path: str = "/events", last: str = "", receive: int = 0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", api.port), SECONDS)
        if receive:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        lines = [f"GET /api/v1{path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: {api.authorization}"]
        lines += [f"Last-Event-ID: {last}"] if last else []
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self._chunk = 0
        self._chunked = self.headers.get("transfer-encoding") == "chunked"
        self._text = b""
        self.last = last

    def _more(self) -> bytes:
        if not self._chunked:
            return self._file.read1(65536)
        size = int(self._file.readline().strip() or b"0", 16)
        data = self._file.read(size)
        self._file.readline()
        return data

    def next(self) -> Told:
        """The next event; EOFError at the end."""
        while True:
            while b"\n\n" not in self._text:
                data = self._more()
                if not data:
                    raise EOFError
                self._text += data
            block, _, self._text = self._text.partition(b"\n\n")
            fields: dict[str, str] = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
            self.last = fields.get("id", self.last)
            if "data" in fields:
                return Told(self.last, fields.get("event", "message"), json.loads(fields["data"]))

    def until(self, text: str) -> list[Told]:
        """All events up to a message with this text."""
        found: list[Told] = []
        while not found or found[-1].data.get("text") != text:
            found.append(self.next())
        return found

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self._socket.close()
