"""What cards show of files: the words beside them, size and thumbnail. And the folder of what was saved."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chatstore.client.events import FileSeen
from chatstore.client.files import looking, saved, uploads
from chatstore.client.files.jobs import TOKENS, Look, Seen
from chatstore.client.files.links import parts
from chatstore.client.files.looking import Looking
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse
from tests.api.test_files import png, tables
from tests.client.screenless import Screenless
from tests.running import Running

HOST, TOKEN = "https://chat.example/files", "x" * 24
FILE = f"{HOST}/{TOKEN}"


def shape(text: str, host: str = HOST) -> list[str]:
    """The parts of a text: files by their names in brackets."""
    return [part if isinstance(part, str) else f"[{part.name}]" for part in parts(text, host)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", ["hello"]),
        (f"{FILE}/a.png", ["[a.png]"]),
        (f"my kettle {FILE}/a.png#w=8&h=6", ["my kettle", "[a.png]"]),
        (
            f"look:\nmine {FILE}/a.png\nyours {FILE}/b.png\nbye",
            ["look:\nmine", "[a.png]", "yours", "[b.png]", "bye"],
        ),
        (f"{FILE}/a.png and {FILE}/b.png!", ["and !", "[a.png]", "[b.png]"]),
        (f"https://e.example/files/{TOKEN}/a.png", [f"https://e.example/files/{TOKEN}/a.png"]),
        (f"{HOST}.e.example/{TOKEN}/a.png", [f"{HOST}.e.example/{TOKEN}/a.png"]),
        (f"{HOST}/short/a.png", [f"{HOST}/short/a.png"]),
        (
            "\n".join(f"{FILE}/{n}.png" for n in range(22)),
            [*(f"[{n}.png]" for n in range(20)), f"{FILE}/20.png\n{FILE}/21.png"],
        ),
    ],
)
def test_the_words_beside_a_file_stand_before_it(text: str, said: list[str]) -> None:
    assert shape(text) == said


def test_without_a_place_for_files_nothing_is_one() -> None:
    assert shape(f"{FILE}/a.png", "") == [f"{FILE}/a.png"]


def test_nobody_is_asked_about_files_of_others() -> None:
    state = ClientProtocol("bob", ["#main"], updates=True)
    state.begin("bob", [])
    state.receive(parse(f":s 005 bob {TOKENS[0]}={HOST} :are"), 0)
    looked = []
    for url in (f"{FILE}/a.png#w=8&h=6", f"https://e.example/files/{TOKEN}/a.png", f"{HOST}.e.example/x", HOST):
        uploads.look(state, url, picture=True)
        looked += state.files.jobs
        state.files.jobs = []
    assert looked == [Look(f"{FILE}/a.png", picture=True)]
    assert looked[0].thumbnail == f"{FILE}/thumbnail"
    assert Look(f"{FILE}/a.png?x/y").thumbnail == f"{FILE}/thumbnail"


# Asking.


class Web(ThreadingHTTPServer):
    """A web server whose answers a test writes: (status, headers, body) by method and the end of the path."""

    def __init__(self, answers: dict[str, tuple[int, dict[str, str], bytes]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, str]] = []
        self.peers: set[object] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/files/{TOKEN}"
        threading.Thread(target=self.serve_forever, daemon=True, args=(0.01,)).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Web

    def do_GET(self) -> None:
        self.server.peers.add(self.client_address)
        name = self.path.partition("?")[0].rpartition("/")[2]
        word = f"{self.command} {name}"
        self.server.asked.append((self.command, name, self.headers.get("Authorization", "")))
        if word.startswith("HEAD") and self.server.answers.get(word, (0,))[0] == 0:
            status, headers, body = 200, {"Content-Length": "1234"}, b""
        else:
            status, headers, body = self.server.answers.get(word, (404, {"Content-Length": "0"}, b""))
        if status == 401 and self.headers.get("Authorization"):
            status, headers, body = 200, {"Content-Length": "77"}, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


Answers = dict[str, tuple[int, dict[str, str], bytes]]


@pytest.fixture
def web() -> Iterator[Callable[[Answers], Web]]:
    made: list[Web] = []

    def make(answers: Answers) -> Web:
        made.append(Web(answers))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()
        one.server_close()


def look(*jobs: Look, tls: bool = False, passwords: tuple[str, ...] = (), seconds: float = 20.0) -> list[Seen]:
    """What is reported of these files."""
    state = ClientProtocol("bob", [], updates=True)
    seen: list[FileSeen] = []
    reported = threading.Semaphore(0)

    def report(action: Callable[[ClientProtocol], None]) -> None:
        action(state)
        seen.extend(event for event in state.effects().events if isinstance(event, FileSeen))
        reported.release()

    one = Looking(tls, lambda: [("bob", password) for password in passwords], report, seconds=seconds)
    for job in jobs:
        one.want(job)
    for _ in jobs:
        assert reported.acquire(timeout=40)
    one.close()
    return [Seen(each.url, each.size, each.picture, each.known, each.gone) for each in seen]


def small(body: bytes = b"small") -> Answers:
    return {"GET thumbnail": (200, {"Content-Length": str(len(body))}, body)}


def test_size_and_small_picture_come_over_one_connection_and_the_file_never(web: Callable[[Answers], Web]) -> None:
    there = web(small())
    jobs = [Look(f"{there.url}/{number}.png", picture=True) for number in range(5)]
    assert look(*jobs, passwords=("secret",)) == [Seen(job.url, 1234, b"small", known=True) for job in jobs]
    assert [method for method, _, _ in there.asked] == ["HEAD", "GET"] * 5
    assert {name for method, name, _ in there.asked if method == "GET"} == {"thumbnail"}
    assert {password for _, _, password in there.asked} == {""}, "nobody asked for the password"
    assert len(there.peers) == 1


def test_where_pictures_are_off_none_is_fetched(web: Callable[[Answers], Web]) -> None:
    there = web(small())
    assert look(Look(f"{there.url}/a.png")) == [Seen(f"{there.url}/a.png", 1234, known=True)]
    assert [method for method, _, _ in there.asked] == ["HEAD"]


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        (small(b"x" * (looking.MOST + 1)), Seen("", 1234, known=True)),
        ({"GET thumbnail": (200, {"Connection": "close"}, b"x" * (looking.MOST + 1))}, Seen("", 1234, known=True)),
        ({"GET thumbnail": (200, {"Connection": "close"}, b"small")}, Seen("", 1234, b"small", known=True)),
        ({}, Seen("", 1234, known=True)),
        ({"GET thumbnail": (503, {"Content-Length": "0"}, b"")}, Seen("")),
        ({"HEAD a.png": (404, {"Content-Length": "0"}, b"")}, Seen("", gone=True)),
        ({"HEAD a.png": (302, {"Location": "http://127.0.0.1:9/", "Content-Length": "0"}, b"")}, Seen("")),
        ({"HEAD a.png": (200, {"Content-Length": "-5"}, b"")}, Seen("", 0, known=True)),
    ],
)
def test_whatever_answers_the_chat_goes_on(web: Callable[[Answers], Web], answers: Answers, seen: Seen) -> None:
    there = web(answers)
    (found,) = look(Look(f"{there.url}/a.png", picture=True))
    assert found == Seen(found.url, seen.size, seen.picture, seen.known, seen.gone)


def test_a_server_that_is_slow_or_not_there_is_given_up(web: Callable[[Answers], Web]) -> None:
    there = web({"GET thumbnail": (200, {"Content-Length": "5"}, b"smal")})
    assert look(Look(f"{there.url}/a.png", picture=True), seconds=0.3) == [Seen(f"{there.url}/a.png")]
    for url in ("http://127.0.0.1:9/files/x/a.png", "ftp://127.0.0.1/files/x/a.png", "http://[/x/a"):
        assert look(Look(url)) == [Seen(url)]


def test_an_encrypted_connection_asks_nothing_without_encryption(web: Callable[[Answers], Web]) -> None:
    there = web(small())
    assert look(Look(f"{there.url}/a.png"), tls=True) == [Seen(f"{there.url}/a.png")]
    assert there.asked == []


def test_the_password_is_sent_where_files_are_for_members(web: Callable[[Answers], Web]) -> None:
    there = web(
        {"HEAD a.png": (401, {"Content-Length": "0"}, b""), "HEAD b.png": (401, {"Content-Length": "0"}, b"")}
    )
    jobs = [Look(f"{there.url}/{name}.png") for name in "ab"]
    assert [seen.size for seen in look(*jobs, passwords=("secret",))] == [77, 77]
    assert [bool(password) for _, _, password in there.asked] == [False, True, True]
    assert look(Look(f"{there.url}/a.png")) == [Seen(f"{there.url}/a.png")], "a guest has none"


def test_too_many_questions_are_answered_with_nothing(web: Callable[[Answers], Web]) -> None:
    there = web(small())
    found = look(*(Look(f"{there.url}/{number}.png") for number in range(300)))
    assert len(found) == 300
    assert 100 <= sum(seen.known for seen in found) < 300


def test_a_real_server_tells(run_server: Callable[..., Running], tmp_path: Path) -> None:
    server = run_server(**tables(files={"access": "members"}))
    (tmp_path / "dot.png").write_bytes(png(30, 20))
    zoe = Screenless("zoe", server.port(), "#main", create=True)
    zoe.wait(lambda: zoe["#main"].joined)
    zoe.actions.execute("#main", f"/upload {tmp_path / 'dot.png'} a dot")
    zoe.wait(lambda: zoe.said("#main"))
    zoe.actions.look_at_file(zoe.said("#main")[0].split()[-1], picture=True)
    zoe.wait(lambda: [event for event in zoe.events if isinstance(event, FileSeen)])
    (seen,) = (event for event in zoe.events if isinstance(event, FileSeen))
    assert (seen.known, seen.size, seen.picture) == (True, len(png(30, 20)), png(30, 20))
    zoe.leave()


# What was saved.


def test_saved_files_are_kept_for_a_week_and_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(saved, "MOST", 250)
    now = 2_000_000_000.0

    def save(name: str, age: float, size: int = 100) -> Path:
        path = saved.new_folder() / name
        path.write_bytes(b"x" * size)
        os.utime(path.parent, (now - age, now - age))
        return path

    files = {name: save(name, age) for name, age in (("old", saved.OLDEST + 1), ("c", 30), ("b", 20), ("a", 10))}
    (tmp_path / "chatstore" / "other").mkdir()
    saved.clean(now)
    assert {name for name, path in files.items() if path.exists()} == {"a", "b"}
    large = save("large", 0, 1_000)
    saved.clean(now)
    assert large.exists(), "somebody looks at it"
    assert not files["a"].exists()
    assert (tmp_path / "chatstore" / "other").exists()
    assert os.stat(large.parent).st_mode & 0o77 == 0


def test_there_may_be_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    saved.clean()
    assert not (tmp_path / "none").exists()
