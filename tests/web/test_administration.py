"""Administration on the page: what an administrator does there is done on the server, and what others see of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.invitations import InviteToReset
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from tests.running import PASSWORD, Running
from tests.web.browsing import Person, page_of
from tests.web.test_looks import SMALL, judged

PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}
SECTIONS = (
    "Status",
    "People",
    "Approvals",
    "Reports",
    "Invitations",
    "Rooms",
    "Bots",
    "Webhooks",
    "Bans",
    "Audit log",
)
FITS = """() => [document.documentElement, ...document.querySelectorAll('.admin-section, .dialog-inner')]
  .every((box) => box.scrollWidth <= box.clientWidth)"""


@pytest.fixture
def root(person: Callable[..., Person]) -> Callable[..., Person]:
    """Make an administrator at the page of a server."""

    def make(server: Running, fragment: str = "", **options: object) -> Person:
        change = CreateAccount(person_name("root"), hash_password(PASSWORD, 4), "admin")
        server.server.store.submit([change]).result()
        one = person("root", page_of(server), **options).sign_in(fragment)
        expect(one.page.locator(".side-admin")).to_be_attached()  # on a phone in the drawer
        return one

    return make


def section(one: Person, name: str) -> Locator:
    """Open a section of the administration."""
    one.page.get_by_role("navigation", name="Sections").get_by_role("button", name=re.compile(f"^{name}")).click()
    place = one.page.locator(".admin-section")
    expect(place.get_by_role("heading", name=name, level=2)).to_be_visible()
    return place


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


def test_on_a_phone_a_spammer_is_suspended(web: Running, root: Callable[..., Person]) -> None:
    eve = web.member("eve", room="#tea")
    one = root(web, **PHONE)
    one.visit("#to=%23tea").button("Join").tap()
    expect(one.field).to_be_enabled()
    eve.send("PRIVMSG #tea :cheap watches")
    one.message("cheap watches").get_by_role("button", name="eve", exact=True).tap()
    dialog = one.page.get_by_role("dialog", name="eve", exact=True)
    dialog.get_by_role("button", name="Administer this account…").tap()
    dialog.get_by_role("button", name="Suspend…").tap()
    form = dialog.get_by_role("form", name="Suspend")
    expect(form).to_contain_text("is signed out everywhere at once")
    expect(form.get_by_label("Reason")).to_be_focused()
    assert one.evaluate(FITS)
    assert one.evaluate(SMALL) == []
    expect(form.get_by_role("button", name="Suspend eve")).to_be_disabled()
    one.page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(dialog.get_by_role("button", name="Suspend…")).to_be_focused()
    dialog.get_by_role("button", name="Suspend…").tap()
    form.get_by_label("Reason").fill("advertising")
    form.get_by_label("For how long").select_option(label="1 day")
    form.get_by_role("button", name="Suspend eve").tap()
    expect(dialog.get_by_role("status").filter(has_text="eve is suspended until")).to_be_visible()
    expect(dialog).to_contain_text("advertising")
    assert "advertising" in "".join(eve.rest()[-1:])
    dialog.get_by_role("button", name="End the suspension").tap()
    expect(dialog.get_by_role("status").filter(has_text="eve can sign in again")).to_be_visible()
    web.login("eve").close()
    dialog.get_by_role("button", name="Link for a new password…").tap()
    dialog.get_by_role("button", name="Create link").tap()
    expect(dialog.get_by_label("Link for eve")).to_have_value(re.compile("#invite=csi_"))
    expect(dialog.get_by_label("Link for eve")).to_be_focused()


def test_a_newcomer_waits_and_is_approved(
    run_server: Callable[..., Running], person: Callable[..., Person], root: Callable[..., Person]
) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"}, accounts={"registration": "approval"})
    one = root(server)
    carol = person("carol", page_of(server)).visit()
    carol.button("Create an account").click()
    expect(carol.page.get_by_text("An administrator approves new accounts")).to_be_visible()
    for label in ("Password", "Confirm password"):
        carol.page.get_by_label(label, exact=True).fill(PASSWORD)
    carol.page.get_by_label("Name", exact=True).fill("carol")
    carol.button("Create account").click()
    expect(carol.page.get_by_role("heading", name="Waiting for approval")).to_be_focused()
    carol.button("Try to sign in").click()
    expect(carol.page.get_by_role("status")).to_have_text("Not approved yet.")
    # The administrator is told where they are, and led there.
    one.button("Administration 1 waiting").click()
    expect(one.page.get_by_role("heading", name="Approvals", level=2)).to_be_visible()
    one.button("Approve carol").click()
    expect(one.page.get_by_role("status").filter(has_text="carol can sign in now.").first).to_be_focused()
    expect(one.page.get_by_text("Nobody waits.")).to_be_visible()
    expect(one.button("Administration")).to_be_visible()
    carol.button("Try to sign in").click()
    expect(carol.page.locator(".chat")).to_be_visible()


def test_a_message_is_reported_and_removed(
    web: Running, person: Callable[..., Person], root: Callable[..., Person]
) -> None:
    one = root(web)
    bob = person("bob").register().join("#tea")
    eve = web.member("eve", room="#tea")
    eve.send("PRIVMSG #tea :an insult")
    bob.tool("an insult", "Report message")
    dialog = bob.page.get_by_role("dialog", name="Report this message?")
    dialog.get_by_label("What is wrong with it?").fill("rude")
    dialog.get_by_role("button", name="Report", exact=True).click()
    expect(bob.page.get_by_text("Reported. The administrators")).to_be_visible()
    one.button("Administration 1 waiting").click()
    report = one.page.get_by_role("article", name="Report of a message by eve")
    expect(report).to_contain_text("an insult")
    expect(report).to_contain_text("rude")
    report.get_by_role("button", name="Remove the message…").click()
    report.get_by_role("button", name="Remove the message", exact=True).click()
    expect(one.page.get_by_text("No message is reported.")).to_be_visible()
    expect(bob.message("Message removed")).to_be_visible()
    one.page.get_by_label("Which reports").select_option("closed")
    expect(report).to_contain_text("Closed by root")


def test_rooms_invitations_bans_and_the_audit_log(web: Running, root: Callable[..., Person]) -> None:
    bob = web.member("bob", "chatstore/rooms", room="#tea")
    bob.ask("MODE #tea +s")
    one = root(web, "#admin=rooms")
    page = one.page
    page.get_by_role("searchbox", name="Find by name").fill("tea")
    expect(page.get_by_role("button", name=re.compile("^#main"))).to_be_hidden()
    page.get_by_role("button", name=re.compile("^#tea private")).click()
    dialog = page.get_by_role("dialog", name="#tea")
    days = dialog.get_by_role("textbox", name="Days for which messages are kept")
    days.fill("30")
    days.press("Enter")
    # Whoever finds this browser open erases nothing and makes no administrator.
    dialog.get_by_role("textbox", name="Your password").fill("not that one")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("textbox", name="Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    bob.wait("ROOM #tea retention=30")
    dialog.get_by_role("button", name="Remove the room…").click()
    dialog.get_by_label("Type #tea to remove the room").fill("#te")
    expect(dialog.get_by_role("button", name="Remove the room", exact=True)).to_be_disabled()
    dialog.get_by_label("Type #tea to remove the room").fill("#tea")
    dialog.get_by_role("button", name="Remove the room", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("No rooms match.")).to_be_visible()
    links = section(one, "Invitations")
    links.get_by_role("button", name="New invitation…").click()
    links.get_by_label("Name (optional)").fill("dana")
    links.get_by_label("As").select_option("admin")
    links.get_by_role("button", name="Create link").click()
    expect(links.get_by_label("Invitation link")).to_have_value(re.compile("#invite=csi_"))
    links.get_by_role("button", name="Revoke… Invitation for dana").click()
    links.get_by_role("button", name="Revoke the link").click()
    expect(links.get_by_text("No link is open.")).to_be_visible()
    bans = section(one, "Bans")
    bans.get_by_role("button", name="New ban…").click()
    bans.get_by_label("Address, network or mask").fill("127.0.0.0/8")
    bans.get_by_label("Reason").fill("flood")
    bans.get_by_role("button", name="Ban", exact=True).click()
    expect(bans.get_by_role("alert")).to_be_visible()  # it would be one's own
    bans.get_by_label("Address, network or mask").fill("192.0.2.0/24")
    bans.get_by_role("button", name="Ban", exact=True).click()
    expect(bans.get_by_role("listitem")).to_contain_text(re.compile("192.0.2.0/24.*flood"))
    bans.get_by_role("button", name="End… 192.0.2.0/24").click()
    bans.get_by_role("button", name="End the ban").click()
    expect(bans.get_by_text("Nobody is banned from the server.")).to_be_visible()
    log = section(one, "Audit log")
    expect(log.get_by_role("listitem").first).to_contain_text("ended the ban of 192.0.2.0/24")
    log.get_by_label("About").fill("#tea")
    expect(log.get_by_role("listitem").first).to_contain_text("removed the room #tea")


def test_only_administrators_open_it(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register()
    alice.visit("#admin=people")
    expect(alice.page.get_by_text("Only administrators of this server can open this.")).to_be_visible()
    expect(alice.button(re.compile("^Administration"))).to_have_count(0)
    alice.button("Back to the chat").click()
    expect(alice.page.get_by_role("heading", level=1)).not_to_have_text("Administration")


@pytest.mark.parametrize(("colours", "rules"), [("light", []), ("dark", ["color-contrast"])])
@pytest.mark.timeout(180)
def test_nothing_serious_is_found_in_the_administration(
    web: Running, root: Callable[..., Person], colours: str, rules: list[str]
) -> None:
    """And a warning is shown; on a phone everything fits and can be hit by a finger."""
    web.register("bob").close()
    one = root(web, "#admin=status", color_scheme=colours)
    page = one.page
    expect(page.get_by_text("Nothing to warn about.")).to_be_visible()
    web.server.warnings.set("example", "The last backup is 9 days old.")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("The last backup is 9 days old.")).to_be_visible()
    for name in SECTIONS if colours == "light" else ("Status", "People", "Bans"):
        place = section(one, name)
        expect(place.get_by_text("Loading…")).to_have_count(0)
        assert judged(one, rules) == [], name
    section(one, "People").get_by_role("button", name=re.compile("^bob")).click()
    dialog = page.get_by_role("dialog", name="bob")
    dialog.get_by_role("button", name="Erase…").click()
    assert judged(one, rules) == []
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 375, "height": 667})
    assert judged(one, ["color-contrast"]) == []
    assert one.evaluate(FITS)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Section").select_option("people")
    expect(page.get_by_role("list", name="Accounts")).to_be_visible()
    assert one.evaluate(FITS)


def test_bots_and_webhooks_of_everybody(web: Running, root: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    bob.ask("BOT ADD builds", "BOT ADD quiet", "HOOK ADD #tea in * :CI")
    one = root(web, "#admin=status")
    place = section(one, "Webhooks")
    row = place.get_by_role("list", name="Webhooks").get_by_role("listitem").filter(has_text="CI")
    expect(row).to_contain_text("In #tea · Owned by bob · never used")
    row.get_by_role("button", name="Remove… CI").click()
    row.get_by_role("button", name="Remove CI").click()
    expect(place).to_contain_text("No room has a webhook.")
    assert not any(" HOOK LIST #tea 1 " in line for line in bob.ask("HOOK LIST #tea"))
    place = section(one, "Bots")
    row = place.get_by_role("list", name="Bots").get_by_role("listitem").filter(has_text="builds")
    expect(row).to_contain_text(re.compile("Owned by bob, made .* · 0 tokens · never seen"))
    place.get_by_label("Find by name or owner").fill("qui")
    expect(row).to_have_count(0)
    place.get_by_label("Find by name or owner").fill("")
    row.get_by_role("button", name="Remove… builds").click()
    row.get_by_role("button", name="Remove builds").click()
    expect(row).to_have_count(0)
    assert not any(" BOT LIST builds " in line for line in bob.ask("BOT LIST"))
