"""Two devices and two people on a real server: what one does, the books of the others have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.client.screenless import Screenless
from tests.faults.program import Launch
from tests.running import PASSWORD, Running

Enter = Callable[..., Screenless]


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    """Where nobody is slowed down for saying much."""
    return run_server(limits={"lines_per_second": 0.0})


@pytest.fixture
def enter(server: Running) -> Iterator[Enter]:
    """Log in as somebody, whose account is made if there is none, and be in #main."""
    here: list[Screenless] = []

    def enter(name: str, *rooms: str) -> Screenless:
        device = Screenless(name, server.port(), *(rooms or ("#main",)), create=True)
        here.append(device)
        for room in rooms or ("#main",):
            device.wait(lambda room=room: device[room].joined and device[room].members)
        return device

    yield enter
    for device in here:
        device.leave()


def test_what_is_said_is_in_every_book_once(enter: Enter) -> None:
    alice, bob = enter("alice"), enter("bob")
    alice.actions.say("#main", "hello bob")
    bob.wait(lambda: bob.said("#main") == ["hello bob"])
    alice.wait(lambda: alice.said("#main") == ["hello bob"])
    assert alice["#main"].entries[-1].key == bob["#main"].entries[-1].key
    assert not any(entry.pending for entry in alice["#main"].entries)
    assert bob["#main"].entries[-1].mention
    assert (bob["#main"].unread, bob["#main"].mentions) == (1, 1)
    assert (alice["#main"].unread, alice["#main"].mentions) == (0, 0)


def test_reading_on_one_device_is_reading_on_the_other(enter: Enter) -> None:
    alice, context, phone = enter("alice"), enter("bob"), enter("bob")
    alice.actions.say("#main", "one")
    alice.actions.say("#main", "two")
    for device in (context, phone):
        device.wait(lambda device=device: device["#main"].unread == 2)
        assert device["#main"].first_unread == device["#main"].entries[-2].key
    context.actions.mark_read("#main", context["#main"].entries[-2].time)
    phone.wait(lambda: phone["#main"].unread == 1)
    phone.actions.say("#main", "three")
    context.wait(lambda: context["#main"].unread == 0)
    context.actions.mark_read("#main", 1)
    alice.actions.say("#main", "four")
    phone.wait(lambda: phone.said("#main")[-1:] == ["four"])
    assert phone["#main"].unread == 1
    assert phone["#main"].first_unread == phone["#main"].entries[-1].key


def test_a_first_start_counts_what_is_unread(enter: Enter) -> None:
    alice, bob = enter("alice"), enter("bob")
    alice.actions.say("bob", "psst")
    bob.wait(lambda: bob["alice"].unread == 1)
    bob.actions.mark_read("alice", bob["alice"].entries[-1].time)
    bob.actions.say("#main", "I go")
    bob.wait(lambda: "I go" in bob.said("#main"))
    bob.leave()
    for number in range(120):
        alice.actions.say("#main", f"line {number}")
    alice.actions.say("bob", "are you there?")
    alice.wait(lambda: "are you there?" in alice.said("bob") and "line 119" in alice.said("#main"))
    again = enter("bob")
    again.wait(lambda: again["#main"].unread == 120 and again["alice"].unread == 1)
    assert again.said("#main")[-121:] == ["I go", *(f"line {number}" for number in range(120))]
    assert again.said("alice") == ["psst", "are you there?"]


def test_reactions_and_redactions_are_seen_live_and_in_history(enter: Enter) -> None:
    alice, bob = enter("alice"), enter("bob")
    alice.actions.say("#main", "good")
    alice.actions.say("#main", "bad")
    bob.wait(lambda: bob.said("#main") == ["good", "bad"])
    good, bad = bob["#main"].entries[-2:]
    bob.actions.react("#main", good.msgid, "👍")
    bob.actions.react("#main", good.msgid, "🎉")
    bob.actions.unreact("#main", good.msgid, "👍")
    bob.actions.react("#main", bad.msgid, "👎")
    alice.wait(lambda: alice["#main"].entries[-1].reactions == (("👎", ("bob",)),))
    assert alice["#main"].entries[-2].reactions == (("🎉", ("bob",)),)
    alice.actions.redact("#main", bad.msgid, "sorry")
    bob.wait(lambda: bob["#main"].entries[-1].removed == "alice")
    assert (bob["#main"].entries[-1].text, bob["#main"].entries[-1].reason) == ("", "sorry")
    late = enter("bob")
    late.wait(lambda: late.said("#main") == ["good"])
    assert next(entry for entry in late["#main"].entries if entry.said).reactions == (("🎉", ("bob",)),)


def test_replies_typing_and_who_is_there(enter: Enter) -> None:
    alice, bob = enter("alice"), enter("bob")
    alice.actions.typing("#main", "active")
    bob.wait(lambda: bob["#main"].typing(0) == ["alice"])
    alice.actions.say("#main", "a question?")
    bob.wait(lambda: bob.said("#main") == ["a question?"])
    assert bob["#main"].typing(0) == []
    bob.actions.say("#main", "an answer", reply_to=bob["#main"].entries[-1].msgid)
    alice.wait(lambda: alice.said("#main")[-1:] == ["an answer"])
    assert alice["#main"].entries[-1].reply_to == alice["#main"].entries[-2].key
    alice.actions.execute("#main", "/quote AWAY :lunch")
    bob.wait(lambda: bob["#main"].members["alice"].away)
    alice.actions.execute("#main", "/part #main")
    bob.wait(lambda: "alice" not in bob["#main"].members)
    alice.wait(lambda: not alice["#main"].joined)


def test_scrolling_back_and_jumping_to_what_was_found(enter: Enter) -> None:
    alice = enter("alice")
    for number in range(240):
        alice.actions.say("#main", f"line {number} {'needle' if number == 20 else 'hay'}")
    alice.wait(lambda: alice.said("#main")[-1:] == ["line 239 hay"])
    bob = enter("bob")
    bob.wait(lambda: bob.said("#main")[-1:] == ["line 239 hay"])
    assert not bob["#main"].complete
    bob.actions.search("needle")
    bob.wait(lambda: bob.buffers.found)
    assert bob.buffers.found is not None
    hit = bob.buffers.found.hits[0]
    assert (hit.target, hit.body) == ("#main", "line 20 needle")
    assert bob["#main"].place(hit.msgid) is None
    bob.actions.around("#main", hit.msgid)
    bob.wait(lambda: bob["#main"].excerpt)
    excerpt = bob["#main"].excerpt
    assert excerpt is not None
    assert excerpt.focus in [entry.key for entry in excerpt.entries]
    while not bob["#main"].complete:
        count = len(bob["#main"].entries)
        bob.actions.older("#main", bob["#main"].oldest)
        bob.wait(lambda count=count: len(bob["#main"].entries) > count or bob["#main"].complete)
    assert bob.said("#main") == alice.said("#main")
    assert bob["#main"].place(hit.msgid) is not None


def test_a_room_is_looked_after(enter: Enter) -> None:
    alice, bob = enter("alice", "#tea"), enter("bob", "#tea")
    assert alice["#tea"].members["alice"].prefix == "@"
    alice.actions.execute("#tea", "/edit-room history members")
    bob.wait(lambda: any("from when they joined" in entry.text for entry in bob["#tea"].entries))
    alice.actions.execute("#tea", "/edit-room topic Green or black?")
    bob.wait(lambda: bob["#tea"].topic == "Green or black?")
    alice.actions.execute("#tea", "/voice bob")
    bob.wait(lambda: bob["#tea"].members["bob"].prefix == "+")
    alice.actions.execute("#tea", "/kick bob enough")
    bob.wait(lambda: not bob["#tea"].joined)
    alice.actions.execute("#tea", "/ban bob")
    assert "chanserv" not in alice.buffers.by_key
    alice.wait(lambda: any("is banned" in entry.text for entry in alice.buffers.current_buffer.entries))
    bob.actions.execute("#tea", "/join tea")
    bob.wait(lambda: any(entry.kind == "failure" for entry in bob["#tea"].entries))


def test_a_password_is_changed_and_shown_nowhere(enter: Enter) -> None:
    bob = enter("bob")
    bob.actions.execute("#main", "/passwd 'not it' other-words")
    bob.wait(lambda: any(entry.kind == "failure" for entry in bob.buffers.current_buffer.entries))
    bob.actions.execute("#main", f"/passwd '{PASSWORD}' 'other words'")
    bob.wait(lambda: any("password is changed" in entry.text for entry in bob.buffers.current_buffer.entries))
    bob.actions.execute("#main", f"/passwd 'other words' '{PASSWORD}'")
    bob.wait(lambda: sum("password is changed" in entry.text for entry in bob.buffers.current_buffer.entries) == 2)
    assert not any(word in repr(event) for event in bob.events for word in ("other-words", "other words", PASSWORD))


def test_paste_of_several_lines_is_one_message(enter: Enter) -> None:
    alice, bob = enter("alice"), enter("bob")
    alice.actions.paste("#main", ["def f():", "", "    return 1"])
    bob.wait(lambda: bob.said("#main") == ["def f():\n\n    return 1"])


def test_a_killed_server_costs_nothing(tmp_path: Path) -> None:
    with Launch().starting() as start:
        program = start(tmp_path)
        alice = Screenless("alice", program.port, "#main", create=True)
        bob = Screenless("bob", program.port, "#main", create=True)
        for device in (alice, bob):
            device.wait(lambda device=device: {"alice", "bob"} <= set(device["#main"].members))
        alice.actions.say("#main", "before")
        bob.wait(lambda: bob.said("#main") == ["before"])
        program.kill()
        for device in (alice, bob):
            device.wait(lambda device=device: device.buffers.connection.status == "waiting")
        alice.actions.say("#main", "meanwhile")
        bob.actions.say("alice", "are you there?")
        alice.wait(lambda: alice["#main"].entries[-1].pending)
        start(tmp_path, "--irc", f"127.0.0.1:{program.port}")
        bob.wait(lambda: bob.said("#main") == ["before", "meanwhile"])
        alice.wait(lambda: alice.said("bob") == ["are you there?"] and alice["bob"].unread == 1)
        alice.actions.say("#main", "after")
        bob.wait(lambda: bob.said("#main") == ["before", "meanwhile", "after"])
        assert bob["#main"].unread == 3
        for device in (alice, bob):
            device.leave()
            texts = device.said("#main")
            assert texts == ["before", "meanwhile", "after"]
            assert not any(entry.pending for entry in device["#main"].entries)
