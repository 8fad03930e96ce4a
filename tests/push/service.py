"""A push service of a test's own, and the clients that have subscriptions there; another library decrypts."""

from __future__ import annotations

import base64
import json
import os
import queue
import re
import socket
import threading
from dataclasses import dataclass

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chatstore.chat.model.push import decoded, encoded
from tests.net.web_server import WebServer, response

SECONDS = 60


class Browser:
    """Who has a subscription: its keys."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.keys = f"p256dh={encoded(point)};auth={encoded(self.auth)}"

    def decrypted(self, body: bytes) -> bytes:
        plain: bytes = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        return plain


@dataclass
class Pushed:
    """One request. `line` is what was decrypted."""

    path: str
    headers: dict[str, str]
    body: bytes
    line: str

    @property
    def said(self) -> str:
        """The text of the line."""
        return self.line.rpartition(" :")[2]


class PushService:
    """Answers each request with the next of `answers`, and with 201 when there are none left."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.answers: list[tuple[str, dict[str, str]]] = []
        self.pushes: queue.Queue[Pushed] = queue.Queue()
        self._answering = threading.Lock()
        self.web = WebServer(self._handle)

    def close(self) -> None:
        self.web.__exit__()

    @property
    def origin(self) -> str:
        return self.web.url("")

    def subscribe(self, name: str) -> str:
        """The parameters of WEBPUSH REGISTER for a new subscription."""
        self.browsers[f"/{name}"] = browser = Browser()
        return f"{self.web.url(f'/{name}')} {browser.keys}"

    def next(self) -> Pushed:
        return self.pushes.get(timeout=SECONDS)

    def until(self, said: str) -> list[Pushed]:
        """What came up to the push with this text, without it."""
        before = []
        while (pushed := self.next()).said != said:
            before.append(pushed)
        return before

    def _handle(self, sock: socket.socket, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        while len(body) < int(headers["content-length"]):
            body += sock.recv(65536)
        path = lines[0].split(" ")[1]
        status, more = self.answers.pop(0) if self.answers else ("201 Created", {})
        line = self.browsers[path].decrypted(body).decode()
        with self._answering:  # the answer may bring the next push, which is noted after this one
            sock.sendall(response(b"", status, **more))
            self.pushes.put(Pushed(path, headers, body, line))


def vapid_of(header: str) -> tuple[dict[str, object], str]:
    """The claims and the key of an Authorization header, whose signature is right."""
    found = re.fullmatch(r"vapid t=([\w-]+\.[\w-]+)\.([\w-]+), k=([\w-]+)", header)
    assert found is not None, header
    signature = decoded(found[2])
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(found[3]))
    key.verify(encode_dss_signature(r, s), found[1].encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in found[1].split("."))
    assert head["alg"] == "ES256"
    return claims, found[3]
