"""One connection to the server's place for files, by HTTP.

Redirects are not followed, because they would take the password elsewhere. Certificates are checked as for
IRC. Spec: RFC 9457 (problem details), RFC 7617 (Basic).
"""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from chatstore.client.connection import CONNECT_SECONDS

Credentials = Callable[[], "list[tuple[str, str]]"]
"""The (account, password) pairs to try in turn; none for a guest."""
MOST_ANSWER = 65536
"""Bytes of an answer that are read."""
_HINTS = {"quota": "/files lists what you have sent, and removes it", "file-quota": "/files removes some"}
"""What to do in this client, by the code of a problem."""


class TransferError(Exception):
    """The message says for people why a file was not sent, or not fetched."""


class WrongPasswordError(TransferError):
    """The password is wrong."""


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""
    code: str = ""


def check(url: str, *, tls: bool) -> None:
    """Raise TransferError if the address is none for files. `tls`: whether the connection to the server is
    encrypted: files go nowhere without encryption then."""
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname or place.username is not None:
        raise TransferError("the server gives no good URL for files; its administrator can tell more")
    if tls and place.scheme != "https":
        raise TransferError("the server takes files without encryption only; its administrator can change that")


def connect(url: str, silence: float) -> http.client.HTTPConnection:
    """A connection to the host of a URL. `silence`: seconds that it may say nothing."""
    place = urlsplit(url)
    host = place.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, place.port, timeout=CONNECT_SECONDS, context=ssl.create_default_context())
        if place.scheme == "https"
        else http.client.HTTPConnection(host, place.port, timeout=CONNECT_SECONDS)
    )
    connection.connect()
    connection.sock.settimeout(silence)
    return connection


def basic(account: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{account}:{password}".encode()).decode()


def refusal(answer: http.client.HTTPResponse, body: bytes) -> TransferError:
    """Why the server did not do it, as it says, and what to do."""
    kind = WrongPasswordError if answer.status == 401 else TransferError
    if 300 <= answer.status < 400:
        return kind("the server sends uploads elsewhere, which is not followed; its administrator can tell more")
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.MsgspecError, RecursionError):
        problem = _Problem()
    said = " ".join((problem.detail or problem.title).split())[:500]
    said = said or f"the server answers {answer.status} {answer.reason[:100]}".strip()
    hint = _HINTS.get(problem.code, "")
    return kind(f"{said}; {hint}" if hint else said)
