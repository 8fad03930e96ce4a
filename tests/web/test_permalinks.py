"""Links to messages: copied, opened by somebody who signs in first, and clicked in a message."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person


def test_a_link_leads_to_its_message(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    alice.say("the **first** words")
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.tool("the **first** words", "Copy link")
    expect(alice.page.get_by_text("The link to the message is copied.")).to_be_visible()
    link = alice.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/#to=%23tea&message=[^&]+$", link)
    fragment = link[link.index("#") :]
    bob = web.member("bob", room="#tea")
    bob.ask(*(f"PRIVMSG #tea :line {number}" for number in range(300)))
    bob.ask("PRIVMSG #tea :the last line")
    there = person("bob").sign_in(fragment)
    row = there.page.locator(".row.flash")
    expect(row).to_contain_text("first")
    expect(row).to_be_in_viewport()
    there.page.reload()
    expect(there.page.locator(".row.said").first).to_be_visible()
    expect(there.page.locator(".row.flash")).to_have_count(0)
    there.join("#other").say(f"see {link} please")
    there.page.get_by_role("link", name=link).click()
    expect(there.page.locator(".row.flash")).to_contain_text("first")
    assert len(there.page.context.pages) == 1
    there.visit("#to=%23tea&message=nonesuch")
    expect(there.page.get_by_text("no longer exists, or you may not read it")).to_be_visible()
