"""Many who have passwords hashed, or guess at them, keep nobody else out."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from unittest.mock import patch

import bcrypt
import pytest

from tests.running import PASSWORD, SECONDS, Running, plain

CONNECTIONS = 9
"""Fewer than the wrong guesses that are heard."""


def test_one_accounts_many_password_changes_do_not_hold_up_others(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log of what was hashed tells the order: the login waits for what is hashed already, and one more at
    most."""
    server = run_server()
    server.register("bob").close()
    clients = [server.register("eve"), *(server.login("eve") for _ in range(CONNECTIONS - 1))]
    begun, release, all_wait, hashed = threading.Event(), threading.Event(), threading.Event(), list[bytes]()
    real, passwords, waiting = bcrypt.checkpw, server.server._passwords, list[object]()
    submit = passwords.submit

    def count(job: Callable[[], None], keys: Sequence[str]) -> bool:
        taken = submit(job, keys)
        waiting.append(keys)
        if len(waiting) == CONNECTIONS + 1:
            all_wait.set()
        return taken

    def check(password: bytes, stored: bytes) -> bool:
        begun.set()
        release.wait(SECONDS)
        hashed.append(password)
        return real(password, stored)

    monkeypatch.setattr(server.server._irc.pools, "passwords", count)
    with patch("bcrypt.checkpw", check):
        for client in clients:
            change = base64.b64encode(f"eve's wrong\0{PASSWORD}".encode()).decode()
            client.send(f"PASSWORD {change}")
        assert begun.wait(SECONDS)
        bob = server.connect()
        bob.send("CAP REQ :sasl", "NICK bob", "USER b 0 * :B", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('bob')}")
        assert all_wait.wait(SECONDS)
        release.set()
        bob.wait(" 903 ")
        for client in clients:
            client.wait("FAIL PASSWORD")
    # Before it: what each worker was at, and one of eve's at most.
    assert hashed.index(PASSWORD.encode()) <= passwords.threads + 1


def test_wrong_passwords_from_a_shared_address_lock_nobody_out(run_server: Callable[..., Running]) -> None:
    server = run_server()
    server.register("alice").close()  # who has come from here before
    eve = server.connect()
    eve.send("CAP REQ :sasl")
    for number in range(25):
        eve.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(f'name{number}')}")
    assert "too many wrong passwords" in eve.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('nobody')}")[-1]
    assert server.login("alice").log[-1].split()[2] == "alice"


def test_right_tokens_by_pass_are_never_throttled(run_server: Callable[..., Running]) -> None:
    """Also where the server has a password, which PASS may be as well."""
    server = run_server(server={"password": "open sesame"})
    alice = server.connect()
    alice.send("PASS :open sesame", "CAP LS", "NICK alice", f"REGISTER * * :{PASSWORD}")
    alice.wait("REGISTER SUCCESS")
    [token] = [line.params[2] for line in alice.parsed("TOKEN ADD :bot") if line.command == "TOKEN"]
    for number in range(30):
        guest = server.connect()
        guest.send(
            f"PASS :alice:{token}" if number % 2 else f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :A"
        )
        guest.wait(" 001 ")
        guest.close()
    eve = server.connect()
    eve.send("CAP REQ :sasl")
    for _ in range(25):
        eve.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}")
    bot = server.connect()
    bot.send(f"PASS :alice:{token}", "NICK alice", "USER a 0 * :A")
    bot.wait(" 001 ")
