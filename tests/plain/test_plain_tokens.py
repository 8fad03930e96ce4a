"""/token: device tokens made, listed and removed from a terminal, with what IRC's TOKEN allows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chatstore.chat.model.tokens import REMOVED
from tests.plain.talker import Talker
from tests.running import Running

Connect = Callable[[], Talker]


def made(talker: Talker, argument: str) -> tuple[str, str]:
    """The id and the text of a new token."""
    said, text = talker.ask(f"/token add {argument}".rstrip())
    found = re.fullmatch(r"-- Token (\d+), which is not shown again(?: and is as good as your password)?:", said)
    assert found is not None, said
    return found[1], text.removeprefix("-- ")


def test_made_used_and_removed(ann: Talker, connect: Connect) -> None:
    assert ann.ask("/token") == ["-- You have no tokens. /token add LABEL makes one."]
    assert ann.ask("/token add spare")[0].endswith("is as good as your password:")
    assert ann.ask("/token add scopes=read spare")[0].endswith("not shown again:")
    assert ann.ask("/token remove 1", "/token remove 2")
    number, text = made(ann, "my  phone")
    phone = connect()
    phone.log_in("ann", text)
    first, mine = phone.ask("/token")
    assert first == "-- Your tokens:"
    assert re.fullmatch(
        rf"--   {number} \(my phone\): allows everything, last used on [-\d]{{10}}, this connection's", mine
    )
    assert ann.ask("/token")[1].endswith(", connected now")
    assert ann.ask(f"/token remove {number}") == [
        f"-- Token {number} is removed: what logged in with it is disconnected."
    ]
    assert phone.rest()[-1] == f"-- {REMOVED}"
    again = connect()
    again.say("ann", text)
    again.wait("^-- wrong name or password")


def test_ones_own_is_removed_behind_the_answer(ann: Talker, connect: Connect) -> None:
    number, text = made(ann, "")
    phone = connect()
    phone.log_in("ann", text)
    phone.say(f"/token remove {number}", "never said")
    assert phone.rest() == [
        f"-- Token {number} is removed: what logged in with it is disconnected.",
        f"-- {REMOVED}",
    ]
    assert not any("never said" in line for line in ann.sync())


def test_that_allows_less(ann: Talker, connect: Connect) -> None:
    ann.ask("/join den", "/join main")
    number, text = made(ann, "scopes=read,write rooms=#main,den a script")
    assert ann.ask("/token")[1] == f"--   {number} (a script): allows read, write in #main, #den, never used"
    script = connect()
    script.log_in("ann", text)
    [refused] = script.ask("/token add more")
    assert "does not" in refused or "not allow" in refused, refused
    second, _ = made(ann, "scopes=read rooms=*")
    assert ann.ask("/token")[2] == f"--   {second}: allows read, never used"


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("add scopes=fly x", "the scopes of a token are read"),
        ("add rooms=nowhere x", "nowhere"),
        ("add rooms= x", "rooms= names nothing"),
        ("remove 99", "no token 99"),
        ("remove x", "usage: /token"),
        ("show", "usage: /token"),
    ],
)
def test_what_is_wrong(ann: Talker, argument: str, why: str) -> None:
    answer = " ".join(ann.ask(f"/token {argument}"))
    assert why in answer
    assert ann.ask("/token") == ["-- You have no tokens. /token add LABEL makes one."]


def test_a_token_makes_no_token(ann: Talker, connect: Connect) -> None:
    """It would outlive the one that it was made by."""
    _, text = made(ann, "")
    phone = connect()
    phone.log_in("ann", text)
    [refused] = phone.ask("/token add another")
    assert "needs your password" in refused


def test_a_guest_has_none(run_server: Callable[..., Running]) -> None:
    guest = Talker(run_server(accounts={"guests": True}).port("plain"))
    guest.say("visitor")
    guest.wait("^-- You are in main")
    assert "log in" in guest.ask("/token")[-1]
    guest.close()
