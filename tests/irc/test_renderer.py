"""The short way of a message through the renderer makes the same bytes as the general one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model.actors import SERVER, Actor, relayed_actor
from chatstore.chat.model.messages import CUTS
from chatstore.chat.model.room_events import (
    EDITED,
    NO_TAGS,
    MemberJoined,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
    NoticePosted,
    RemovedMessage,
    RoomEvent,
    TagsPosted,
    TopicChanged,
)
from chatstore.irc import renderer
from chatstore.irc.line import MAX_BODY
from chatstore.irc.renderer import IrcRenderer

SWITCHES = ("server_time", "message_tags", "account_tag", "relaymsg", "message_edit", "multiline")
ALICE = Actor("alice", "alice", 1)
BOT = Actor("robot", "robot", 2, bot=True)
ACTORS = (
    ALICE,
    Actor("~g", guest="k3"),
    BOT,
    Actor("ally", "alice", 1),  # the same account under another nick
    relayed_actor(BOT, "eve/matrix"),
    Actor("Ünï" * 5, "y" * 30, 4),
    SERVER,
)
ROOMS = ("main", "größe", "r" * 60)
TAGS: tuple[Mapping[str, str], ...] = (
    NO_TAGS,
    {"+draft/reply": "1-2-abcd"},
    {"+draft/react": "a b;c", "+flag": ""},
    {EDITED: "1700000000123"},
    {CUTS: "5,9"},
)
KINDS: tuple[type[RoomEvent], ...] = (MessagePosted, NoticePosted, TagsPosted)
OTHERS = (
    MessageRedacted(
        7, 9, 1_700_000_000_001, ALICE, "spam", {"seq": "3", "time": "5", "nick": "bob", "was": "message"}
    ),
    MessageEdited(
        7, 9, 1_700_000_000_001, ALICE, "better", {"seq": "3", "time": "1700000000000", "was": "message"}
    ),
    MessageEdited(7, 9, 1_700_000_000_001, ALICE, "", {"seq": "3", "time": "1700000000000", "was": "notice"}),
    RemovedMessage(7, 9, 1_700_000_000_001, ALICE, "", {"by": "bob", "was": "message"}),
    MemberJoined(7, 9, 1_700_000_000_001, BOT),
    TopicChanged(7, 9, 1_700_000_000_001, ALICE, "fish"),
)


def _renderers() -> Iterator[IrcRenderer]:
    for values in product((False, True), repeat=len(SWITCHES)):
        on: dict[str, Any] = dict(zip(SWITCHES, values, strict=True))
        yield IrcRenderer("chat.example.org", batch=on["multiline"], **on)


def _bodies(actor: Actor, target: str) -> Iterator[str]:
    source = "chat.example.org" if actor is SERVER else actor.mask
    fits = MAX_BODY - 2 - len(f":{source} PRIVMSG {target} :".encode())
    yield from ("hello", "", "\x01ACTION waves\x01", "two\nlines", "für Ünal 🐟", "with words " * 60)
    yield from ("x" * (fits - 1), "x" * fits, "x" * (fits + 1))
    yield from ("é" * (fits // 2), "é" * (fits // 2 + 1))


def _same(view: IrcRenderer, event: RoomEvent, room: str, to: str = "") -> None:
    assert view.render(event, room, to) == view.render_any(event, room, to)


def test_every_message_for_every_set_of_capabilities() -> None:
    """Each renderer is used for all, so that it has kept what it can keep of all the others before."""
    for view in _renderers():
        for actor, room in (*product(ACTORS, ROOMS[:1]), *product((ALICE,), ROOMS[1:])):
            for audience in ("", "@"):
                for body in _bodies(actor, f"{audience}#{room}"):
                    for kind, tags in product(KINDS, TAGS[: 1 if audience else None]):
                        _same(view, kind(7, 1300, 1_700_000_000_001, actor, body, tags, audience), room)
            _same(view, MessagePosted(7, 5, 1_700_000_000_001, actor, "in private"), "", "bob")
            _same(view, MessagePosted(7, 0, 0, actor, "without a place"), room)
        for event in OTHERS:
            _same(view, event, "main")


def test_what_is_put_before_a_message() -> None:
    for view in _renderers():
        said = MessagePosted(7, 5, 1_700_000_000_001, ALICE, "hello")
        plain = view.render(said, "main")
        batched = view.render(said, "main", extra_tags={"batch": "4"})
        assert batched == view.render_any(said, "main", extra_tags={"batch": "4"}) != plain
        early = view.render(said, "main", before="[12:00] ")
        assert early == view.render_any(said, "main", before="[12:00] ") != plain


VIEWS = [*_renderers()]


@given(
    body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=300),
    room=st.integers(1, 36**9),
    seq=st.integers(1, 36**9),
    time=st.integers(1, 4_102_444_800_000),
)
def test_any_text_and_place(body: str, room: int, seq: int, time: int) -> None:
    for view in VIEWS:
        _same(view, MessagePosted(room, seq, time, ALICE, body), "main")


def test_a_line_as_it_goes_out() -> None:
    view = IrcRenderer("chat.example.org", server_time=True, message_tags=True, account_tag=True)
    said = MessagePosted(37, 1297, 1_700_000_000_001, BOT, "hello")
    assert view.render(said, "main") == (
        b"@time=2023-11-14T22:13:20.001Z;msgid=11-101-3v29;account=robot;bot"
        b" :robot!u@user/robot PRIVMSG #main :hello\r\n"
    )


def test_nothing_kept_is_shown_of_another() -> None:
    """A person with another nick, and a room with another name, are seen at once. Another person is never shown,
    even if their actor lies where somebody else's was."""
    view = IrcRenderer("chat.example.org", account_tag=True)
    for number in range(3 * renderer._MOST_HEADS):
        who = Actor(f"n{number}", f"a{number}", number)
        line = f"@account=a{number} :n{number}!u@user/a{number} PRIVMSG #main :hi\r\n"
        assert view.render(MessagePosted(1, 1, 1, who, "hi"), "main") == line.encode()
        assert len(view._heads) <= renderer._MOST_HEADS
    for nick, room in (("alice", "main"), ("ally", "main"), ("ally", "other"), ("alice", "main")):
        line = f"@account=alice :{nick}!u@user/alice PRIVMSG #{room} :hi\r\n"
        assert view.render(MessagePosted(1, 1, 1, replace(ALICE, nick=nick), "hi"), room) == line.encode()


def test_who_is_ignored_is_not_shown_what_was_kept() -> None:
    view = IrcRenderer("chat.example.org")
    said = MessagePosted(1, 1, 1, ALICE, "hi")
    assert view.render(said, "main")
    assert view.ignoring(frozenset({ALICE.key})).render(said, "main") == b""


def test_what_is_kept_does_not_grow_with_sets_of_capabilities_or_ignored_people() -> None:
    """Clients choose both: with heads of its own for each, a few of them could fill the memory."""
    said = MessagePosted(1, 1, 1, ALICE, "hi")
    kept = {}
    for view in _renderers():
        for each in (view, view.ignoring(frozenset({7})), view.ignoring(frozenset({8}))):
            assert each.render(said, "main") == view.render_any(said, "main")
            kept[id(each._heads)] = each._heads
    assert len(kept) <= 16
