"""Administration on the page: what an administrator does there is done on the server, and what others see of it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from chatstore.chat.changes.invitations import InviteToReset
from chatstore.chat.model.invitations import digest_of, new_code
from chatstore.chat.model.names import person_name
from tests.running import PASSWORD, Running
from tests.web.browsing import Person


def test_a_one_use_link_sets_a_new_password(web: Running, person: Callable[..., Person]) -> None:
    web.register("bob").close()
    code = new_code()
    web.server.store.submit([InviteToReset(digest_of(code), person_name("bob"))]).result()
    bob = person("bob").visit(f"#invite={code}")
    page = bob.page
    expect(page.get_by_role("heading", name="Set a new password")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).not_to_be_editable()
    page.get_by_label("Password", exact=True).fill("a few small words")
    page.get_by_label("Confirm password").fill("a few small words")
    bob.button("Set password").click()
    expect(page.locator(".chat")).to_be_visible()
    again = person("bob").visit(f"#invite={code}").page
    expect(again.get_by_role("alert")).to_be_visible()
    again.get_by_role("button", name="I have an account").click()
    again.get_by_label("Name", exact=True).fill("bob")
    again.get_by_label("Password", exact=True).fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_role("alert")).to_be_visible()
