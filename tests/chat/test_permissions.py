"""The questions of who may do what; posting and joining as tables over every role, mode and ban."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import Code
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.masks import mask_matches, wildcard_matches
from chatstore.chat.model.rooms import Ban, Role, Room
from chatstore.chat.rules import permissions

BOB = Actor("Bob", "bob", 7)
EVE = Actor("Eve", "eve", 8)
GUEST = Actor("visitor", guest="g00")
OUTSIDER = None
ROOM = Room(1, "room", "#main", "main", 0)
DIRECT = Room(2, "direct", "@7,8", "", 0, flags="")
WITH_GUEST = Room(3, "direct", "@7,g00", "", 0, flags="")
BAN = (Ban("bob!*@*", "eve", 0),)

ROLES = (OUTSIDER, Role.MEMBER, Role.VOICE, Role.OPERATOR)
ANN = Actor("Ann", "ann", 6)


# One line: the flags, whether the person is banned, and who of outsider, member, voiced and operator may post.
MAY_POST = [
    ("", False, "yyyy"),
    ("n", False, "-yyy"),
    ("m", False, "--yy"),
    ("mn", False, "--yy"),
    ("ist", False, "yyyy"),
    ("imnst", False, "--yy"),
    ("", True, "--yy"),
    ("n", True, "--yy"),
    ("m", True, "--yy"),
    ("mn", True, "--yy"),
]


@pytest.mark.parametrize(("flags", "banned", "who"), MAY_POST)
def test_may_post(flags: str, banned: bool, who: str) -> None:
    room = replace(ROOM, flags=flags, bans=BAN if banned else ())
    assert "".join("y" if permissions.may_post(room, role, BOB) else "-" for role in ROLES) == who


@pytest.mark.parametrize("flags", ["", "n", "s", "imnst"])
@pytest.mark.parametrize("bans", [(), BAN])
def test_only_members_may_read_in_any_mode(flags: str, bans: tuple[Ban, ...]) -> None:
    room = replace(ROOM, flags=flags, bans=bans)
    assert [permissions.may_read(room, role, BOB) for role in ROLES] == [False, True, True, True]


@pytest.mark.parametrize("ask", [permissions.may_read, permissions.may_post])
@pytest.mark.parametrize("role", ROLES)
def test_a_direct_conversation_is_its_two_persons(ask: object, role: Role | None) -> None:
    """The room's roles do not matter: neither an operator nor a member may read it."""
    answers = [ask(room, role, actor) for room in (DIRECT, WITH_GUEST) for actor in (BOB, EVE, GUEST)]  # type: ignore[operator]
    assert answers == [True, True, False, True, False, True]


def test_a_stranger_with_an_empty_key_is_in_no_conversation() -> None:
    nobody = Actor("nobody")
    for key in ("@7,8", "@7,g00"):
        assert not permissions.may_read(replace(DIRECT, key=key), None, nobody)


# (flags, key, limit, banned), then what an outsider is told who gives no key, the key; and where there is room.
JOINS = [
    ("", "", 0, False, None),
    ("nt", "", 0, False, None),
    ("i", "", 0, False, Code.INVITE_ONLY),
    ("", "sesame", 0, False, Code.WRONG_KEY),
    ("", "", 3, False, Code.ROOM_FULL),
    ("", "", 4, False, None),
    ("", "", 0, True, Code.BANNED),
    ("i", "sesame", 3, True, Code.BANNED),
    ("i", "sesame", 3, False, Code.INVITE_ONLY),
    ("", "sesame", 3, False, Code.WRONG_KEY),
]


@pytest.mark.parametrize(("flags", "key", "limit", "banned", "refusal"), JOINS)
def test_join_refusal(flags: str, key: str, limit: int, banned: bool, refusal: Code | None) -> None:
    room = replace(ROOM, flags=flags, password=key, member_limit=limit, bans=BAN if banned else ())
    ask = permissions.join_refusal
    assert ask(room, BOB, key="", members=3) is refusal
    assert ask(room, BOB, key="", invited_at=2, members=3) is None
    if banned:  # a ban of the same moment as the invite, or a later one
        assert ask(room, BOB, key="", invited_at=0, members=3) is Code.BANNED
    founded = replace(room, founder_id=BOB.account_id)
    assert ask(founded, BOB, key="", members=3) is None
    if not banned:
        assert ask(founded, EVE, key="", members=3) is refusal


def test_the_right_key_opens_and_a_full_room_stays_full() -> None:
    room = replace(ROOM, password="sesame", member_limit=3)
    assert permissions.join_refusal(room, BOB, key="sesame", members=2) is None
    assert permissions.join_refusal(room, BOB, key="Sesame", members=2) is Code.WRONG_KEY
    assert permissions.join_refusal(room, BOB, key="sesame", members=3) is Code.ROOM_FULL


def test_a_room_without_a_founder_belongs_to_no_guest() -> None:
    """A room without a founder is no guest's room, although founder_id and a guest's account_id are both
    None."""
    closed = replace(ROOM, flags="i", founder_id=None)
    assert permissions.join_refusal(closed, GUEST, key="", members=0) is Code.INVITE_ONLY
    assert permissions.first_role(closed, GUEST, created=False, admin=False) is Role.MEMBER


def test_may_see() -> None:
    secret = replace(ROOM, flags="s")
    assert [permissions.may_see(ROOM, role) for role in ROLES] == [True] * 4
    assert [permissions.may_see(secret, role) for role in ROLES] == [False, True, True, True]
    assert not permissions.may_see(DIRECT, None)


def test_metadata_of_a_room_by_invitation() -> None:
    closed = replace(ROOM, flags="i")
    assert [permissions.may_read_room_metadata(ROOM, role) for role in ROLES] == [True] * 4
    assert [permissions.may_read_room_metadata(closed, role) for role in ROLES] == [False, True, True, True]


def test_rights_of_operators() -> None:
    free, locked = replace(ROOM, flags=""), replace(ROOM, flags="it")
    assert [permissions.may_set_topic(free, role) for role in ROLES] == [False, True, True, True]
    assert [permissions.may_set_topic(locked, role) for role in ROLES] == [False, False, False, True]
    assert [permissions.may_invite(free, role) for role in ROLES] == [False, True, True, True]
    assert [permissions.may_invite(locked, role) for role in ROLES] == [False, False, False, True]
    for ask in (permissions.may_set_modes, permissions.may_rename, permissions.may_configure):
        assert [ask(role) for role in ROLES] == [False, False, False, True]
    assert [permissions.may_kick(free, role, BOB, EVE) for role in ROLES] == [False, False, False, True]
    assert [permissions.may_list_bans(role) for role in ROLES] == [False, True, True, True]


def test_operators_hear_of_invites() -> None:
    assert [permissions.may_hear_of_invites(role) for role in ROLES] == [False, False, False, True]


def test_a_ban_on_members() -> None:
    """A member who turns out to be banned has to go, unless the room made them operator; with voice they may
    still change how they are shown."""
    banned = replace(ROOM, bans=BAN)
    assert [permissions.may_stay(banned, role, BOB) for role in ROLES if role is not None] == [False, False, True]
    assert [permissions.may_be_renamed(banned, role, BOB) for role in ROLES if role is not None] == [
        False,
        True,
        True,
    ]
    assert permissions.may_stay(ROOM, Role.MEMBER, BOB)
    assert permissions.may_stay(banned, Role.MEMBER, EVE)
    assert permissions.may_be_renamed(banned, Role.MEMBER, EVE)
    assert permissions.may_stay(replace(banned, founder_id=BOB.account_id), Role.MEMBER, BOB)


def test_first_role() -> None:
    founded = replace(ROOM, founder_id=BOB.account_id)
    ask = permissions.first_role
    for created, admin in product((False, True), repeat=2):
        assert ask(founded, BOB, created=created, admin=admin) is Role.OPERATOR
    assert ask(founded, EVE, created=False, admin=False) is Role.MEMBER
    assert ask(founded, EVE, created=False, admin=True) is Role.MEMBER
    assert ask(ROOM, EVE, created=False, admin=False) is Role.MEMBER
    assert ask(ROOM, EVE, created=False, admin=True) is Role.OPERATOR
    assert ask(ROOM, GUEST, created=True, admin=False) is Role.OPERATOR


def test_rights_of_the_founder() -> None:
    """Only the founder can give the room up, and an admin of the server can give it away."""
    owned = replace(ROOM, founder_id=ANN.account_id, flags="m", bans=(Ban("*", "eve", 0), Ban("m:*", "eve", 0)))
    assert [permissions.may_kick(owned, role, BOB, ANN) for role in ROLES] == [False] * 4
    assert permissions.may_kick(owned, Role.OPERATOR, ANN, ANN)
    assert not permissions.may_take_operator(owned, BOB, ANN)
    assert permissions.may_take_operator(owned, ANN, ANN)
    assert permissions.may_take_operator(owned, BOB, EVE)
    assert [permissions.may_become_operator(owned, role, ANN) for role in ROLES] == [False, True, True, True]
    assert not any(permissions.may_become_operator(owned, role, BOB) for role in ROLES)
    assert not permissions.banned(owned, ANN)
    assert not permissions.muted(owned, ANN)
    assert permissions.may_transfer(owned, ANN, admin=False)
    assert not permissions.may_transfer(owned, BOB, admin=False)
    assert permissions.may_transfer(owned, BOB, admin=True)
    assert not permissions.may_transfer(ROOM, GUEST, admin=False)  # neither has an account


# The lists, and then: banned, muted, may join a room that is invite-only.
LISTED = [
    ("b bob!*@*", "b-i"),
    ("b a:bob", "b-i"),
    ("b a:B*", "b-i"),
    ("b a:*", "b-i"),
    ("b a:eve", "--i"),
    ("b m:bob!*@*", "-mi"),
    ("b m:a:bob", "-mi"),
    ("b m:eve!*@*", "--i"),
    ("b m:bob!*@* e m:bob!*@*", "--i"),
    ("b m:bob!*@* e bob!*@*", "--i"),
    ("b bob!*@* e a:bob", "--i"),
    ("b bob!*@* e m:a:bob", "b-i"),  # an exception to mutes is no exception to bans
    ("b * e *!*@user/eve", "b-i"),
    ("I bob!*@*", "---"),
    ("I a:bob", "---"),
    ("I a:eve", "--i"),
    ("b bob!*@* I bob!*@*", "b--"),
    ("e bob!*@*", "--i"),
]


@pytest.mark.parametrize(("lists", "expected"), LISTED)
def test_lists(lists: str, expected: str) -> None:
    room, words = ROOM, lists.split()
    for mode, mask in zip(words[::2], words[1::2], strict=True):
        room = room.with_list(mode, [*room.list(mode), Ban(mask, "eve", 0)])
    invite_only = replace(room, flags="i", bans=())
    refusal = permissions.join_refusal(invite_only, BOB, key="", members=0)
    banned, muted = permissions.banned(room, BOB), permissions.muted(room, BOB)
    assert ("b" if banned else "-") + ("m" if muted else "-") + ("i" if refusal else "-") == expected
    may = [permissions.may_post(replace(room, flags=""), role, BOB) for role in ROLES]
    assert may == [not banned and not muted] * 2 + [True] * 2


def test_a_guest_has_no_account_to_be_banned_by() -> None:
    assert not mask_matches("a:*", GUEST)
    assert not mask_matches("a:visitor", GUEST)


def test_registration_and_guests() -> None:
    ask = permissions.may_register
    ways = ("open", "local", "invite", "closed")
    assert [ask(how, local=True) for how in ways] == [True, True, False, False]
    assert [ask(how, local=False) for how in ways] == [True, False, False, False]
    assert [ask(how, local=False, invited=True) for how in ways] == [True, True, True, False]
    assert permissions.may_take_part(BOB, guests=False)
    assert not permissions.may_take_part(GUEST, guests=False)
    assert permissions.may_take_part(GUEST, guests=True)


@pytest.mark.parametrize("role", ["user", "admin"])
@pytest.mark.parametrize("status", ["active", "suspended", "removed"])
def test_who_invites_to_the_server(role: str, status: str) -> None:
    account = Account(7, "bob", "bob", "bob", role, status, "", "", 0, None)  # type: ignore[arg-type]
    assert permissions.may_invite_to_server(account, 0) is ((role, status) == ("admin", "active"))
    assert not permissions.may_invite_to_server(None, 0)


@pytest.mark.parametrize(("status", "may"), [("active", True), ("suspended", False), ("removed", False)])
def test_may_log_in(status: str, may: bool) -> None:
    account = Account(7, "bob", "bob", "bob", "user", status, "", "", 0, None)  # type: ignore[arg-type]
    assert permissions.may_log_in(account, 0) is may


def test_a_suspension_may_have_an_end() -> None:
    account = Account(7, "bob", "bob", "bob", "user", "suspended", "", "", 0, None, suspended_until=1000)
    assert [permissions.may_log_in(account, now) for now in (999, 1000)] == [False, True]
    assert not permissions.may_log_in(replace(account, status="removed"), 1000)


ADMIN = Account(9, "olga", "olga", "olga", "admin", "active", "", "", 0, None)
USER = Account(7, "bob", "bob", "bob", "user", "active", "", "", 0, None)
INVITATION = AccountInvitation(1, "d", "", "user", 0, 1000, 9, False, None, None)


@pytest.mark.parametrize(
    ("changes", "maker", "target", "works"),
    [
        ({}, ADMIN, None, True),
        ({"expires_at": 500}, ADMIN, None, False),
        ({"used_at": 1}, ADMIN, None, False),
        ({}, USER, None, False),
        ({}, replace(ADMIN, status="suspended"), None, False),
        ({}, replace(ADMIN, status="removed"), None, False),
        ({}, None, None, False),
        ({"made_by": None}, None, None, True),
        ({"account_id": 7}, ADMIN, USER, True),
        ({"account_id": 7}, ADMIN, replace(USER, role="admin"), False),
        ({"account_id": 7, "role": "admin"}, ADMIN, replace(USER, role="admin"), True),
    ],
)
def test_an_invitation_works_while_its_maker_is_an_administrator(
    changes: dict[str, Any], maker: Account | None, target: Account | None, works: bool
) -> None:
    assert permissions.may_use_invitation(replace(INVITATION, **changes), maker, target, 500) is works


def test_acts_on_other_administrators_need_the_password() -> None:
    ask = permissions.may_manage
    assert [ask(ADMIN, 1, by_password=shown) for shown in (True, False)] == [True, False]
    assert ask(ADMIN, 9, by_password=False)
    assert ask(USER, 1, by_password=False)


def test_adding_a_login_needs_the_password() -> None:
    assert [permissions.may_grant_access(by_password=shown) for shown in (True, False)] == [True, False]


# Bob's mask is Bob!u@user/bob.
MASKS = [
    ("bob!*@*", True),
    ("BOB!*@*", True),
    ("*!*@user/bob", True),
    ("*!*@user/b*", True),
    ("b?b!*@*", True),
    ("*o*!u@*", True),
    ("*", True),
    ("**", True),
    ("Bob!u@user/bob", True),
    ("*bob", True),
    ("*b*b*b*", True),
    ("bo!*@*", False),
    ("b??b!*@*", False),
    ("bob", False),
    ("ob!*@*", False),
    ("*!*@user/bobby", False),
    ("*!*@user/eve", False),
    ("", False),
    ("bob!*@*bob!", False),
    (".*", False),
    ("[Bb]ob!*@*", False),
    ("bob!*@user(/)bob", False),
    ("*bob!u@user/bob*bob", False),  # no letter serves twice
]


@pytest.mark.parametrize(("mask", "matches"), MASKS)
def test_masks(mask: str, matches: bool) -> None:
    assert mask_matches(mask, BOB) is matches


def test_masks_know_other_alphabets_and_their_case() -> None:
    ivan = Actor("Иван", "Иван", 9)
    assert mask_matches("ИВАН!*@*", ivan)
    assert mask_matches("ив??!*@*", ivan)
    assert not mask_matches("ив?!*@*", ivan)
    assert mask_matches("visitor!guest@guest", GUEST)


def test_a_mask_may_have_the_user_that_whois_tells() -> None:
    bob = replace(BOB, called="~robert")
    for mask in ("*!~robert@*", "*!~ROB*@user/bob", "*!u@*"):
        assert mask_matches(mask, bob)
    for mask in ("*!robert@*", "*!~robert@guest", "*!~u@*", "*!~@*"):
        assert not mask_matches(mask, bob)
    assert not mask_matches("*!~*@*", BOB)


@given(
    mask=st.text(st.sampled_from("ab*?!@/u"), max_size=12),
    nick=st.text(st.sampled_from("ab"), min_size=1, max_size=6),
)
def test_masks_against_a_plain_matcher(mask: str, nick: str) -> None:
    actor = Actor(nick, "ab", 9)
    assert mask_matches(mask, actor) is _matches(mask, actor.mask)


def _matches(mask: str, text: str) -> bool:
    """The slow way: all prefixes of the mask against all prefixes of the text."""
    reached = {0}
    for character in mask:
        if character == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(text) and character in ("?", text[at])}
    return len(text) in reached


def test_a_hostile_mask_is_answered_at_once() -> None:
    """It runs in a process of its own: a matcher that backtracks would hold the GIL for ever."""
    script = (
        "from chatstore.chat.model.events import Actor\n"
        "from chatstore.chat.rules.permissions import mask_matches\n"
        "nick = Actor('a' * 400, 'a' * 400, 1)\n"
        "for stars in (30, 200):\n"
        "    assert not mask_matches('*a' * stars + '*b', nick)\n"
        "    assert mask_matches('*a' * stars + '*', nick)\n"
        "    assert not mask_matches('*?' * stars + '*b!', nick)\n"
        "    assert not mask_matches('*' * 4000 + 'b', nick)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize(
    ("history", "first_seq", "joined", "expected"),
    [
        ("everyone", 1, 7, 1),
        ("everyone", 5, 7, 5),
        ("everyone", 5, None, 5),
        ("members", 1, 7, 7),
        ("members", 9, 7, 9),
        ("members", 1, None, 21),
    ],
)
def test_readable_from(
    history: Literal["everyone", "members"], first_seq: int, joined: int | None, expected: int
) -> None:
    room = replace(ROOM, history=history, first_seq=first_seq, last_seq=20)
    assert permissions.readable_from(room, joined) == expected
    assert permissions.readable_from(replace(room, kind="direct"), joined) == first_seq


ACCOUNT = Account(1, "root", "root", "root", "admin", "active", "", "", 0, None)
OPERATORS = (permissions.may_operate, permissions.may_kill, permissions.may_tell_operators, permissions.may_reload)


@pytest.mark.parametrize("ask", OPERATORS)
def test_operators_of_the_server_are_admins_who_may_log_in(ask: Callable[[Account | None, int], bool]) -> None:
    assert ask(ACCOUNT, 0)
    assert not ask(None, 0)
    assert not ask(replace(ACCOUNT, role="user"), 0)
    assert not ask(replace(ACCOUNT, status="suspended"), 0)
    assert not ask(replace(ACCOUNT, status="removed"), 0)


def test_invisible_people_are_found_in_shared_rooms() -> None:
    answers = [
        permissions.may_find(shared, invisible=hidden) for shared in (True, False) for hidden in (True, False)
    ]
    assert answers == [True, True, False, True]


@pytest.mark.parametrize(
    ("mask", "text", "fits"),
    [("*", "", True), ("a*c", "abc", True), ("A?C", "aBc", True), ("a?c", "ac", False), ("abc", "abcd", False)],
)
def test_wildcards(mask: str, text: str, fits: bool) -> None:
    assert wildcard_matches(mask, text) is fits


@given(st.text("ab?", min_size=1, max_size=6), st.text("ab", max_size=12))
def test_masks_match_like_regular_expressions(mask: str, text: str) -> None:
    """A mask matches anywhere in the text exactly if a regular expression does."""
    expected = re.search(mask.replace("?", "."), text) is not None
    assert wildcard_matches(f"*{mask}*", text) is expected
    assert wildcard_matches(mask, text) is (re.fullmatch(mask.replace("?", "."), text) is not None)


@pytest.mark.parametrize(
    ("mask", "address", "allowed"),
    [
        ("192.0.2.0/24", "192.0.2.7", False),
        ("192.0.2.0/24", "::ffff:192.0.2.7", False),
        ("192.0.2.0/24", "198.51.100.7", True),
        ("192.0.2.0/24", "2001:db8::7", True),
        ("2001:db8::/32", "2001:db8::7", False),
        ("192.0.2.0/24", "", True),
        ("a:ali*", "192.0.2.7", False),
        ("ali?e!*@*", "192.0.2.7", False),
        ("a:eve", "192.0.2.7", True),
    ],
)
def test_nobody_bans_themselves(mask: str, address: str, allowed: bool) -> None:
    assert permissions.may_ban(mask, address, [Actor("alice", "alice", 1)]) is allowed


def test_who_registers_and_who_waits() -> None:
    assert permissions.may_register("approval", local=False)
    assert permissions.must_wait("approval", invited=False)
    assert not permissions.must_wait("approval", invited=True)
    assert not permissions.must_wait("open", invited=False)


def test_an_event_is_read_by_members_from_where_they_may_read() -> None:
    room = replace(ROOM, history="members", first_seq=1, last_seq=9)
    eve = Actor("eve", "eve", 7)

    def may(role: Role | None, seq: int, audience: str = "", joined: int | None = 5) -> bool:
        return permissions.may_read_event(room, role, joined, eve, seq, audience)

    assert [may(Role.MEMBER, seq) for seq in (4, 5, 9)] == [False, True, True]
    assert not may(None, 9, joined=None)
    assert [may(role, 9, "@") for role in (Role.MEMBER, Role.VOICE, Role.OPERATOR)] == [False, False, True]
    assert may(Role.VOICE, 9, "+")
