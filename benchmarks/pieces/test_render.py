"""A message as bytes, for a renderer with few capabilities and for one with many."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.room_events import NO_TAGS, MessagePosted
from chatstore.irc.renderer import IrcRenderer

ALICE = Actor("alice", "alice", 1)
VIEWS = {
    "plain": IrcRenderer("chat.example.org"),
    "tagged": IrcRenderer(
        "chat.example.org", server_time=True, message_tags=True, account_tag=True, echo_message=True
    ),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_render(benchmark: Any, view: IrcRenderer) -> None:
    said = MessagePosted(
        1, 123_456, 1_700_000_000_000, ALICE, "the quick brown fox jumps over the lazy dog", NO_TAGS
    )
    assert b"fox" in benchmark(view.render, said, "main")
