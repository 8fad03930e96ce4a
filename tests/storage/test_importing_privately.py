"""What is private stays private, whatever is imported again: who may come back, and what may come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.changes.claiming import BeginClaim, FinishClaim
from chatstore.chat.changes.importing import StoreImported, SupersededError
from chatstore.chat.changes.membership import InvitePerson, KickMember, LeaveRoom, RevokeInvite
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.long_work import erase
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_settings import RoomSettings
from chatstore.chat.model.rooms import ModeChange, Role, Room
from chatstore.importing.mapping import Mapped
from chatstore.importing.people import Here
from chatstore.importing.source import Person, Reaction, SourceError
from chatstore.storage.imports import Imports
from tests.importing.talk import AT, Talk, run, said
from tests.storage.database import Database, Do
from tests.storage.test_importing import ADA, BOB, EVE, GENERAL, SECRET, TWO, account, bodies, joining, owner


def here(database: Database, name: str) -> Room:
    room = database.store.rooms.keyed(f"#{name}")
    assert room is not None, f"there is no room {name}"
    return room


def refusal(database: Database, actor: Actor, name: str = "secret") -> Code | None:
    """Why somebody may not join; None if they have joined."""
    [done] = database.store.submit([joining(actor, name)]).wait()
    return done.code if isinstance(done, ChatError) else None


def member(database: Database, actor: Actor) -> tuple[Role, int]:
    [found] = database.do(Do(lambda tx: tx.members.of_person(actor)))
    return found.role, found.joined_seq


@pytest.fixture
def secret(database: Database) -> Room:
    run(database.store, [ADA, BOB, EVE, SECRET, *(said(n, room="G1") for n in range(1, 4))])
    return here(database, "secret")


def test_what_becomes_private_is_not_put_into_a_public_room(database: Database) -> None:
    private = replace(GENERAL, private=True, members=("U1",))
    run(database.store, [ADA, GENERAL, said(1)])
    for last in (2, 2, 3):
        summary = run(database.store, [ADA, private, *(said(n) for n in range(1, last + 1))])
        assert (summary.problems, summary.lost) == (int(summary.stored and last == 2), 0)
    assert bodies(database, "general") == ["message 1"]
    assert bodies(database, "general-slack") == ["message 2", "message 3"]
    assert (set(here(database, "general-slack").flags), here(database, "general-slack").history) == (
        {"i", "n", "s"},
        "members",
    )
    assert len(database.store.rooms.all()) == 2
    run(database.store, [ADA, GENERAL, *(said(n) for n in range(1, 5))])
    assert bodies(database, "general") == ["message 1", "message 4"]


def test_nothing_new_makes_no_private_room(database: Database) -> None:
    run(database.store, [ADA, GENERAL, said(1)])
    run(database.store, [ADA, replace(GENERAL, private=True), said(1)])
    assert [room.name for room in database.store.rooms.all()] == ["general"]


def test_what_was_private_is_not_opened_by_a_run_without_the_option(database: Database) -> None:
    run(database.store, [ADA, replace(GENERAL, private=True), said(1)])
    run(database.store, [ADA, GENERAL, said(1), said(2)])
    assert bodies(database, "general") == ["message 1", "message 2"]
    assert here(database, "general").has("i")


def test_who_comes_back_has_no_more_than_anybody_else(database: Database, secret: Room) -> None:
    """As for members who never were elsewhere: the role is gone, and what was said meanwhile is not shown."""
    ada, bob = owner(database, "ada"), owner(database, "bob")
    database.do(joining(ada, "secret"))
    assert member(database, ada) == (Role.OPERATOR, 1)
    database.do(joining(bob, "secret"))
    assert member(database, bob) == (Role.MEMBER, 1)
    database.do(LeaveRoom(ada, secret.id, ""))
    database.say(secret, "while ada is away")
    joined = database.do(joining(ada, "secret"))
    assert member(database, ada) == (Role.MEMBER, joined.seq)
    assert not joined.tags


def test_a_kick_lasts_whatever_is_imported_again(database: Database, secret: Room) -> None:
    ada, bob, zoe = owner(database, "ada"), owner(database, "bob"), account(database, "zoe")
    for person in (ada, bob):
        database.do(joining(person, "secret"))
    database.do(InvitePerson(ada, secret.id, zoe))
    database.do(joining(zoe, "secret"))
    for person in (bob, zoe):
        database.do(KickMember(ada, secret.id, person, ""))
    assert zoe.account_id is not None
    again = replace(SECRET, members=("U1", "U2", "U3"))
    mapped = {"mapped": Mapped({"eve": person_name("zoe")}), "accounts": {"zoe": Here(zoe.account_id, "zoe")}}
    run(database.store, [ADA, BOB, EVE, again, *(said(n, room="G1") for n in range(1, 5))], **mapped)
    for person in (bob, zoe):
        assert database.store.invites.of_person(person) == []
        assert refusal(database, person) is Code.INVITE_ONLY
    database.do(InvitePerson(ada, secret.id, bob))
    joined = database.do(joining(bob, "secret"))
    assert member(database, bob) == (Role.MEMBER, joined.seq), "as anybody who is invited"


def test_an_invite_that_was_taken_back_does_not_return(database: Database, secret: Room) -> None:
    ada, bob = owner(database, "ada"), owner(database, "bob")
    database.do(joining(ada, "secret"))
    database.do(RevokeInvite(ada, secret.id, bob))
    run(database.store, [ADA, BOB, EVE, SECRET, *(said(n, room="G1") for n in range(1, 5))])
    assert refusal(database, bob) is Code.INVITE_ONLY


def test_an_import_overrides_no_ban(database: Database, secret: Room) -> None:
    ada = owner(database, "ada")
    database.do(joining(ada, "secret"))
    database.now += 10
    database.do(SetModes(ada, secret.id, [ModeChange(True, "b", "eve!*@*")]))
    database.now += 10
    again = replace(SECRET, members=("U1", "U2", "U3"))
    run(database.store, [ADA, BOB, EVE, again, said(1, room="G1"), said(2, room="G1", who="U3")])
    assert refusal(database, owner(database, "eve")) is Code.BANNED


def test_who_is_here_already_gets_no_role_by_an_import(database: Database, secret: Room) -> None:
    ada, zoe = owner(database, "ada"), account(database, "zoe")
    database.do(joining(ada, "secret"))
    database.do(InvitePerson(ada, secret.id, zoe))
    joined = database.do(joining(zoe, "secret"))
    assert zoe.account_id is not None
    again = replace(SECRET, members=("U1", "U3"), operators=("U3",))
    mapped = {"mapped": Mapped({"eve": person_name("zoe")}), "accounts": {"zoe": Here(zoe.account_id, "zoe")}}
    run(database.store, [ADA, EVE, again, said(1, room="G1")], **mapped)
    database.do(LeaveRoom(zoe, secret.id, ""))
    later = database.do(joining(zoe, "secret"))
    assert later.seq > joined.seq
    assert member(database, zoe) == (Role.MEMBER, later.seq)


def test_a_claim_brings_nobody_back(database: Database, secret: Room) -> None:
    ada, zoe = owner(database, "ada"), account(database, "zoe")
    database.do(joining(ada, "secret"))
    database.do(InvitePerson(ada, secret.id, zoe))
    database.do(joining(zoe, "secret"))
    database.do(KickMember(ada, secret.id, zoe, ""))
    database.do(FinishClaim(database.do(BeginClaim(person_name("zoe"), person_name("bob")))))
    assert database.store.invites.of_person(zoe) == []
    assert refusal(database, zoe) is Code.INVITE_ONLY


@pytest.mark.parametrize(
    "settings",
    [RoomSettings(history="members"), RoomSettings(retention_days=3), RoomSettings(motd="welcome")],
    ids=["history", "retention", "motd"],
)
def test_a_room_that_was_set_up_is_kept(database: Database, settings: RoomSettings) -> None:
    database.do(AddRoom(room_name("general"), settings=settings))
    room = here(database, "general")
    run(database.store, [ADA, GENERAL, said(1)])
    assert here(database, "general") == room
    assert bodies(database, "general-slack") == ["message 1"]


@pytest.mark.parametrize("mode", [("i", ""), ("k", "key"), ("l", "3"), ("b", "eve!*@*")], ids=lambda mode: mode[0])
def test_a_room_with_modes_is_kept(database: Database, mode: tuple[str, str]) -> None:
    zoe = account(database, "zoe")
    database.do(joining(zoe, "general"))
    database.do(SetModes(zoe, here(database, "general").id, [ModeChange(True, *mode)]))
    database.do(LeaveRoom(zoe, here(database, "general").id, ""))
    before = here(database, "general")
    run(database.store, [ADA, GENERAL, said(1)])
    assert here(database, "general") == before
    assert bodies(database, "general-slack") == ["message 1"]


def test_what_was_erased_does_not_come_back(database: Database) -> None:
    talk = [said(n, who=f"U{n % 2 + 1}", reactions=[Reaction("x", ["U1", "U2"])]) for n in range(1, 5)]
    run(database.store, [ADA, BOB, GENERAL, *talk[:2]])
    ada = owner(database, "ada")
    database.do(RemoveAccount(person_name("ada")))
    gone = database.store.accounts.by_id(ada.account_id or 0)
    assert gone is not None
    erase(database.store, gone, lambda *_: None)
    summary = run(database.store, [ADA, BOB, GENERAL, *talk])
    assert (summary.stored, summary.known, summary.reactions) == (1, 2, 1)
    assert summary.skipped == {"of somebody whose account here was removed": 1}
    room = here(database, "general")
    new = [event for event in database.events(room) if event.time >= AT + 3 * 60_000]
    assert {event.actor.account for event in new} == {"bob"}


def test_a_name_that_several_people_have_is_refused(database: Database) -> None:
    zoe = account(database, "zoe")
    assert zoe.account_id is not None
    here = {"zoe": Here(zoe.account_id, "zoe")}
    other = Person("U9", "Ada")
    items = [ADA, other, BOB, TWO, said(1, room="D1"), said(2, room="D1", who="U9")]
    for dry in (False, True):
        with pytest.raises(SourceError, match=r"several people .* \(U1, U9\)"):
            run(None if dry else database.store, items, mapped=Mapped({"ada": person_name("zoe")}), accounts=here)
    assert database.store.rooms.all() == []
    summary = run(database.store, items, mapped=Mapped({"u9": person_name("zoe")}), accounts=here)
    assert (summary.mapped, summary.stored) == (1, 2)
    run(database.store, [ADA, ADA], mapped=Mapped({"ada": person_name("zoe")}), accounts=here)


def test_of_two_runs_at_a_time_the_newer_one_goes_on(
    open_database: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstore.importing.work.BATCH", 2)
    one, two = open_database(), open_database()
    items = [ADA, GENERAL, *(said(n) for n in range(9))]

    def begins(number: int) -> None:
        if number == 5:
            assert run(two.store, items).stored == 7

    with pytest.raises(SupersededError):
        run(one.store, Talk(items, met=begins))
    assert [room.name for room in one.store.rooms.all()] == ["general"]
    assert bodies(one, "general") == [f"message {n}" for n in range(9)]
    [refused] = one.store.submit([StoreImported(1, 1, [])]).wait()
    assert isinstance(refused, SupersededError)


def test_a_join_elsewhere_asks_nothing_of_imports(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("the join of a room that has nobody from elsewhere asks for them")

    monkeypatch.setattr(Imports, "former", asked)
    database.do(AddRoom(room_name("main"), settings=RoomSettings(history="members")))
    joined = database.do(joining(account(database, "zoe"), "main"))
    assert joined.seq == 1
