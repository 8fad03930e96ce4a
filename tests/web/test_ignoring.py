"""Ignoring people in the page: hidden messages, no bells, and who may write."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person


def test_what_an_ignored_person_says_is_hidden(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    alice = person("alice")
    alice.register().join("#tea")
    bob.ask("PRIVMSG #tea :an insult")
    alice.message("an insult").get_by_role("button", name="bob").click()
    dialog = alice.page.get_by_role("dialog", name="bob")
    dialog.get_by_role("button", name="Ignore", exact=True).click()
    expect(dialog.get_by_role("button", name="Ignore no more")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(alice.log).to_contain_text("Message of bob, whom you ignore.")
    expect(alice.log).not_to_contain_text("an insult")
    alice.button("Show once").click()
    alice.reads("an insult")
    assert bob.parsed("PRIVMSG alice :hey")[-1].command == "531"
    alice.join("#coffee")
    bob.ask("PRIVMSG #tea :alice: look here")
    web.member("carol", room="#coffee").ask("PRIVMSG #coffee :hello")
    alice.reads("hello")
    expect(alice.item("#tea")).not_to_contain_text("1")
    alice.button(re.compile("^alice")).first.click()
    settings = alice.page.get_by_role("dialog")
    settings.get_by_role("heading", name="Who may write to you").click()
    expect(settings.get_by_role("list", name="People you ignore")).to_contain_text("bob")
    settings.get_by_label("Direct messages from").select_option("nobody")
    settings.get_by_role("button", name="Ignore bob no more").click()
    expect(settings).to_contain_text("You ignore nobody.")
    settings.get_by_role("button", name="Close").click()
    assert bob.parsed("PRIVMSG alice :hey")[-1].command == "531"
    alice.open("#tea").reads("look here").reads("an insult")


def test_search_reactions_and_threads_hide_ignored_people(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    caps = "message-tags echo-message batch labeled-response draft/chathistory"
    bob, eve = web.member("bob", caps, "#tea"), web.member("eve", caps, "#tea")
    alice.say("who knows a good tea?")
    msgid = alice.msgid("who knows a good tea?")
    for client, words in ((bob, "an insult about tea"), (eve, "green tea")):
        client.send(f"@+draft/reply={msgid} PRIVMSG #tea :{words}")
        client.send(f"@+draft/reply={msgid};+draft/react=🍵 TAGMSG #tea")
        client.sync()
    row = alice.message("who knows a good tea?")
    expect(row.get_by_role("button", name=re.compile("^2 replies"))).to_be_visible()
    expect(row.get_by_role("button", name="🍵, 2: bob, eve")).to_be_visible()
    alice.message("an insult about tea").get_by_role("button", name="bob").click()
    dialog = alice.page.get_by_role("dialog", name="bob")
    dialog.get_by_role("button", name="Ignore", exact=True).click()
    dialog.get_by_role("button", name="Close").click()
    expect(row.get_by_role("button", name="🍵, 1: eve")).to_be_visible()
    row.get_by_role("button", name=re.compile("^1 reply")).click()
    thread = alice.page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_text("1 reply")).to_be_visible()
    expect(thread).to_contain_text("Message of bob, whom you ignore.")
    expect(thread).not_to_contain_text("an insult")
    alice.button("Search").first.click()
    alice.page.get_by_label("Words").fill("tea")
    panel = alice.page.get_by_role("complementary", name="Search")
    panel.get_by_role("button", name="Search", exact=True).click()
    expect(panel).to_contain_text("green tea")
    expect(panel).not_to_contain_text("an insult")
    panel.get_by_role("button", name="Show once").click()
    expect(panel.get_by_role("button", name=re.compile("an insult"))).to_be_visible()
