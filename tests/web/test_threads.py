"""Threads: replies beside the conversation, with a field of their own, and what is unread of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.running import Running
from tests.web.browsing import Person
from tests.web.test_looks import judged


def panel(one: Person) -> Locator:
    return one.page.get_by_role("complementary", name="Thread", exact=True)


def reply(one: Person, text: str) -> None:
    field = panel(one).get_by_role("textbox", name="Reply in the thread")
    field.fill(text)
    field.press("Enter")
    expect(panel(one).get_by_role("article").filter(has_text=text)).to_have_count(1)


def test_replies_are_read_and_written_as_a_thread(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    alice.say("Which tea?").say("And which cake?")
    bob.reads("And which cake?").tool("Which tea?", "Open thread")
    expect(panel(bob).get_by_role("textbox")).to_be_focused()
    expect(panel(bob)).to_contain_text("No replies yet")
    reply(bob, "Assam")
    reply(bob, "or none")
    line = alice.message("Which tea?").get_by_role("button", name=re.compile("^2 replies, last .* 2 unread$")).first
    expect(line).to_be_visible()
    alice.page.bring_to_front()
    expect(alice.item("#tea")).to_contain_text("1 unread thread")
    alice.message("Which tea?").first.focus()
    alice.page.keyboard.press("t")
    expect(panel(alice).get_by_role("article")).to_have_count(3)
    expect(panel(alice).get_by_role("article").first).to_contain_text("Which tea?")
    expect(alice.item("#tea")).not_to_contain_text("unread thread")
    reply(alice, "Assam it is")
    expect(panel(bob).get_by_role("article").last).to_contain_text("Assam it is")
    panel(alice).get_by_role("textbox").press("Escape")
    expect(panel(alice)).to_have_count(0)
    expect(alice.page.get_by_role("complementary", name="Members of #tea")).to_be_visible()
    expect(alice.message("Which tea?").first).to_be_focused()
    alice.is_kept("Assam it is").page.reload()
    whole = re.compile(r"^3 replies, last \S+$")
    expect(alice.message("Which tea?").first.get_by_role("button", name=whole)).to_be_visible()
    alice.button("Threads").click()
    alice.page.get_by_role("complementary", name="Threads of #tea").get_by_role(
        "button", name=re.compile("Which tea")
    ).click()
    expect(panel(alice).get_by_role("article")).to_have_count(4)


def test_a_root_that_is_not_loaded_is_fetched(web: Running, person: Callable[..., Person]) -> None:
    dora = web.register("dora", "message-tags echo-message")
    dora.ask("JOIN #tea")
    msgid = re.search(r"msgid=([^; ]+)", " ".join(dora.ask("PRIVMSG #tea :the beginning")))
    assert msgid
    for number in range(400):
        dora.send(f"PRIVMSG #tea :line {number}")
    dora.send(f"@+draft/reply={msgid[1]} PRIVMSG #tea :the answer")
    dora.sync()
    alice = person("alice").register().join("#tea")
    expect(alice.message("the beginning")).to_have_count(0)
    alice.message("the answer").focus()
    alice.page.keyboard.press("t")
    expect(panel(alice).get_by_role("article").first).to_contain_text("the beginning")
    expect(panel(alice).get_by_role("article")).to_have_count(2)
    panel(alice).get_by_role("button", name="Load them").click()
    expect(panel(alice).get_by_role("button", name="Load them")).to_have_count(0)


def test_the_field_of_a_thread_completes_names_and_takes_files(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    robert = person("robert").register().join("#tea")
    alice.say("Which tea?")
    robert.reads("Which tea?").say("Any")
    alice.reads("Any").tool("Which tea?", "Open thread")
    field = panel(alice).get_by_role("textbox", name="Reply in the thread")
    field.fill("rob")
    field.press("Tab")
    expect(field).to_have_value("robert: ")
    field.press_sequentially("this one")
    small = {"name": "assam.txt", "mimeType": "text/plain", "buffer": b"leaves"}
    panel(alice).locator("input[type=file]").set_input_files([small])  # type: ignore[list-item]
    tray = alice.page.get_by_role("region", name="Files to send")
    expect(tray).to_have_count(1)
    expect(panel(alice).get_by_role("region", name="Files to send")).to_contain_text("assam.txt")
    field.press("Enter")
    expect(tray).to_have_count(0)
    expect(panel(alice).get_by_role("button", name="Download assam.txt")).to_be_enabled()
    reply = robert.message("this one")
    expect(reply.get_by_role("button", name="Reply to alice: go to that message")).to_be_visible()
    expect(reply.get_by_role("button", name="Download assam.txt")).to_be_enabled()
    expect(robert.message("Which tea?").get_by_role("button", name=re.compile("^1 reply"))).to_be_visible()
    field.press("ArrowUp")
    expect(field).to_have_value("robert: this one")
    expect(alice.field).to_have_value("")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_on_a_phone_the_thread_fills_the_screen(web: Running, person: Callable[..., Person], colours: str) -> None:
    small = {"viewport": {"width": 360, "height": 640}, "color_scheme": colours}
    carol = person("carol", **small).register()
    carol.button(re.compile("^Conversations")).click()
    carol.join("#tea").say("Which tea?")
    expect(carol.message("Which tea?")).not_to_have_class(re.compile("pending"))
    carol.message("Which tea?").focus()
    carol.page.keyboard.press("t")
    reply(carol, "Assam")
    box = panel(carol).bounding_box()
    assert box
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 640)
    panel(carol).get_by_role("article").last.hover()
    assert judged(carol) == []
    carol.button("Close the thread").click()
    expect(carol.message("Which tea?").first).to_be_focused()
    assert judged(carol) == []
    assert carol.evaluate("document.documentElement.scrollWidth") <= 360
