"""Device tokens and invitations in the database: their times, their owners, and what another process does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chatstore.chat.changes.accounts import (
    AddCertificate,
    CreateAccount,
    RemoveAccount,
    SetPassword,
    SetRole,
    SuspendAccount,
)
from chatstore.chat.changes.invitations import InviteFirstAdmin, InviteToServer, RevokeInvitation
from chatstore.chat.changes.tokens import AddToken, RemoveTokens, UseToken
from chatstore.chat.model.accounts import PeopleQuery
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import AccessLeft, AccountEnded, PasswordChanged, RoleChanged, TokensRemoved
from chatstore.chat.model.invitations import DAY, FIRST_ADMINS_LIFE, USUAL_LIFE, InvitationsQuery
from chatstore.chat.model.names import person_name
from chatstore.storage import writer as writer_module
from chatstore.storage.catch_up import CatchUp
from tests.postgres import Cluster
from tests.storage.database import Database

Open = Callable[..., Database]
ALICE, BOB = person_name("alice"), person_name("bob")


@pytest.fixture
def database(open_database: Open) -> Database:
    return open_database()


def refusal(database: Database, change: Any) -> Code:
    with pytest.raises(ChatError) as refused:
        database.do(change)
    return refused.value.code


def test_when_a_token_was_made_and_used(database: Database) -> None:
    alice = database.do(CreateAccount(ALICE, "x"))
    made = database.do(AddToken(alice.id, "d1", "phone"))
    assert (made.created_at, made.last_used_at) == (1_000_000_000, None)
    database.now += 5
    assert database.do(UseToken(made.id)) is True
    [kept] = database.store.tokens.of_account(alice.id)
    assert (kept.created_at, kept.last_used_at) == (1_000_000_000, 1_000_005_000)
    assert database.store.tokens.by_digest("d1") == kept
    assert list(database.do(RemoveTokens(alice.id, only=made.id))) == [made.id]
    assert database.do(UseToken(made.id)) is False
    again = database.do(AddToken(alice.id, "d1", "phone"))
    assert again.id != made.id


def test_which_are_removed(database: Database) -> None:
    alice, bob = database.do(CreateAccount(ALICE, "x")), database.do(CreateAccount(BOB, "x"))
    one, two, three = (database.do(AddToken(alice.id, digest, "")).id for digest in "abc")
    theirs = database.do(AddToken(bob.id, "d", "")).id
    assert database.do(RemoveTokens(alice.id, only=theirs)) == []
    renewed = database.do(SetPassword(ALICE, "y", 0, two, "e"))
    assert [each.digest for each in database.store.tokens.of_account(alice.id)] == ["e"]
    assert renewed.id not in (one, two, three)
    assert refusal(database, SetPassword(ALICE, "z", 0)) is Code.WRONG_CREDENTIALS
    assert refusal(database, AddToken(alice.id, "f", "", 0)) is Code.WRONG_CREDENTIALS
    assert refusal(database, AddCertificate(ALICE, "f", 0)) is Code.WRONG_CREDENTIALS
    database.do(RemoveTokens(alice.id))
    database.do(RemoveAccount(BOB))
    assert [
        *database.store.tokens.of_account(alice.id),
        *database.store.tokens.of_account(bob.id),
    ] == []
    kinds = (TokensRemoved, PasswordChanged)
    assert [event for event in database.bus.events if isinstance(event, kinds)] == [
        PasswordChanged(alice.id, 1, renewed.id),
        TokensRemoved(alice.id, frozenset({renewed.id})),
    ]
    assert refusal(database, AddToken(bob.id, "e", "")) is Code.SUSPENDED


@pytest.mark.sqlite  # with PostgreSQL each removal is told by itself
def test_removals_by_another_process_are_told(open_database: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_LOOK_AROUND", 0.02)
    server, other = open_database(), open_database(checkpoints=False)
    alice = server.do(CreateAccount(ALICE, "x"))
    one, two = (server.do(AddToken(alice.id, digest, "")).id for digest in "ab")
    other.do(RemoveTokens(alice.id, only=one))
    server.do(AddCertificate(ALICE, "f"))
    expected = AccessLeft(frozenset({two}), frozenset({"f"}), {}, frozenset({alice.id}))
    assert [other.do(SetRole(ALICE, "admin")) for _ in range(2)] == [True, False]
    server.bus.wait(lambda events: expected in events)
    other.do(SetPassword(ALICE, "y", certificates=True))
    other.do(SetRole(ALICE, "user"))
    last = AccessLeft(frozenset(), frozenset(), {alice.id: 1}, frozenset())
    server.bus.wait(lambda events: last in events)


def test_removals_at_another_node_are_told(cluster: Cluster) -> None:
    """On PostgreSQL the events themselves come, by the bus."""
    url = cluster.database()
    server, other = Database(url), Database(url)
    alice = server.do(CreateAccount(ALICE, "x"))
    token = server.do(AddToken(alice.id, "a", "")).id
    other.do(RemoveTokens(alice.id, only=token))
    other.do(SetRole(ALICE, "admin"))
    other.do(SetPassword(ALICE, "y", certificates=True))
    told = [
        TokensRemoved(alice.id, frozenset({token})),
        RoleChanged(alice.id, True),
        PasswordChanged(alice.id, 1, None),
    ]
    server.bus.wait(lambda events: [event for event in events if not isinstance(event, AccessLeft)] == told)
    other.close()
    server.close()


def test_the_logins_of_those_who_are_here_are_enough(database: Database) -> None:
    ids = {}
    for name in (ALICE, BOB):
        ids[name] = database.do(CreateAccount(name, "x", "admin")).id
        database.do(SetPassword(name, "y"))
        database.do(AddToken(ids[name], name.folded, ""))
        database.do(AddCertificate(name, name.folded))
    alice = ids[ALICE]
    [token] = database.store.tokens.of_account(alice)
    catch_up = CatchUp()
    with database.store._engine.connect() as connection:
        catch_up.begin(connection, lambda: [alice])
        left, _ = catch_up.find(connection)[0]
    one = frozenset({alice})
    assert left == AccessLeft(frozenset({token.id}), frozenset({"alice"}), {alice: 1}, one, one)


def test_a_suspension_that_is_over_and_another_one(open_database: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_LOOK_AROUND", 0.02)
    server, other = open_database(), open_database(checkpoints=False)
    alice = server.do(CreateAccount(ALICE, "x"))
    for until in ("2030-01-02 00:00", "2030-01-03 00:00"):
        moment = datetime.strptime(f"{until} +0000", "%Y-%m-%d %H:%M %z")
        other.do(SuspendAccount(ALICE, "spam", int(moment.timestamp() * 1000)))
        told = AccountEnded(alice.id, f"your account was suspended until {until} UTC: spam")
        server.bus.wait(lambda events, told=told: told in events)


def test_an_invitation_is_good_until_it_expires(database: Database) -> None:
    made = database.do(InviteToServer("d"))
    assert (made.created_at, made.expires_at - made.created_at) == (1_000_000_000, USUAL_LIFE)
    assert USUAL_LIFE == 7 * DAY == 7 * 24 * 3600 * 1000
    database.now += USUAL_LIFE / 1000
    assert refusal(database, CreateAccount(ALICE, "x", invitation="d")) is Code.INVALID_CODE
    database.now -= 0.001
    alice = database.do(CreateAccount(ALICE, "x", invitation="d"))
    [used] = database.store.invitations.all()
    assert (used.used_at, used.used_by) == (made.expires_at - 1, alice.id)
    assert refusal(database, CreateAccount(BOB, "x", invitation="d")) is Code.INVALID_CODE
    assert database.store.accounts.named("bob") is None
    assert database.do(RevokeInvitation(made.id)) is False


def test_the_list_has_names_and_comes_in_pages(database: Database) -> None:
    alice = database.do(CreateAccount(ALICE, "x", "admin"))
    for digest, life in (("a", DAY), ("b", 0), ("c", DAY), ("d", DAY)):
        database.do(InviteToServer(digest, made_by=alice.id if digest != "c" else None, life=life))
    database.do(CreateAccount(BOB, "x", invitation="a"))
    now = int(database.now * 1000)

    def listed(**wanted: Any) -> list[tuple[str, str, str, str]]:
        found = database.store.invitations.chosen(InvitationsQuery(now, **wanted))
        return [(each.invitation.digest, each.maker, each.user, each.state(now)) for each in found]

    everything = [
        ("d", "alice", "", "open"),
        ("c", "", "", "open"),
        ("b", "alice", "", "expired"),
        ("a", "alice", "bob", "used"),
    ]
    assert listed() == everything
    assert listed(state="open") == everything[:2]
    assert listed(state="expired") == everything[2:3]
    assert listed(state="used") == everything[3:]
    assert listed(limit=1) == everything[:1]
    assert listed(limit=2, before=4) == everything[1:3]


def test_statuses_of_accounts_by_the_time(database: Database) -> None:
    database.do(CreateAccount(ALICE, "x"))
    database.do(CreateAccount(BOB, "x"))
    now = int(database.now * 1000)
    database.do(SuspendAccount(ALICE, "spam", now + 10))
    database.do(SuspendAccount(BOB, "spam"))

    def named(at: int, status: str = "", unseen_since: int | None = None) -> list[str]:
        query = PeopleQuery(at, status, unseen_since=unseen_since)
        return [each.name for each in database.store.accounts.chosen(query)]

    assert (named(now + 9, "active"), named(now + 9, "suspended")) == ([], ["alice", "bob"])
    assert (named(now + 10, "active"), named(now + 10, "suspended")) == (["alice"], ["bob"])
    assert (named(now + 10, unseen_since=now + 1), named(now + 10)) == (["alice"], ["alice", "bob"])


def test_a_name_that_is_taken_does_not_use_it_up(database: Database) -> None:
    database.do(CreateAccount(ALICE, "x"))
    database.do(InviteToServer("d", BOB, "admin"))
    assert refusal(database, CreateAccount(ALICE, "x", invitation="d")) is Code.NAME_TAKEN
    assert refusal(database, InviteToServer("e", ALICE)) is Code.NAME_TAKEN
    assert database.do(CreateAccount(BOB, "x", invitation="d")).admin


def test_the_first_admins_lasts_for_half_an_hour_and_no_other_is_touched(database: Database) -> None:
    database.do(InviteToServer("kept", role="admin"))
    assert database.do(InviteFirstAdmin("first")).code
    assert database.do(InviteFirstAdmin("second"))
    assert [each.digest for each in database.store.invitations.all()] == [
        "kept",
        digest_of("second"),
    ]
    database.now += FIRST_ADMINS_LIFE / 1000
    assert FIRST_ADMINS_LIFE == 30 * 60 * 1000
    assert refusal(database, CreateAccount(ALICE, "x", invitation=digest_of("second"))) is Code.INVALID_CODE
    assert database.do(InviteFirstAdmin("third"))
    assert database.do(CreateAccount(ALICE, "x", invitation=digest_of("third"))).admin
    assert not database.do(InviteFirstAdmin("fourth")).code
    assert [each.digest for each in database.store.invitations.all()] == [
        "kept",
        digest_of("third"),
    ]
    database.do(RemoveAccount(ALICE))
    assert database.do(InviteFirstAdmin("fifth"))
