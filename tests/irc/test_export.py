"""EXPORT: one's own data over IRC, the same as `chatstore export --account` gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chatstore.chat.session.own_data import LONGEST_PAUSE
from chatstore.storage import own_data, own_export
from chatstore.storage.exporting import Scope
from tests.running import IrcClient, Running


def exported(client: IrcClient) -> list[dict[str, Any]]:
    assert client.ask("EXPORT BEGIN")[-1].endswith(" EXPORT BEGIN")
    records, text = [], ""
    while True:
        for line in client.ask("EXPORT NEXT"):
            assert len(line.encode()) <= 510
            word, _, rest = line.split(" EXPORT ")[1].partition(" ")
            if word in ("PART", "DATA"):
                text += rest.removeprefix(":")
            if word == "DATA":
                records.append(json.loads(text))
                text = ""
            if word == "END":
                return records


def as_the_operator_gets_it(server: Running, name: str) -> list[dict[str, Any]]:
    store = server.server.store
    account = store.accounts.named(name)
    assert account is not None
    with store.snapshot() as snapshot:
        parts = own_data.everything(snapshot, Scope(account=account.id), 0, lambda _done, _all: None)
        return [json.loads(line) for line in b"".join(parts).splitlines()]


def test_everything_comes(server: Running) -> None:
    """Rooms that one has left, conversations never opened, long texts: as for the operator who is asked for it."""
    alice, bob = server.register("alice", "message-tags draft/multiline batch"), server.register("bob")
    for client in (alice, bob):
        client.ask("JOIN #left", "JOIN #stays")
    alice.ask("PRIVMSG #left :a word of hers", "PART #left :bye", "PRIVMSG #stays :ü" + "\U0001f44b" * 90)
    bob.ask("PRIVMSG #left :behind her back", "PRIVMSG alice :never opened", "PRIVMSG #stays :to all")
    found = exported(alice)
    assert {line["body"] for line in found if line.get("kind") == "message"} == {
        "a word of hers", "ü" + "\U0001f44b" * 90, "never opened", "to all",
    }  # fmt: skip
    wanted = as_the_operator_gets_it(server, "alice")
    for lines in (found, wanted):
        del lines[0]["made_at"]
        lines.sort(key=lambda line: json.dumps(line, sort_keys=True))
    assert found == wanted


def test_what_one_may_read_is_judged_anew_for_each_part(server: Running) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    bob.ask("JOIN #room")
    alice.ask("JOIN #room", "EXPORT BEGIN", "EXPORT NEXT")
    bob.ask("PRIVMSG #room :said before", "KICK #room alice")
    said = "".join(line for line in alice.ask(*["EXPORT NEXT"] * 30) if " EXPORT " in line)
    assert "joined_seq" not in said, "she is no member any more"
    assert "said before" not in said
    assert "EXPORT END" in said


def test_errors(server: Running) -> None:
    alice = server.register("alice")
    assert " FAIL EXPORT NO_EXPORT :" in alice.ask("EXPORT NEXT")[-1]
    assert " FAIL EXPORT INVALID_PARAMETERS :" in alice.ask("EXPORT all of it")[-1]
    exported(alice)
    assert " FAIL EXPORT NO_EXPORT :" in alice.ask("EXPORT NEXT")[-1]


def test_one_at_a_time(server: Running) -> None:
    """Of one account. Who does not go on for a minute makes room for the other."""
    first, other = server.register("alice"), server.login("alice")
    assert first.ask("EXPORT BEGIN")[-1].endswith(" EXPORT BEGIN")
    assert first.ask("EXPORT BEGIN")[-1].endswith(" EXPORT BEGIN"), "the own one begins anew"
    assert " FAIL EXPORT BUSY :" in other.ask("EXPORT BEGIN")[-1]
    exporting = server.server.chat.exporting
    [(account, (held, used_at))] = exporting.items()
    exporting[account] = (held, used_at - LONGEST_PAUSE)
    exported(other)
    assert " FAIL EXPORT NO_EXPORT :" in first.ask("EXPORT NEXT")[-1]
    assert not exporting


def test_a_private_room_has_the_name_that_one_knew(server: Running) -> None:
    """Whatever it is called since, also in the records of its messages, and for the operator's export."""
    alice, bob = server.register("alice"), server.register("bob", "draft/channel-rename")
    bob.ask("JOIN #den", "MODE #den +s", "JOIN #inn")
    alice.ask("JOIN #den", "PRIVMSG #den :hers", "JOIN #inn", "PRIVMSG #inn :hers")
    bob.ask("RENAME #den #cave :x")
    alice.ask("PART #cave", "PART #inn")
    bob.ask("RENAME #cave #layoffs :x", "RENAME #layoffs #plans", "RENAME #inn #bar")
    for found in (exported(alice), as_the_operator_gets_it(server, "alice")):
        said = json.dumps(found)
        assert "layoffs" not in said
        assert "plans" not in said
        assert {line["name_of_room"] for line in found if line.get("body") == "hers"} == {"cave", "bar"}
        assert {line["name"] for line in found if line["type"] == "room"} == {"cave", "bar"}


def test_an_export_reads_few_names_and_looks_in_slices(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_export, "_LOOKED_AT", 3)
    alice, bob = server.register("alice"), server.register("bob")
    for room in ("#one", "#two", "#three"):
        bob.ask(f"JOIN {room}")
        alice.ask(f"JOIN {room}", f"PRIVMSG {room} :hers", f"PART {room}")
    found = exported(alice)
    assert [line["name"] for line in found if line["type"] == "room"] == ["one", "two", "three"]


def test_guests_have_no_data(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    guest = server.connect()
    guest.send("NICK guest", "USER x 0 * :X")
    guest.wait(" (422|376) ")
    assert " FAIL EXPORT ACCOUNT_REQUIRED :" in guest.ask("EXPORT BEGIN")[-1]
