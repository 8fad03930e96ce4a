"""`@room`: an operator completes it, and everybody in the room is mentioned."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.web.browsing import Person


def test_an_operator_mentions_everybody(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea").join("#other")
    alice.field.fill("@roo")
    alice.field.press("Tab")
    expect(alice.field).to_have_value("@room ")
    alice.say("@room tea is *ready*")
    expect(bob.item("tea")).to_contain_text("1 mention")
    bob.open("#tea")
    row = bob.page.locator(".row.said", has_text="tea is")
    expect(row).to_have_class(re.compile("mention"))
    expect(row.locator("mark")).to_have_text("@room")
    expect(row.locator("em")).to_have_text("ready")
    bob.field.fill("@roo")
    bob.field.press("Tab")
    expect(bob.field).to_have_value("@roo")
    bob.say("@room me too")
    expect(alice.message("me too")).not_to_have_class(re.compile("mention"))
