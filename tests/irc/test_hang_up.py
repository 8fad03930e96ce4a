"""Who has hung up is not here for long, whatever they had sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import Running


def test_who_has_hung_up_is_not_heard_for_long(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a script said before it went is stored; nobody stays for minutes because their inbox is full."""
    monkeypatch.setattr("chatstore.net.connection._DRAIN_SECONDS", 2.0)
    monkeypatch.setattr("chatstore.net.acceptor._TICK", 0.1)
    server = run_server(limits={"lines_per_second": 1.0, "lines_at_once": 60})
    ann, script = server.member("ann"), server.member("bot")
    script.send(*(f"PRIVMSG #main :line {n}" for n in range(400)))
    script._socket.close()
    ann.send("MONITOR + bot")
    ann.wait(" 731 ")
    said = [line for line in ann.log if "PRIVMSG #main :line" in line]
    assert 40 < len(said) < 100
