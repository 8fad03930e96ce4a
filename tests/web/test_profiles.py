"""Names and pictures of people in the page: set, seen beside the nick, and never fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.api.test_files import Files
from tests.media.made import picture, png
from tests.running import Running
from tests.web.browsing import Person
from tests.web.test_files import forgive
from tests.web.test_looks import judged

WIDE = {"name": "me.png", "mimeType": "image/png", "buffer": png(size=(800, 400))}
LOADED = """(img) => img.complete && img.naturalWidth > 0"""


def settings(one: Person) -> Locator:
    one.button(re.compile(f"^{one.name}")).first.click()
    dialog = one.page.get_by_role("dialog", name="Account and settings")
    expect(dialog.get_by_role("heading", name="Profile")).to_be_visible()
    return dialog


def choose(one: Person, dialog: Locator, file: dict[str, object] = WIDE) -> None:
    dialog.locator("input[name=avatar]").set_input_files(file)  # type: ignore[arg-type]


def loaded(one: Person, image: Locator) -> str:
    """Wait until a picture is drawn. Returns its address."""
    expect(image).to_have_count(1)
    image.scroll_into_view_if_needed()
    handle = image.element_handle()
    while not handle.evaluate(LOADED):
        one.page.wait_for_timeout(20)
    return str(image.get_attribute("src"))


def test_a_picture_and_a_name_are_set_seen_and_removed(web: Running, person: Callable[..., Person]) -> None:
    alice, bob = person("alice").register().join("#tea"), person("bob").register().join("#tea")
    irc = web.register("irc", "batch draft/metadata-2")
    irc.ask("METADATA * SUB avatar display-name", "JOIN #tea")
    alice.say("Good morning")
    row = bob.message("Good morning")
    expect(row.locator(".avatar")).to_have_text("A")
    dialog = settings(alice)
    choose(alice, dialog)
    expect(dialog.get_by_role("img", name="The chosen picture")).to_be_visible()
    dialog.get_by_role("button", name="Use this picture").click()
    expect(dialog.get_by_text("Your picture is changed.")).to_be_visible()
    dialog.get_by_label("Display name").fill("Alice of the Teas")
    dialog.get_by_role("button", name="Save name").click()
    expect(dialog.get_by_text("Your display name is changed.")).to_be_visible()
    loaded(alice, dialog.get_by_role("img", name="Your picture"))
    assert judged(alice) == []
    dialog.get_by_role("button", name="Close").click()
    first = loaded(bob, row.locator(".avatar img"))
    assert re.fullmatch(r"files/\w{24}/thumbnail\?most=\d+", first)
    expect(row.locator(".who .name")).to_have_text("alice")
    expect(row.get_by_text("Alice of the Teas")).to_be_visible()
    changes = [line.params for line in irc.parsed() if line.command == "METADATA"]
    assert [params[:2] for params in changes] == [("alice", "avatar"), ("alice", "display-name")]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/files/\w{24}/picture\.png", changes[0][3])
    members = bob.page.get_by_role("complementary", name="Members of #tea")
    member = members.get_by_role("button", name=re.compile("^alice"))
    loaded(bob, member.locator("img"))
    expect(member).to_contain_text("Alice of the Teas")
    member.click()
    card = bob.page.get_by_role("dialog", name="alice")
    loaded(bob, card.get_by_role("img", name="Picture of alice"))
    expect(card.get_by_text("Alice of the Teas")).to_be_visible()
    assert judged(bob) == []
    card.get_by_role("button", name="Close").click()
    dialog = settings(alice)
    choose(alice, dialog, {**WIDE, "buffer": png(size=(300, 300))})
    dialog.get_by_role("button", name="Use this picture").click()
    expect(dialog.get_by_text("Your picture is changed.")).to_be_visible()
    expect(row.locator(".avatar img")).not_to_have_attribute("src", first)
    assert bob.page.request.get(f"{bob.url}{first}").status == 404  # the one before is gone
    dialog.get_by_role("button", name="Remove picture").click()
    expect(row.locator(".avatar img")).to_have_count(0)
    dialog.get_by_label("Display name").fill("")
    dialog.get_by_role("button", name="Save name").click()
    expect(row.get_by_text("Alice of the Teas")).to_have_count(0)
    assert Files(web, "alice").ask("GET").json["files"] == []


def test_it_is_there_after_coming_back_and_of_who_comes_later(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    late = web.register("late", "batch draft/metadata-2")
    late.ask("METADATA * SET display-name :Late Riser", "JOIN #tea", "PRIVMSG #tea :Am I late?")
    row = alice.message("Am I late?")
    expect(row.get_by_text("Late Riser")).to_be_visible()
    alice.page.reload()
    expect(row.get_by_text("Late Riser")).to_be_visible()
    late.ask("METADATA * SET display-name :LATE")
    expect(row.locator(".called")).to_have_count(0)  # it says what the nick says


def test_nothing_is_fetched_from_elsewhere_or_that_is_not_small(
    web: Running, person: Callable[..., Person]
) -> None:
    asked: list[str] = []
    bob = web.member("bob", "batch draft/metadata-2", "#tea")
    alice = person("alice").register().join("#tea")

    def note(request: Request) -> None:
        asked.append(f"{request.method} {request.url}")

    alice.page.on("request", note)
    bob.ask("PRIVMSG #tea :Look at me")
    avatar = alice.message("Look at me").locator(".avatar")
    for url in ("https://evil.example/me.png", f"https://evil.example/files/{'A' * 24}/me.png", "data:image/png,x"):
        bob.ask(f"METADATA * SET avatar :{url}", f"METADATA * SET display-name :{len(url)}")
        expect(alice.message("Look at me").get_by_text(str(len(url)))).to_be_visible()
        expect(avatar.locator("img")).to_have_count(0)
    told = Files(web, "bob").upload(b"no picture", "me.png")
    bob.ask(f"METADATA * SET avatar :{told['url']}")
    while not any(f"HEAD {told['url']}" in one for one in asked):  # why its thumbnail was refused
        alice.page.wait_for_timeout(20)
    expect(avatar.locator("img")).to_have_count(0)
    expect(avatar).to_have_text("B")
    assert not any(one == f"GET {told['url']}" for one in asked)
    assert [one for one in asked if f" {alice.url}" not in one] == []
    forgive(alice)


@pytest.fixture
def members_only(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"}, files={"access": "members", "file_bytes": 100_000})


def test_where_only_members_fetch_files_and_refusals_in_words(
    members_only: Running, person: Callable[..., Person]
) -> None:
    url = f"http://127.0.0.1:{members_only.port('web')}/"
    alice, bob = (person(name, url).register().join("#tea") for name in ("alice", "bob"))
    dialog = settings(alice)
    choose(alice, dialog, {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(dialog.get_by_role("alert")).to_contain_text("cannot show that file as a picture")
    choose(alice, dialog)  # noise, which PNG makes no smaller
    dialog.get_by_role("button", name="Use this picture").click()
    expect(dialog.get_by_role("alert")).to_contain_text("the server takes at most 97.7 KiB in a file")
    dialog.get_by_role("button", name="Cancel").click()
    photo = picture("JPEG", (800, 400))
    choose(alice, dialog, {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo})
    dialog.get_by_role("button", name="Use this picture").click()
    expect(dialog.get_by_text("Your picture is changed.")).to_be_visible()
    dialog.get_by_label("Display name").fill("ü" * 60)
    dialog.get_by_role("button", name="Save name").click()
    expect(dialog.get_by_text("Your display name is changed.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    alice.say("Here I am")
    assert loaded(bob, bob.message("Here I am").locator(".avatar img")).startswith("blob:")
    for one in (alice, bob):
        forgive(one)
