"""What newcomers meet: ways into rooms, errors and limits each say how to go on."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.running import PASSWORD, Running
from tests.web.browsing import Person, page_of

DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(['x'], 'cat.png', { type: 'image/png' }));
  const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
  return document.querySelector('.log').dispatchEvent(event);
}"""


def test_ways_into_rooms(web: Running, person: Callable[..., Person]) -> None:
    ann = web.member("ann", room="#tea")
    alice = person("alice").register()
    page = alice.page
    alice.visit("#to=%23tea")  # a link to a room that one is not in
    page.reload()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("#tea")
    alice.button("Join").click()
    expect(alice.field).to_be_enabled()
    bob = web.member("bob", room="#tea")
    bob.send("PRIVMSG #tea :what is this?")
    alice.reads("what is this?").say("an answer to nobody").reads("an answer to nobody")
    ann.send("KICK #tea alice :too loud")
    expect(page.get_by_text("alice was removed by ann (too loud).")).to_be_visible()
    alice.button("Join again").click()
    expect(alice.field).to_be_enabled()
    ann.send("MODE #tea +b a:alice", "KICK #tea alice :again")
    alice.button("Join again").click()
    expect(page.get_by_text("You are banned from #tea")).to_be_visible()
    assert alice.evaluate(DROP) is False  # not the browser's to open
    expect(page.get_by_text("You cannot send files here")).to_be_visible()
    page.keyboard.press("F1")
    page.keyboard.press("Escape")
    alice.open("#main")
    alice.button("Favourite").click()
    lists = page.locator(".side-lists section")
    expect(lists.nth(0)).to_contain_text(re.compile("Favourites.*main"))
    phone = person("alice").sign_in()
    theirs = phone.page.locator(".side-lists section").nth(0)
    expect(theirs).to_contain_text(re.compile("Favourites.*main"))
    rooms = alice.button(re.compile("Rooms$"))
    rooms.click()
    expect(rooms).to_have_attribute("aria-expanded", "false")
    expect(alice.item("tea")).to_be_hidden()
    page.reload()
    expect(alice.item("main")).to_be_visible()
    expect(alice.item("tea")).to_be_hidden()
    alice.button("Favourite").click()
    expect(lists.nth(0)).to_contain_text(re.compile("Rooms.*main"))
    expect(theirs).to_contain_text(re.compile("Rooms.*main"))
    alice.button(re.compile("^alice")).first.click()
    alice.button("Sign out").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    for _ in range(2):
        name.fill("alice")
        page.get_by_label("Password", exact=True).fill("not that one")
        alice.button("Sign in").click()
        expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    alice.button("Sign in").click()
    expect(page.locator(".chat")).to_be_visible()


def test_a_server_with_a_name(run_server: Callable[..., Running], person: Callable[..., Person]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"}, server={"network": "Tea <House>"})
    form = person("alice", page_of(server)).visit().page.locator("form")
    expect(form).to_contain_text(f"on Tea <House> (127.0.0.1:{server.port('web')})")


def test_many_members_and_a_zoomed_page(web: Running, person: Callable[..., Person]) -> None:
    web.member("ann", room="#tea")
    for number in range(12):
        guest = web.register(f"guest{number}")
        guest.ask("JOIN #tea")
        guest.close()  # an account stays in its rooms, and takes no connection of this address
    alice = person("alice").register().join("#tea")
    page = alice.page
    members = page.get_by_role("complementary", name="Members")
    members.get_by_label("Filter members").fill("st1")
    expect(members.get_by_role("listitem")).to_have_count(3)
    page.set_viewport_size({"width": 640, "height": 400})  # as 200 % of 1280 by 800
    expect(members).to_be_hidden()
    alice.say("seen").reads("seen")
    alice.button(re.compile("^Members")).click()
    expect(members).to_be_visible()
    page.keyboard.press("Escape")
    expect(members).to_be_hidden()
