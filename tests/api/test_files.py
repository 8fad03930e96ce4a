"""Files over HTTP: what FILEHOST clients send, what browsers get, and what somebody who means harm achieves."""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import socket
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chatstore.chat.changes.accounts import SetRole
from chatstore.chat.model.names import person_name
from chatstore.net.disposition import disposition, named
from tests.api.asking import Answered, basic
from tests.running import PASSWORD, SECONDS, IrcClient, Running, start
from tests.waiting import until

ORIGIN = "https://gamja.example"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = start(tmp_path / "chat.db", **tables())
    yield server
    server.stop()


def tables(**more: dict[str, object]) -> dict[str, dict[str, object]]:
    web = {"origins": [ORIGIN]}
    return {
        "listen": {"web": "127.0.0.1:0"},
        "web": web,
        "accounts": {"registration": "open", "unencrypted_passwords": "everywhere"},
        **more,
    }


class Files:
    """Asks /files as one account."""

    def __init__(self, running: Running, name: str = "", authorization: str = "") -> None:
        self.running = running
        self.authorization = authorization or (basic(name) if name else "")

    def ask(self, method: str, path: str = "/files", body: Any = None, **headers: str) -> Answered:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization:
            sent.setdefault("Authorization", self.authorization)
        asked = urlsplit(path)
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port("web"), timeout=SECONDS)
        with closing(connection):
            target = asked.path + (f"?{asked.query}" if asked.query else "")
            connection.request(method, target, body, sent)
            got = connection.getresponse()
            return Answered(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())

    def upload(self, body: bytes, name: str = "a.txt", **headers: str) -> dict[str, Any]:
        headers.setdefault("Content_Disposition", disposition("attachment", name))
        got = self.ask("POST", body=body, **headers)
        assert got.status == 201, got
        assert got.json["url"] == got.headers["location"]
        found: dict[str, Any] = got.json
        return found


@pytest.fixture
def alice(running: Running) -> Files:
    return of(running, "alice")


def of(running: Running, name: str) -> Files:
    """The files of a new account, by a device token."""
    client = running.register(name)
    token = client.ask("TOKEN ADD :files")[-1].split(" ")[4]
    client.close()
    return Files(running, authorization=f"Bearer {token}")


@pytest.fixture
def stranger(running: Running) -> Files:
    return Files(running)


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x10\x80\xf0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# Uploading.


def test_clients_are_told_where_and_upload_there(running: Running) -> None:
    client = running.register("alice")
    tokens = dict(re.findall(r" ((?:soju\.im|draft)/FILEHOST)=(\S+)", "\n".join(client.log)))
    there = f"http://127.0.0.1:{running.port('web')}/files"
    assert tokens == {"soju.im/FILEHOST": there, "draft/FILEHOST": there}
    alice, text = Files(running, "alice"), "Grüße\n".encode()
    told = alice.upload(text, "naïve café.txt")
    assert told["name"] == "naïve café.txt"
    assert told["type"] == "text/plain"
    assert (told["size"], told["sha256"]) == (len(text), hashlib.sha256(text).hexdigest())
    assert told["url"] == f"{there}/{told['id']}/na%C3%AFve%20caf%C3%A9.txt"
    got = Files(running).ask("GET", told["url"])
    assert (got.status, got.body) == (200, text)
    assert named(got.headers["content-disposition"]) == "naïve café.txt"


def test_where_nobody_listens_for_the_web_or_files_are_off_there_is_no_token(tmp_path: Path) -> None:
    for number, more in enumerate(({"listen": {"web": "off"}}, {"files": {"file_bytes": 0}})):
        server = start(tmp_path / f"{number}.db", **{**tables(), **more})
        try:
            assert "FILEHOST" not in "\n".join(server.register("alice").log)
        finally:
            server.stop()


def test_where_files_are_off_they_are_refused(tmp_path: Path) -> None:
    server = start(tmp_path / "chat.db", **tables(files={"file_bytes": 0}))
    try:
        server.register("alice").close()
        got = Files(server, "alice").ask("POST", body=b"x")
        assert got.status in (403, 413)
    finally:
        server.stop()


def test_options_say_what_may_be_posted(stranger: Files) -> None:
    got = stranger.ask("OPTIONS")
    assert got.status == 204
    assert got.headers["accept-post"] == "*/*"
    assert {"POST", "GET", "OPTIONS"} <= {each.strip() for each in got.headers["allow"].split(",")}
    assert got.headers["upload-limit"] == "max-size=26214400"


def test_gamja_on_another_host(alice: Files) -> None:
    preflight = alice.ask(
        "OPTIONS",
        Origin=ORIGIN,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-disposition,content-type",
    )
    assert preflight.status in (200, 204)
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-disposition", "content-type"))
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert preflight.headers["access-control-allow-credentials"] == "true"
    got = alice.ask("POST", body=b"x", Origin=ORIGIN, Sec_Fetch_Site="cross-site", Content_Type="text/plain")
    assert got.status == 201
    assert got.headers["access-control-allow-origin"] == ORIGIN
    assert "location" in got.headers["access-control-expose-headers"].lower()


def test_a_foreign_page_may_not(alice: Files) -> None:
    got = alice.ask("POST", body=b"x", Origin="https://evil.example", Sec_Fetch_Site="cross-site")
    assert got.status == 403
    assert "access-control-allow-origin" not in got.headers


def test_halloy_names_a_file_twice_and_sends_it_in_a_stream(alice: Files) -> None:
    header = "attachment; filename=\"na_ve.png\"; filename*=UTF-8''na%C3%AFve%2Epng"
    got = alice.ask("POST", body=io.BytesIO(png()), Content_Disposition=header, Content_Type="image/png")
    assert got.status == 201
    told = got.json
    assert (told["name"], told["type"], told["width"], told["height"]) == ("naïve.png", "image/png", 3, 2)


def test_a_token_logs_in_as_bearer_and_as_password(running: Running, alice: Files) -> None:
    client = running.login("alice")
    token = client.ask("TOKEN ADD :uploads")[-1].split(" ")[4]
    for authorization in (f"Bearer {token}", basic("alice", token)):
        assert Files(running, authorization=authorization).upload(b"x")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Basic !", 401),
        (basic("alice", "wrong"), 401),
        (f"Bearer cst_{'x' * 43}", 401),
        ("Digest x", 401),
    ],
)
def test_without_an_account_nothing_is_taken(alice: Files, authorization: str, status: int) -> None:
    got = Files(alice.running, authorization=authorization).ask("POST", body=b"x")
    assert got.status == status
    assert got.json["detail"]
    assert not alice.running.rows("SELECT * FROM files")


def test_chunks_without_a_length(alice: Files) -> None:
    pieces = [b"a" * 70_000, b"b", b"c" * 100_000]
    got = alice.ask("POST", body=iter(pieces), Content_Disposition="attachment; filename=pieces.bin")
    assert got.status == 201
    assert alice.ask("GET", got.json["url"]).body == b"".join(pieces)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Files]:
    """Somebody at a server that takes little."""
    limits = {"file_bytes": 100_000, "account_bytes": 150_000, "account_files": 3}
    server = start(tmp_path / "small.db", **tables(files=limits))
    server.register("alice").close()
    yield Files(server, "alice")
    server.stop()


def raw(files: Files, request: bytes) -> bytes:
    """What the server answers, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", files.running.port("web")), SECONDS) as sock:
        sock.sendall(request.replace(b"AUTH", f"Host: x\r\nAuthorization: {files.authorization}".encode()))
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}\n"):
            if not (data := sock.recv(65536)):
                break
            answer += data
        return answer


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(small: Files) -> None:
    head = b"POST /files HTTP/1.1\r\nAUTH\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n"
    answer = raw(small, head)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"too-large" in answer


def test_chunks_that_become_too_large_are_refused_on_the_way(small: Files) -> None:
    got: bytes = b""
    with socket.create_connection(("127.0.0.1", small.running.port("web")), SECONDS) as sock:
        head = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: {small.authorization}\r\n"
        sock.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(3):
            sock.sendall(b"c350\r\n" + b"x" * 50_000 + b"\r\n")
        while b"\r\n\r\n" not in got:
            got += sock.recv(65536)
    assert got.startswith(b"HTTP/1.1 413")
    assert small.running.rows("SELECT count(*) FROM files") == [(0,)]


def test_quotas_say_what_to_do(small: Files) -> None:
    small.upload(b"a" * 90_000)
    got = small.ask("POST", body=b"b" * 90_000)
    assert (got.status, got.json["code"]) == (507, "quota")
    assert "remove some" in got.json["detail"]
    usage = small.ask("GET").json["usage"]
    assert usage == {"used": 90_000, "quota": 150_000, "files": 1, "files_limit": 3, "file_limit": 100_000}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415, "form"),
        ({"Content_Encoding": "gzip"}, 415, "encoded"),
        ({"Content_Range": "bytes 0-0/2"}, 400, "part"),
    ],
)
def test_what_would_be_stored_as_something_else_is_refused(
    alice: Files, headers: Mapping[str, str], status: int, code: str
) -> None:
    got = alice.ask("POST", body=b"x", **headers)
    assert (got.status, got.code) == (status, code)
    assert got.json["detail"]


def test_an_empty_file_and_a_body_without_a_length(alice: Files) -> None:
    assert alice.ask("POST", body=b"").code == "empty-file"
    chunked = b"POST /files HTTP/1.1\r\nAUTH\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert b"empty-file" in raw(alice, chunked)  # no length told of it
    answer = raw(alice, b"POST /files HTTP/1.1\r\nAUTH\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"400", b"411")


def test_an_upload_that_breaks_off_leaves_nothing(running: Running, alice: Files) -> None:
    with socket.create_connection(("127.0.0.1", running.port("web")), SECONDS) as sock:
        head = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: {alice.authorization}\r\n"
        sock.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + b"x" * 50_000)
        folder = running.server.config.files_folder
        assert folder is not None
        until(lambda: any((folder / "incoming").glob("*")))
    until(lambda: not any((folder / "incoming").glob("*")))
    assert running.rows("SELECT count(*) FROM files") == [(0,)]
    for _ in range(5):
        alice.upload(b"y")  # nothing is reserved any more


def test_a_token_that_is_removed_meanwhile_stores_nothing(running: Running, alice: Files) -> None:
    client = running.login("alice")
    added = client.ask("TOKEN ADD :uploads")[-1].split(" ")
    with socket.create_connection(("127.0.0.1", running.port("web")), SECONDS) as sock:
        head = f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {added[4]}\r\n"
        sock.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + b"x" * 50_000)
        folder = running.server.config.files_folder
        assert folder is not None
        until(lambda: any((folder / "incoming").glob("*")))
        client.ask(f"TOKEN REMOVE {added[3]}")
        sock.sendall(b"x" * 50_000)
        answer = sock.recv(65536)
    assert answer.startswith(b"HTTP/1.1 401")
    assert running.rows("SELECT count(*) FROM files") == [(0,)]


# Fetching.


def test_what_is_served_can_do_nothing(alice: Files, stranger: Files) -> None:
    told = alice.upload(png(), "a.png")
    got = stranger.ask("GET", told["url"])
    expected = {
        "content-type": "image/png",
        "content-disposition": 'inline; filename="a.png"',
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
        "cache-control": "public, max-age=86400, immutable",
        "etag": f'"{told["sha256"]}"',
        "accept-ranges": "bytes",
        "content-length": str(told["size"]),
    }
    assert {name: got.headers.get(name) for name in expected} == expected


HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.png", "a.js", "a.xhtml", "a"])
@pytest.mark.parametrize(
    "content", [HTML, SVG, b"<?xml version='1.0'?>" + SVG, b"GIF8" + HTML, b"%PDF-1\n", b"\0" + HTML]
)
def test_nothing_that_may_have_a_script_is_shown(alice: Files, stranger: Files, name: str, content: bytes) -> None:
    told = alice.upload(content, name, Content_Type="image/png")
    got = stranger.ask("GET", told["url"])
    assert got.headers["content-disposition"].startswith("attachment")
    assert not re.match("text/html|image/|application/xhtml|text/xml", got.headers["content-type"])


def test_head_ranges_and_conditions(alice: Files, stranger: Files) -> None:
    told = alice.upload(bytes(range(256)) * 1000, "a.bin")
    url, tag = told["url"], f'"{told["sha256"]}"'
    head = stranger.ask("HEAD", url)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "256000")
    part = stranger.ask("GET", url, Range="bytes=256-511")
    assert (part.status, part.body) == (206, bytes(range(256)))
    assert part.headers["content-range"] == "bytes 256-511/256000"
    assert stranger.ask("GET", url, Range="bytes=-1").body == b"\xff"
    assert stranger.ask("GET", url, Range="bytes=256000-").status == 416
    assert stranger.ask("GET", url, Range="bytes=0-0", If_Range='"another"').status == 200
    same = stranger.ask("GET", url, If_None_Match=tag)
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag)
    assert stranger.ask("GET", url, If_Modified_Since=head.headers["last-modified"]).status == 304


def test_the_token_is_the_file_and_the_name_is_for_people(alice: Files, stranger: Files) -> None:
    told = alice.upload(b"x", "a.txt")
    assert stranger.ask("GET", f"/files/{told['id']}").body == b"x"
    assert stranger.ask("GET", f"/files/{told['id']}/other.exe").headers["content-disposition"].endswith('"a.txt"')
    for path in ("/files/" + "x" * 24, "/files/x", f"/files/{told['id'].swapcase()}", "/files/../../etc/passwd"):
        got = stranger.ask("GET", path)
        assert got.status == 404, path


NAMES = ["../../etc/passwd", "C:\\x\\y.txt", 'a"b.txt', "a\r\nSet-Cookie: a=b", "nul.txt", "\u202egnp.exe",
"日本語.png", "x" * 500 + ".pdf", "ü" * 300 + ".png", "thumbnail", "", ".", "a/", "%41.txt", "a;b=c.txt",
"\U0001f980.jpg", "..."]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_come_back_harmless(alice: Files, stranger: Files, name: str) -> None:
    told = alice.upload(b"x", Content_Disposition=disposition("attachment", name))
    assert len(told["url"]) < 250
    got = stranger.ask("GET", told["url"])
    assert (got.status, got.body) == (200, b"x")
    assert named(got.headers["content-disposition"]) == told["name"]
    assert not set(told["name"]) & set('/\\\r\n\0\u202e"')
    assert "set-cookie" not in got.headers


def test_small_pictures_and_smaller_pictures(alice: Files, stranger: Files) -> None:
    small = alice.upload(png(), "small.png")
    assert "thumbnail" not in small
    assert stranger.ask("GET", f"/files/{small['id']}/thumbnail").headers["content-type"] == "image/png"
    assert stranger.ask("GET", f"/files/{small['id']}/thumbnail?most={len(png())}").status == 200
    assert stranger.ask("GET", f"/files/{small['id']}/thumbnail?most={len(png()) - 1}").code == "no-thumbnail"
    text = alice.upload(b"no picture")
    assert stranger.ask("GET", f"/files/{text['id']}/thumbnail").code == "no-thumbnail"


def test_a_large_picture_has_a_smaller_one(alice: Files, stranger: Files) -> None:
    pytest.importorskip("PIL")
    told = alice.upload(png(1500, 1000), "large.png")
    assert (told["width"], told["height"]) == (1500, 1000)
    got = stranger.ask("GET", told["thumbnail"])
    assert (got.status, got.headers["content-type"]) == (200, "image/webp")
    assert stranger.ask("GET", f"{told['thumbnail']}?most=1").status == 200  # a thumbnail is small by itself
    assert got.headers["etag"] != stranger.ask("GET", told["url"]).headers["etag"]


def test_a_content_that_is_lost_is_an_error_and_no_empty_file(alice: Files, stranger: Files) -> None:
    told = alice.upload(b"x")
    folder = alice.running.server.config.files_folder
    assert folder is not None
    for path in folder.glob("??/*"):
        path.unlink()
    assert stranger.ask("GET", told["url"]).code == "content-missing"


# One's own.


def test_the_list_comes_in_pages(alice: Files) -> None:
    names = [f"{n}.txt" for n in range(5)]
    for name in names:
        alice.upload(name.encode(), name)
    first = alice.ask("GET", "/files?limit=3").json
    assert [each["name"] for each in first["files"]] == names[:1:-1]
    rest = alice.ask("GET", f"/files?limit=3&before={first['before']}").json
    assert [each["name"] for each in rest["files"]] == names[1::-1]
    assert rest["before"] is None
    assert alice.ask("GET", "/files?limit=x").status == 422


def test_one_removes_ones_own_files_only(running: Running, alice: Files, stranger: Files) -> None:
    told = alice.upload(b"x")
    running.register("bob").close()
    assert Files(running, "bob").ask("DELETE", told["url"]).code == "no-such-file"
    assert stranger.ask("DELETE", told["url"]).status == 401
    assert alice.ask("DELETE", told["url"]).status == 204
    assert stranger.ask("GET", told["url"]).status == 404
    assert alice.ask("DELETE", f"/files/{told['id']}").status == 404


def test_an_administrator_removes_anybodys(running: Running, alice: Files, stranger: Files) -> None:
    told = alice.upload(b"x")
    root = of(running, "root")
    assert root.ask("DELETE", told["url"]).status == 404
    running.server.store.submit([SetRole(person_name("root"), "admin")]).result()
    assert root.ask("DELETE", told["url"]).status == 204
    assert stranger.ask("GET", told["url"]).status == 404


class TestOverIrc:
    """FILES: the same for clients that speak no HTTP."""

    @pytest.fixture
    def client(self, running: Running, alice: Files) -> IrcClient:
        return running.login("alice")

    def test_list_limits_and_removal(self, alice: Files, stranger: Files, client: IrcClient) -> None:
        told = alice.upload(b"x", "a b.txt")
        lines = client.ask("FILES LIST")
        assert f" file=files/{told['id']}/a%20b.txt;type=text/plain;size=1;uploaded=" in lines[0]
        assert lines[0].endswith(" :a b.txt")
        assert lines[1].endswith(" FILES LIST *")
        assert " FILES LIMITS used=1;quota=1073741824;files=1;" in client.ask("FILES LIMITS")[0]
        assert client.ask(f"FILES REMOVE {told['url']}")[0].endswith(f" FILES REMOVE {told['id']}")
        assert stranger.ask("GET", told["url"]).status == 404
        assert "FAIL FILES NO_SUCH_FILE" in client.ask(f"FILES REMOVE {told['id']}")[0]


def test_in_the_plain_protocol(running: Running, alice: Files, stranger: Files) -> None:
    told = alice.upload(b"x", "a b.txt")
    with socket.create_connection(("127.0.0.1", running.port("plain")), SECONDS) as sock:
        sock.sendall(f"alice\n{PASSWORD}\n/files\n/files remove {told['url']}\n/files\n/quit\n".encode())
        said = b""
        while data := sock.recv(65536):
            said += data
    text = said.decode()
    assert f"{told['url']} (a b.txt, 1 B)" in text
    assert "You have 1 file, " in text
    assert "a b.txt was removed." in text
    assert stranger.ask("GET", told["url"]).status == 404


# Members only.


@pytest.fixture
def members(tmp_path: Path) -> Iterator[Files]:
    server = start(tmp_path / "members.db", **tables(files={"access": "members"}))
    server.register("alice").close()
    yield Files(server, "alice")
    server.stop()


def test_files_for_members_are_fetched_with_a_login(members: Files) -> None:
    running = members.running
    told = members.upload(b"x")
    assert Files(running).ask("GET", told["url"]).status == 401
    got = members.ask("GET", told["url"])
    assert (got.status, got.headers["cross-origin-resource-policy"]) == (200, "same-origin")
    assert got.headers["cache-control"].startswith("private")
    bob = running.register("bob")
    assert Files(running, "bob").ask("GET", told["url"]).code == "no-such-file"
    alice = running.login("alice")
    alice.ask("JOIN #main", f"PRIVMSG #main :{told['url']}")
    bob.ask("JOIN #main")
    assert Files(running, "bob").ask("GET", told["url"]).body == b"x"
