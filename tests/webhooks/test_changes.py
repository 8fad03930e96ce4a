"""What the writer does with webhooks: who may manage them, whom they stand for, what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatstore.chat.changes.accounts import CreateAccount, SetPassword, SuspendAccount
from chatstore.chat.changes.hooks import (
    STOPPED,
    AddHook,
    NoteHookError,
    NoteSent,
    PostByHook,
    RemoveHook,
    RenewHook,
    SetHook,
)
from chatstore.chat.changes.membership import JoinRoom, LeaveRoom
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import (
    Hook,
    NewHook,
    Retry,
    Sent,
    checked_word,
    hook_name,
    posting_name,
    prepared,
    triggers,
)
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import ModeChange, Room
from tests.storage.database import Database

IN = NewHook("in", "CI")
OUT = prepared(NewHook("out", "Deploy", "https://example.org/x", "command", "!deploy"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "chat.db")
    yield made
    made.close()


def account(database: Database, name: str) -> Actor:
    made = database.do(CreateAccount(person_name(name), "x", "user"))
    return Actor(made.nick, made.name, made.id)


def join(database: Database, actor: Actor, room: str = "main") -> Room:
    joined = database.do(JoinRoom(actor, room_name(room), "", 100))
    found = database.store.rooms.by_id(joined.room)
    assert found is not None
    return found


def added(database: Database, actor: Actor, room: Room, wanted: NewHook = IN) -> Hook:
    hook = database.do(AddHook(actor, room.id, wanted, digest_of("t") if wanted.direction == "in" else None, 3))
    assert isinstance(hook, Hook)
    return hook


def code_of(database: Database, change: object) -> Code:
    with pytest.raises(ChatError) as refused:
        database.do(change)
    return refused.value.code


def test_operators_manage_them_and_nobody_else(database: Database) -> None:
    alice, bob = account(database, "alice"), account(database, "bob")
    room = join(database, alice)
    join(database, bob)
    hook = added(database, alice, room)
    assert (hook.owner, hook.direction, hook.enabled) == ("alice", "in", True)
    assert database.store.hooks.by_digest(digest_of("t")) == hook
    for change in (
        AddHook(bob, room.id, IN, "d", 3),
        RemoveHook(bob, room.id, hook.id),
        RenewHook(bob, room.id, hook.id, "d", "s"),
        SetHook(bob, room.id, hook.id, enabled=False),
    ):
        assert code_of(database, change) is Code.OPERATOR_REQUIRED
    other = database.room("other")
    assert code_of(database, RemoveHook(SERVER, other.id, hook.id)) is Code.NO_SUCH_HOOK
    database.do(RemoveHook(alice, room.id, hook.id))
    assert not database.store.hooks.of_room(room.id)


def test_a_room_has_a_limited_number(database: Database) -> None:
    room = database.room()
    for number in range(3):
        database.do(AddHook(SERVER, room.id, NewHook("in", f"CI{number}"), f"d{number}", 3))
    assert code_of(database, AddHook(SERVER, room.id, IN, "d", 3)) is Code.LIST_FULL


@pytest.mark.parametrize("second", [NewHook("in", "Ci"), replace(OUT, name="ci")])
def test_a_name_is_used_once_in_a_room(database: Database, second: NewHook) -> None:
    """Also if both are asked for in one transaction."""
    room, other = database.room(), database.room("other")
    asked = [AddHook(SERVER, room.id, IN, "d1", 9), AddHook(SERVER, room.id, second, None, 9)]
    made, refused = database.store.submit(asked).wait()
    assert isinstance(made, Hook)
    assert isinstance(refused, ChatError)
    assert refused.code is Code.NAME_TAKEN
    database.do(AddHook(SERVER, other.id, second, None, 9))
    database.do(RemoveHook(SERVER, room.id, made.id))
    database.do(AddHook(SERVER, room.id, second, None, 9))


def test_what_it_says_is_a_bots_and_under_a_name_that_nobody_can_have(database: Database) -> None:
    alice = account(database, "alice")
    room = join(database, alice)
    hook = added(database, alice, room)
    (event,) = database.do(PostByHook(hook.id, room.id, [("alice", "built")]))
    assert (event.actor.nick, event.actor.bot, event.actor.account, event.body) == (
        "alice/hook", True, None, "built",
    )  # fmt: skip
    stored = database.store.messages.at(room.id, event.seq)
    assert stored is not None
    assert stored.actor == event.actor
    with pytest.raises(ChatError):
        person_name(event.actor.nick)


def test_a_delivery_is_said_once(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room)
    post = PostByHook(hook.id, room.id, [("CI", "built")], "id 1")
    assert len(database.do(post)) == 1
    assert database.do(replace(post)) == []
    assert len(database.do(replace(post, delivery="id 2"))) == 1
    database.now += 4 * 24 * 60 * 60
    assert len(database.do(replace(post))) == 1


def test_it_stands_for_who_made_it(database: Database) -> None:
    alice, bob = account(database, "alice"), account(database, "bob")
    room = join(database, alice)
    join(database, bob)
    database.do(SetModes(SERVER, room.id, [ModeChange(True, "o", "bob")], {"bob": bob}))
    hook = added(database, bob, room)
    post = PostByHook(hook.id, room.id, [("CI", "built")])
    assert database.do(replace(post))
    database.do(SetModes(SERVER, room.id, [ModeChange(False, "o", "bob")], {"bob": bob}))
    assert code_of(database, replace(post)) is Code.CANNOT_POST
    renewed = database.do(RenewHook(alice, room.id, hook.id, digest_of("new"), "s"))
    assert renewed.owner == "alice"
    assert database.store.hooks.by_digest(digest_of("t")) is None
    assert database.do(replace(post))
    database.do(LeaveRoom(alice, room.id, ""))
    assert database.do(replace(post)), "the founder may come back as an operator"
    database.do(SuspendAccount(person_name("alice"), "", None))
    assert code_of(database, replace(post)) is Code.CANNOT_POST


def test_modes_of_the_room_count(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room)
    post = PostByHook(hook.id, room.id, [("CI", "built")])
    database.do(SetModes(SERVER, room.id, [ModeChange(True, "m")], {}))
    assert database.do(replace(post))
    database.do(SetModes(SERVER, room.id, [ModeChange(True, "b", "CI/hook!*@*")], {}))
    assert code_of(database, replace(post)) is Code.CANNOT_POST
    assert code_of(database, replace(post, texts=[("other", "x")])) is Code.CANNOT_POST


def test_off_is_off(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room)
    database.do(SetHook(SERVER, room.id, hook.id, enabled=False))
    assert code_of(database, PostByHook(hook.id, room.id, [("CI", "built")])) is Code.CANNOT_POST


def test_what_was_said_while_it_was_off_is_not_sent(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room, OUT)
    database.do(NoteSent(hook.id, Sent(0, retries=[Retry(hook.id, 1, 1, 5)], error="no")))
    database.do(SetHook(SERVER, room.id, hook.id, enabled=False))
    database.say(room, "!deploy")
    assert not database.store.hooks.sending()
    again = database.do(SetHook(SERVER, room.id, hook.id, enabled=True))
    last = database.store.rooms.by_id(room.id)
    assert last is not None
    assert (again.place, database.store.hooks.retries(hook.id)) == (last.last_seq, [])


def test_the_place_and_what_waits_are_stored(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room, OUT)
    retry = Retry(hook.id, 3, 1, 5)
    assert database.do(NoteSent(hook.id, Sent(4, retries=[retry], error="refused")))
    (found,) = database.store.hooks.sending()
    assert (found.place, found.error, found.failing_since) == (4, "refused", int(database.now * 1000))
    assert database.do(NoteSent(hook.id, Sent(2, retries=[retry._replace(attempts=2)])))
    assert database.store.hooks.retries(hook.id) == [retry._replace(attempts=2)]
    assert database.do(NoteSent(hook.id, Sent(4, delivered=[3], worked=True)))
    (found,) = database.store.hooks.sending()
    assert (found.place, found.error, found.failing_since) == (4, "", None)
    assert not database.do(NoteSent(hook.id, Sent(4, error="for days", off=True)))
    assert not database.store.hooks.sending()


def test_an_error_is_noted_once_in_a_minute(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room)
    database.do(NoteHookError(hook.id, "wrong signature"))
    first = int(database.now * 1000)
    database.now += 5
    database.do(NoteHookError(hook.id, "wrong signature"))
    found = database.store.hooks.by_id(hook.id)
    assert found is not None
    assert (found.failed_at, found.error) == (first, "wrong signature")
    database.do(NoteHookError(hook.id, "no JSON"))
    found = database.store.hooks.by_id(hook.id)
    assert found is not None
    assert found.error == "no JSON"


def test_a_room_takes_its_hooks_along(database: Database) -> None:
    room = database.room()
    hook = added(database, SERVER, room, OUT)
    database.do(NoteSent(hook.id, Sent(4, retries=[Retry(hook.id, 3, 1, 5)])))
    database.do(RemoveRoom(room.id))
    assert database.store.hooks.by_id(hook.id) is None
    assert not database.store.hooks.retries(hook.id)


@pytest.mark.parametrize(
    ("given", "name"),
    [("CI", "CI"), ("My CI bot", "My_CI_bot"), ("x" * 40, "x" * 27), ("a\r\nb", "a_b"), ("@room", "room")],
)
def test_names(given: str, name: str) -> None:
    assert hook_name(given) == name
    assert posting_name(given, "hook") == name


@pytest.mark.parametrize("given", ["", " ", "/", "\x02\x03", "\u202e", "раypal"])
def test_a_name_that_says_nothing_or_lies_is_not_taken(given: str) -> None:
    assert posting_name(given, "CI") in ("CI", "_")


@pytest.mark.parametrize(
    ("trigger", "word", "text", "does"),
    [
        ("all", "", "anything", True),
        ("word", "Deploy", "please deploy now", True),
        ("word", "deploy", "please DEPLOY!", True),
        ("word", "deploy", "deployment", False),
        ("word", "c++", "I like c++, too", True),
        ("command", "!deploy", "!deploy main", True),
        ("command", "deploy", "!Deploy", True),
        ("command", "deploy", "say !deploy", False),
        ("command", "deploy", "!deployed", False),
    ],
)
def test_when_an_outgoing_hook_sends(trigger: str, word: str, text: str, does: bool) -> None:
    hook = Hook(
        1, 1, "out", "D", "", trigger, checked_word(trigger, word), False, "", True, 0, None, None, None, "", 0,
        None, "", None, False, "active", None,
    )  # type: ignore[arg-type]  # fmt: skip
    assert triggers(hook, text) is does


@pytest.mark.parametrize(("trigger", "word"), [("all", "x"), ("word", ""), ("command", "!"), ("word", "a b")])
def test_a_word_that_does_not_fit(trigger: str, word: str) -> None:
    with pytest.raises(ChatError):
        checked_word(trigger, word)


def test_it_ends_with_the_token_by_which_it_was_made(database: Database) -> None:
    alice, bob = account(database, "alice"), account(database, "bob")
    room = join(database, alice)
    assert alice.account_id is not None
    stolen, used = (database.do(AddToken(alice.account_id, digest, "")).id for digest in ("1", "2"))
    made = {
        by: database.do(AddHook(alice, room.id, NewHook("in", f"CI{by}"), f"d{by}", 9, token=by)).id
        for by in (stolen, used, None)
    }
    other = database.do(AddHook(alice, room.id, OUT, None, 9))
    renewed = database.do(RenewHook(alice, room.id, other.id, "d", "s", token=stolen))
    others = database.do(AddHook(alice, room.id, NewHook("in", "Other"), "o", 9, bob.account_id, stolen)).id

    def on(*hooks: int) -> list[bool]:
        return [found.enabled for hook in hooks if (found := database.store.hooks.by_id(hook)) is not None]

    database.do(RemoveTokens(alice.account_id, only=used, signs_out=True))  # whoever signs out has no thief
    assert on(*made.values(), renewed.id) == [True] * 4
    database.do(RemoveTokens(alice.account_id, only=stolen))
    assert on(*made.values(), renewed.id, others) == [False, True, True, False, True]
    assert code_of(database, PostByHook(made[stolen], room.id, [("CI", "hi")])) is Code.CANNOT_POST
    stopped = database.store.hooks.by_id(made[stolen])
    assert stopped is not None
    assert stopped.error == STOPPED
    database.do(RenewHook(alice, room.id, made[stolen], "new", ""))
    database.do(SetPassword(person_name("alice"), "y"))
    assert on(*made.values()) == [True, False, True]


def test_a_password_that_is_changed_leaves_the_hooks_of_the_session_that_asked(database: Database) -> None:
    alice = account(database, "alice")
    room = join(database, alice)
    assert alice.account_id is not None
    own, other = (database.do(AddToken(alice.account_id, digest, "")).id for digest in ("1", "2"))
    hooks = [
        database.do(AddHook(alice, room.id, NewHook("in", f"CI{by}"), f"d{by}", 9, token=by)).id
        for by in (own, other)
    ]
    new = database.do(SetPassword(person_name("alice"), "y", token=own, renewed="3"))
    found = [database.store.hooks.by_id(hook) for hook in hooks]
    assert [hook is not None and hook.enabled for hook in found] == [True, False]
    database.do(RemoveTokens(alice.account_id, only=new.id))
    kept = database.store.hooks.by_id(hooks[0])
    assert kept is not None
    assert not kept.enabled
