"""Everyday use: sending, replying, reacting, removing, searching, each person in their own browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person


def test_two_browsers_talk(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    alice.say("Is there any left?")
    bob.reads("Is there any left?").say("Two lines:\nyes, and https://example.org/tea")
    alice.reads("Two lines:")
    link = alice.page.get_by_role("link", name="https://example.org/tea")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    assert alice.texts() == bob.texts() == ["Is there any left?", "Two lines:\nyes, and https://example.org/tea"]
    bob.field.press_sequentially("hm")
    expect(alice.page.get_by_text("bob is typing")).to_be_visible()
    bob.field.fill("")
    expect(alice.page.get_by_text("bob is typing")).to_be_hidden()


def test_replies_reactions_and_removing(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    alice.say("Shall we begin?").say("Forget it")
    bob.reads("Shall we begin?").tool("Shall we begin?", "React with 👍")
    mine = bob.message("Shall we begin?").get_by_role("button", name="👍, 1: bob")
    expect(mine).to_have_attribute("aria-pressed", "true")
    theirs = alice.message("Shall we begin?").get_by_role("button", name="👍, 1: bob")
    expect(theirs).to_have_attribute("aria-pressed", "false")
    theirs.click()
    expect(bob.button("👍, 2: bob, alice")).to_be_visible()
    bob.button("👍, 2: bob, alice").click()
    expect(alice.button("👍, 1: alice")).to_be_visible()
    bob.tool("Shall we begin?", "Add reaction")
    picker = bob.page.get_by_role("dialog", name="React to alice")
    expect(picker.get_by_role("heading", name="Flags")).to_be_attached()
    picker.get_by_label("Search, or type an emoji").fill("launch space")
    picker.get_by_role("button", name="rocket", exact=True).click()
    expect(alice.button("🚀, 1: bob")).to_be_visible()
    bob.tool("Shall we begin?", "Add reaction")
    last = picker.get_by_role("group", name="Recently used").get_by_role("button")
    expect(last).to_have_text(["🚀"])
    picker.get_by_role("group", name="Groups").get_by_role("button", name="Flags").click()
    expect(picker.get_by_role("heading", name="Flags")).to_be_in_viewport()
    bob.page.keyboard.press("Escape")
    bob.page.reload()
    bob.field.fill("it is :tad")  # typed before any emoji is loaded
    bob.field.press("Tab")
    expect(bob.field).to_have_value("it is 🎉 ")
    bob.field.fill("")

    bob.tool("Shall we begin?", "Reply").say("Yes, let us")
    quote = alice.message("Yes, let us").get_by_role("button", name="Reply to alice: go to that message")
    expect(quote).to_contain_text("Shall we begin?")
    quote.click()
    expect(alice.message("Shall we begin?").first).to_be_focused()

    bob.message("Forget it").hover()
    expect(bob.message("Forget it").get_by_role("button", name="Remove message")).to_have_count(0)
    alice.tool("Forget it", "Remove message")
    alice.page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    for one in (alice, bob):
        expect(one.page.get_by_text("Message removed")).to_be_visible()
        expect(one.page.get_by_text("Forget it")).to_have_count(0)


def test_mentions_counts_and_the_marker_of_another_device(web: Running, person: Callable[..., Person]) -> None:
    desk = person("alice").register().join("#tea").join("#coffee")
    phone = person("alice").sign_in().open("#coffee")
    bob = web.member("bob", room="#tea")
    bob.send("PRIVMSG #tea :nothing for you", "PRIVMSG #tea :but alice: this is", "PRIVMSG alice :and this, alone")
    for device in (desk, phone):
        expect(device.item("tea")).to_contain_text("1 mention")
        expect(device.item("bob")).to_contain_text("1 new message")
        expect(device.page).to_have_title(re.compile(r"^\(2\)"))
    desk.open("#tea").reads("but alice: this is")
    expect(desk.message("but alice: this is").locator("mark")).to_have_text("alice")
    expect(desk.page.get_by_text("New", exact=True)).to_be_visible()
    for device in (desk, phone):
        expect(device.item("tea")).not_to_contain_text("mentions")
        expect(device.page).to_have_title(re.compile(r"^\(1\)"))


def test_search_leads_to_the_place(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    bob.ask(*(f"PRIVMSG #tea :number {number}" for number in range(300)))
    bob.ask("PRIVMSG #tea :a word like rhododendron", *(f"PRIVMSG #tea :later {number}" for number in range(300)))
    alice = person("alice").register().join("#tea").reads("later 299")
    expect(alice.message("rhododendron")).to_have_count(0)
    alice.page.keyboard.press("Control+Shift+F")
    alice.page.get_by_role("searchbox", name="Words").fill("rhododendron")
    alice.page.get_by_role("searchbox", name="Words").press("Enter")
    expect(alice.page.get_by_text("1 message, newest first")).to_be_visible()
    alice.button(re.compile("a word like rhododendron")).click()
    expect(alice.message("rhododendron")).to_be_in_viewport()
    alice.reads("number 299").reads("later 0")
    alice.button("Latest").click()
    expect(alice.message("later 299")).to_be_in_viewport()


def test_older_messages_come_above_and_nothing_moves(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    bob.ask(*(f"PRIVMSG #tea :number {number:03}" for number in range(600)))
    alice = person("alice").register().join("#tea").reads("number 599")
    for number in (540, 480, 420):
        row = alice.message(f"number {number}")
        while not row.count():
            alice.log.evaluate("(log) => { log.scrollTop = 0; }")
            alice.until("document.querySelector('.log').scrollTop > 0")
        row.scroll_into_view_if_needed()
    expect(alice.page.locator(".beginning")).not_to_contain_text("Loading")
    place = """(text) => {
      const rows = [...document.querySelectorAll('.row.said')];
      return rows.find((row) => row.innerText.includes(text)).getBoundingClientRect().top;
    }"""
    before = alice.page.evaluate(place, "number 420")
    bob.ask("PRIVMSG #tea :something new")
    expect(alice.button(re.compile("^1 new"))).to_be_visible()
    assert abs(alice.page.evaluate(place, "number 420") - before) < 2
    alice.button(re.compile("^1 new")).click()
    expect(alice.message("something new")).to_be_in_viewport()
    assert alice.evaluate("document.querySelectorAll('.row').length") < 400


def test_ones_own_message_is_visible(person: Callable[..., Person]) -> None:
    """At the end of a long message, and from any scroll position."""
    alice = person("alice").register().join("#tea")
    for number in range(30):
        alice.say(f"line {number}")
    expect(alice.message("line 29")).to_be_in_viewport(ratio=1)
    for text in ("W" * 900, "four\nlines\nat\nonce", "short"):
        alice.say(text)
        expect(alice.log.locator(".body").last).to_have_text(text)
        expect(alice.log.get_by_role("article").last).to_be_in_viewport(ratio=1)
    alice.message("line 29").hover()
    alice.page.mouse.wheel(0, -5000)
    expect(alice.message("line 1").first).to_be_in_viewport()
    alice.say("from far above")
    expect(alice.message("from far above")).to_be_in_viewport(ratio=1)


def test_editing_and_pinning(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    alice.say("The ketle is on")
    bob.reads("The ketle is on")
    alice.field.fill("a draft")
    alice.tool("The ketle is on", "Edit message")
    expect(alice.field).to_have_value("The ketle is on")
    alice.field.fill("The kettle is on")
    alice.field.press("Enter")
    expect(alice.field).to_have_value("a draft")
    for one in (alice, bob):
        expect(one.message("The kettle is on")).to_contain_text("(edited)")
        expect(one.message("The ketle is on")).to_have_count(0)
    bob.page.reload()
    expect(bob.message("The kettle is on")).to_contain_text("(edited)")
    expect(bob.message("The kettle is on").get_by_role("button", name="Edit message")).to_have_count(0)
    alice.tool("The kettle is on", "Pin message")
    expect(bob.log.get_by_text("alice pinned a message")).to_be_visible()
    bob.button("Pinned messages").click()
    dialog = bob.page.get_by_role("dialog", name="Pinned messages of #tea")
    expect(dialog.get_by_role("listitem")).to_contain_text("The kettle is on")
    expect(dialog.get_by_role("button", name="Unpin")).to_have_count(0)
    dialog.get_by_role("button", name="Show").click()
    expect(bob.message("The kettle is on")).to_be_focused()
    alice.button("Pinned messages").click()
    alice.button("Unpin").click()
    expect(alice.page.get_by_text("Nothing is pinned.")).to_be_visible()


def test_what_a_bridge_relays_is_marked(web: Running, person: Callable[..., Person]) -> None:
    bridge = web.member("bridge", "message-tags echo-message labeled-response draft/relaymsg", "#tea")
    alice = person("alice").register().join("#tea")
    bridge.ask("RELAYMSG #tea ann/discord :tea from the other side")
    row = alice.log.get_by_role("article", name=re.compile("^ann.discord: .*, relayed by bridge$"))
    expect(row.get_by_text("relayed", exact=True)).to_have_attribute("title", "Relayed by bridge")
    alice.tool("tea from the other side", "Open thread")
    thread = alice.page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_title("Relayed by bridge")).to_be_visible()
    alice.button("Search").first.click()
    alice.page.get_by_label("Words").fill("other side")
    panel = alice.page.get_by_role("complementary", name="Search")
    panel.get_by_role("button", name="Search", exact=True).click()
    expect(panel.get_by_title("Relayed by bridge")).to_be_visible()
    alice.tool("tea from the other side", "Reply").say("welcome")
    quote = alice.message("welcome").get_by_role("button", name="Reply to ann/discord: go to that message")
    expect(quote.get_by_title("Relayed by bridge")).to_be_visible()
    row.get_by_role("button", name="ann/discord").click()
    dialog = alice.page.get_by_role("dialog", name="ann/discord")
    expect(dialog.get_by_text("Writes elsewhere; a bridge relays it")).to_be_visible()
    expect(dialog.get_by_role("button", name="Send a direct message")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Ignore", exact=True)).to_have_count(0)
