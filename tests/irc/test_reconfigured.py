"""What clients are told when the configuration becomes another one: CAP NEW and DEL, RPL_ISUPPORT, PERSISTENCE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatstore.chat.rules.policy import Limits
from chatstore.irc.line import parse
from chatstore.net import acceptor
from tests.running import Running

REGISTRATION = "draft/account-registration"


@pytest.fixture
def server(run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> Running:
    """Looks often, and is in no hurry with those who take so many looks to register."""
    monkeypatch.setattr(acceptor, "_TICK", 0.02)
    return run_server(limits={"registration_seconds": 1_000_000})


def reconfigure(server: Running, *, limits: Limits | None = None, **accounts: object) -> None:
    chat = server.server.chat
    before = chat.policy
    after = replace(before.accounts, **accounts)  # type: ignore[arg-type]
    chat.apply_policy(replace(before, accounts=after, limits=limits or before.limits))


def test_capabilities_come_and_go(server: Running) -> None:
    new, old, deaf = server.connect(), server.connect(), server.connect()
    new.ask("CAP LS 302", f"CAP REQ :{REGISTRATION}")
    old.ask(f"CAP REQ :cap-notify {REGISTRATION}")
    deaf.ask(f"CAP REQ :{REGISTRATION}")
    reconfigure(server, registration="closed")
    assert new.wait(" CAP ") == old.wait(" CAP ") == f":chatstore.local CAP * DEL :{REGISTRATION}"
    assert parse(new.ask("CAP LIST")[0]).params[-1] == "cap-notify"
    assert parse(new.ask(f"CAP REQ :{REGISTRATION}")[0]).params[1] == "NAK"
    while deaf.ask("CAP LIST") != [":chatstore.local CAP * LIST :"]:
        pass  # it is told nothing, so there is nothing to wait for: its own thread comes to it soon
    reconfigure(server, registration="open", custom_account_names=False)
    assert new.wait(" CAP ").endswith(f" CAP * NEW :{REGISTRATION}=before-connect")
    assert old.wait(" CAP ").endswith(f" CAP * NEW :{REGISTRATION}")
    assert parse(new.ask("CAP LIST")[0]).params[-1] == "cap-notify"  # to be requested again
    assert deaf.ask("CAP LIST") == [":chatstore.local CAP * LIST :"]


def test_a_new_value_is_told_to_who_knows_values(server: Running) -> None:
    new, old = server.connect(), server.connect()
    new.ask("CAP LS 302", f"CAP REQ :{REGISTRATION}")
    old.ask("CAP REQ :cap-notify")
    reconfigure(server, custom_account_names=False)
    assert new.wait(" CAP ").endswith(f" CAP * NEW :{REGISTRATION}=before-connect")
    assert REGISTRATION in new.ask("CAP LIST")[0]  # and nothing was taken away
    reconfigure(server, registration="closed")
    assert old.wait(" CAP ").endswith(" DEL :" + REGISTRATION)  # the first it hears


def test_tokens(server: Running) -> None:
    alice = server.register("alice")
    limits = replace(server.server.chat.policy.limits, topic_length=7)
    reconfigure(server, limits=limits, guests=True)
    assert alice.wait(" 005 ") == (
        ":chatstore.local 005 alice TOPICLEN=7 -draft/ACCOUNTREQUIRED :are supported by this server"
    )
    reconfigure(server, guests=False)
    assert parse(alice.wait(" 005 ")).params[1:-1] == ("draft/ACCOUNTREQUIRED",)
    batched = server.register("bob", "batch draft/extended-isupport")
    reconfigure(server, guests=True)
    batched.wait(" BATCH .* draft/isupport")
    assert "batch" in parse(batched.wait(" 005 ")).tags


def test_persistence(server: Running) -> None:
    alice, bob = server.register("alice", "draft/persistence"), server.register("bob", "draft/persistence")
    bob.ask("PERSISTENCE SET ON")
    reconfigure(server, always_on=False)
    assert alice.wait(" PERSISTENCE ") == ":chatstore.local PERSISTENCE STATUS DEFAULT OFF"
    assert bob.ask("PERSISTENCE GET") == [":chatstore.local PERSISTENCE STATUS ON ON"]
