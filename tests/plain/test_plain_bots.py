"""/bot in the plain protocol."""

from __future__ import annotations

from chatstore.chat.model.tokens import is_token
from tests.plain.talker import Talker


def test_bots_are_made_listed_and_removed(ann: Talker) -> None:
    assert "You have no bots" in ann.ask("/bot")[0]
    assert "builds is a bot of yours" in ann.ask("/bot add builds")[0]
    told = ann.ask("/bot token builds main")
    assert is_token(told[1].removeprefix("-- "))
    assert "in #main" in str(ann.ask("/bot tokens builds"))
    assert "builds, not connected, 1 token" in str(ann.ask("/bot"))
    assert "is removed" in ann.ask("/bot revoke builds 1")[0]
    assert "builds has no token" in ann.ask("/bot tokens builds")[0]
    assert "usage" in ann.ask("/bot sing")[0]
    assert "you have no bot nobody" in ann.ask("/bot remove nobody")[0]
    assert "is removed" in ann.ask("/bot remove builds")[0]
