"""What two nodes do at the same moment: the database decides who comes first, and the other one finds that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chatstore.chat.changes.accounts import CreateAccount, MarkSeen, SetRole, SuspendAccount
from chatstore.chat.changes.files import AddFile, CollectFiles, Login, RemoveFile
from chatstore.chat.changes.hooks import AddHook
from chatstore.chat.changes.invitations import InviteToServer, RevokeInvitation
from chatstore.chat.changes.membership import ChangeNick, JoinRoom, QuitRooms
from chatstore.chat.changes.nodes import EndTemporaryMembers
from chatstore.chat.changes.people import TakePart
from chatstore.chat.changes.pruning import Pruned, PruneHistory
from chatstore.chat.changes.rooms import ConfigureRoom
from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import Content
from chatstore.chat.model.hooks import NewHook
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import MemberQuit
from chatstore.chat.ports import Change
from chatstore.chat.rules.files import Kept
from chatstore.storage.postgresql import driver
from tests.postgres import Cluster
from tests.storage.database import SECONDS, Database, Do
from tests.storage.test_postgresql_writer import wait_for_blocked

pytestmark = pytest.mark.usefixtures("patient_writers")

DAY = 24 * 60 * 60
Pair = tuple[Database, Database]
Meet = Callable[[Change, Change], list[Any]]
GUEST = Actor("visitor", guest="g1")


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@pytest.fixture
def pair(url: str) -> Iterator[Pair]:
    """Two nodes."""
    nodes = Database(url), Database(url)
    yield nodes
    for node in nodes:
        node.close()


@pytest.fixture
def meet(pair: Pair, url: str) -> Meet:
    """Has the second node apply a change while the first one has applied its own and not committed it. Returns both
    outcomes."""

    def both(first: Change, second: Change) -> list[Any]:
        applied, go = threading.Event(), threading.Event()

        def wait(_tx: Any) -> None:
            applied.set()
            assert go.wait(SECONDS)

        one = pair[0].store.submit([first, Do(wait)])
        assert applied.wait(SECONDS)
        two = pair[1].store.submit([second])
        wait_for_blocked(url)
        go.set()
        return [one.wait()[0], two.wait()[0]]

    return both


def test_two_first_passes_of_retention(pair: Pair, meet: Meet) -> None:
    """One that leads, and one that still believes that it does."""
    one, two = meet(PruneHistory(), PruneHistory())
    assert isinstance(one, Pruned)
    assert isinstance(two, Pruned)
    for node in pair:
        assert isinstance(node.do(PruneHistory()), Pruned)


def test_two_webhooks_of_one_name(pair: Pair, meet: Meet) -> None:
    room = pair[0].room()
    _, refused = meet(*(AddHook(SERVER, room.id, NewHook("in", name), name, 9) for name in ("CI", "ci")))
    assert isinstance(refused, ChatError)
    assert refused.code is Code.NAME_TAKEN


def test_two_who_believe_that_they_lead_erase_what_one_would(pair: Pair) -> None:
    rooms = [pair[0].room(f"r{n}") for n in range(5)]
    for room in rooms:
        pair[0].say(room, *(f"old {n}" for n in range(30)))
        pair[0].do(ConfigureRoom(SERVER, room.id, {"retention_days": 1}))
    for node in pair:
        node.do(PruneHistory())
        node.now += 2 * DAY
    found: list[Any] = []

    def erase(node: Database) -> None:
        more = True
        while more:
            pruned = node.do(PruneHistory(most=7))
            found.append(pruned)
            node.say(rooms[len(found) % 5], "new")
            more = pruned.more

    threads = [threading.Thread(target=erase, args=(node,)) for node in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    erase(pair[0])  # what each had left to the other
    assert all(isinstance(pruned, Pruned) for pruned in found)
    assert sum(pruned.events for pruned in found) == 5 * 31
    for room in rooms:
        events = pair[0].events(room)
        assert {event.body for event in events} <= {"new"}
        stored = pair[1].store.rooms.keyed(room.key)
        assert stored is not None
        assert [event.seq for event in events] == [*range(stored.first_seq, stored.last_seq + 1)]


def test_what_an_account_has_seen_only_rises(pair: Pair) -> None:
    made = account(pair[0], "alice")
    room = pair[0].do(JoinRoom(Actor(made.nick, made.name, made.id), room_name("main"), "", 100)).room
    for node, seq in ((pair[0], 5), (pair[1], 3)):
        node.do(MarkSeen(made.id, {room: seq}))
    seen = "SELECT seen_seq FROM memberships"
    assert pair[1].do(Do(lambda tx: driver.run(tx._connection, seen))) == [(5,)]


def account(node: Database, name: str, role: AccountRole = "user") -> Account:
    made = node.do(CreateAccount(person_name(name), "x", role))
    assert isinstance(made, Account)
    return made


def here(node: Database, actor: Actor) -> None:
    """The person comes to a node."""
    node.do(TakePart(actor, lambda _: Presence(node.store.node, actor)))


def refused(outcome: Any) -> Code | None:
    return outcome.code if isinstance(outcome, ChatError) else None


def test_an_invitation_is_used_once(pair: Pair, meet: Meet) -> None:
    pair[0].do(InviteToServer("digest", role="admin"))
    one, two = meet(*(CreateAccount(person_name(name), "x", invitation="digest") for name in ("mary", "mallory")))
    assert one.role == "admin"
    assert refused(two) is Code.INVALID_CODE
    assert pair[0].store.accounts.named("mallory") is None
    [used] = pair[1].store.invitations.all()
    assert used.used_by == one.id


def test_an_invitation_that_is_revoked_as_it_is_used(pair: Pair, meet: Meet) -> None:
    made = pair[0].do(InviteToServer("digest"))
    revoked, used = meet(RevokeInvitation(made.id), CreateAccount(person_name("mary"), "x", invitation="digest"))
    assert revoked is True
    assert refused(used) is Code.INVALID_CODE


@pytest.mark.parametrize("ends", ["role", "token", "suspended"])
def test_nobody_invites_by_what_has_ended(pair: Pair, meet: Meet, ends: str) -> None:
    admin = account(pair[0], "admin", "admin")
    token = pair[0].do(AddToken(admin.id, "digest of a token", "laptop"))
    ending: dict[str, Change] = {
        "role": SetRole(person_name("admin"), "user"),
        "token": RemoveTokens(admin.id, only=token.id),
        "suspended": SuspendAccount(person_name("admin"), ""),
    }
    _, invited = meet(ending[ends], InviteToServer("digest", made_by=admin.id, token=token.id))
    assert refused(invited) is (Code.NO_SUCH_TOKEN if ends == "token" else Code.ADMIN_REQUIRED)
    assert pair[1].store.invitations.all() == []


@pytest.mark.parametrize("second", ["bob1", "bobl", "BOB1"])
def test_of_two_accounts_whose_names_look_the_same_one_is_made(meet: Meet, second: str) -> None:
    one, two = meet(CreateAccount(person_name("bob1"), "x"), CreateAccount(person_name(second), "x"))
    assert isinstance(one, Account)
    assert refused(two) is (Code.INVALID_NAME if second == "bobl" else Code.NAME_TAKEN)


@pytest.mark.parametrize("name", ["bob1", "bobl"])
def test_a_nick_that_becomes_an_accounts_name(pair: Pair, meet: Meet, name: str) -> None:
    here(pair[1], GUEST)
    made, changed = meet(CreateAccount(person_name("bob1"), "x"), ChangeNick(GUEST, person_name(name)))
    assert isinstance(made, Account)
    assert refused(changed) is (Code.INVALID_NAME if name == "bobl" else Code.NAME_TAKEN)


def test_an_account_whose_name_becomes_somebodys_nick(pair: Pair, meet: Meet) -> None:
    here(pair[0], GUEST)
    changed, made = meet(
        ChangeNick(GUEST, person_name("bob")), CreateAccount(person_name("bob"), "x", nick_of="g2")
    )
    assert changed is None
    assert refused(made) is Code.NAME_TAKEN


class TestComingBack:
    """Somebody who does not stay in their rooms comes back as these are ended."""

    @pytest.fixture
    def alice(self, pair: Pair) -> Actor:
        made = account(pair[0], "alice")
        actor = Actor(made.nick, made.name, made.id)
        pair[0].do(JoinRoom(actor, room_name("main"), "", 100))
        return actor

    @pytest.mark.parametrize("by", ["going", "a look"])
    def test_who_is_back_before_stays(self, pair: Pair, meet: Meet, alice: Actor, by: str) -> None:
        comes = TakePart(alice, lambda _: Presence(pair[0].store.node, alice))
        meet(comes, ends(alice, by))
        assert quits(pair) == []
        assert pair[0].do(Do(lambda tx: len(tx.members.of_person(alice)))) == 1

    @pytest.mark.parametrize("by", ["going", "a look"])
    def test_who_is_back_after_that_has_left(self, pair: Pair, meet: Meet, alice: Actor, by: str) -> None:
        comes = TakePart(alice, lambda _: Presence(pair[1].store.node, alice), rooms=True)
        _, rooms = meet(ends(alice, by), comes)
        assert rooms == set()
        assert len(quits(pair)) == 1


def ends(actor: Actor, by: str) -> Change:
    return QuitRooms(actor, "") if by == "going" else EndTemporaryMembers(always_on=False, people=[actor])


def quits(pair: Pair) -> list[MemberQuit]:
    room = pair[0].store.rooms.keyed("#main")
    assert room is not None
    return [event for event in pair[0].events(room) if isinstance(event, MemberQuit)]


def test_a_file_waits_for_the_collector_of_another_server(pair: Pair, meet: Meet) -> None:
    """The content that it has is about to go: it gets a new one."""
    account = pair[0].do(CreateAccount(person_name("alice"), "x", "user"))
    content = Content("ab/cd-1", "ab" * 32, 3, "text/plain", 0, 0, 0)
    add = AddFile(account.id, "a.txt", content, Login(account.epoch), Kept(1000, 10, DAY))
    pair[0].do(RemoveFile(pair[0].do(add).file.token, account.id))
    collected, added = meet(CollectFiles(), replace(add, content=replace(content, place="ab/cd-2")))
    assert collected.places == ["ab/cd-1"]
    assert added.used
    found = pair[0].store.files.by_token(added.file.token)
    assert found is not None
    assert found[1] == "ab/cd-2"
