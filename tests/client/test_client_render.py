"""Items as lines on a screen."""

from __future__ import annotations

import io
import os
import re
from datetime import timezone

import pytest

from chatstore.client import events
from chatstore.client.events import Event
from chatstore.client.protocol import ClientProtocol
from chatstore.client.render import Renderer
from chatstore.client.terminal import Terminal, takes_escapes
from tests.chat.test_text import BLANK

T = 1_700_000_000_000  # 2023-11-14, 22:13 UTC
DAY = 86_400_000

RENDERED = [
    (events.Message("#main", T, "bob", "hi"), "22:13 <bob> hi"),
    (events.Message("#dev", T, "bob", "hi"), "22:13 #dev <bob> hi"),
    (events.Message("#main", T, "bob", "waves", "action"), "22:13 * bob waves"),
    (events.Message("#main", T, "bob", "note", "notice"), "22:13 -bob- note"),
    (events.Message("#main", T, "bob", "hm", audience="@"), "22:13 <bob → @#main> hm"),
    (events.Message("alice", T, "alice", "psst"), "22:13 alice → you: psst"),
    (events.Message("alice", T, "bob", "yes?", own=True), "22:13 bob → alice: yes?"),
    (events.Message("alice", T, "alice", "waves", "action"), "22:13 * alice → you: waves"),
    (events.Joined("#main", T, "alice"), "22:13 -> alice joined"),
    (events.Left("#main", T, "alice", "bye"), "22:13 <- alice left (bye)"),
    (events.Left("#main", T, "alice", quit=True), "22:13 <- alice quit"),
    (events.Kicked("#main", T, "alice", "bob", "out"), "22:13 <- alice was removed by bob (out)"),
    (events.TopicChanged("#main", T, "bob", "New"), "22:13 -- bob changed the topic to: New"),
    (events.TopicChanged("#main", T, "bob", ""), "22:13 -- bob removed the topic"),
    (events.NickChanged("#main", T, "bob", "rob"), "22:13 -- bob is now rob"),
    (events.ModesChanged("#main", T, "bob", "+o alice"), "22:13 -- bob set +o alice"),
    (events.Info("", T, "connected"), "22:13 -- connected"),
    (events.Failure("#dev", T, "no"), "22:13 #dev !! no"),
    (events.NotSent("#main", T, "hi", "why"), "22:13 !! not sent (why): hi"),
    (
        events.DirectConversations("", T, (("alice", T), ("carol", T - DAY))),
        "22:13 -- direct messages with alice (22:13), carol (13 Nov 2023); /history NAME shows them",
    ),
]


@pytest.fixture
def renderer() -> Renderer:
    renderer = Renderer(zone=timezone.utc)
    renderer.current = "#main"
    renderer.render(events.Info("", T, "the day is told"))
    return renderer


@pytest.mark.parametrize(("event", "line"), RENDERED)
def test_an_event_is_a_line(renderer: Renderer, event: Event, line: str) -> None:
    assert renderer.render(event) == [line]


def test_a_new_day_is_told() -> None:
    renderer = Renderer(zone=timezone.utc)
    days = [renderer.render(events.Info("", T + days * DAY, "x"))[0] for days in (0, 0, 1, 1)]
    assert days == [
        "-- Tuesday 14 November 2023 --",
        "22:13 -- x",
        "-- Wednesday 15 November 2023 --",
        "22:13 -- x",
    ]


def test_every_kind_of_event_has_a_text() -> None:
    kinds = {each for each in vars(events).values() if isinstance(each, type) and issubclass(each, Event)}
    lists = {events.Older, events.SearchResults, events.ThreadShown}
    worded = set(vars(Renderer)["_text"].dispatcher.registry) | lists
    updates = {each for each in kinds if issubclass(each, events.Update)}
    assert kinds - {Event} - updates - worded == set()


def test_what_was_found_stands_apart(renderer: Renderer) -> None:
    hits = (events.Message("#dev", T - DAY, "bob", "tea?"), events.Message("#main", T, "alice", "tea \x1b[2J"))
    assert renderer.render(events.SearchResults("", T, "tea", hits)) == [
        "-- 2 found for tea --",
        "-- Monday 13 November 2023 --",
        "22:13 #dev <bob> tea?",
        "-- Tuesday 14 November 2023 --",
        r"22:13 <alice> tea \x1b[2J",
        "-- end of results --",
    ]
    assert renderer.render(events.Joined("#main", T, "alice")) == ["22:13 -> alice joined"]
    assert renderer.render(events.SearchResults("", T, "te\x07a", ())) == ["-- nothing found for te\\x07a --"]


def test_a_thread_stands_apart(renderer: Renderer) -> None:
    renderer.current = "#main"
    messages = (events.Message("#main", T - DAY, "bob", "tea?"), events.Message("#main", T, "alice", "yes \x1b[2J"))
    assert renderer.render(events.ThreadShown("#main", T, messages)) == [
        "-- thread in #main --",
        "-- Monday 13 November 2023 --",
        "22:13 <bob> tea?",
        "-- Tuesday 14 November 2023 --",
        r"22:13 <alice> yes \x1b[2J",
        "-- end of the thread; /reply replies in it, /thread ends that --",
    ]


def test_older_lines_stand_apart(renderer: Renderer) -> None:
    older = events.Older("#main", T, (events.Message("#main", T - DAY, "bob", "hi"),))
    assert renderer.render(older) == [
        "-- #main: 1 older --",
        "-- Monday 13 November 2023 --",
        "22:13 <bob> hi",
        "-- #main: end of older --",
    ]
    assert len(renderer.render(events.Info("", T, "the same day goes on"))) == 1
    assert renderer.render(events.Older("#main", T, ())) == ["-- no older messages in #main --"]


def test_what_others_wrote_is_shown_as_what_it_is() -> None:
    renderer = Renderer(zone=timezone.utc)
    renderer.current = "#main"

    def said(body: str, kind: events.MessageKind = "message") -> str:
        return renderer.render(events.Message("#main", T, "ann", body, kind))[-1][6:]

    assert said("\u200fשלום\u200e 👨‍👩‍👧 ❤️ 🇩🇪\ufeff") == "<ann> \u200fשלום\u200e 👨‍👩‍👧 ❤️ 🇩🇪\ufeff"
    assert said("\x02bold\x0f and \x0304red\x03") == "<ann> bold and red"
    assert {said(body) for body in BLANK} == {"<ann> (empty)"}
    assert said("\u3164", "action") == "* ann (empty)"


EVIL = "\x1b[2J\x9b\x07\r\u202e\x00\x7f"


@pytest.mark.parametrize(
    "event",
    [
        events.Message(EVIL, T, EVIL, EVIL),
        events.Message("#" + EVIL, T, EVIL, EVIL),
        events.Older("#" + EVIL, T, (events.Joined("#" + EVIL, T, EVIL),)),
        events.Failure("#" + EVIL, T, EVIL, EVIL),
        events.DirectConversations("", T, ((EVIL, T),)),
        events.NotSent("", T, EVIL, EVIL),
    ],
)
def test_nothing_that_others_wrote_steers_the_terminal(event: Event) -> None:
    for colors in (False, True):
        for line in Renderer(colors=colors, zone=timezone.utc).render(event):
            plain = re.sub(r"\x1b\[(2|31|0)m", "", line) if colors else line
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", plain)


class Tty(io.StringIO):
    encoding = "ascii"

    def isatty(self) -> bool:
        return True


def test_when_escape_sequences_are_welcome() -> None:
    assert takes_escapes(Tty(), {"TERM": "xterm"})
    assert not takes_escapes(Tty(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert not takes_escapes(Tty(), {"TERM": "dumb"})
    assert not takes_escapes(Tty(), {})
    assert not takes_escapes(io.StringIO(), {"TERM": "xterm"})


@pytest.mark.parametrize("escapes", [False, True])
def test_a_terminal_that_knows_only_ascii(escapes: bool) -> None:
    source, _ = os.pipe()
    output = Tty()
    terminal = Terminal(ClientProtocol("bob"), "#main", source, output, escapes=escapes)
    terminal.show([events.Message("#main", T, "bob", "é")])
    assert output.getvalue().isascii()
    assert ("\x1b" in output.getvalue()) == escapes
    os.close(source)


@pytest.mark.parametrize("printed_below", [False, True])
def test_a_typed_line_is_taken_back_only_from_where_it_is(printed_below: bool) -> None:
    """It is printed again when it is stored; what was printed below it in between must not be wiped instead."""
    source, typing = os.pipe()
    output = Tty()
    state = ClientProtocol("bob", ["#main"])
    terminal = Terminal(state, "#main", source, output, escapes=True)
    os.write(typing, b"/names\n")
    if printed_below:
        terminal.show([events.Message("#main", T, "ann", "hello")])
    terminal.take_input(0)
    assert ("\x1b[A" in output.getvalue()) != printed_below
    os.write(typing, b"/names\n")
    terminal.take_input(0)
    assert "\x1b[A" in output.getvalue()
    os.close(source)
    os.close(typing)
