"""Link previews, against a web server of the test: who gets one, when, and what a hostile page achieves."""

from __future__ import annotations

import gzip
import io
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chatstore.net import fetching
from chatstore.previews import previewer
from tests.net.web_server import Handle, WebServer, answer, response
from tests.running import SECONDS, IrcClient, Running

HERE = {"enabled": True, "allowed": ["127.0.0.1/32"]}
CAPS = "message-tags echo-message batch labeled-response draft/chathistory chatstore/previews"
PAGE = b"""<title>The page</title><meta property=og:title content="A &amp; B; C">
<meta property=og:description content="What it says"><meta property=og:site_name content=Example>"""
SHOWN = r"title=A\s&\sB\:\sC;site=Example;url="


def page(body: bytes = PAGE, **headers: str) -> Handle:
    return answer(response(body, **{"Content_Type": "text/html; charset=utf-8", **headers}))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer(page()) as made:
        yield made


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Running:
    return run_server(previews=HERE)


def settled(running: Running) -> None:
    """Wait until every page was asked, and everybody was told."""
    assert running.server.previewer.wait(SECONDS)


def previews(client: IrcClient) -> list[str]:
    """The attributes of the previews that came up to now."""
    client.sync()
    return [line.split(" ", 4)[4] for line in client.log if " PREVIEW " in line]


def test_a_page_is_previewed_for_those_who_asked_for_it(running: Running, web: WebServer) -> None:
    alice, bob = running.member("alice", CAPS), running.member("bob", CAPS.replace(" chatstore/previews", ""))
    url = web.url("/a")
    alice.send(f"PRIVMSG #main :look: {url}#part.")
    line = alice.wait(" PREVIEW ")
    said = next(each for each in alice.log if " PRIVMSG #main " in each)
    msgid = re.search("msgid=([^; ]+)", said)
    assert msgid is not None
    assert f" PREVIEW #main {msgid[1]} {SHOWN}{url};description=What\\sit\\ssays" in line
    settled(running)
    assert previews(bob) == []
    assert b"chatstore/" in web.heads[0]
    assert b"GET /a HTTP/1.1" in web.heads[0]


def test_a_page_is_asked_once(running: Running, web: WebServer) -> None:
    alice = running.member("alice", CAPS)
    alice.send(f"PRIVMSG #main :{web.url()}", f"PRIVMSG #main :{web.url()} again")
    alice.wait(" PREVIEW ")
    alice.wait(" PREVIEW ")
    alice.send(f"PRIVMSG #main :{web.url()} later")
    alice.wait(" PREVIEW ")
    settled(running)
    assert len(web.heads) == 1


def test_who_was_away_when_it_came_gets_it_with_what_they_missed(running: Running, web: WebServer) -> None:
    alice, bob = running.member("alice", CAPS), running.member("bob", CAPS.replace(" chatstore/previews", ""))
    alice.send(f"PRIVMSG #main :{web.url('/a')}")
    alice.wait(" PREVIEW ")
    bob.ask("PRIVMSG #main :and then")
    alice.sync()
    known = [found[1] for line in alice.log if (found := re.search("msgid=([^; ]+).* PRIVMSG #main ", line))]
    for msgid in known:
        answer = alice.ask(f"CHATHISTORY AFTER #main msgid={msgid} 10")
        assert [line.split(" ")[3] for line in answer if " PREVIEW " in line] == known[:1]
    assert not any(" PREVIEW " in line for line in bob.ask(f"CHATHISTORY AFTER #main msgid={known[0]} 10"))
    assert not any(" PREVIEW " in line for line in alice.ask(f"CHATHISTORY BEFORE #main msgid={known[0]} 10"))


def test_later_readers_get_it_behind_the_history(running: Running, web: WebServer) -> None:
    alice = running.member("alice", CAPS)
    alice.send(f"PRIVMSG #main :{web.url()}")
    live = alice.wait(" PREVIEW ")
    bob = running.member("bob", CAPS)
    lines = bob.ask("CHATHISTORY LATEST #main * 10")
    assert lines[-1] == live
    assert " BATCH -" in lines[-2]
    assert len(web.heads) == 1


def test_off_by_default(run_server: Callable[..., Running], web: WebServer) -> None:
    running = run_server()
    client = running.connect()
    assert "chatstore/previews" not in " ".join(client.ask("CAP LS 302"))
    alice = running.member("alice")
    alice.ask(f"PRIVMSG #main :{web.url()}")
    settled(running)
    assert not web.heads


def test_a_room_that_switched_them_off_has_none(running: Running, web: WebServer) -> None:
    alice = running.member("alice", CAPS, "#quiet")
    alice.ask("PRIVMSG ChanServ :SET #quiet PREVIEWS OFF")
    alice.ask(f"PRIVMSG #quiet :{web.url()}")
    settled(running)
    assert previews(alice) == []
    assert not web.heads
    alice.ask("PRIVMSG ChanServ :SET #quiet PREVIEWS ON")
    alice.send(f"PRIVMSG #quiet :{web.url()}")
    alice.wait(" PREVIEW ")
    alice.ask("PRIVMSG ChanServ :SET #quiet PREVIEWS OFF")
    assert not any(" PREVIEW " in line for line in alice.ask("CHATHISTORY LATEST #quiet * 10"))


def test_in_direct_conversations_only_for_whom_wants_that(running: Running, web: WebServer) -> None:
    alice, bob = running.register("alice", CAPS), running.register("bob", CAPS)
    bob.ask(f"PRIVMSG alice :{web.url('/1')}")
    settled(running)
    assert not web.heads
    alice.ask("METADATA * SET chatstore/direct-previews :on")
    bob.send(f"PRIVMSG alice :{web.url('/2')}")
    assert " PREVIEW bob " in alice.wait(" PREVIEW ")
    alice.ask(f"PRIVMSG bob :{web.url('/3')}")
    assert " PREVIEW bob " in alice.wait(" PREVIEW ")
    settled(running)
    assert previews(bob) == []
    assert not any(" PREVIEW " in line for line in bob.ask("CHATHISTORY LATEST alice * 10"))
    assert sum(" PREVIEW bob " in line for line in alice.ask("CHATHISTORY LATEST bob * 10")) == 2


def test_messages_to_operators_and_messages_that_were_redacted_have_none(running: Running) -> None:
    go = threading.Event()

    def slow(sock: socket.socket, _head: bytes) -> None:
        go.wait(SECONDS)
        sock.sendall(response(PAGE, Content_Type="text/html"))

    with WebServer(slow) as web:
        alice = running.member("alice", f"{CAPS} draft/message-redaction", "#new")
        alice.ask(f"PRIVMSG @#new :{web.url('/ops')}")
        said = alice.ask(f"PRIVMSG #new :{web.url('/gone')}")
        msgid = re.search("msgid=([^; ]+)", said[-1])
        assert msgid is not None
        alice.ask(f"REDACT #new {msgid[1]}")
        go.set()
        settled(running)
        assert previews(alice) == []
        assert len(web.heads) == 1
        assert web.url("/gone") not in running.everything()


def test_redacting_a_message_forgets_its_page(running: Running, web: WebServer) -> None:
    alice = running.member("alice", f"{CAPS} draft/message-redaction")
    alice.send(f"PRIVMSG #main :{web.url('/secret-place')}")
    msgid = alice.wait(" PREVIEW ").split(" ")[3]
    assert "secret-place" in running.everything()
    alice.ask(f"REDACT #main {msgid}")
    assert "secret-place" not in running.everything()


def test_editing_a_message_forgets_the_page_that_it_named(running: Running, web: WebServer) -> None:
    alice = running.member("alice", f"{CAPS} draft/message-edit message-tags")
    alice.send(f"PRIVMSG #main :{web.url('/secret-place')}")
    msgid = alice.wait(" PREVIEW ").split(" ")[3]
    edit = f"@draft/target-msgid={msgid};draft/edit-text="
    alice.ask(f"{edit}look:\\s{web.url('/secret-place')} EDIT #main")
    assert any(" PREVIEW " in line for line in alice.ask("CHATHISTORY LATEST #main * 10"))
    alice.ask(f"{edit}forgotten EDIT #main")
    assert "forgotten" in running.everything()
    assert "secret-place" not in running.everything()


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web server that never answers, and is not given up."""
    monkeypatch.setattr(previewer, "PAGE", replace(previewer.PAGE, seconds=3600))
    over = threading.Event()
    with WebServer(lambda _sock, _head: over.wait() and None) as web:
        yield web
        over.set()


def test_a_message_waits_for_no_page(running: Running, stuck: WebServer) -> None:
    alice = running.member("alice", CAPS)
    for n in range(previewer.THREADS + 2):
        assert alice.ask(f"PRIVMSG #main :{stuck.url(f'/{n}')}")


def test_slow_pages_of_one_person_keep_nobody_else_waiting(
    running: Running, web: WebServer, stuck: WebServer
) -> None:
    bob, alice = running.member("bob"), running.member("alice", CAPS)
    for n in range(previewer.THREADS + 2):
        bob.ask(f"PRIVMSG #main :{stuck.url(f'/{n}')}")
    alice.send(f"PRIVMSG #main :{web.url()}")
    alice.wait(" PREVIEW ")


def refused(running: Running, url: str) -> None:
    """Nobody gets a preview of this URL, and the failure is remembered."""
    alice = running.member("alice", CAPS)
    alice.ask(f"PRIVMSG #main :{url}")
    settled(running)
    assert previews(alice) == []
    assert running.rows("SELECT count(*) FROM link_previews WHERE failure <> ''") == [(1,)]


def test_a_redirect_to_this_machine_leads_nowhere(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer(page()) as inside:
        there = response(b"", "302 Found", Location=inside.url(host="127.0.0.2"))
        with WebServer(answer(there)) as outside:
            refused(run_server(previews=HERE), outside.url())
        assert not inside.heads


PRIVATE = ["http://127.0.0.1:1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://10.1.2.3/", "http://0x7f.1/",
           "http://169.254.169.254/latest/meta-data/", "http://2130706433/", "http://localhost/"]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_addresses_that_are_not_public_are_not_asked(run_server: Callable[..., Running], url: str) -> None:
    server = run_server(previews={"enabled": True})
    refused(server, url)
    [(why,)] = server.rows("SELECT failure FROM link_previews")
    assert why in ("FORBIDDEN_ADDRESS", "FORBIDDEN_PORT", "BAD_URL")


def test_a_name_that_turns_into_this_machine_is_not_asked(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS that changes between the look-up and the connection: there is one look-up, and what it says counts."""
    with WebServer(page()) as inside:
        looked_up: list[str] = []

        def resolve(host: str, _port: int, _seconds: float) -> list[str]:
            looked_up.append(host)
            return ["192.0.2.1"] if len(looked_up) > 1 else ["127.0.0.1"]

        monkeypatch.setattr(fetching, "addresses_of", resolving(resolve))
        refused(run_server(previews={"enabled": True}), f"http://rebind.example:{inside.port}/")
        assert looked_up == ["rebind.example"]
        assert not inside.heads


def resolving(resolve: Callable[[str, int, float], list[str]]) -> Callable[..., list[str]]:
    """addresses_of with another resolver."""
    real = fetching.addresses_of
    return lambda url, allowed, _resolve, seconds: real(url, allowed, resolve, seconds)


def endless(sock: socket.socket, _head: bytes) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>endless</title>")
    while True:
        sock.sendall(b"<p>and on" * 1000)


def drops(sock: socket.socket, _head: bytes) -> None:
    """A byte at a time: as slow as nobody waits for."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        sock.sendall(b" ")
        time.sleep(0.05)


BOMB = gzip.compress(b"<p>" + b"0" * 50_000_000)
HOSTILE = {
    "404": answer(response(PAGE, "404 Not Found", Content_Type="text/html")),
    "a type that is no page": answer(response(b"%PDF", Content_Type="application/pdf")),
    "no type": answer(response(PAGE)),
    "a bomb": answer(response(BOMB, Content_Type="text/html", Content_Encoding="gzip")),
    "no gzip": answer(response(b"nonsense", Content_Type="text/html", Content_Encoding="gzip")),
    "redirects in a circle": answer(response(b"", "302 Found", Location="/")),
    "no HTTP": answer(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "an empty page": page(b"<p>nothing"),
    "drops": drops,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_page_that_is_none(running: Running, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    if what == "drops":
        monkeypatch.setattr(previewer, "PAGE", fetching.Limits(512 * 1024, 0.5, 3, previewer.PAGE.types, cut=True))
    with WebServer(HOSTILE[what]) as web:
        refused(running, web.url())
        seen = len(web.heads)
        alice = running.login("alice", CAPS)
        alice.ask(f"PRIVMSG #main :{web.url()} again")
        settled(running)
        assert len(web.heads) == seen


def test_of_an_endless_page_the_beginning_is_read(running: Running) -> None:
    with WebServer(endless) as web:
        alice = running.member("alice", CAPS)
        alice.send(f"PRIVMSG #main :{web.url()}")
        assert "title=endless" in alice.wait(" PREVIEW ")


def test_a_picture_is_a_small_one_from_our_own_address(run_server: Callable[..., Running]) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = io.BytesIO()
    image.effect_noise((1600, 800), 90).convert("RGB").save(picture, "PNG")

    def serve(sock: socket.socket, head: bytes) -> None:
        if head.startswith(b"GET /large.png "):
            sock.sendall(response(picture.getvalue(), Content_Type="image/png"))
        else:
            body = b"<title>t</title><meta property=og:image content=/large.png>"
            sock.sendall(response(body, Content_Type="text/html"))

    running = run_server(previews=HERE, listen={"web": "127.0.0.1:0"})
    with WebServer(serve) as web:
        alice = running.member("alice", CAPS)
        alice.send(f"PRIVMSG #main :{web.url()}")
        line = alice.wait(" PREVIEW ")
        found = re.search(r"image=(previews/[A-Za-z0-9_-]+);width=640;height=320;", line)
        assert found is not None, line
        with urllib.request.urlopen(f"http://127.0.0.1:{running.port('web')}/{found[1]}", timeout=SECONDS) as got:
            assert got.headers["Content-Type"] == "image/webp"
            assert got.headers["X-Content-Type-Options"] == "nosniff"
            assert image.open(io.BytesIO(got.read())).size == (640, 320)
        alice.send(f"PRIVMSG #main :{web.url('/large.png')}")
        assert "image=previews/" in alice.wait(" PREVIEW ")


def test_nobody_asks_a_host_too_often(running: Running, web: WebServer) -> None:
    alice = running.member("alice", CAPS)
    for n in range(previewer.A_HOST[0] + 5):
        alice.ask(f"PRIVMSG #main :{web.url(f'/{n}')}")
    settled(running)
    assert previewer.A_HOST[0] <= len(web.heads) <= previewer.A_HOST[0] + 2
    assert len(previews(alice)) == len(web.heads)


def test_what_is_kept_has_a_bound(run_server: Callable[..., Running], web: WebServer) -> None:
    running = run_server(previews={**HERE, "kept": 2})
    alice = running.member("alice", CAPS)
    for n in range(4):
        alice.send(f"PRIVMSG #main :{web.url(f'/{n}')}")
        alice.wait(" PREVIEW ")
    assert running.rows("SELECT count(*) FROM link_previews") == [(2,)]


def test_a_preview_fits_into_a_line(running: Running) -> None:
    long = "😀" * 300
    body = f"<title>{long}</title><meta name=description content='{long}'>".encode()
    with WebServer(page(body)) as web:
        alice = running.member("alice", CAPS)
        alice.send(f"PRIVMSG #main :{web.url('/' + 'x' * 200)}")
        line = alice.wait(" PREVIEW ")
    assert len(line.encode()) <= 510
    assert ";description=😀" in line
    assert "url=" not in line
