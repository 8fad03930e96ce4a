"""What a message said before it was edited, where the room keeps it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person


@pytest.mark.parametrize("kept", [True, False])
def test_edited_leads_to_the_earlier_texts(web: Running, person: Callable[..., Person], kept: bool) -> None:
    dora = web.register("dora", "message-tags chatstore/rooms")
    dora.ask("JOIN #tea")
    dora.ask(f"ROOM #tea edits={'keep' if kept else 'erase'}")
    bob = person("bob").register().join("#tea")
    bob.say("The kettel is on").tool("The kettel is on", "Edit message")
    bob.field.fill("The kettle is on")
    bob.field.press("Enter")
    bob.message("The kettle is on").get_by_role("button", name="(edited)").click()
    dialog = bob.page.get_by_role("dialog", name="Earlier texts of bob")
    expect(dialog).to_contain_text("The kettel is on" if kept else "are not kept")
