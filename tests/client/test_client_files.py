"""/upload: a file goes over HTTP to the server that the IRC connection named, whatever answers there."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatstore.client.events import Failure, Info, Uploading
from chatstore.client.files import uploads
from chatstore.client.files.jobs import Stop, Upload
from chatstore.client.files.links import files_in
from chatstore.client.files.opening import harmless, opener
from chatstore.client.files.transfers import Transfers
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse
from tests.api.test_files import png, tables
from tests.client.screenless import Screenless
from tests.running import SECONDS, Running, start

TOKEN = "soju.im/FILEHOST"
TOOK = b"HTTP/1.1 201 Created\r\nLocation: /files/abc/tea.txt\r\nContent-Length: 0\r\n\r\n"


class Web:
    """A web server of one answer, which a test writes. `request`: what it got until it answered."""

    def __init__(self, answer: Callable[[socket.socket], None] | bytes, *, early: bool = False) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/files"
        self.request = b""
        self._answer, self._early = answer, early
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        with peer:
            while not self.request.endswith(b"." if not self._early else b"\r\n\r\n"):
                data = peer.recv(1 if self._early else 65536)
                if not data:
                    return
                self.request += data
            if isinstance(self._answer, bytes):
                peer.sendall(self._answer)
            else:
                self._answer(peer)
            with suppress(OSError):
                while peer.recv(65536):
                    pass

    def close(self) -> None:
        self._listener.close()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


class Sender:
    """A state in #main, and the thread that sends its files."""

    def __init__(
        self, url: str, *, tls: bool = False, answer: float = SECONDS, passwords: tuple[str, ...] = ("x",)
    ):
        self.state = ClientProtocol("bob", ["#main"], updates=True)
        self.state.begin("bob", ["echo-message"])
        for line in (f":s 005 bob {TOKEN}={url} :are", ":s 422 bob :no", ":bob!u@h JOIN #main"):
            self.state.receive(parse(line), 0)
        self.state.effects()
        pairs = [("bob", password) for password in passwords]
        self.transfers = Transfers(tls, lambda: pairs, answer=answer)
        self.seen: list[object] = []
        self.said: list[str] = []

    def send(self, path: object, words: str = "") -> str:
        """What is said in the room, or why nothing is."""
        uploads.start(self.state, "#main", str(path), words)
        self.do()
        until = time.monotonic() + SECONDS
        while self.state.files.under_way:
            assert time.monotonic() < until
            time.sleep(0.002)
            self.transfers.take(self.state)
        self.transfers.close()
        events, lines = self.state.effects()
        self.seen += events
        return next(
            (line.removeprefix("PRIVMSG #main ").removeprefix(":") for line in lines if line.startswith("PRIVMSG")),
            next((event.text for event in events if isinstance(event, Failure)), ""),
        )

    def do(self) -> None:
        jobs, self.state.files.jobs = self.state.files.jobs, []
        for job in jobs:
            self.transfers.do(job)


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "naïve tea.txt"
    path.write_bytes(b"Leaves and water.")
    return path


@pytest.fixture
def web() -> Iterator[Callable[..., Web]]:
    made: list[Web] = []

    def make(answer: Callable[[socket.socket], None] | bytes, **more: bool) -> Web:
        made.append(Web(answer, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


Make = Callable[..., Web]


def test_the_file_its_name_and_the_password_are_sent(web: Make, tea: Path) -> None:
    there = web(TOOK)
    sender = Sender(there.url)
    said = sender.send(tea, "how to\n make it")
    assert said == f"how to make it {there.url.removesuffix('files')}files/abc/tea.txt"
    head, _, body = there.request.partition(b"\r\n\r\n")
    assert body == b"Leaves and water."
    assert b"POST /files HTTP/1.1" in head
    assert b"Authorization: Basic Ym9iOng=" in head
    assert b"filename*=UTF-8''na%C3%AFve%20tea.txt" in head
    assert b"Content-Type: text/plain" in head
    shown = [event for event in sender.seen if isinstance(event, Uploading)]
    assert (shown[-2].sent, shown[-2].size, shown[-1].done) == (17, 17, True)


REFUSALS = [
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "not followed"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "did not say where it is"),
    (b"HTTP/1.1 201 x\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n", "did not say where it is"),
    (b"HTTP/1.1 201 x\r\nLocation: /a b\x1b[31m\r\nContent-Length: 0\r\n\r\n", "did not say where it is"),
    (b"HTTP/1.1 500 Oh no\r\nContent-Length: 3\r\n\r\n{[{", "the server answers 500 Oh no"),
    (b"nonsense\r\n\r\n", "nonsense"),
    (b"HTTP/1.1 507 x\r\nContent-Length: 32\r\n\r\n" + b'{"detail":"full","code":"quota"}', "full; /files"),
    (b"HTTP/1.1 413 x\r\nContent-Length: 16\r\n\r\n" + b'{"title":"long"}', "long"),
    (b"HTTP/1.1 500 x\r\nContent-Length: 99999\r\n\r\n" + b"[" * 99999, "the server answers 500 x"),
]


@pytest.mark.parametrize(("answer", "text"), REFUSALS)
def test_a_refusal_is_told(web: Make, tea: Path, answer: bytes, text: str) -> None:
    assert text in Sender(web(answer).url).send(tea)


def test_a_picture_takes_its_size_along_if_it_can_be_one(web: Make, tea: Path) -> None:
    def answer(body: bytes) -> bytes:
        return TOOK.replace(b"Length: 0", b"Length: %d" % len(body)) + body

    assert Sender(web(answer(b'{"width":8,"height":6}')).url).send(tea).endswith("/tea.txt#w=8&h=6")
    for body in (
        b'{"width":-8,"height":6}',
        b'{"width":"8"}',
        b"[" * 5000,
        b'{"width":999999,"height":1}',
        b"\xff",
    ):
        assert Sender(web(answer(body)).url).send(tea).endswith("/tea.txt")


def test_an_answer_that_does_not_end_is_given_up(web: Make, tea: Path) -> None:
    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 201 x\r\n")
        try:
            while True:
                peer.sendall(b"a: b\r\n")
                time.sleep(0.05)
        except OSError:
            return

    assert "in time" in Sender(web(endless).url, answer=0.3).send(tea)


def test_a_body_without_an_end_is_read_no_further_than_needed(web: Make, tea: Path) -> None:
    def endless(peer: socket.socket) -> None:
        peer.sendall(TOOK.replace(b"Content-Length: 0\r\n", b""))
        try:
            while True:
                peer.sendall(b"x" * 65536)
        except OSError:
            return

    assert Sender(web(endless).url).send(tea).endswith("/tea.txt")


def test_a_refusal_in_the_middle_of_a_large_file_ends_it(web: Make, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    refused = b'HTTP/1.1 413 x\r\nContent-Length: 22\r\n\r\n{"detail":"too large"}'

    def refuse(peer: socket.socket) -> None:
        peer.sendall(refused)

    assert "too large" in Sender(web(refuse, early=True).url).send(large)


def test_cancelling_ends_an_upload_that_nobody_takes(web: Make, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    gone = threading.Event()

    def stand_still(peer: socket.socket) -> None:
        assert gone.wait(SECONDS)

    sender = Sender(web(stand_still, early=True).url)
    uploads.start(sender.state, "#main", str(large), "")
    sender.do()
    assert uploads.cancel(sender.state)
    assert isinstance(sender.state.files.jobs[-1], Stop)
    sender.do()
    gone.set()
    assert not sender.state.files.under_way
    assert not uploads.cancel(sender.state)
    sender.transfers.close()
    events, lines = sender.state.effects()
    assert lines == []
    assert any(isinstance(event, Info) and "cancelled" in event.text for event in events)


def test_what_is_no_file_is_told(tea: Path, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1/files"
    assert "not a file" in Sender(nowhere).send(tmp_path)
    assert "no such file" in Sender(nowhere).send(tmp_path / "none")
    assert "refused" in Sender(nowhere).send(tea)
    assert "guests" in Sender(nowhere, passwords=()).send(tea)


def test_a_password_never_leaves_an_encrypted_conversation_without_encryption(web: Make, tea: Path) -> None:
    assert "without encryption" in Sender("http://127.0.0.1:1/files", tls=True).send(tea)
    assert "no good URL" in Sender("ftp://127.0.0.1/files").send(tea)
    assert "no good URL" in Sender("http://a:b@127.0.0.1/files").send(tea)


def test_a_file_that_cannot_go_is_not_a_job() -> None:
    sender = Sender("")
    uploads.start(sender.state, "#main", "a", "")
    events = sender.state.receive(parse(f":s 005 bob {TOKEN}=http://127.0.0.1:1/ :are"), 0).events
    for _ in range(uploads.TOGETHER + 1):
        uploads.start(sender.state, "#main", "a", "")
    assert sum(isinstance(job, Upload) for job in sender.state.files.jobs) == uploads.TOGETHER
    events += sender.state.receive(parse(f":s 005 bob -{TOKEN} :are"), 0).events
    assert sender.state.files.url == ""
    texts = [event.text for event in events if isinstance(event, Failure)]
    assert texts == ["this server takes no files", "4 files are on their way: wait, or /upload cancel"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tea.txt", ("tea.txt", "")),
        ("'my tea.txt' it's green", ("my tea.txt", "it's green")),
        (r"my\ tea.txt  green", ("my tea.txt", "green")),
        ("#1.txt x", ("#1.txt", "x")),
        ("", ("", "")),
    ],
)
def test_a_name_is_read_as_a_shell_reads_it(text: str, found: tuple[str, str]) -> None:
    assert uploads.split(text) == found


def saved(sender: Sender, url: str) -> str:
    """What is told once a file of the server is saved, or is not."""
    uploads.save(sender.state, url)
    sender.do()
    until = time.monotonic() + SECONDS
    while sender.state.files.downloads:
        assert time.monotonic() < until
        time.sleep(0.002)
        sender.transfers.take(sender.state)
    sender.transfers.close()
    events = sender.state.effects().events
    return next(event.text for event in events if isinstance(event, (Info, Failure)))


SAVED = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntea."


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return tmp_path / "cache"


def test_a_file_of_the_server_is_saved_with_a_harmless_name(web: Make, cache: Path) -> None:
    there = web(SAVED, early=True)
    told = saved(Sender(there.url), f"{there.url}/{'x' * 24}/..%2F..%2Fa%0Ab.txt#w=1&h=1")
    path = Path(told.removeprefix("saved as "))
    assert path.parent.parent == cache / "chatstore"
    assert path.name == "_.._a_b.txt"
    assert path.read_bytes() == b"tea."
    assert b"Authorization: Basic" in there.request


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "not followed"),
        (b"HTTP/1.1 404 x\r\nContent-Length: 17\r\n\r\n" + b'{"detail":"gone"}', "gone"),
    ],
)
def test_a_file_that_cannot_be_saved_leaves_nothing(web: Make, cache: Path, answer: bytes, text: str) -> None:
    there = web(answer, early=True)
    assert text in saved(Sender(there.url), f"{there.url}/{'x' * 24}/a.txt")
    assert not list(cache.rglob("*.txt"))


def test_a_password_goes_to_no_other_server(web: Make) -> None:
    assert "only files of this server" in saved(Sender("http://127.0.0.1:1/files"), "http://127.0.0.1:1/filesx/a")
    assert "only files of this server" in saved(Sender("http://127.0.0.1:1/files"), "http://evil.example/files/a")


@pytest.mark.parametrize(
    ("name", "opened"),
    [("a.png", True), ("a.pdf", True), ("a.txt", True), ("a.html", False), ("a.svg", False), ("a.desktop", False)],
)
def test_only_what_is_harmless_is_opened(name: str, opened: bool) -> None:
    assert harmless(Path(name)) is opened


def test_over_ssh_there_is_no_desktop() -> None:
    assert opener({"SSH_CONNECTION": "1", "DISPLAY": ":0"}) == ""
    assert opener({}) == "" or sys.platform == "darwin"


def test_files_are_found_in_a_message() -> None:
    host, token = "https://chat.example/files", "x" * 24
    text = (
        f"look {host}/{token}/na%C3%AFve.png#w=8&h=6 and ({host}/{token}/b.zip), https://e.example/files/{token}/c"
    )
    found = [(link.name, link.kind, link.width, link.height) for link in files_in(text, host)]
    assert found == [("naïve.png", "picture", 8, 6), ("b.zip", "file", 0, 0)]
    assert files_in(text, "") == []


def test_a_picture_goes_to_a_real_server_and_is_said(tmp_path: Path, cache: Path) -> None:
    server: Running = start(tmp_path / "chat.db", **tables())
    try:
        picture = tmp_path / "dot.png"
        picture.write_bytes(png(30, 20))
        zoe = Screenless("zoe", server.port(), "#main", create=True)
        zoe.wait(lambda: zoe["#main"].joined)
        zoe.buffers.current = "#main"
        zoe.actions.execute("#main", f"/upload {picture} a dot")
        zoe.wait(lambda: zoe.said("#main"))
        (text,) = zoe.said("#main")
        assert text.startswith("a dot http://127.0.0.1:")
        assert text.endswith("/dot.png#w=30&h=20")
        zoe.actions.execute("#main", f"/open {text.split()[-1]}")
        zoe.wait(lambda: any("saved as" in entry.text for entry in zoe["#main"].entries))
        assert len(list(cache.rglob("dot.png"))) == 1
        zoe.actions.execute("#main", f"/upload {tmp_path / 'none.png'}")
        zoe.wait(lambda: any("no such file" in entry.text for entry in zoe["#main"].entries))
        assert zoe.buffers.uploads == {}
        zoe.leave()
    finally:
        server.stop()
