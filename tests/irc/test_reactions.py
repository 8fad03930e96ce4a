"""Reactions have bounds: their number for one message, and by one person, and what they may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import escape, parse
from tests.running import IrcClient, Running

CAPS = (
    "message-tags echo-message batch standard-replies draft/chathistory draft/event-playback"
    " draft/message-redaction"
)


def say(client: IrcClient, target: str, text: str) -> str:
    client.send(f"PRIVMSG {target} :{text}")
    return parse(client.wait(" PRIVMSG ")).tags["msgid"]


def react(client: IrcClient, target: str, msgid: str, value: str, tag: str = "+draft/react") -> str:
    """TAGMSG when it is told, otherwise the code of the FAIL."""
    answers = client.parsed(f"@{tag}={escape(value)};+draft/reply={msgid} TAGMSG {target}")
    (answer,) = [line for line in answers if line.command in ("TAGMSG", "FAIL") and line.source != "x"][-1:]
    return answer.params[1] if answer.command == "FAIL" else answer.command


@pytest.fixture
def small(run_server: Callable[..., Running]) -> Running:
    return run_server(limits={"reactions_per_message": 4, "reactions_per_person": 3, "reaction_bytes": 28})


def test_their_number(small: Running) -> None:
    olga, rita = small.member("olga", CAPS), small.member("rita", CAPS)
    for room in ("#main", "rita"):
        msgid, other = say(olga, room, "hello"), "olga" if room == "rita" else room
        assert [react(olga, room, msgid, value) for value in "abaacd"] == [*["TAGMSG"] * 5, "TOO_MANY_REACTIONS"]
        rita.sync()
        assert [react(rita, other, msgid, value) for value in "xya"] == ["TAGMSG", "TOO_MANY_REACTIONS", "TAGMSG"]
        # What is taken back makes room, and so does a reaction that is redacted.
        assert react(olga, room, msgid, "a", "+draft/unreact") == "TAGMSG"
        assert react(olga, room, msgid, "b", "+unreact") == "TAGMSG"
        assert react(rita, other, msgid, "y") == "TAGMSG"
        assert react(rita, other, msgid, "z") == "TOO_MANY_REACTIONS"
        last = next(parse(line) for line in reversed(rita.log) if ":rita" in line).tags["msgid"]
        rita.ask(f"REDACT {other} {last}")
        assert react(rita, other, msgid, "z") == "TAGMSG"


def test_a_restart_forgets_none(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"reactions_per_person": 1})
    olga, _rita = server.member("olga", CAPS), server.member("rita", CAPS)
    msgids = {target: say(olga, target, "hello") for target in ("#main", "rita")}
    assert {react(olga, target, msgid, "a") for target, msgid in msgids.items()} == {"TAGMSG"}
    server.stop()
    olga = run_server(limits={"reactions_per_person": 1}).login("olga", CAPS)
    for target, msgid in msgids.items():
        assert react(olga, target, msgid, "b") == "TOO_MANY_REACTIONS"
        assert react(olga, target, msgid, "a") == "TAGMSG"


def test_what_they_may_be(small: Running) -> None:
    olga = small.member("olga", CAPS)
    msgid = say(olga, "#main", "hello")
    for value in ("👍", "👩‍👩‍👧‍👦", "+1", "ja"):
        react(olga, "#main", msgid, value, "+draft/unreact")
        assert react(olga, "#main", msgid, value) == "TAGMSG"
        react(olga, "#main", msgid, value, "+draft/unreact")
    for value in ("", " ", "\u3164", "x" * 29, "😀" * 8, "a\u202eb"):
        for tag in ("+draft/react", "+react", "+draft/unreact"):
            assert react(olga, "#main", msgid, value, tag) == "INVALID_REACTION", value
        answer = olga.parsed(f"@+draft/react={escape(value)};+draft/reply={msgid} PRIVMSG #main :x")
        assert answer[-1].params[1] == "INVALID_REACTION"


def test_it_is_to_a_message_of_its_own_room(small: Running) -> None:
    olga, rita = small.member("olga", CAPS), small.member("rita", CAPS)
    rita.ask("JOIN #tea")
    msgid = say(olga, "#main", "hello")
    assert react(rita, "#tea", msgid, "a") == react(rita, "olga", msgid, "a") == "INVALID_REACTION"
    assert react(rita, "#main", msgid, "a") == "TAGMSG"


def test_other_tags_that_are_stored_have_a_bound_too(small: Running) -> None:
    olga = small.member("olga", CAPS)
    (answer,) = olga.parsed(f"@+draft/persist;+x={'y' * 1100} TAGMSG #main")
    assert answer.command == "417"
    for tags in (f"+draft/persist;+x={'y' * 900}", f"+x={'y' * 1100}"):
        olga.send(f"@{tags} TAGMSG #main")
        assert "y" * 900 in parse(olga.wait("TAGMSG")).tags["+x"]
