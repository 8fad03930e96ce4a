"""How rooms open whose newest events are nothing to read: joins and leaves, reactions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import WebSocket, expect

from tests.running import IrcClient, Running
from tests.web.browsing import Person, page_of

SECONDS = 25.0
"""From the click on a room until its last message is visible; less than one unless other tests run beside."""


def lines_of(person: Person) -> list[str]:
    """What the page sends (>) and hears (<) on the connections that it makes from now on."""
    lines: list[str] = []

    def note(sign: str, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        lines.extend(f"{sign} {line}" for line in text.splitlines())

    def listen(made: WebSocket) -> None:
        made.on("framesent", lambda frame: note(">", frame))
        made.on("framereceived", lambda frame: note("<", frame))

    person.page.on("websocket", listen)
    return lines


def flap(client: IrcClient, room: str, times: int, watching: IrcClient) -> None:
    for _ in range(times // 50):
        client.ask(*(line for _ in range(50) for line in (f"JOIN {room}", f"PART {room}")))
        watching.sync()  # who hears nothing for too long is given up


def opens(person: Person, room: str, text: str) -> float:
    begun = time.monotonic()
    person.open(room)
    expect(person.message(text)).to_be_in_viewport()
    return time.monotonic() - begun


@pytest.mark.timeout(600)  # 3,600 joins on disk before the page opens
def test_rooms_of_joins_and_of_reactions_open_with_their_last_message(
    web: Running, person: Callable[..., Person]
) -> None:
    bob = web.register("bob", "message-tags echo-message")
    flapper = web.register("flapper", "batch")
    for room in ("#flap", "#longer", "#stars", "#unread"):
        bob.ask(f"JOIN {room}")
    alice = person("alice").register()
    for room in ("#flap", "#longer", "#stars", "#unread"):
        alice.join(room)
    alice.join("#quiet")
    bob.ask("PRIVMSG #flap :before the flapping", "PRIVMSG #longer :before much flapping")
    bob.ask("PRIVMSG #unread :first unread", *(f"PRIVMSG #unread :number {number}" for number in range(20)))
    (starred,) = (line for line in bob.ask("PRIVMSG #stars :star this") if "star this" in line)
    found = re.search(r"msgid=([^; ]+)", starred)
    assert found is not None
    flap(flapper, "#flap", 150, bob)
    flap(flapper, "#unread", 150, bob)
    flap(flapper, "#longer", 1500, bob)
    for _ in range(250):
        here = f"+draft/reply={found[1]}"
        bob.ask(f"@+draft/react=⭐;{here} TAGMSG #stars", f"@+draft/unreact=⭐;{here} TAGMSG #stars")

    # In another browser, where nothing is kept: all comes from the newest page on.
    desk = person("alice").sign_in()
    desk.open("#quiet")
    took = {
        "300 joins and leaves": opens(desk, "#flap", "before the flapping"),
        "3,000 joins and leaves": opens(desk, "#longer", "before much flapping"),
        "500 reactions": opens(desk, "#stars", "star this"),
    }
    assert {what for what, seconds in took.items() if seconds > SECONDS} == set()
    desk.open("#flap")
    expect(desk.log.get_by_text("flapper joined and left 150 times")).to_be_visible()

    # Loaded again; beside an unread line; scrolling back: the page answers, and is where one was.
    desk.page.reload()
    expect(desk.message("before the flapping")).to_be_in_viewport()
    desk.open("#unread")
    expect(desk.message("first unread")).to_be_visible()
    for _ in range(10):
        desk.log.hover()
        desk.page.mouse.wheel(0, -2000)
    expect(desk.page.get_by_text("This is the beginning of #unread.")).to_be_in_viewport()
    desk.say("still alive").reads("still alive")


def test_an_unknown_name_is_reported(web: Running, person: Callable[..., Person]) -> None:
    web.register("bob").close()
    alice = person("alice").register().join("#tea")
    alice.field.fill("/msg nobodyatall hello")
    alice.field.press("Enter")
    expect(alice.page.get_by_role("alert")).to_have_text("No one here has the name nobodyatall.")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("#tea")
    alice.field.fill("")
    alice.say("the page lives").reads("the page lives")

    # What is refused stays, with its reason and two ways on beside it.
    web.member("carl", room="#quiet").ask("MODE #quiet +m")
    alice.join("#quiet").say("hello?")
    failed = alice.message("hello?").locator(".not-sent")
    expect(failed.get_by_text("Not sent: ")).to_be_visible()
    edges = [part.bounding_box() for part in (failed.locator("span"), *failed.get_by_role("button").all())]
    assert len(edges) == 3
    for one, other in pairwise(box for box in edges if box):
        below = other["y"] >= one["y"] + one["height"]
        assert below or other["x"] >= one["x"] + one["width"] + 4, edges  # no "had itTry again"
    alice.open("#tea")

    # An account that is not connected is somebody.
    alice.field.fill("/msg bob hello")
    alice.field.press("Enter")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("bob")
    expect(alice.page.get_by_text("This is the beginning of your messages with bob.")).to_be_visible()
    alice.say("later").reads("later")
    expect(alice.message("later")).not_to_have_class(re.compile("pending|failed"))


def test_with_a_hundred_rooms_the_first_message_is_sent_at_once(
    run_server: Callable[..., Running], person: Callable[..., Person]
) -> None:
    # With the limits that a server has by itself; the rooms are made without them.
    limits: dict[str, object] = {"lines_per_second": 5.0, "unlimited": ["bob"], "rooms_made_per_hour": 0}
    server = run_server(
        listen={"web": "127.0.0.1:0"}, limits={**limits, "rooms_per_account": 120, "rooms_founded": 120}
    )
    bob = server.register("bob")
    rooms = [f"#room{number}" for number in range(100)]
    bob.ask(*(f"JOIN {room}" for room in rooms), "JOIN #crowd")
    bob.ask(*(f"PRIVMSG {room} :word {number}" for room in rooms for number in range(3)), "PRIVMSG #crowd :hello")
    other = server.login("bob")
    alice = person("alice", page_of(server)).register()
    alice.page.close()
    joining = server.login("alice")
    joining.send(*(f"JOIN {','.join(rooms[start : start + 20])}" for start in range(0, 100, 20)), "JOIN #crowd")
    joining.wait(" 366 .*#crowd")
    other.ask("AWAY :lunch")
    desk = person("alice", page_of(server)).sign_in("#to=%23crowd").reads("hello")
    lines = lines_of(desk)
    desk.page.reload()
    desk.reads("hello").say("first word")
    expect(desk.message("first word")).not_to_have_class(re.compile("pending"))
    desk.open("#room99").reads("word 2")
    # It does not wait for the pages of a hundred rooms, of which a few are asked for at a time.
    before = lines[: next(place for place, line in enumerate(lines) if "PRIVMSG #crowd" in line)]
    asked = sum(line.startswith("> PING page-") for line in before)
    answered = sum(" PONG " in line and "page-" in line for line in before)
    assert 0 < asked < answered + 20
