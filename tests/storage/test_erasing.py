"""The words of a removed account go, from every table; everything else stays as it was."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest
from sqlalchemy import text

from chatstore.chat.changes.accounts import CreateAccount, RemoveAccount
from chatstore.chat.changes.erasing import EraseEvents, EraseTraces
from chatstore.chat.changes.posting import PostDirect, PostReaction, RedactMessage
from chatstore.chat.changes.reading import MarkRead
from chatstore.chat.long_work import LongWork, Pace, StoppedError, erase
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.hooks import NewHook
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import person_name
from chatstore.chat.model.room_events import MemberLeft, MessageRedacted, RemovedMessage, RoomRenamed
from chatstore.storage import schema
from tests.storage.database import SECONDS, Database, Do

WORD = "Heidelbeere"
"""Is part of everything that the person writes."""


def person(database: Database, name: str) -> Actor:
    account = database.do(CreateAccount(person_name(name), "bcrypt:none"))
    return Actor(account.nick, account.name, account.id)


def say(database: Database, room: Any, actor: Actor, body: str) -> Any:
    return database.store.submit([Draft(room.id, actor, "message", body)]).result()


def everything(database: Database) -> str:
    rows = []
    with database.store._reading() as connection:
        for table in schema.metadata.sorted_tables:
            rows += [str(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))]
    return "\n".join(rows)


def leave_reasons(tx: Any, alice: Actor, room: int) -> None:
    """What she wrote as an operator and administrator."""
    tags = {"before": "main", "reason": f"more {WORD}"}
    tx.record(RoomRenamed, room, alice, "newname", tags)
    tx.audit.note("room.kick", alice, "#main", f"bob: {WORD}: twice")
    tx.audit.note("account.suspend", alice, "bob", f"until 2026-12-01 18:00 UTC: {WORD}")
    tx.audit.note("server.kill", alice, "bob", WORD)
    tx.server_bans.put("192.0.2.0/24", WORD, "alice", None)
    report = tx.reports.put(room, 2, alice.account_id, f"she saw {WORD}")
    tx.reports.close(room, 2, "alice", f"no {WORD} here", report)
    chat, _ = tx.imports.begin("xmpp", "example.org", "a chat")
    tx.imports.add_person(chat, f"{WORD}@example.org", alice.account_id)


@pytest.fixture
def talked(database: Database) -> tuple[Database, Actor, Actor]:
    alice, bob = person(database, "alice"), person(database, "bob")
    room, other = database.room("main"), database.room("other")
    for place in (room, other):
        for actor in (alice, bob):
            database.do(Do(lambda tx, place=place, actor=actor: tx.members.put(place.id, actor, 0, 1)))
    theirs = say(database, room, bob, "what bob says")
    database.do(Do(lambda tx: tx.hooks.add(room.id, NewHook("in", WORD), "d", alice.account_id, 0)))
    for n in range(120):
        say(database, other, alice, f"{WORD} {n}")
    mine = say(database, room, alice, f"{WORD} for bob")
    id_ = msgid(theirs.room, theirs.seq, theirs.time)
    tags = {"+draft/react": WORD, "+draft/reply": id_}
    database.do(PostReaction(alice, room.id, (theirs.room, theirs.seq), tags, 9, 9))
    database.do(PostReaction(bob, room.id, (mine.room, mine.seq), {"+draft/react": "yes", "+draft/reply": msgid(
        mine.room, mine.seq, mine.time)}, 9, 9))  # fmt: skip
    database.do(PostDirect(alice, "bob", "message", f"{WORD}, only for you"))
    database.do(PostDirect(bob, "alice", "message", "bob's answer"))
    said = say(database, room, bob, "spam of bob")
    database.do(Do(lambda tx: tx.members.put(room.id, alice, 2, 1)))
    database.do(RedactMessage(alice, room.id, msgid(said.room, said.seq, said.time), f"{WORD}!", 0))
    database.do(Do(lambda tx: tx.record(MemberLeft, other.id, alice, f"to buy {WORD}")))
    database.do(MarkRead(alice, room.id, 5))
    database.do(Do(lambda tx: leave_reasons(tx, alice, room.id)))
    return database, alice, bob


def test_no_word_is_left(talked: tuple[Database, Actor, Actor]) -> None:
    database, alice, _bob = talked
    before = everything(database)
    assert before.count(WORD) > 120
    account = database.store.accounts.named("alice")
    database.do(RemoveAccount(person_name("alice")))
    looked: list[tuple[int, int]] = []
    counts = erase(database.store, account, lambda done, total: looked.append((done, total)))
    after = everything(database)
    assert WORD not in after
    for kept in ("what bob says", "bob's answer", "newname", "'bob'", "until 2026-12-01 18:00 UTC'"):
        assert kept in after
    assert dict(counts) == {
        "messages": 122, "reactions": 1, "reasons": 3, "reactions left": 0, "read markers": 1, "invites": 0,
        "offers": 0, "settings": 0, "reasons of reports": 1, "decisions": 1, "reasons of bans": 1,
        "reasons in the audit log": 3, "addresses": 1, "webhooks": 1, "files": 0,
    }  # fmt: skip
    assert looked[-1][0] == looked[-1][1]
    room = database.store.rooms.keyed("#main")
    assert room is not None
    events = database.events(room)
    assert [event.seq for event in events] == [*range(1, len(events) + 1)], "no place is lost"
    [mine] = [event for event in events if isinstance(event, RemovedMessage) and event.actor == alice and
              event.tags["was"] == "message"]  # fmt: skip
    assert mine.tags["by"] == "alice"
    told = [event for event in database.bus.room_events if isinstance(event, MessageRedacted)]
    assert len(told) == 124, "everybody hears of each, of the one before, and of the reaction"


def test_begun_again_it_finds_nothing_new(talked: tuple[Database, Actor, Actor]) -> None:
    """As after an interruption: half of it is done."""
    database, _, _ = talked
    account = database.store.accounts.named("alice")
    database.do(RemoveAccount(person_name("alice")))
    room = database.store.rooms.keyed("#other")
    assert room is not None
    database.do(EraseEvents(person_name("alice"), [(room.id, seq) for seq in range(1, 60)]))
    assert erase(database.store, account, lambda _done, _all: None)["messages"] < 122
    assert WORD not in everything(database)
    assert erase(database.store, account, lambda _done, _all: None).get("messages", 0) == 0


def test_only_the_words_of_that_account(talked: tuple[Database, Actor, Actor]) -> None:
    """Whatever places are named; and only of one that is removed."""
    database, _, _ = talked
    with pytest.raises(ChatError, match="has to be removed first"):
        database.do(EraseEvents(person_name("alice"), [(1, 1)]))
    with pytest.raises(ChatError, match="there is no account"):
        database.do(EraseTraces(person_name("nobody"), {}))
    database.do(RemoveAccount(person_name("alice")))
    room = database.store.rooms.keyed("#main")
    assert room is not None
    assert database.do(EraseEvents(person_name("alice"), [(room.id, 1), (room.id, 999), (99, 1)])) == {}
    assert "what bob says" in everything(database)


def test_a_server_that_stops_interrupts_it(talked: tuple[Database, Actor, Actor]) -> None:
    """After the present transaction; and one such work runs at a time."""
    database, _, _ = talked
    account = database.store.accounts.named("alice")
    database.do(RemoveAccount(person_name("alice")))
    work, began, ended = LongWork(), threading.Event(), threading.Event()
    raised: list[BaseException] = []

    def job(pace: Pace) -> None:
        began.set()
        ended.wait(SECONDS)
        try:
            erase(database.store, account, lambda _done, _all: None, pace=pace)
        except BaseException as error:
            raised.append(error)
            raise

    assert work.begin("erasing alice", job)
    assert began.wait(SECONDS)
    assert not work.begin("erasing bob", job)
    stopping = threading.Thread(target=work.stop)
    stopping.start()
    assert work._stopping.wait(SECONDS)
    ended.set()
    stopping.join()
    assert [type(error) for error in raised] == [StoppedError]
    assert WORD in everything(database)
    assert not work.begin("erasing bob", job)


def test_pauses_are_as_long_as_the_work(talked: tuple[Database, Actor, Actor]) -> None:
    database, _, _ = talked
    account = database.store.accounts.named("alice")
    database.do(RemoveAccount(person_name("alice")))
    pauses: list[float] = []
    ticks = itertools.count()
    erase(database.store, account, lambda _done, _all: None, pace=Pace(lambda: next(ticks) / 20, pauses.append))
    assert {round(pause, 3) for pause in pauses} == {0, 0.05}
