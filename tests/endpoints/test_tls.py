"""TLS: handshakes that fail, certificates of clients, a new certificate for the server, sts."""

from __future__ import annotations

import base64
import contextlib
import datetime
import logging
import os
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from chatstore import server
from chatstore.chat.changes.accounts import AddCertificate, SuspendAccount
from chatstore.chat.model.names import person_name
from chatstore.net import client_certificates
from chatstore.net.tls import expiry
from tests.endpoints.reaching import OpenServer, Pair, TlsClient, make_pair, trusting
from tests.running import IrcClient

WAIT = 60


def raw(running: OpenServer, endpoint: str, data: bytes) -> bytes:
    """What comes back for some bytes, up to the end."""
    with socket.create_connection(("127.0.0.1", running.port(endpoint)), timeout=WAIT) as sock:
        sock.sendall(data)
        received = b""
        try:
            while more := sock.recv(65536):
                received += more
        except ConnectionResetError:
            pass
        return received


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(running: OpenServer, pair: Pair, version: ssl.TLSVersion) -> None:
    context = trusting(pair)
    context.minimum_version = context.maximum_version = version
    client = TlsClient(running.port("ircs"), context)
    client.send("PING x")
    assert "PONG" in client.line()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_1_1_is_too_old(running: OpenServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        TlsClient(running.port("ircs"), context)
    assert TlsClient(running.port("ircs"), trusting(running.pair)).ask("CAP LS") != []
    assert "TLS handshake failed: unsupported protocol" in caplog.text


def test_who_speaks_without_tls_is_told(running: OpenServer) -> None:
    assert raw(running, "ircs", b"NICK alice\r\n") == b"ERROR :this port is for TLS\r\n"
    assert raw(running, "wss", b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "data",
    [b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x16" * 1000],
    ids=["begun", "no hello", "too long", "noise"],
)
def test_noise_instead_of_a_handshake_hurts_nobody(running: OpenServer, data: bytes) -> None:
    with (
        contextlib.suppress(OSError),  # the server may have closed already
        socket.create_connection(("127.0.0.1", running.port("ircs")), timeout=WAIT) as noisy,
    ):
        noisy.sendall(data)
        noisy.shutdown(socket.SHUT_WR)
        while noisy.recv(65536):
            pass
    client = running.come("ircs")
    client.send("PING x")
    assert "PONG" in client.line()


def test_byte_by_byte(running: OpenServer) -> None:
    """The handshake, the lines and the goodbye, a byte at a time."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(running.pair).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", running.port("ircs")), timeout=WAIT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def step(what: Callable[[], object]) -> object:
            while True:
                try:
                    result, wants = what(), False
                except ssl.SSLWantReadError:
                    result, wants = None, True
                for byte in outgoing.read():
                    sock.sendall(bytes([byte]))
                if not wants:
                    return result
                incoming.write(sock.recv(7))

        step(tls.do_handshake)
        step(lambda: tls.write(b"PING one\r\nPING two\r\n"))
        said = b""
        while b"two" not in said:
            said += step(lambda: tls.read(100))  # type: ignore[operator]
        step(lambda: tls.write(b"QUIT\r\n"))
        while not said.endswith(b"Quit\r\n"):
            said += step(lambda: tls.read(100))  # type: ignore[operator]
        assert step(lambda: tls.read(100)) == b""  # close_notify: the end is the server's, not somebody's between


def test_who_says_close_notify_has_heard_everything(running: OpenServer) -> None:
    alice, bob = running.member("alice"), running.member("bob")
    alice.close()
    running.way = "ircs"
    client = running.login("alice")
    client.sync()
    bob.send("PRIVMSG alice :seen")
    client.wait("seen")
    assert isinstance(client, TlsClient)
    with pytest.raises(ssl.SSLError, match="APPLICATION_DATA_AFTER_CLOSE_NOTIFY"):
        client.tls.unwrap()  # the server's goodbye
    client.close()
    bob.send("PRIVMSG alice :not seen")
    bob.sync()
    again = running.login("alice")
    said = [line for line in again.sync() if "PRIVMSG" in line]
    assert len(said) == 1
    assert said[0].endswith("not seen")


def external(client: IrcClient, response: str = "+") -> list[str]:
    """The numerics with which EXTERNAL ends."""
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", "CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    client.wait("AUTHENTICATE \\+|90[48] ")
    if "AUTHENTICATE" not in client.log[-1]:
        return [client.log[-1].split()[1], client.wait(" 904 ").split()[1]]
    client.send(f"AUTHENTICATE {response}")
    client.wait(" 90[0-8] ")
    numerics = [client.log[-1].split()[1]]
    if numerics == ["900"]:
        numerics.append(client.wait(" 90[1-8] ").split()[1])
    return numerics


@pytest.fixture
def known(open_server: Callable[..., OpenServer], own: Pair) -> OpenServer:
    """alice logs in by the certificate."""
    running = open_server(tls={"browser_certificates": True})
    running.register("alice").close()
    running.server.store.submit([AddCertificate(person_name("alice"), own.fingerprint)]).result()
    return running


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("response", ["+", encoded("alice"), encoded("ALICE")], ids=["nobody", "name", "folded"])
@pytest.mark.parametrize("way", ["ircs", "wss"])
def test_a_certificate_logs_in(known: OpenServer, own: Pair, way: str, response: str) -> None:
    client = known.come(way, own)
    assert external(client, response) == ["900", "903"]
    assert any(line.split()[1] == "900" and line.split()[4] == "alice" for line in client.log)
    client.send("CAP END")
    client.wait(" 001 alice ")


@pytest.mark.parametrize("response", [encoded("bob"), encoded("a\0b"), "****", encoded("not a name!")])
def test_the_wrong_name_for_a_certificate(known: OpenServer, own: Pair, response: str) -> None:
    assert external(known.come("ircs", own), response) == ["904"]


def test_a_certificate_of_nobody_may_come_in_but_is_nobody(running: OpenServer, own: Pair) -> None:
    assert external(running.come("ircs", own)) == ["904"]


def test_external_is_offered_only_where_a_certificate_was_shown(running: OpenServer, own: Pair) -> None:
    def offered(client: IrcClient) -> str:
        client.send("CAP LS 302")
        line = client.wait("sasl")
        return next(word for word in line.split() if word.startswith("sasl="))

    assert offered(running.come("irc")) == "sasl=PLAIN"
    assert offered(running.come("ircs")) == "sasl=PLAIN"
    assert offered(running.come("ircs", own)) == "sasl=PLAIN,EXTERNAL"
    without = running.come("ircs")
    assert external(without) == ["908", "904"]
    assert any(" 908 " in line and " PLAIN :" in line for line in without.log)


def test_a_suspended_account_is_not_let_in_by_certificate(known: OpenServer, own: Pair) -> None:
    known.server.store.submit([SuspendAccount(person_name("alice"), "spam")]).result()
    assert external(known.come("ircs", own)) == ["902"]


def test_a_certificate_that_is_removed_ends_what_came_by_it(known: OpenServer, own: Pair) -> None:
    by_certificate = known.come("ircs", own)
    assert external(by_certificate) == ["900", "903"]
    by_certificate.nick = "alice"
    by_certificate.send("NICK alice", "USER a 0 * :A", "CAP END")
    by_certificate.wait(" 422 ")
    assert "PASSWORD_REQUIRED" in str(by_certificate.ask("CAP REQ :standard-replies", "TOKEN ADD :mine"))
    waiting = known.come("ircs", own)
    assert external(waiting) == ["900", "903"]
    by_certificate.send(f"NS CERT DEL {own.fingerprint}")  # answered, and then the end
    by_certificate.wait("no longer logs in to your account")
    for client in (by_certificate, waiting):
        assert "the certificate that you logged in with was removed" in client.rest()[-1]
    assert external(known.come("ircs", own)) == ["904"]


def asked(running: OpenServer, endpoint: str, own: Pair) -> bool:
    """Whether a client is asked for its certificate, in TLS 1.2, where that is seen at the end of the handshake."""
    context = trusting(running.pair, own)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    received = b""
    with socket.create_connection(("127.0.0.1", running.port(endpoint)), timeout=WAIT) as sock:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                data = sock.recv(65536)
                received += data
                incoming.write(data)
    handshake = b"".join(_handshake_records(received))
    return 13 in _messages(handshake)


def _handshake_records(data: bytes) -> Iterator[bytes]:
    """RFC 5246 section 6.2.1, up to the first that is no handshake: what comes behind it is encrypted."""
    while data and data[0] == 22:
        length = int.from_bytes(data[3:5], "big")
        yield data[5 : 5 + length]
        data = data[5 + length :]


def _messages(handshake: bytes) -> list[int]:
    """The kinds of the messages (section 7.4); 13 is a CertificateRequest."""
    kinds = []
    while handshake:
        kinds.append(handshake[0])
        handshake = handshake[4 + int.from_bytes(handshake[1:4], "big") :]
    return kinds


def test_browsers_are_not_asked(running: OpenServer, open_server: Callable[..., OpenServer], own: Pair) -> None:
    """They would show a choice of certificates, and end the WebSocket of a page of another origin with 1006."""
    assert [asked(running, endpoint, own) for endpoint in ("ircs", "wss")] == [True, False]
    running.stop()
    running = open_server(tls={"browser_certificates": True})
    assert asked(running, "wss", own)


def test_a_python_that_cannot_ask_is_told_of(
    open_server: Callable[..., OpenServer],
    own: Pair,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As when a newer one keeps its SSL_CTX elsewhere: the trial fails, or ends by a crash."""
    client_certificates._works.cache_clear()
    monkeypatch.setattr(client_certificates, "__file__", os.devnull + "/none")
    running = open_server()
    assert "clients can't log in with a certificate (SASL EXTERNAL)" in caplog.text
    assert external(running.come("ircs", own)) == ["908", "904"]
    client_certificates._works.cache_clear()


def of_days(pair: Pair, days: float) -> None:
    """Have a certificate end so many days from now."""
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    old = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    now = datetime.datetime.now(datetime.timezone.utc)
    new = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=90))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    pair.certificate.write_bytes(new.public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize(
    ("days", "said"), [(-0.5, "expired at"), (13.5, "within 14 days"), (15, ""), (12_000, ""), (365 * 40, "")]
)
def test_a_certificate_that_ends(
    open_server: Callable[..., OpenServer], tmp_path: Path, caplog: pytest.LogCaptureFixture, days: float, said: str
) -> None:
    """Told at the start, and once a day."""
    mine = make_pair(tmp_path, "mine")
    of_days(mine, days)
    end = x509.load_pem_x509_certificate(mine.certificate.read_bytes()).not_valid_after_utc
    assert expiry(mine.certificate) == end.timestamp()
    running = open_server(tls={"certificate": str(mine.certificate), "key": str(mine.key)}).server._endpoints
    told = "the certificate "
    assert caplog.text.count(told) == bool(said)
    assert said in caplog.text
    running.check_certificate()
    assert caplog.text.count(told) == bool(said)
    running._clock = running._warnings._clock = lambda: time.time() + 86_401
    running.check_certificate()
    assert caplog.text.count(told) == bool(said) * 2 + (days == 15)


def test_changed_files_are_taken_without_being_asked_to(
    open_server: Callable[..., OpenServer],
    pair: Pair,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_CERTIFICATE_CHECK_SECONDS", 0.05)
    mine = Pair(tmp_path / "c.pem", tmp_path / "c.key")
    shutil.copy(pair.certificate, mine.certificate)
    shutil.copy(pair.key, mine.key)
    running = open_server(tls={"certificate": str(mine.certificate), "key": str(mine.key)})
    before = running.come("ircs")
    new = make_pair(tmp_path, "new")
    shutil.copy(new.certificate, mine.certificate)  # half of it: the old one goes on
    while "the new certificate can't be used" not in caplog.text:
        assert running.come("ircs").ask("CAP LS") != []
    shutil.copy(new.key, mine.key)
    running.pair = new
    taken = False
    while not taken:
        with contextlib.suppress(ssl.SSLCertVerificationError):
            taken = running.come("wss").ask("CAP LS") != []
    assert before.ask("CAP LS") != []
    warned = [record for record in caplog.records if record.levelname == "WARNING"]
    assert sum("the new certificate can't be used" in record.getMessage() for record in warned) == 1


def test_clients_need_not_be_asked(open_server: Callable[..., OpenServer], own: Pair) -> None:
    running = open_server(tls={"client_certificates": False})
    assert external(running.come("ircs", own)) == ["908", "904"]


def test_a_new_certificate_drops_nobody(
    open_server: Callable[..., OpenServer], pair: Pair, pairs: Path, tmp_path: Path
) -> None:
    mine = Pair(tmp_path / "c.pem", tmp_path / "c.key")
    shutil.copy(pair.certificate, mine.certificate)
    shutil.copy(pair.key, mine.key)
    running = open_server(tls={"certificate": str(mine.certificate), "key": str(mine.key)})
    before = running.come("ircs")
    new = make_pair(tmp_path, "new")
    shutil.copy(new.certificate, mine.certificate)
    said = running.server.reload()
    assert "belongs to another certificate" in said
    assert running.come("ircs").ask("CAP LS") != []  # the old one, as long as the new one is no good
    shutil.copy(new.key, mine.key)
    assert running.server.reload() == ""
    running.pair = new
    assert running.come("ircs").ask("CAP LS") != []
    running.pair = pair
    with pytest.raises(ssl.SSLCertVerificationError):
        running.come("ircs")
    assert before.ask("CAP LS") != []


def test_sts(open_server: Callable[..., OpenServer]) -> None:
    def told(running: OpenServer, way: str, version: str = "302") -> list[str]:
        client = running.come(way)
        words = " ".join(client.ask(f"CAP LS {version}".rstrip())).split()
        return [word.lstrip(":") for word in words if word.lstrip(":").startswith("sts")]

    running = open_server(tls={"sts_seconds": 600})
    assert told(running, "irc") == [f"sts=port={running.port('ircs')}"]
    assert told(running, "ircs") == ["sts=duration=600"]
    assert told(running, "irc", "") == []  # who asks for no values can't be told
    assert told(running, "web") == []
    client = running.come("irc")
    client.send("CAP LS 302", "CAP REQ :sts")
    assert client.wait("NAK").endswith("NAK :sts")
    client.send("CAP REQ :-sts")
    assert client.wait("NAK").endswith("NAK :-sts")
    running.stop()
    assert told(open_server(tls={"sts": False}), "irc") == []


def test_no_sts_without_tls(open_server: Callable[..., OpenServer]) -> None:
    client = open_server(listen={"ircs": "off"}).come("irc")
    assert "sts" not in " ".join(client.ask("CAP LS 302"))
