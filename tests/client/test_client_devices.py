"""Two devices and two people on a real server: what one does, the books of the others have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.client.screenless import Screenless
from tests.running import Running

Enter = Callable[..., Screenless]


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
    alice, desk, phone = enter("alice"), enter("bob"), enter("bob")
    alice.actions.say("#main", "one")
    alice.actions.say("#main", "two")
    for device in (desk, phone):
        device.wait(lambda device=device: device["#main"].unread == 2)
        assert device["#main"].first_unread == device["#main"].entries[-2].key
    desk.actions.mark_read("#main", desk["#main"].entries[-2].time)
    phone.wait(lambda: phone["#main"].unread == 1)
    phone.actions.say("#main", "three")
    desk.wait(lambda: desk["#main"].unread == 0)
    desk.actions.mark_read("#main", 1)
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
