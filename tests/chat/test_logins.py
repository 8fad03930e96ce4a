"""Logging in: every wrong answer gets the same words and costs the same work, and a flood costs no work at
all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import Mock, patch

import bcrypt
import pytest

from chatstore.chat.changes.accounts import CreateAccount, NoteNetwork
from chatstore.chat.live.hub import Hub
from chatstore.chat.model import invitations, tokens
from chatstore.chat.model.accounts import Account, AccountStatus
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.names import Name, looks_of
from chatstore.chat.model.passwords import hash_password
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import StoredMember
from chatstore.chat.rules.policy import Accounts, Policy
from chatstore.chat.session import right_passwords
from chatstore.chat.session.logins import Logins
from chatstore.chat.session.right_passwords import SECONDS
from chatstore.chat.ticket import Ticket

HERE, THERE = "192.0.2.1", "192.0.2.2"
GOOD = "correct horse"


class FakeAccounts:
    """Accounts by their folded names."""

    def __init__(self) -> None:
        self.known: dict[str, Account] = {}
        self.networks: set[tuple[int, str]] = set()

    def by_id(self, account_id: int) -> Account | None:
        return next((each for each in self.known.values() if each.id == account_id), None)

    def named(self, folded: str) -> Account | None:
        return self.known.get(folded)

    def looking_like(self, name: Name) -> Account | None:
        looks = set(looks_of(name))
        every = self.known.values()
        return next((each for each in every if looks.intersection(looks_of(Name(each.name, each.folded)))), None)

    def knows_network(self, account_id: int, digest: str) -> bool:
        return (account_id, digest) in self.networks


class ByDigest(dict[str, Any]):
    """Tokens or invitations."""

    def by_digest(self, digest: str) -> Any:
        return self.get(digest)


class FakeStore:
    """A store whose submit() runs a CreateAccount or NoteNetwork at once."""

    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.tokens = ByDigest()
        self.invitations = ByDigest()
        self.failing = False

    def add_token(self, account: Account) -> str:
        text = tokens.new_token()
        digest = digest_of(text)
        self.tokens[digest] = DeviceToken(len(self.tokens) + 1, account.id, digest, "phone", 0, None)
        return text

    def invite(self, expires_at: int, used_at: int | None = None) -> str:
        code = invitations.new_code()
        digest = digest_of(code)
        self.invitations[digest] = AccountInvitation(
            1, digest, "", "user", 0, expires_at, None, False, used_at, None
        )
        return code

    def add(self, name: str, password: str, status: AccountStatus = "active", reason: str = "") -> Account:
        stored = hash_password(password, 4) if status != "removed" else ""
        account = Account(len(self.accounts.known) + 1, name, name, name, "user", status, reason, stored, 0, None)
        self.accounts.known[name] = account
        return account

    def submit(self, units: Sequence[Any]) -> Ticket:
        [unit] = units
        ticket = Ticket()
        if self.failing:
            ticket.resolve([ChatError(Code.NOT_STORED, "the database is away")])
            return ticket
        if isinstance(unit, NoteNetwork):
            self.accounts.networks.add((unit.account_id, unit.digest))
            ticket.resolve([None])
            return ticket
        assert isinstance(unit, CreateAccount)
        account = Account(99, *unit.name, unit.name.shown, "user", "active", "", unit.password, 0, None)
        self.accounts.known[unit.name.folded] = account
        ticket.resolve([account])
        return ticket


class World:
    def __init__(self, **policy: Any) -> None:
        self.now = 0.0
        self.store = FakeStore()
        self.hub = Hub()
        self.logins = Logins(
            self.store,  # type: ignore[arg-type]
            self.hub,
            Policy(accounts=Accounts(**{"registration": "local", "bcrypt_cost": 4} | policy)),
            lambda: self.now,
            lambda: self.now,
        )
        self.bob = self.store.add("bob", "right")

    def refusal(self, name: str, password: str, address: str = HERE) -> ChatError:
        with pytest.raises(ChatError) as refused:
            self.logins.check(name, password, address)
        return refused.value


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def checked() -> Iterator[Mock]:
    """Counts the hashes."""
    with patch("bcrypt.checkpw", wraps=bcrypt.checkpw) as mock:
        yield mock


def test_the_right_password_in_any_spelling_of_the_name(world: World) -> None:
    assert world.logins.check("bob", "right", HERE) is world.bob
    assert world.logins.check("ＢＯＢ", "right", HERE) is world.bob


def test_every_wrong_answer_has_the_same_words_and_the_same_work(world: World, checked: Mock) -> None:
    world.store.add("gone", "right", "removed")
    world.store.add("out", "right", "suspended", "spam")
    told = {
        (refusal.code, refusal.text)
        for name, password in (
            ("bob", "wrong"),
            ("bob", ""),
            ("bob", "\0"),
            ("nobody", "right"),
            ("not a name", "right"),
            ("gone", "right"),
            ("gone", ""),
            ("out", "wrong"),
        )
        for refusal in [world.refusal(name, password)]
    }
    assert told == {(Code.WRONG_CREDENTIALS, "wrong name or password")}
    assert checked.call_count == 8
    costs = {call.args[1].split(b"$")[2] for call in checked.call_args_list}
    assert costs == {b"04"}


def test_only_the_right_password_learns_of_a_suspension(world: World) -> None:
    world.store.add("out", "right", "suspended", "spam")
    refusal = world.refusal("out", "right")
    assert refusal.code is Code.SUSPENDED
    assert "spam" in refusal.text


def test_ten_wrong_guesses_at_one_account_then_no_hashing(world: World, checked: Mock) -> None:
    for _ in range(10):
        assert world.refusal("bob", "wrong").code is Code.WRONG_CREDENTIALS
    assert checked.call_count == 10
    for name in ("bob", "BOB", "ｂｏｂ"):
        assert world.refusal(name, "right").code is Code.THROTTLED
    assert checked.call_count == 10
    assert world.refusal("nobody", "x").code is Code.WRONG_CREDENTIALS  # others are not slowed
    assert world.logins.check("bob", "right", THERE) is world.bob  # nor is the owner, elsewhere


def test_a_hundred_wrong_guesses_at_one_account_from_anywhere(world: World, checked: Mock) -> None:
    for n in range(100):
        assert world.refusal("bob", "wrong", f"192.0.2.{n}").code is Code.WRONG_CREDENTIALS
    assert world.refusal("bob", "right", "198.51.100.1").code is Code.THROTTLED
    assert checked.call_count == 100


@pytest.mark.parametrize("way", ["password", "token"])
def test_wrong_guesses_of_others_do_not_keep_the_owner_out_where_they_came_from_before(
    world: World, way: str
) -> None:
    token = world.store.add_token(world.bob)
    log_in = world.logins.check if way == "password" else world.logins.check_token
    log_in("bob", "right" if way == "password" else token, HERE)
    for n in range(150):  # at this account, from everywhere
        world.refusal("bob", "wrong", f"198.51.100.{n}")
    for n in range(25):  # at other accounts, from the same address
        world.refusal(f"name{n}", "wrong", HERE)
    assert world.logins.check("bob", "right", HERE) is world.bob
    assert world.refusal("bob", "right", THERE).code is Code.THROTTLED
    assert world.refusal("name0", "wrong", HERE).code is Code.THROTTLED
    for _ in range(10):  # but here, too, nobody may guess for ever
        assert world.refusal("bob", "wrong", HERE).code is Code.WRONG_CREDENTIALS
    assert world.refusal("bob", "right", HERE).code is Code.THROTTLED


def test_a_network_that_could_not_be_stored_is_stored_at_the_next_login(world: World) -> None:
    world.store.failing = True
    assert world.logins.check("bob", "right", HERE) is world.bob
    world.store.failing = False
    assert not world.store.accounts.networks
    assert world.logins.check("bob", "right", HERE) is world.bob
    assert world.store.accounts.networks


def test_a_password_that_was_right_is_not_hashed_again(world: World, checked: Mock) -> None:
    again = world.logins.check_again
    assert again("bob", "right", HERE) is None  # nobody has checked it yet
    world.logins.check("bob", "right", HERE)
    for name in ("bob", "ＢＯＢ"):
        assert again(name, "right", THERE) is world.bob
    assert again("bob", "wrong", HERE) is None
    assert again("bob", "\ud800", HERE) is None
    assert again("nobody", "right", HERE) is None
    assert checked.call_count == 1
    assert world.logins.counts.all()["password", ""] == 3


def test_it_is_hashed_again_after_a_while_and_after_a_change(world: World) -> None:
    again = world.logins.check_again
    world.logins.check("bob", "right", HERE)
    world.now += SECONDS - 1
    assert again("bob", "right", HERE) is world.bob
    world.now += 1
    assert again("bob", "right", HERE) is None
    world.logins.check("bob", "right", HERE)
    world.store.accounts.known["bob"] = replace(world.bob, password=hash_password("another", 4))
    assert again("bob", "right", HERE) is None
    assert again("bob", "another", HERE) is None


def test_a_wrong_password_is_never_kept(world: World) -> None:
    world.refusal("bob", "wrong")
    assert world.logins.check_again("bob", "wrong", HERE) is None


def test_a_suspended_account_is_not_let_in_by_what_was_right(world: World) -> None:
    world.logins.check("bob", "right", HERE)
    world.store.accounts.known["bob"] = replace(world.bob, status="suspended")
    with pytest.raises(ChatError) as refused:
        world.logins.check_again("bob", "right", HERE)
    assert refused.value.code is Code.SUSPENDED


def test_who_has_guessed_too_often_learns_nothing_from_what_was_right(world: World) -> None:
    """Otherwise the limit of guesses would be none: the right one would be answered at once."""
    world.logins.check("bob", "right", THERE)
    for _ in range(10):
        world.refusal("bob", "wrong")
    assert world.logins.check_again("bob", "right", HERE) is None
    assert world.refusal("bob", "right").code is Code.THROTTLED
    assert world.logins.check_again("bob", "right", THERE) is world.bob


def test_only_the_latest_accounts_are_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(right_passwords, "_MOST", 2)
    for name in ("ann", "bea", "cem"):
        world.store.add(name, "right")
        world.logins.check(name, "right", HERE)
    again = world.logins.check_again
    assert [again(name, "right", HERE) is not None for name in ("ann", "bea", "cem")] == [False, True, True]


def test_an_ipv6_network_is_one_address(world: World) -> None:
    for n in range(20):
        assert world.refusal(f"name{n}", "x", f"2001:db8::{n:x}").code is Code.WRONG_CREDENTIALS
    assert world.refusal("another", "x", "2001:db8::ffff").code is Code.THROTTLED
    assert world.refusal("another", "x", "2001:db8:0:1::1").code is Code.WRONG_CREDENTIALS


def test_the_servers_password_is_not_for_guessing_either(world: World) -> None:
    logins = Logins(world.store, Hub(), Policy(password="let me in"), lambda: world.now)  # type: ignore[arg-type]
    assert logins.admits("let me in", HERE)
    for _ in range(20):
        assert not logins.admits("wrong", HERE)
    with pytest.raises(ChatError, match="too many"):
        logins.admits("let me in", HERE)
    assert logins.admits("let me in", THERE)
    assert not world.logins.admits("", HERE)


def test_twenty_wrong_guesses_from_one_address_then_no_hashing(world: World, checked: Mock) -> None:
    for n in range(20):
        assert world.refusal(f"name{n}", "x").code is Code.WRONG_CREDENTIALS
    assert world.refusal("another", "x").code is Code.THROTTLED
    assert world.refusal("bob", "right").code is Code.THROTTLED
    assert checked.call_count == 20
    assert world.logins.check("bob", "right", THERE) is world.bob


def test_after_a_wait_there_is_one_guess_more(world: World) -> None:
    for _ in range(10):
        world.refusal("bob", "wrong")
    world.now += 5.9
    assert world.refusal("bob", "right").code is Code.THROTTLED
    world.now += 0.2
    assert world.refusal("bob", "wrong").code is Code.WRONG_CREDENTIALS
    assert world.refusal("bob", "right").code is Code.THROTTLED
    world.now += 6.1
    assert world.logins.check("bob", "right", HERE) is world.bob


def test_right_guesses_are_free(world: World) -> None:
    for _ in range(30):
        world.logins.check("bob", "right", HERE)


def test_a_suspended_accounts_right_password_is_no_guess(world: World) -> None:
    world.store.add("out", "right", "suspended")
    for _ in range(30):
        assert world.refusal("out", "right").code is Code.SUSPENDED


@pytest.mark.parametrize(
    ("registration", "local", "why_not"),
    [
        ("open", False, None),
        ("local", True, None),
        ("local", False, Code.INVITATION_REQUIRED),
        ("invite", True, Code.INVITATION_REQUIRED),
        ("invite", False, Code.INVITATION_REQUIRED),
        ("closed", True, Code.REGISTRATION_CLOSED),
    ],
)
def test_who_may_register(registration: str, local: bool, why_not: Code | None) -> None:
    world = World(registration=registration)
    if why_not is None:
        account = world.logins.register("Alice", GOOD, HERE, local=local)
        assert (account.name, account.folded) == ("Alice", "alice")
        assert world.logins.check("alice", GOOD, HERE) is account
    else:
        with pytest.raises(ChatError) as refused:
            world.logins.register("Alice", GOOD, HERE, local=local)
        assert refused.value.code is why_not
        assert "alice" not in world.store.accounts.known


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("bob", "x", Code.NAME_TAKEN),
        ("BOB", "x", Code.NAME_TAKEN),
        ("gone", "x", Code.NAME_TAKEN),
        ("a b", "x", Code.INVALID_NAME),
        ("alice", "", Code.BAD_PASSWORD),
        ("alice", "correct\0horse", Code.BAD_PASSWORD),
        ("alice", "x", Code.WEAK_PASSWORD),
        ("b0b", GOOD, Code.INVALID_NAME),
    ],
)
def test_refused_registrations(world: World, name: str, password: str, code: Code) -> None:
    world.store.add("gone", "x", "removed")
    with pytest.raises(ChatError) as refused:
        world.logins.register(name, password, HERE, local=True)
    assert refused.value.code is code


def test_registrations_are_slowed_by_address_before_any_hashing(world: World) -> None:
    def register_until_refused() -> None:
        for n in range(1000):
            world.logins.register(f"name{n}", GOOD, HERE, local=True)

    with patch("bcrypt.hashpw", wraps=bcrypt.hashpw) as hashed, pytest.raises(ChatError) as refused:
        register_until_refused()
    assert refused.value.code is Code.THROTTLED
    assert hashed.call_count == len(world.store.accounts.known) - 1 < 1000
    assert world.logins.register("elsewhere", GOOD, THERE, local=True)


def test_a_nick_in_use_by_an_account_cannot_be_registered(world: World) -> None:
    room = Room(1, "room", "#main", "main", 0)
    shown = Actor("newnick", "bob", world.bob.id)
    world.hub.load([room], [StoredMember(1, shown, Role.MEMBER, 1)])
    with pytest.raises(ChatError) as refused:
        world.logins.register("NewNick", "x", HERE, local=True)
    assert refused.value.code is Code.NAME_TAKEN


# Tokens, invitations.


def test_a_token_logs_in_to_its_own_account_and_hashes_nothing(world: World, checked: Mock) -> None:
    eve = world.store.add("eve", "x")
    token = world.store.add_token(world.bob)
    world.store.add_token(eve)
    account, found = world.logins.check_token("BOB", token, HERE)
    assert (account, found.id) == (world.bob, 1)
    for name, given in (("eve", token), ("bob", token[:-1] + "!"), ("nobody", token), ("a b", token), ("bob", "")):
        with pytest.raises(ChatError) as refused:
            world.logins.check_token(name, given, HERE)
        assert (refused.value.code, refused.value.text) == (Code.WRONG_CREDENTIALS, "wrong name or password")
    assert checked.call_count == 0


def test_tokens_and_passwords_are_guesses_alike(world: World) -> None:
    token = world.store.add_token(world.bob)
    for _ in range(30):
        world.logins.check_token("bob", token, HERE)
    for _ in range(5):
        world.refusal("bob", "wrong")
        with pytest.raises(ChatError):
            world.logins.check_token("bob", tokens.new_token(), HERE)
    with pytest.raises(ChatError) as refused:
        world.logins.check_token("bob", tokens.new_token(), HERE)
    assert refused.value.code is Code.THROTTLED
    assert world.refusal("bob", "right").code is Code.THROTTLED
    assert world.logins.check_token("bob", token, HERE)[0] is world.bob  # nobody guesses that one


def test_a_suspension_ends_by_itself(world: World) -> None:
    out = world.store.add("out", "right", "suspended", "spam")
    world.store.accounts.known["out"] = replace(out, suspended_until=86_400_000)
    refusal = world.refusal("out", "right")
    assert refusal.text == "this account is suspended until 1970-01-02 00:00 UTC: spam"
    world.now = 86_400.0
    assert world.logins.check("out", "right", HERE).id == out.id


def test_a_suspended_accounts_token(world: World) -> None:
    token = world.store.add_token(world.store.add("out", "x", "suspended", "spam"))
    with pytest.raises(ChatError, match="spam") as refused:
        world.logins.check_token("out", token, HERE)
    assert refused.value.code is Code.SUSPENDED


def test_until_when_an_invitation_is_good(world: World) -> None:
    code = world.store.invite(expires_at=1000)
    assert world.logins.check_invitation(code, HERE, now=999).expires_at == 1000
    for given, now in ((code, 1000), (world.store.invite(1000, used_at=5), 999), ("", 0)):
        with pytest.raises(ChatError) as refused:
            world.logins.check_invitation(given, HERE, now)
        assert refused.value.code is Code.INVALID_CODE
    for _ in range(17):
        with pytest.raises(ChatError, match="not valid"):
            world.logins.check_invitation("nonsense", HERE, 0)
    with pytest.raises(ChatError) as refused:
        world.logins.check_invitation("nonsense", HERE, 0)
    assert refused.value.code is Code.THROTTLED
    assert world.logins.check_invitation(code, HERE, 0)  # nobody guesses the right one
    world.now += 6.1
    assert world.logins.check_invitation(code, HERE, 0)
