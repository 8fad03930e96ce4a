"""`chatstore certificate create`, and `chatstore account certificate`."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest

from chatstore.net.tls import Certificate, fingerprint_of
from tests.cli.home import Home, seen

FINGERPRINT = "ab" * 32


def test_a_pair_is_made_that_the_server_can_use(home: Home, tmp_path: Path) -> None:
    said = "\n".join(home.lines("certificate", "create", "--out", "tls", "--host", "chat.example.org"))
    pem, key = tmp_path / "tls" / "chat.example.org.pem", tmp_path / "tls" / "chat.example.org.key"
    assert f'certificate = "{pem}"\nkey = "{key}"\nsts = false ' in said
    assert f"SHA-256 {fingerprint_of(pem)}" in said
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    Certificate(pem, key)
    context = ssl.create_default_context(cafile=str(pem))
    assert context.get_ca_certs()[0]["subjectAltName"] == (("DNS", "chat.example.org"),)


def test_for_localhost_by_every_name(home: Home) -> None:
    home.lines("certificate", "create")
    context = ssl.create_default_context(cafile="localhost.pem")
    names = context.get_ca_certs()[0]["subjectAltName"]
    assert names == (("DNS", "localhost"), ("IP Address", "127.0.0.1"), ("IP Address", "0:0:0:0:0:0:0:1"))


def test_nothing_is_overwritten(home: Home, tmp_path: Path) -> None:
    home.lines("certificate", "create")
    before = (tmp_path / "localhost.key").read_bytes()
    seen(home.run("certificate", "create"), 1, "localhost.pem already exists; it is not overwritten")
    (tmp_path / "localhost.pem").unlink()
    seen(home.run("certificate", "create"), 1, "localhost.key already exists; it is not overwritten")
    assert (tmp_path / "localhost.key").read_bytes() == before
    assert not (tmp_path / "localhost.pem").exists()


@pytest.mark.parametrize("host", ["", "a/b", "../x", "x" * 65])
def test_no_host(home: Home, host: str) -> None:
    seen(home.run("certificate", "create", "--host", host), 1, "not a host name or address")


def test_an_accounts_certificates(home: Home) -> None:
    home.account("alice")
    home.account("bob")
    colons = ":".join([FINGERPRINT[i : i + 2] for i in range(0, 64, 2)]).upper()
    assert home.lines("account", "certificate", "add", "alice", colons) == [
        f"alice can log in by the certificate {FINGERPRINT}"
    ]
    seen(home.run("account", "certificate", "add", "bob", FINGERPRINT), 1, "logs in to alice already")
    home.lines("certificate", "create")
    home.lines("account", "certificate", "add", "alice", "localhost.pem")
    listed = home.lines("account", "certificate", "list", "alice")
    assert [line.split()[0] for line in listed[-2:]] == [FINGERPRINT, fingerprint_of(Path("localhost.pem"))]
    home.lines("account", "certificate", "remove", "alice", FINGERPRINT)
    seen(home.run("account", "certificate", "remove", "alice", FINGERPRINT), 5, "alice has no certificate")
    home.lines("account", "remove", "--yes", "alice")
    home.lines("account", "certificate", "add", "bob", "localhost.pem")


@pytest.mark.parametrize("text", ["nothing.pem", "ab", FINGERPRINT + "a"])
def test_what_is_no_certificate(home: Home, text: str) -> None:
    home.account("alice")
    seen(home.run("account", "certificate", "add", "alice", text), 1, text)


def test_a_file_without_a_certificate(home: Home, tmp_path: Path) -> None:
    home.account("alice")
    (tmp_path / "x.pem").write_text("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n")
    seen(home.run("account", "certificate", "add", "alice", "x.pem"), 1, "no certificate in PEM form")
    seen(home.run("account", "certificate", "add", "carol", FINGERPRINT), 5, "carol")
