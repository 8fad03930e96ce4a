"""What an import stores, and what it must not disturb."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.claiming import BeginClaim, Claimed, ClaimMessages, FinishClaim
from chatstore.chat.changes.membership import JoinRoom, KickMember
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomImported, RoomOpened
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_events import MemberJoined, RoomEvent
from chatstore.chat.model.rooms import Role
from chatstore.importing.mapping import Mapped
from chatstore.importing.people import Here
from chatstore.importing.source import Attachment, Item, Person, Reaction, Room
from tests.importing.talk import AT, DAY, Talk, run, said
from tests.storage.database import Database, Do, RecordingBus

ADA, BOB, EVE = Person("U1", "ada"), Person("U2", "bob"), Person("U3", "eve")
GENERAL = Room("C1", "general", topic="All of it")
SECRET = Room("G1", "secret", private=True, members=("U1", "U2"), operators=("U1",))
TWO = Room("D1", "", kind="direct", members=("U1", "U2"))


def joining(actor: Actor, name: str) -> JoinRoom:
    return JoinRoom(actor, room_name(name), "", 100)


def bodies(database: Database, name: str) -> list[str]:
    room = database.store.rooms.keyed(f"#{name}")
    assert room is not None, f"there is no room {name}"
    return database.bodies(room)


def account(database: Database, name: str) -> Actor:
    """An account that somebody has."""
    made = database.do(CreateAccount(person_name(name), "bcrypt:none"))
    return Actor(made.nick, made.name, made.id)


def owner(database: Database, name: str) -> Actor:
    """A placeholder, as if its owner had activated it."""
    found = database.store.accounts.named(name)
    assert found is not None
    database.do(Do(lambda tx: tx.accounts.update(found.id, status="active")))
    return Actor(found.nick, found.name, found.id)


def test_what_was_said_is_there(database: Database) -> None:
    summary = run(
        database.store,
        [
            ADA,
            BOB,
            GENERAL,
            said(1, text="hello <b> *x*"),
            said(2, who="U2", answers="C1/1", reactions=[Reaction("👍", ["U1", "U2", "U1"])]),
            said(3, text="one\r\ntwo", edited=True, attachments=[Attachment("plan.pdf", "https://files/1")]),
            said(4, who="U2", text="waves", action=True, bot=True),
        ],
    )
    room = database.store.rooms.keyed("#general")
    assert room is not None
    events = database.events(room)
    assert [event.kind for event in events] == ["message", "message", "tags", "tags", "message", "message"]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.time for event in events if event.kind == "message"] == [AT + n * 60_000 for n in (1, 2, 3, 4)]
    first, second, react = events[0], events[1], events[2]
    assert (first.actor.nick, first.body, room.topic) == ("ada", "hello <b> *x*", "All of it")
    assert second.tags == {"+draft/reply": msgid(room.id, 1, first.time)}
    assert react.tags == {"+draft/react": "👍", "+draft/reply": msgid(room.id, 2, second.time)}
    assert events[4].body == "one\ntwo (edited)\nplan.pdf: https://files/1"
    assert events[5].body == "\x01ACTION waves\x01"
    assert events[5].actor.bot
    assert (summary.stored, summary.reactions, summary.people) == (4, 2, 2)
    assert database.do(Do(lambda tx: tx.reactions.about(room.id, 2, first.actor, "👍").same))


def test_twice_stores_once(database: Database) -> None:
    items = [ADA, GENERAL, *(said(n, reactions=[Reaction("x", ["U1"])]) for n in range(10))]
    run(database.store, items)
    again = run(database.store, [*items, said(10)])
    assert (again.stored, again.known, again.people) == (1, 10, 0)
    room = database.store.rooms.keyed("#general")
    assert room is not None
    assert [event.body for event in database.events(room) if event.body] == [f"message {n}" for n in range(11)]
    assert [event.seq for event in database.events(room)] == [*range(1, 22)]


def test_a_run_that_ended_in_the_middle_is_completed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.importing.work.BATCH", 7)
    items = [ADA, BOB, GENERAL, SECRET, *(said(n, room=("C1", "G1")[n % 2]) for n in range(100))]

    for last in (40, 75):

        def dies(number: int, last: int = last) -> None:
            if number == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(database.store, Talk(items, met=dies))
        assert database.store.rooms.keyed("#general") is None, "nobody can know of a room that is not complete"
        assert database.store.rooms.all() == []
    summary = run(database.store, items)
    assert summary.stored + 70 == 100
    assert [room.here for room in summary.rooms.values()] == ["#general", "#secret"]
    assert bodies(database, "general") == [f"message {n}" for n in range(0, 100, 2)]
    assert bodies(database, "secret") == [f"message {n}" for n in range(1, 100, 2)]


def test_a_room_that_has_talk_gets_a_neighbour(database: Database) -> None:
    database.say(database.room("general"), "from here")
    run(database.store, [ADA, GENERAL, said(1)])
    assert bodies(database, "general") == ["from here"]
    assert bodies(database, "general-slack") == ["message 1"]


def test_a_room_that_nobody_has_used_is_replaced(database: Database) -> None:
    database.do(AddRoom(room_name("General"), topic="from the first start"))
    run(database.store, [ADA, Room("C1", "general"), said(1)])
    [room] = database.store.rooms.all()
    assert (room.name, room.topic) == ("general", "from the first start")
    assert bodies(database, "general") == ["message 1"]


def test_what_is_said_later_follows_and_what_is_older_gets_a_room_of_its_own(database: Database) -> None:
    run(database.store, [ADA, GENERAL, said(1, at=AT)])
    run(database.store, [ADA, GENERAL, said(2, at=AT + 400 * DAY)])
    run(database.store, [ADA, GENERAL, said(3, at=AT - 400 * DAY)])
    assert bodies(database, "general") == ["message 1", "message 2"]
    assert bodies(database, "general-slack") == ["message 3"]
    run(
        database.store,
        [ADA, GENERAL, said(3, at=AT - 400 * DAY), said(4, at=AT - 300 * DAY), said(1, at=AT), said(5)],
    )
    assert bodies(database, "general-slack") == ["message 3", "message 4", "message 5"]
    assert bodies(database, "general") == ["message 1", "message 2"]


def test_people_who_have_begun_to_talk_keep_their_room(database: Database) -> None:
    run(database.store, [ADA, GENERAL, said(1)])
    room = database.store.rooms.keyed("#general")
    assert room is not None
    database.say(room, "from here")
    items = [ADA, GENERAL, said(1), said(2), said(3)]
    summary = run(database.store, items)
    assert (summary.stored, summary.rooms["C1"].here) == (2, "#general-slack")
    assert run(database.store, items).known == 3
    assert bodies(database, "general") == ["message 1", "from here"]
    assert bodies(database, "general-slack") == ["message 2", "message 3"]


def test_times_rise_and_no_impossible_one_is_kept(database: Database) -> None:
    items: list[Item] = [ADA, GENERAL]
    for number, at in enumerate((AT, AT - 5_000, AT - 5_000, 0, 10**18, -5, AT + 1_000)):
        items.append(said(number, at=at))
    summary = run(database.store, items)
    room = database.store.rooms.keyed("#general")
    assert room is not None
    times = [event.time for event in database.events(room)]
    assert times == [AT, AT + 1, AT + 2, AT + 3, AT + 4, AT + 5, AT + 1_000]
    assert (summary.problems, summary.lost) == (3, 0)
    assert summary.moved == 5


def test_a_long_message_is_divided(database: Database) -> None:
    summary = run(
        database.store, [ADA, GENERAL, said(1, text="word " * 600), said(2, answers="C1/1"), said(3, text=" \n")]
    )
    room = database.store.rooms.keyed("#general")
    assert room is not None
    *parts, answer = database.events(room)
    assert len(parts) > 2
    assert all(len(part.body) <= 1024 for part in parts)
    assert all(len(line) <= 400 for part in parts for line in part.body.split("\n"))
    assert " ".join(part.body for part in parts).split() == ["word"] * 600
    assert answer.tags == {"+draft/reply": msgid(room.id, 1, parts[0].time)}
    assert summary.skipped == {"empty": 1}


def test_an_answer_to_nothing_is_a_message(database: Database) -> None:
    summary = run(database.store, [ADA, GENERAL, said(1, answers="C1/0")])
    assert bodies(database, "general") == ["message 1"]
    assert summary.unanswered == 1


def test_names(database: Database) -> None:
    account(database, "ada")
    people = [
        ADA,
        Person("U2", "ADA"),
        Person("U3", "Mr. J. Döe  🙂"),
        Person("U4", "...", ("", "…")),
        Person("U5", "bot", bot=True),
    ]
    rooms = [Room("C1", "General Talk, please/now"), Room("C2", "…"), Room("C3", "general talk please now")]
    run(
        database.store,
        [
            *people,
            *rooms,
            *(said(n, who=f"U{n}", room="C1") for n in range(1, 6)),
            said(1, room="C2"),
            said(1, room="C3"),
        ],
    )
    room = database.store.rooms.keyed("#general_talk_please_now")
    assert room is not None
    assert [event.actor.nick for event in database.events(room)] == [
        "ada-slack",
        "ADA-slack-2",
        "Mr_J_Döe",
        "U4",
        "bot",
    ]
    names = [room.name for room in database.store.rooms.all()]
    assert names == ["C2", "General_Talk_please_now", "general_talk_please_now-slack"]


def test_a_private_room_is_for_those_who_were_in_it(database: Database) -> None:
    run(database.store, [ADA, BOB, EVE, SECRET, said(1, room="G1"), said(2, room="G1", who="U3")])
    room = database.store.rooms.keyed("#secret")
    assert room is not None
    assert (set(room.flags), room.history) == ({"i", "n", "s"}, "members")
    ada, eve = owner(database, "ada"), owner(database, "eve")
    refused = database.store.submit([joining(eve, "secret")]).wait()[0]
    assert isinstance(refused, ChatError)
    assert refused.code is Code.INVITE_ONLY, "eve had left it"
    assert database.store.invites.of_person(ada) == ["secret"]
    joined = database.do(joining(ada, "secret"))
    [member] = database.do(Do(lambda tx: tx.members.of_person(ada)))
    assert (member.joined_seq, member.role, joined.since) == (1, Role.OPERATOR, 1)
    bob = owner(database, "bob")
    database.do(joining(bob, "secret"))
    database.do(KickMember(ada, room.id, bob, "out"))
    [refused] = database.store.submit([joining(bob, "secret")]).wait()
    assert isinstance(refused, ChatError), "who is kicked has no right to come back"


def test_a_private_room_whose_people_are_not_told_is_for_those_who_spoke(database: Database) -> None:
    run(database.store, [ADA, BOB, Room("G1", "secret", private=True), said(1, room="G1")])
    database.do(joining(owner(database, "ada"), "secret"))


def test_direct_messages_are_the_conversation_of_the_two(database: Database) -> None:
    run(database.store, [ADA, BOB, TWO, said(1, room="D1"), said(2, room="D1", who="U2")])
    ada, bob = owner(database, "ada"), owner(database, "bob")
    [found] = database.store.messages.conversations(ada, 0, 2**60, 10)
    assert found.name == "bob"
    database.do(PostDirect(ada, bob, "message", "from here"))
    assert database.bodies(found.room) == ["message 1", "message 2", "from here"]
    run(database.store, [ADA, BOB, TWO, said(3, room="D1")])
    assert bodies(database, "ada-bob") == ["message 3"], "what was said here must not come before it"
    assert {tuple(database.store.invites.of_person(each)) for each in (ada, bob)} == {("ada-bob",)}


def test_people_and_rooms_that_are_something_here(database: Database) -> None:
    alice = account(database, "alice")
    mapped = Mapped({"ada": person_name("alice")}, {"general": room_name("lobby"), "c2": None})
    assert alice.account_id is not None
    summary = run(
        database.store,
        [ADA, GENERAL, Room("C2", "random"), said(1), said(2, room="C2")],
        mapped=mapped,
        accounts={"alice": Here(alice.account_id, "alice")},
    )
    room = database.store.rooms.keyed("#lobby")
    assert room is not None
    assert database.events(room)[0].actor == alice
    assert (summary.mapped, summary.people, summary.stored) == (1, 0, 1)
    assert summary.skipped == {"in a room that was not chosen": 1}


def test_a_named_room_with_newer_talk_is_refused(database: Database) -> None:
    database.say(database.room("lobby"), "from here")
    database.now = AT / 1000 + 10**6
    database.say(database.room("lobby"), "and now")
    mapped = Mapped({}, {"general": room_name("lobby")})
    summary = run(database.store, [ADA, GENERAL, said(1), said(2)], mapped=mapped)
    assert (summary.stored, summary.problems) == (0, 1)
    assert bodies(database, "lobby") == ["from here", "and now"]


def test_a_server_beside_it_is_not_told_and_reads_nothing(open_database: Callable[..., Database]) -> None:
    server = open_database()
    server.now = AT / 1000 + 10**8
    old = server.room("old")
    command = open_database(bus=RecordingBus())
    run(command.store, [ADA, BOB, GENERAL, TWO, *(said(n) for n in range(50)), said(1, room="D1")])
    general = command.store.rooms.keyed("#general")
    assert general is not None
    server.do(Do(lambda tx: None, ends_batch=True))
    server.say(old, "hello")
    told = server.bus.wait(
        lambda events: any(isinstance(e, RoomOpened) and e.room.id == general.id for e in events)
    )
    assert [event.body for event in server.bus.room_events] == ["hello"]
    assert any(isinstance(event, RoomImported) and event.room == general.id for event in told)
    eve = account(server, "zoe")
    joined = server.do(joining(eve, "general"))
    assert isinstance(joined, MemberJoined)
    assert joined.seq == 51
    run(command.store, [ADA, GENERAL, said(60, at=AT + 10**11)])
    server.say(general, "after")
    server.bus.wait(lambda events: any(getattr(event, "body", "") == "after" for event in events))
    assert [event.body for event in server.bus.room_events] == ["hello", "", "after"]
    page = server.store.messages.page(HistoryQuery(general.id, 3))
    assert [event.body for event in page.events] == ["", "message 60", "after"]


def claimed(database: Database, name: str, old: str) -> Claimed:
    """As `chatstore account claim` does it."""
    claim = database.do(BeginClaim(person_name(name), person_name(old)))
    messages = sum(
        database.do(ClaimMessages(claim, after, min(after + 3, claim.last))) for after in range(0, claim.last, 3)
    )
    found: Claimed = database.do(FinishClaim(claim))
    return found._replace(messages=found.messages + messages)


def test_an_account_gets_what_was_imported_for_it(database: Database) -> None:
    alice, carol = account(database, "alice"), account(database, "carol")
    reactions = [Reaction("x", ["U1"])]
    talk = [*(said(n, reactions=reactions) for n in range(10)), said(11, room="G1"), said(12, room="D1")]
    run(database.store, [ADA, BOB, GENERAL, SECRET, TWO, *talk, said(13, who="U2")])
    assert claimed(database, "alice", "ada") == (12, 10, 1, 0)
    general = database.store.rooms.keyed("#general")
    assert general is not None
    assert {event.actor.account for event in database.events(general)} == {"alice", "bob"}
    assert database.do(Do(lambda tx: tx.reactions.about(general.id, 1, alice, "x").same))
    assert database.store.invites.of_person(alice) == ["secret"]
    database.do(joining(alice, "secret"))
    [found] = [each for each in database.store.messages.conversations(alice, 0, 2**60, 10) if each.room.direct]
    assert (found.name, database.bodies(found.room)) == ("bob", ["message 12"])
    again = run(database.store, [ADA, BOB, GENERAL, SECRET, TWO, *talk, said(14)])
    assert (again.stored, again.known, again.people) == (1, 12, 0), "later imports go to the account as well"
    assert database.events(general)[-1].actor.account == "alice"
    for name, old in (("carol", "ada"), ("carol", "alice"), ("nobody", "bob"), ("bob", "bob")):
        [refused] = database.store.submit([BeginClaim(person_name(name), person_name(old))]).wait()
        assert isinstance(refused, ChatError), (name, old)
    assert carol.account_id is not None


def test_conversations_of_two_that_both_have_become_a_room(database: Database) -> None:
    alice, carol = account(database, "alice"), account(database, "carol")
    database.do(PostDirect(alice, carol, "message", "from here"))
    run(database.store, [ADA, BOB, TWO, said(1, room="D1")])
    claimed(database, "alice", "ada")
    claimed(database, "carol", "bob")
    assert bodies(database, "alice-carol") == ["message 1"]
    for person in (alice, carol):
        database.do(joining(person, "alice-carol"))
    [found] = [each for each in database.store.messages.conversations(alice, 0, 2**60, 10) if each.room.direct]
    assert database.bodies(found.room) == ["from here"]


def test_a_claim_that_was_stopped_is_completed(database: Database) -> None:
    account(database, "alice")
    run(database.store, [ADA, GENERAL, *(said(n) for n in range(10))])
    claim = database.do(BeginClaim(person_name("alice"), person_name("ada")))
    assert database.do(ClaimMessages(claim, 0, 4)) == 4
    assert claimed(database, "alice", "ada").messages == 6


def test_what_is_said_between_two_imports_is_delivered_alone(open_database: Callable[..., Database]) -> None:
    server, command = open_database(), open_database()
    server.now = command.now = AT / 1000 + 10**8
    run(command.store, [ADA, GENERAL, said(1)])
    general = command.store.rooms.keyed("#general")
    assert general is not None
    zoe = account(command, "zoe")
    command.do(joining(zoe, "general"))
    run(command.store, [ADA, GENERAL, said(1), said(2, at=AT + 10**11), said(3, at=AT + 10**11)])
    command.say(general, "from here")
    server.say(server.room("other"), "look")
    told = server.bus.wait(lambda events: any(getattr(event, "body", "") == "from here" for event in events))
    assert [event.seq for event in told if isinstance(event, RoomEvent) and event.room == general.id] == [2, 5]
    assert [event.body for event in server.events(general)] == [
        "message 1",
        "",
        "message 2",
        "message 3",
        "from here",
    ]


def test_nobody_has_missed_what_was_imported(database: Database) -> None:
    run(database.store, [ADA, GENERAL, said(1)])
    zoe, yan = account(database, "zoe"), account(database, "yan")
    assert zoe.account_id is not None
    assert yan.account_id is not None
    for person in (yan, zoe):
        database.do(joining(person, "general"))
    general = database.store.rooms.keyed("#general")
    assert general is not None
    database.do(Do(lambda tx: tx.members.mark_seen(zoe.account_id, {general.id: 3})))
    run(database.store, [ADA, GENERAL, said(1), said(2)])
    assert database.store.messages.unseen(zoe.account_id) == []
    [unseen] = database.store.messages.unseen(yan.account_id)
    assert unseen.after == 2, "yan has not seen zoe come"


def test_a_server_knows_nothing_of_a_room_that_is_not_complete(
    open_database: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstore.importing.work.BATCH", 2)
    server, command = open_database(), open_database()

    def dies(number: int) -> None:
        if number == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(command.store, Talk([ADA, GENERAL, *(said(n) for n in range(9))], met=dies))
    server.say(server.room("other"), "look")
    opened = [event.room.name for event in server.bus.events if isinstance(event, RoomOpened)]
    assert opened == ["other"]
