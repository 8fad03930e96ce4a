from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from chatstore.chat.changes.accounts import AddCertificate, CreateAccount, MarkPresent, MarkSeen, SuspendAccount
from chatstore.chat.changes.membership import ChangeNick, JoinRoom
from chatstore.chat.changes.tokens import AddToken
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import DAY
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.passwords import verify_password
from chatstore.chat.model.rooms import Room
from tests.cli.home import Home, seen
from tests.running import PASSWORD, SECONDS, Running, plain, start

NEW = "nine-purple-kettles"


def stored(home: Home, name: str) -> Account:
    with home.store() as store:
        account = store.accounts.named(person_name(name).folded)
    assert account is not None
    return account


def has_password(home: Home, name: str, password: str) -> bool:
    return verify_password(password, stored(home, name).password)


def test_add_asks_twice(home: Home) -> None:
    result = home.typed(f"first {NEW}\nsecond {NEW}\n{NEW}\n{NEW}\n", "account", "add", "alice")
    seen(result, 0, "alice was added")
    assert "do not match" in result.output
    assert NEW not in result.output
    assert has_password(home, "alice", NEW)


def test_add_that_is_refused_makes_no_database(home: Home) -> None:
    seen(home.typed("x\nx\n", "account", "add", "no name"), 1, "chatstore: a name can't contain spaces")
    seen(home.run("account", "add", "alice", "--password-stdin", given="\n"), 1, "can't be empty")
    assert not home.path.exists()


@pytest.mark.sqlite
def test_add_makes_the_database_as_the_server_does(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATSTORE_ROOMS_DEFAULT", "main,dev,Main")
    seen(home.run("account", "add", "alice", "--password-stdin", given=f"{NEW}\n"), 0, "alice was added")
    assert home.path.stat().st_mode & 0o777 == 0o600
    assert [record["room"] for record in json.loads(home.run("room", "list", "--format", "json").stdout)] == [
        "dev",
        "main",
    ]
    monkeypatch.setenv("CHATSTORE_ROOMS_DEFAULT", "later")
    seen(home.run("account", "add", "bob", "--password-stdin", given=f"{NEW}\n"), 0, "bob was added")
    seen(home.run("room", "show", "later"), 5, "there is no room later")


@pytest.mark.parametrize("given", ["päss word\n", "päss word\r\n", "päss word", "päss word\nmore\n"])
def test_a_password_from_the_input_is_its_first_line(home: Home, given: str) -> None:
    seen(
        home.run("account", "add", "alice", "--admin", "--password-stdin", given=given),
        0,
        "added as an administrator",
    )
    assert has_password(home, "alice", "päss word")
    assert stored(home, "alice").admin


def test_a_name_that_is_taken(home: Home, alice: Actor) -> None:
    seen(home.run("account", "add", "ALICE", "--password-stdin", given=f"{NEW}\n"), 1, "the name ALICE is taken")


def test_a_password_that_is_none(home: Home, alice: Actor) -> None:
    for given in ("", "\n", "a\0b\n", "x" * 1025):
        seen(home.run("account", "passwd", "alice", "--password-stdin", given=given), 1, "a password ")
    result = home.run("account", "passwd", "alice", "--password-stdin", given=b"\xff\n")
    seen(result, 2, "the password is not valid UTF-8")
    assert stored(home, "alice").password == "bcrypt:none"


def test_passwd(home: Home, alice: Actor) -> None:
    seen(home.typed(f"{NEW}\n{NEW}\n", "account", "passwd", "Alice"), 0, "alice has a new password")
    assert has_password(home, "alice", NEW)
    seen(home.run("account", "passwd", "alice", "--password-stdin", given=f"{NEW} 2\n"), 0, "has a new password")
    assert has_password(home, "alice", f"{NEW} 2")
    seen(home.run("account", "passwd", "eve", "--password-stdin", given="x\n"), 5, "there is no account eve")
    for given, why in (
        ("x\n", "at least 8 characters"),
        ("password1\n", "easy to guess"),
        ("alicealice\n", "the account's name"),
    ):
        seen(home.run("account", "passwd", "alice", "--password-stdin", given=given), 1, why)


def test_passwd_leaves_nothing_else_that_logs_in(home: Home, alice: Actor) -> None:
    assert alice.account_id is not None
    home.submit(AddToken(alice.account_id, "t", "phone"), AddCertificate(person_name("alice"), "ab" * 32))
    result = home.run("account", "passwd", "alice", "--password-stdin", given=f"{NEW}\n")
    seen(result, 0, "alice has a new password; 1 device token and 1 certificate removed\n")
    with home.store() as store:
        assert (
            store.tokens.of_account(alice.account_id),
            store.accounts.certificates(alice.account_id),
        ) == ([], [])


def test_set_admin(home: Home, alice: Actor) -> None:
    seen(home.run("account", "set", "alice"), 2, "--admin or --no-admin")
    seen(home.run("account", "set", "eve", "--admin"), 5, "there is no account eve")
    for option, said, role in (
        ("--no-admin", "alice is not an administrator\n", "user"),
        ("--admin", "alice is an administrator\n", "admin"),
        ("--admin", "alice is already an administrator\n", "admin"),
        ("--no-admin", "alice is no longer an administrator\n", "user"),
    ):
        seen(home.run("account", "set", "Alice", option), 0, said)
        assert stored(home, "alice").role == role


def test_suspend_until(home: Home, alice: Actor) -> None:
    suspend = ("account", "suspend", "alice", "--reason", "spam", "--until")
    for wrong, why in (("never", "is not a time"), ("2020-01-01", "is in the past"), ("0m", "is in the past")):
        seen(home.run(*suspend, wrong), 2, why)
    seen(home.run(*suspend, "2099-12-24 18:00"), 0, "alice is suspended until 2099-12-24 18:00:00: spam\n")
    assert "status    suspended until 2099-12-24 18:00:00: spam" in home.lines("account", "show", "alice")
    assert "suspended until 2099-12-24 18:00:00: spam" in home.lines("account", "list")[-1]
    [record] = json.loads(home.run("account", "list", "--format", "json").stdout)
    assert (record["status"], record["reason"]) == ("suspended", "spam")
    assert record["until"].startswith("2099-12-24T")
    before = time.time()
    seen(home.run(*suspend, "7d"), 0, "alice is suspended until ")
    until = stored(home, "alice").suspended_until
    assert until is not None
    assert -1 < until / 1000 - before - 7 * 86_400 < 120
    home.submit(SuspendAccount(person_name("alice"), "spam", 1))  # which was over in 1970
    assert "status    active" in home.lines("account", "show", "alice")
    [record] = json.loads(home.run("account", "list", "--format", "json").stdout)
    assert (record["status"], record["reason"], record["until"]) == ("active", "", None)
    seen(home.run("account", "restore", "alice"), 0, "alice was not suspended")


def test_suspend_and_restore(home: Home, alice: Actor) -> None:
    seen(home.run("account", "restore", "alice"), 0, "alice was not suspended")
    seen(home.run("account", "suspend", "alice"), 2, "--reason")
    seen(
        home.run("account", "suspend", "alice", "--reason", "spam \x1b[31m"),
        0,
        r"alice is suspended: spam \x1b[31m",
    )
    assert (stored(home, "alice").status, stored(home, "alice").status_reason) == ("suspended", "spam \x1b[31m")
    assert r"status    suspended: spam \x1b[31m" in home.lines("account", "show", "alice")
    seen(home.run("account", "restore", "alice"), 0, "alice is restored")
    assert stored(home, "alice").active(0)


@pytest.mark.parametrize(
    ("reason", "said"),
    [("a\r\nQUIT", "must be one line"), ("x" * 391, "longer than 390"), ("\udcff", "not valid UTF-8")],
)
def test_a_reason_that_no_endpoint_could_show(home: Home, alice: Actor, reason: str, said: str) -> None:
    seen(home.run("account", "suspend", "alice", "--reason", reason), 2, said)
    assert stored(home, "alice").active(0)


def test_remove_asks(home: Home, alice: Actor) -> None:
    seen(home.typed("n\n", "account", "remove", "alice"), 1, "Remove alice permanently?")
    seen(home.typed("", "account", "remove", "alice"), 1, "Aborted")
    assert stored(home, "alice").active(0)
    seen(home.typed("y\n", "account", "remove", "alice"), 0, "alice was removed")
    assert stored(home, "alice").status == "removed"
    for command in (["remove", "alice", "--yes"], ["restore", "alice"], ["suspend", "alice", "--reason", "x"]):
        seen(home.run("account", *command), 5, "there is no account alice")
    seen(home.run("account", "passwd", "alice", "--password-stdin", given="x\n"), 5, "there is no account alice")
    seen(home.run("account", "add", "alice", "--password-stdin", given=f"{NEW}\n"), 1, "the name alice is taken")
    seen(home.run("account", "show", "alice"), 0, "status    removed")


@pytest.mark.sqlite
def test_list(home: Home, main_room: Room) -> None:
    assert json.loads(home.run("account", "list", "--format", "json").stdout) == []
    alice, bob = home.account("alice"), home.account("Bob")
    home.submit(ChangeNick(bob, person_name("Robert")), now=2_000)
    home.submit(MarkSeen(alice.account_id or 0), now=1795369958.5)
    seen(home.run("account", "suspend", "bob", "--reason", "why"), 0, "suspended")
    head, _, first, second = home.lines("account", "list")
    assert head.split() == ["name", "role", "status", "created", "last", "seen"]
    assert first.split()[:3] == ["alice", "user", "active"]
    assert first.endswith("2026-11-22 18:52:38")
    assert re.fullmatch(r"Bob +user +suspended: why +\S+ \S+ +never", second)
    records = json.loads(home.run("account", "list", "--format", "json").stdout)
    assert [(one["name"], one["nick"], one["status"], one["reason"]) for one in records] == [
        ("alice", "alice", "active", ""),
        ("Bob", "Robert", "suspended", "why"),
    ]
    assert (records[0]["last_seen"], records[1]["last_seen"]) == ("2026-11-22T17:52:38.500Z", None)


def test_show(home: Home, main_room: Room, alice: Actor) -> None:
    home.submit(JoinRoom(alice, room_name("main"), "", 9), JoinRoom(alice, room_name("dev"), "", 9))
    home.submit(ChangeNick(alice, person_name("al")))
    shown = dict(line.split(None, 1) for line in home.lines("account", "show", "ALICE"))
    assert (shown["name"], shown["nick"], shown["role"], shown["status"]) == ("alice", "al", "user", "active")
    assert (shown["last"], shown["rooms"]) == ("seen never", "main (member), dev (operator)")
    seen(home.run("account", "show", "eve"), 5, "there is no account eve")
    seen(home.run("account", "show", "e\x1bve"), 5, r"there is no account e\x1bve")


def test_a_running_server_obeys(home: Home, server: Running) -> None:
    dora, waiting = server.member("dora"), server.connect()
    waiting.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('dora')}")
    waiting.wait(" 903 ")
    seen(home.run("account", "set", "dora", "--admin"), 0, "dora is an administrator")
    assert " 381 " in dora.ask(f"OPER dora :{PASSWORD}")[0]
    seen(home.run("account", "set", "dora", "--no-admin"), 0, "no longer an administrator")
    assert "ADMIN_REQUIRED" in dora.ask("CAP REQ :standard-replies", "INVITATION CREATE")[-1]
    seen(home.run("account", "passwd", "dora", "--password-stdin", given=f"{NEW}\n"), 0, "new password")
    for client in (dora, waiting):
        assert "the password of your account was changed" in client.rest()[-1]
    erin = server.register("erin")
    until = ("--reason", "spam", "--until", "2099-12-24 18:00")
    seen(home.run("account", "suspend", "erin", *until), 0, "suspended until 2099")
    assert re.search(r"suspended until 2099-12-\d\d \d\d:\d\d UTC: spam", erin.rest()[-1])
    erin = server.connect()
    erin.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('erin')}")
    assert re.search(r"this account is suspended until 2099-12-\d\d \d\d:\d\d UTC: spam", erin.wait(" 902 "))
    alice, bob = server.member("alice"), server.member("bob")
    seen(home.run("account", "suspend", "alice", "--reason", "spam"), 0, "suspended")
    assert any("spam" in line for line in alice.rest())
    seen(home.run("account", "remove", "bob", "--yes"), 0, "bob was removed")
    assert any("removed" in line for line in bob.rest())
    seen(home.run("account", "add", "carol", "--password-stdin", given="correct horse\n"), 0, "carol was added")
    assert server.login("carol").sync() == []


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["account", "add", "bob"], "--password-stdin"),
        (["account", "passwd", "alice"], "--password-stdin"),
        (["account", "remove", "alice"], "--yes"),
        (["room", "remove", "main"], "--yes"),
    ],
)
def test_without_a_terminal_nobody_is_asked(
    home: Home, main_room: Room, alice: Actor, command: list[str], option: str
) -> None:
    result = home.run(*command, given="y\ny\n")
    seen(result, 2, f"standard input is not a terminal: give {option}\n")
    assert "Aborted" not in result.output
    assert "Warning" not in result.output


@pytest.mark.parametrize("family", ["account", "room"])
def test_the_help_of_a_family_is_not_cut(home: Home, family: str) -> None:
    assert not [line for line in home.lines(family, "--help") if line.startswith("  ") and line.endswith("...")]


def test_a_one_use_link_for_an_account(home: Home, alice: Actor) -> None:
    """The link and nothing else; it replaces the one before."""
    result = home.run("account", "reset", "Alice", apart=True)
    assert re.fullmatch(r"http://127\.0\.0\.1:8097/#invite=csi_[a-z2-9]{24}\n", result.stdout)
    assert re.fullmatch(r"works once, until 20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?\n", result.stderr)
    again = ("account", "reset", "alice", "--days", "3", "--url", "https://chat.example.org/")
    second = home.run(*again, apart=True).stdout.rstrip("\n")
    assert second.startswith("https://chat.example.org/#invite=csi_")
    with home.store() as store:
        [kept] = store.invitations.all()
    assert (kept.account_id, kept.name, kept.expires_at - kept.created_at) == (alice.account_id, "alice", 3 * DAY)
    assert kept.digest == digest_of(second.partition("=")[2])
    seen(home.run("account", "reset", "nobody"), 5, "there is no account nobody")


def test_accounts_that_nobody_uses(home: Home) -> None:
    """Listed, and suspended together; not administrators', and not one that somebody has just used."""
    day = 86_400
    now = time.time()
    for name, age in (("old", 100), ("new", 10), ("boss", 100), ("back", 100), ("gone", 100)):
        role: Any = "admin" if name == "boss" else "user"
        home.submit(CreateAccount(person_name(name), "bcrypt:none", role), now=now - age * day)
    home.submit(MarkPresent([stored(home, "back").id]))
    home.lines("account", "remove", "gone", "--yes")
    unused = ("--unused", "90d")
    assert [line.split()[0] for line in home.lines("account", "list", *unused)[2:]] == ["boss", "old"]
    found = json.loads("\n".join(home.lines("account", "list", *unused, "--format", "json")))
    assert [one["name"] for one in found] == ["boss", "old"]
    suspending = ("account", "suspend", *unused, "--reason", "unused for 90 days")
    seen(home.run(*suspending), 2, "give --yes")
    seen(home.typed("n\n", *suspending), 1, "Suspend this account?")
    assert home.lines(*suspending, "--yes") == ["old is suspended: unused for 90 days"]
    assert home.lines(*suspending, "--yes") == ["no account is suspended: all are used"]
    seen(home.run("account", "suspend", "--reason", "x"), 2, "give the NAME of an account, or --unused")
    seen(home.run("account", "suspend", "new", *unused, "--reason", "x"), 2, "give the NAME of an account, or")


def test_who_stays_connected_for_months_is_seen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server notes from time to time who is here."""
    monkeypatch.setattr("chatstore.housekeeping._PRESENT_SECONDS", 0.05)
    served = start(home.path)
    try:
        alice = served.register("alice")
        first = stored(home, "alice").last_seen_at
        until = time.monotonic() + SECONDS
        while stored(home, "alice").last_seen_at == first and time.monotonic() < until:
            time.sleep(0.02)
        assert stored(home, "alice").last_seen_at != first
        alice.close()
    finally:
        served.stop()
