"""The local socket: HTTP of one user's programs, whatever they send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.net import local_socket
from chatstore.net.http import Request, Response
from chatstore.net.local_socket import LocalSocket, NobodyThereError, ask

SECONDS = 60


def answer(request: Request) -> Response:
    if request.path == "/fails":
        raise ValueError("on purpose")
    return Response(200 if request.path == "/there" else 404, {}, b"here")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    served = LocalSocket(tmp_path / "socket", answer)
    served.start()
    yield served.path
    served.stop()


def raw(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(SECONDS)
        sock.connect(str(path))
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while more := sock.recv(65536):
            received += more
        return received


def test_it_answers_and_says_why_not(path: Path) -> None:
    assert ask(path, "/there") == b"here"
    with pytest.raises(NobodyThereError, match="404"):
        ask(path, "/elsewhere")
    with pytest.raises(NobodyThereError, match="500"):
        ask(path, "/fails")
    assert ask(path, "/there") == b"here"


def test_what_is_no_request_is_refused(path: Path) -> None:
    assert raw(path, b"NICK alice\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(path, b"GET / HTTP/1.1\r\n" + b"x" * 20_000).startswith(b"HTTP/1.1 431 ")
    assert raw(path, b"") == b""
    assert ask(path, "/there") == b"here"


def test_one_that_says_nothing_does_not_stop_it_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_socket, "_SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(path))
        monkeypatch.setattr(local_socket._Connection, "connect", _patiently)
        assert ask(path, "/there") == b"here"


def _patiently(connection: local_socket._Connection) -> None:
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(SECONDS)
    connection.sock.connect(str(connection._path))


def test_two_at_one_path_and_a_file_in_the_way(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="another server"):
        LocalSocket(path, answer)
    assert ask(path, "/there") == b"here"
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="no socket"):
        LocalSocket(tmp_path / "file", answer)


def test_a_long_path(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    served = LocalSocket(folder / "socket", answer)
    served.start()
    assert ask(served.path, "/there") == b"here"
    served.stop()
    assert not served.path.exists()
