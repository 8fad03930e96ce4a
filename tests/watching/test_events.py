"""The log's events: each has one name and one set of fields, stands in docs/monitoring.md, and has no secrets."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatstore import logs
from tests.running import PASSWORD, Running
from tests.watching.events import Call, documented, every, table

RESERVED = {"time", "level", "message"}
SECRET = {"password", "token", "text", "body", "code", "key", "secret", "line"}
"""Names of fields that would have what the log must not have."""


EVERY = every()


def test_every_record_has_an_event_and_its_words_are_fields() -> None:
    assert len(EVERY) > 80
    for call in EVERY:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", call.event), call
        assert not {*call.fields} & (RESERVED | SECRET), call
        assert {*re.findall(r"%\((\w+)\)", call.template)} <= {*call.fields}, call
        assert not re.search(r"%(?!\()", call.template), call


def test_an_event_has_the_same_fields_everywhere() -> None:
    found: dict[str, Call] = {}
    for call in EVERY:
        first = found.setdefault(call.event, call)
        assert (first.fields, first.level) == (call.fields, call.level), f"{first.where} and {call.where}"


def test_every_event_is_documented() -> None:
    """If this fails, run: python -m tests.watching.events"""
    assert documented() == table()


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """All that is logged, as JSON at the level debug, once the function is called."""
    file = (tmp_path / "log").open("w")
    monkeypatch.setattr(sys, "stderr", file)
    journal = logs.set_up_logging("debug", "json")

    def read() -> str:
        journal.stop()
        file.flush()
        return Path(file.name).read_text()

    yield read
    journal.stop()
    file.close()


def test_no_message_password_or_token_is_in_the_log(
    run_server: Callable[..., Running], records: Callable[[], str]
) -> None:
    running = run_server(listen={"plain": "127.0.0.1:0", "web": "127.0.0.1:0"})
    alice, bob = running.member("alice"), running.member("bob")
    alice.send("PRIVMSG #main :sesame one", "PRIVMSG bob :sesame two", "TOPIC #main :sesame three")
    bob.wait("sesame two")
    alice.send("AWAY :sesame four", "PRIVMSG nobody :sesame five", "FOO :sesame six", "OPER alice sesame-seven")
    alice.send("PRIVMSG NickServ :IDENTIFY sesame-eight", "TOKEN ADD :sesame nine", "INVITATION csi_sesameten")
    alice.send(f"PRIVMSG NickServ :SET PASSWORD {PASSWORD} sesame-eleven-and-more", "MODE #main +k sesame12")
    alice.sync()
    tokens = [word for line in alice.log for word in line.split() if word.startswith("cst_")]
    carol = running.connect()
    carol.send(
        "PASS :sesame-thirteen", "CAP LS 302", "CAP REQ :sasl", "NICK carol", "USER carol 0 * :sesame fourteen"
    )
    carol.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + base64.b64encode(b"\0alice\0sesame-fifteen").decode())
    carol.wait(" 904 ")
    carol.send("CAP END")
    bob.send("QUIT :sesame sixteen")
    bob.rest()
    running.stop()
    said = records()
    events = [json.loads(line) for line in said.splitlines()]
    assert {event["event"] for event in events} >= {"joined", "login-failed", "connection", "disconnected"}
    assert tokens
    for secret in ("sesame", PASSWORD, base64.b64encode(b"\0alice\0sesame-fifteen").decode(), *tokens):
        assert secret not in said, [line for line in said.splitlines() if secret in line]
