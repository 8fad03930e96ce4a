"""What a change makes of the hub of another node: the same that a start makes of what is stored.

Each change of chatstore.chat.changes happens on one node. Then the hub of another node is compared with a hub that
is loaded from the database: rooms with their settings and lists, members with their roles, people and their nicks.
It learns of the change by the bus, or, where the bus has lost everything, by comparing the states.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chatstore.chat import changes
from chatstore.chat.changes import (
    accounts,
    administration,
    bots,
    favourites,
    files,
    granted,
    hooks,
    invitations,
    membership,
    metadata,
    notifications,
    once,
    operators,
    peace,
    people,
    posting,
    previews,
    push,
    reading,
    reports,
    rooms,
    server_bans,
    tokens,
)
from chatstore.chat.changes.accounts import CreateAccount, RemoveAccount, SetPersistence
from chatstore.chat.changes.claiming import BeginClaim, ClaimMessages, FinishClaim
from chatstore.chat.changes.erasing import EraseEvents, EraseScattered, EraseTraces
from chatstore.chat.changes.importing import (
    BeginImport,
    NoteImport,
    OpenRoom,
    PlacePeople,
    PlaceRoom,
    StoreImported,
)
from chatstore.chat.changes.membership import (
    ChangeNick,
    JoinRoom,
    KickMember,
    LeaveRoom,
    QuitRooms,
)
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.nodes import EndNode, EndTemporaryMembers, ForgetGuests
from chatstore.chat.changes.people import LogInGuest
from chatstore.chat.changes.pinning import PinMessage
from chatstore.chat.changes.posting import EditMessage, PostDirect, PostSlowly, RedactMessage
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.changes.relaying import PostRelayed
from chatstore.chat.changes.rooms import (
    AddRoom,
    ConfigureRoom,
    RemoveRoom,
    RenameRoom,
    SetTopic,
    TransferRoom,
)
from chatstore.chat.changes.setting_up import SetUpRoom
from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.long_work import erase
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import ModeChange, Role, Room
from chatstore.chat.ports import Change
from chatstore.importing.source import Person
from chatstore.importing.source import Room as ForeignRoom
from chatstore.storage.postgresql import bus
from chatstore.storage.store import DatabaseStore
from tests.importing.talk import Talk
from tests.importing.talk import run as run_import
from tests.importing.talk import said as foreign_said
from tests.postgres import Cluster
from tests.storage.database import Database, Do, RecordingBus, said

DAY = 24 * 60 * 60 * 1000


class Node(Database):
    """A node with a hub, whose clock is the database's."""

    def __init__(self, url: str) -> None:
        self.hub = Hub()
        delivery, recording = Delivery(self.hub), RecordingBus()

        class Both:
            events = property(lambda _: recording.events)
            wait = staticmethod(recording.wait)

            def publish(self, published: Any) -> None:
                published = [*published]
                delivery.publish(published)
                recording.publish(published)

        super().__init__(url, Both(), load=self.hub.load, refusal=self.hub.refusal)
        self.writing.clock = None


class Pair:
    """Two nodes. What is done is done on the first one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.one, self.other = Node(url), Node(url)
        self.end = self.one.room("end")
        self._numbers = count(1)
        self.deaf = False
        hears = bus_of(self.other)
        came = hears.came
        hears.came = lambda payload: [] if self.deaf and not payload.endswith(" []") else came(payload)  # type: ignore[method-assign]
        self.shared(self.account())  # a scenario may leave no room of its own

    def name(self) -> str:
        return f"n{next(self._numbers)}"

    def do(self, change: Change) -> Any:
        return self.one.do(change)

    def account(self, role: Any = "user") -> Actor:
        account = self.do(CreateAccount(person_name(self.name()), "x", role))
        return Actor(account.nick, account.name, account.id)

    def guest(self) -> Actor:
        name = self.name()
        return Actor(name, guest=f"g{name}")

    def join(self, actor: Actor, name: str, key: str = "") -> Room:
        joined = self.do(JoinRoom(actor, room_name(name), key, 100))
        found = self.one.store.rooms.by_id(joined.room)
        assert found is not None
        return found

    def shared(self, *actors: Actor) -> Room:
        """A room of all of them; the first is its operator."""
        name = self.name()
        joined = [self.join(actor, name) for actor in actors]
        return joined[0]

    def both_have_heard(self) -> None:
        body = self.name()
        self.do(SetTopic(SERVER, self.end.id, body))
        for node in (self.one, self.other):
            node.bus.wait(lambda events: any(getattr(event, "body", "") == body for event in events))

    def close(self) -> None:
        self.other.close()
        self.one.close()


def bus_of(database: Database) -> Any:
    writer: Any = database.store._writer
    return writer._database._bus


def state(hub: Hub) -> dict[str, Any]:
    """What a hub knows that is stored."""
    live = hub.rooms()
    return {
        "rooms": {each.room.id: replace(each.room, last_seq=0) for each in live},
        "keys": {each.room.key: each.room.id for each in live if hub.room_keyed(each.room.key) is each},
        "members": {
            each.room.id: {key: (member.role, member.joined_seq) for key, member in each.members.items()}
            for each in live
        },
        "people": {
            key: (person.actor, person.rooms)
            for each in live
            for key, member in each.members.items()
            if (person := hub.person_keyed(key)) is member.person
        },
        "nicks": {
            folded: person.actor.key
            for each in live
            for member in each.members.values()
            if (person := hub.person(folded := person_name(member.person.nick).folded)) is not None
        },
    }


@pytest.fixture(scope="module")
def pair(cluster: Cluster) -> Iterator[Pair]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bus, "_BEAT", 0.05)
        running = Pair(cluster.database())
        yield running
        running.close()


Scenario = Callable[[Pair], None]
SCENARIOS: dict[type[Change], Scenario] = {}


def of(*kinds: type[Change]) -> Callable[[Scenario], Scenario]:
    def add(scenario: Scenario) -> Scenario:
        SCENARIOS.update(dict.fromkeys(kinds, scenario))
        return scenario

    return add


@of(AddRoom, RemoveRoom)
def rooms_come_and_go(pair: Pair) -> None:
    name, again = pair.name(), pair.name()
    pair.do(AddRoom(room_name(name)))
    gone = pair.shared(pair.guest(), pair.account())
    pair.do(RemoveRoom(gone.id))
    first = pair.do(AddRoom(room_name(again)))
    pair.do(RemoveRoom(first.id))
    pair.do(AddRoom(room_name(again)))


@of(JoinRoom, LeaveRoom, KickMember, QuitRooms)
def members_come_and_go(pair: Pair) -> None:
    founder, account, guest, other = pair.account(), pair.account(), pair.guest(), pair.guest()
    room, second = pair.shared(founder, account, guest, other), pair.shared(guest, other)
    pair.do(LeaveRoom(account, room.id, "bye"))
    pair.do(KickMember(founder, room.id, guest, "out"))
    pair.do(QuitRooms(other, "gone"))
    assert second.id in pair.one.hub.person_keyed(guest.key).rooms  # type: ignore[union-attr]


@of(SetModes, SetTopic, ConfigureRoom, SetUpRoom)
def a_room_is_set(pair: Pair) -> None:
    founder, voiced, operator = pair.account(), pair.guest(), pair.account()
    room = pair.shared(founder, voiced, operator)
    targets = {voiced.nick: voiced, operator.nick: operator}
    changes = [
        *(ModeChange(True, letter) for letter in "ims"),
        ModeChange(False, "t"),
        ModeChange(True, "k", "secret"),
        ModeChange(True, "l", "7"),
        ModeChange(True, "b", "*!*@Bad"),
        ModeChange(True, "b", "*!*@worse"),
        ModeChange(False, "b", "*!*@bad"),
        ModeChange(True, "e", "m:*!*@x"),
        ModeChange(True, "I", "a:eve"),
        ModeChange(True, "v", voiced.nick),
        ModeChange(True, "o", operator.nick),
    ]
    pair.do(SetModes(founder, room.id, changes, targets))
    pair.do(SetModes(founder, room.id, [ModeChange(False, "i"), ModeChange(False, "k", "secret")], {}))
    pair.do(SetTopic(founder, room.id, "a topic"))
    values = {"history": "members", "retention_days": 3, "slowmode": 4, "motd": "welcome\nhere"}
    pair.do(ConfigureRoom(founder, room.id, values))
    pair.do(SetUpRoom(SERVER, room.id, {"slowmode": 5}, [ModeChange(True, "i")], "another topic"))


@of(RenameRoom)
def rooms_are_renamed(pair: Pair) -> None:
    founder = pair.account()
    one, two = pair.shared(founder), pair.shared(founder)
    between = pair.name()
    pair.do(RenameRoom(SERVER, one.id, room_name(between)))
    pair.do(RenameRoom(SERVER, two.id, room_name(one.name)))
    pair.do(RenameRoom(SERVER, one.id, room_name(two.name)))
    pair.do(AddRoom(room_name(between)))


@of(TransferRoom)
def a_room_is_given_away(pair: Pair) -> None:
    founder, heir = pair.account(), pair.account()
    room = pair.shared(founder, heir)
    pair.do(TransferRoom(founder, room.id, person_name(heir.account or "")))
    pair.do(TransferRoom(heir, room.id, person_name(heir.account or "")))


@of(ChangeNick)
def nicks_change(pair: Pair) -> None:
    account, guest, alone = pair.account(), pair.guest(), pair.account()
    pair.shared(account, guest)
    pair.shared(guest, account)
    first = replace(guest, nick=pair.name())
    pair.do(ChangeNick(guest, person_name(first.nick)))
    pair.do(ChangeNick(first, person_name(guest.nick)))
    pair.do(ChangeNick(account, person_name(first.nick)))
    pair.do(ChangeNick(alone, person_name(pair.name())))


@of(LogInGuest)
def guests_log_in(pair: Pair) -> None:
    for keeps_nick, is_here, role in ((True, False, "user"), (False, False, "admin"), (True, True, "user")):
        account, guest, other = pair.account(role), pair.guest(), pair.guest()
        pair.shared(guest, other)
        second, left = pair.shared(other, guest), pair.shared(other, guest)
        assert account.account_id is not None
        pair.do(KickMember(other, left.id, guest, "just before"))
        pair.do(LogInGuest(guest, account.account_id, keeps_nick, "", lambda is_here=is_here: is_here))  # type: ignore[misc]
        pair.do(LeaveRoom(account, second.id, "and left"))


@of(RemoveAccount)
def an_account_is_removed(pair: Pair) -> None:
    account = pair.account()
    pair.shared(account, pair.guest())
    pair.do(RemoveAccount(person_name(account.account or "")))


@of(EndTemporaryMembers)
def guests_are_ended(pair: Pair) -> None:
    stays, goes = pair.account(), pair.account()
    pair.shared(stays, goes, pair.guest())
    for account, persistence in ((stays, "on"), (goes, "off")):
        assert account.account_id is not None
        pair.do(SetPersistence(account.account_id, persistence, always_on=False))  # type: ignore[arg-type]
    pair.do(EndTemporaryMembers(always_on=True))


@of(ForgetGuests)
def guests_are_forgotten(pair: Pair) -> None:
    one, other = pair.guest(), pair.guest()
    pair.do(PostDirect(one, other, "message", "psst"))
    pair.do(ForgetGuests())


@of(EndNode)
def a_node_is_dead(pair: Pair) -> None:
    pair.shared(pair.account(), pair.guest())
    dead = pair.name()
    row = f"'{dead}', 'server', 'there', 'irc.example', '1.0', '', 0, 0, 5"
    columns = "id, kind, name, server, version, policy, batch, started_at, beat_at"
    insert = f"INSERT INTO nodes ({columns}) VALUES ({row})"
    pair.do(Do(lambda tx: tx._connection.exec_driver_sql(insert)))
    assert pair.do(EndNode(dead, 5)) == []


@of(PruneHistory)
def history_is_pruned(pair: Pair) -> None:
    founder = pair.account()
    room = pair.shared(founder)
    pair.do(ConfigureRoom(founder, room.id, {"retention_days": 1}))
    pair.one.store.submit(said(room, "old", "older", actor=founder)).wait()
    pair.both_have_heard()
    earlier = f"UPDATE messages SET sent_at = sent_at - {3 * DAY} WHERE room_id = {room.id}"
    pair.do(Do(lambda tx: tx._connection.exec_driver_sql(earlier)))
    assert pair.do(PruneHistory()).rooms == 1


@of(BeginImport, PlacePeople, PlaceRoom, StoreImported, OpenRoom, NoteImport)
@of(BeginClaim, ClaimMessages, FinishClaim)
def something_is_imported(pair: Pair) -> None:
    """A room that replaces another one, a private one that somebody comes back to, and a direct conversation that
    becomes a room when both have accounts."""
    names = [pair.name() for _ in range(4)]
    one, two = pair.account(), pair.account()
    pair.do(PostDirect(one, two, "message", "psst"))
    pair.do(AddRoom(room_name(names[2])))
    pair.join(two, f"{one.account}-{two.account}")
    people = [Person("U1", names[0]), Person("U2", names[1])]
    rooms = [
        ForeignRoom("C1", names[2]),
        ForeignRoom("G1", names[3], private=True, members=("U1", "U2")),
        ForeignRoom("D1", "", kind="direct", members=("U1", "U2")),
    ]
    talk = [foreign_said(n, room=room) for n in range(3) for room in ("C1", "G1", "D1")]
    run_import(pair.one.store, Talk([*people, *rooms, *talk], scope=names[0]))
    for account, old in ((one, names[0]), (two, names[1])):
        claim = pair.do(BeginClaim(person_name(account.account or ""), person_name(old)))
        pair.do(ClaimMessages(claim, 0, claim.last))
        pair.do(FinishClaim(claim))
    pair.join(one, names[3])
    pair.join(two, names[2])
    pair.join(two, f"{one.account}-{two.account}-2")


@of(PostDirect, PostSlowly, PostRelayed, EditMessage, PinMessage, RedactMessage)
def things_are_said(pair: Pair) -> None:
    one, two = pair.account(), pair.account()
    room = pair.shared(one, two)
    pair.do(PostDirect(one, two.account or "", "message", "psst"))
    said = pair.do(PostSlowly(one, room.id, "message", "slow"))
    pair.do(PostRelayed(one, room.id, "alice/discord", "from elsewhere"))
    pair.do(EditMessage(one, room.id, msgid(room.id, said.seq, said.time), "slower", 60))
    pair.do(Do(lambda tx: tx.members.put(room.id, one, Role.OPERATOR, 1)))
    pair.do(PinMessage(one, room.id, msgid(room.id, said.seq, said.time)))
    pair.do(PinMessage(one, room.id, msgid(room.id, said.seq, said.time), pinned=False))
    pair.do(RedactMessage(one, room.id, msgid(room.id, said.seq, said.time), "", 60))


@of(EraseEvents, EraseScattered, EraseTraces)
def somebody_is_erased(pair: Pair) -> None:
    goes, stays = pair.account(), pair.account()
    room = pair.shared(goes, stays)
    pair.do(PostSlowly(goes, room.id, "message", "a word"))
    pair.do(PostDirect(goes, stays.account or "", "message", "psst"))
    name = person_name(goes.account or "")
    pair.do(RemoveAccount(name))
    account = pair.one.store.accounts.named(name.folded)
    assert account is not None
    assert erase(pair.one.store, account, lambda _done, _all: None)["messages"] == 2


SAYS_NOTHING_OF_ROOMS = {
    granted: {"Refused"},
    bots: {"AddBot", "AddBotToken", "RemoveBot", "RemoveBotTokens"},  # RemoveBot does as RemoveAccount
    accounts: {
        "AddCertificate",
        "CreateAccount",
        "MarkPresent",
        "MarkSeen",
        "NoteNetwork",
        "RemoveCertificate",
        "RestoreAccount",
    }
    | {"ApproveAccount", "RefuseAccount", "RefuseForgotten", "ResetPassword"}
    | {"SetPassword", "SetPersistence", "SetReplay", "SetRole", "SuspendAccount"},
    administration: {"Administer", "NoteAct"},
    files: {"AddFile", "CollectFiles", "RemoveFile"},
    hooks: {"AddHook", "NoteHookError", "NoteSent", "PostByHook", "RemoveHook", "RenewHook", "SetHook"},
    invitations: {"InviteFirstAdmin", "InviteToReset", "InviteToServer", "RevokeInvitation"},
    membership: {"InvitePerson", "RevokeInvite"},
    favourites: {"SetFavourite"},
    notifications: {"SetConversationNotifications", "SetNotifications"},
    peace: {"HeedPerson", "IgnorePerson", "TakeDirect", "TellPeaces"},
    push: {"EnsurePushKey", "NoteActive", "RegisterPush", "RemovePush", "UnregisterPush"},
    metadata: {"ClearMetadata", "SetMetadata"},
    once: {"PostOnce"},  # it posts as PostSlowly and PostDirect do
    operators: {"KillPerson", "NoteOperator", "TellOperators"},
    previews: {"KeepPreview", "TellPreview"},
    people: {"NotePresence", "SetRealname", "SetUserModes", "TakePart", "TellWrongGuess"},
    posting: {"PostReaction", "SendTags"},
    reading: {"MarkRead"},
    reports: {"CloseReport", "ReportMessage"},
    rooms: {"DeclineRoom"},
    server_bans: {"BanFromServer", "EndServerBan", "TellServerBans"},
    tokens: {"AddToken", "RemoveTokens", "UseToken"},
}
"""Changes after which rooms, members and nicks are what they were. What a node must know of them is asked when it
is needed, is told without a repair (typing), or is repaired as presence and access are."""


def every(kind: type) -> Iterator[type]:
    below: list[type] = kind.__subclasses__()
    for each in below:
        yield each
        yield from every(each)


def test_every_change_is_tried() -> None:
    for module in pkgutil.iter_modules(changes.__path__):
        importlib.import_module(f"{changes.__name__}.{module.name}")
    known = {
        f"{kind.__module__}.{kind.__name__}"
        for kind in every(Change)
        if kind.__module__.startswith(f"{changes.__name__}.") and not inspect.isabstract(kind)
    }
    tried = {f"{kind.__module__}.{kind.__name__}" for kind in SCENARIOS}
    other = {f"{module.__name__}.{name}" for module, names in SAYS_NOTHING_OF_ROOMS.items() for name in names}
    assert known == tried | other
    assert not tried & other


@pytest.mark.parametrize("deaf", [False, True], ids=["by the bus", "by a look"])
@pytest.mark.parametrize("scenario", dict.fromkeys(SCENARIOS.values()), ids=lambda scenario: scenario.__name__)
def test_another_node_knows_what_a_start_would_know(pair: Pair, scenario: Scenario, *, deaf: bool) -> None:
    pair.both_have_heard()
    pair.deaf = deaf
    scenario(pair)
    pair.both_have_heard()
    pair.deaf = False
    with_store = DatabaseStore(pair.url, read_only=True)
    fresh = Hub()
    fresh.load(*with_store.roster())
    with_store.close()
    expected = state(fresh)
    assert len(expected["rooms"]) > 1
    assert state(pair.other.hub) == expected
    assert state(pair.one.hub) == expected
