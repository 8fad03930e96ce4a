"""The receiver of outgoing webhooks: it collects what arrives, and answers as the test says."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from chatstore.webhooks.signing import signature
from tests.net.web_server import WebServer, response

SECONDS = 60.0


class Got(NamedTuple):
    """A request: its headers by small names, and the body as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def text(self) -> str:
        return str(self.json["data"]["text"])

    def signed_with(self, secret: str) -> bool:
        made = signature(secret, self.id, int(self.headers["webhook-timestamp"]), self.body)
        return self.headers["webhook-signature"] == f"v1,{made}"


Answer = Callable[[Got], bytes]


class Receiver:
    """Listens on 127.0.0.1 until it is closed."""

    def __init__(self, answer: Answer = lambda _got: response()) -> None:
        self.answer = answer
        self.got: list[Got] = []
        self._changed = threading.Condition()
        self._server = WebServer(self._handle)

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def url(self) -> str:
        return self._server.url("/hook")

    @property
    def texts(self) -> list[str]:
        return [got.text for got in self.got]

    def wait(self, number: int) -> list[Got]:
        """Everything that came, once it is so much."""
        assert self.comes(number), self.texts
        return self.got[:]

    def comes(self, number: int) -> bool:
        """Whether so much comes."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.got) >= number, SECONDS)

    def _handle(self, sock: socket.socket, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        headers = {
            name.lower(): value for name, value in re.findall(r"\r\n([^:\r]+): *([^\r]*)", head.decode() + "\r")
        }
        while len(body) < int(headers.get("content-length", "0")):
            body += sock.recv(65536)
        got = Got(headers, body)
        answer = self.answer(got)
        with self._changed:
            self.got.append(got)
            self._changed.notify_all()
        sock.sendall(answer)
