"""Sessions end when their login is no longer valid."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import AccessLeft
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
