"""Sessions end when their login is no longer valid."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import AccessLeft, ServerBansAre
from chatstore.chat.model.server_bans import ServerBan
from chatstore.chat.model.tokens import REMOVED
from tests.chat.listening import Life


def came_by_token(life: Life, id_: int) -> Any:
    """A session of account `id_`, which logged in by a token with the same id."""
    session: Any = life.attach(Actor(f"p{id_}", f"p{id_}", id_))
    session.account = Account(id_, f"p{id_}", f"p{id_}", f"p{id_}", "user", "active", "", "", 0, None)
    session.operator_account, session.token, session.came_by_certificate = None, id_, ""
    return session


@pytest.mark.parametrize(
    ("accounts", "ends"), [(None, [REMOVED]), (frozenset({1, 2}), [REMOVED]), (frozenset({1}), [])]
)
def test_what_is_left_concerns_those_who_were_asked_about(accounts: Any, ends: list[str]) -> None:
    life = Life()
    kept, asked_or_not = came_by_token(life, 1), came_by_token(life, 2)
    assert life.hub.accounts_here() == {1, 2}
    life.delivery.publish([(AccessLeft(frozenset({1}), frozenset(), {}, frozenset(), accounts), None)])
    assert kept.ends == []
    assert asked_or_not.ends == ends


def test_only_new_bans_are_matched() -> None:
    """With each change come all of them; who is here was matched against the others before."""
    life = Life()
    one, two, three = (came_by_token(life, id_) for id_ in (1, 2, 3))
    for session in (one, two, three):
        session.local, session.address = False, f"192.0.2.{session.token}"
    first, second, third = (
        ServerBan(id_, mask, "spam", "olga", 0, None)
        for id_, mask in enumerate(("a:p1", "a:p2", "192.0.2.3/32"), 1)
    )
    life.hub.bans.put([first], 1)
    life.delivery.publish([(ServerBansAre((first, second), 2), None)])
    assert (one.ends, len(two.ends), three.ends) == ([], 1, [])
    life.delivery.publish([(ServerBansAre((first, third), 1), None)])
    assert three.ends == []  # that was told too late
    life.delivery.publish([(ServerBansAre((first, third), 3), None)])
    assert (one.ends, len(two.ends), len(three.ends)) == ([], 1, 1)
    assert life.hub.bans.hits == {2: 1, 3: 1}
