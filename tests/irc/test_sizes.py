"""What fits into a line is counted in bytes, also where most lines need no counting."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.line import MAX_BODY, MAX_CLIENT_TAG_DATA
from chatstore.irc.posts import check_fits
from chatstore.irc.protocol import _too_long

PIECES = st.builds(
    lambda piece, times: piece * times, st.sampled_from(["x", "é", "€", "🐟", "a b"]), st.integers(0, 600)
)


@given(
    tags=st.sampled_from(["", "@a=b ", f"@a={'y' * (MAX_CLIENT_TAG_DATA - 2)} ", f"@a={'é' * 2047} "]), body=PIECES
)
@example("", "PRIVMSG #a :" + "x" * 498)
@example("", "PRIVMSG #a :" + "x" * 499)
@example("", "PRIVMSG #a :" + "é" * 249)
@example("", "PRIVMSG #a :" + "é" * 250)
@example("@a=b ", "x" * 510)
@example("@a=b ", "x" * 511)
@example(f"@a={'y' * 4093} ", "x")
def test_a_line_that_arrives(tags: str, body: str) -> None:
    too_long = len(tags.strip().encode()) - 1 > MAX_CLIENT_TAG_DATA or len(body.encode()) > MAX_BODY - 2
    assert _too_long(tags + body) is too_long


@given(
    nick=st.sampled_from(["alice", "größe"]),
    target=st.sampled_from(["#main", "@#größe", "#" + "r" * 60]),
    text=PIECES,
)
@example("alice", "#main", "x" * 475)
@example("alice", "#main", "x" * 476)
def test_a_message_behind_its_senders_mask(nick: str, target: str, text: str) -> None:
    actor = Actor(nick, nick, 1)
    if len(f":{actor.mask} PRIVMSG {target} :{text}".encode()) <= MAX_BODY - 2:
        check_fits(actor, target, text)
        return
    with pytest.raises(ChatError) as refused:
        check_fits(actor, target, text)
    assert refused.value.code is Code.MESSAGE_TOO_LONG
