"""Coming back to the page: reloads, a killed server, no network, a revoked token."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from chatstore.net.http import Request, Response
from chatstore.net.http.site import Site
from tests.running import PASSWORD, Running
from tests.web.browsing import Person, page_of
from tests.web.server_process import Serving
from tests.web.vendor import VENDOR

WEB = VENDOR.parent


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    server = Serving(tmp_path)
    yield server
    server.kill()


def test_a_reload_keeps_the_place_and_the_draft(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    bob.ask(*(f"PRIVMSG #tea :number {number}" for number in range(200)))
    alice = person("alice").register().join("#tea").join("#coffee").open("#tea").reads("number 199")
    alice.field.fill("half a thou")
    alice.log.hover()
    alice.page.mouse.wheel(0, -2500)
    expect(alice.button("Latest")).to_be_visible()
    expect(alice.message("number 140")).to_be_attached()
    place = alice.top_row()
    alice.page.reload()
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("#tea")
    expect(alice.field).to_have_value("half a thou")
    expect(alice.message(place)).to_be_in_viewport()
    assert alice.top_row() == place
    alice.open("#coffee")
    expect(alice.field).to_have_value("")
    expect(alice.item("tea")).to_contain_text("with a draft")
    alice.open("#tea").field.fill("")
    expect(alice.open("#coffee").item("tea")).not_to_contain_text("with a draft")


def test_a_server_that_is_killed_loses_nothing_and_shows_nothing_twice(
    serving: Serving, person: Callable[..., Person]
) -> None:
    alice = person("alice", serving.url).visit(serving.begin).take_invitation().join("#tea")
    link = alice.invite()
    bob = person("bob", serving.url).visit(link).take_invitation().join("#tea")
    for number in range(3):
        alice.say(f"before {number}")
        bob.reads(f"before {number}")
    serving.kill()
    expect(alice.page.get_by_text(re.compile("Not connected"))).to_be_visible()
    alice.say("while it is down")
    expect(alice.message("while it is down")).to_have_class(re.compile("pending"))
    serving.start()
    bob.reads("while it is down").say("after")
    alice.reads("after")
    expect(alice.message("while it is down")).not_to_have_class(re.compile("pending"))
    expect(alice.page.get_by_text(re.compile("Not connected"))).to_be_hidden()
    said = ["before 0", "before 1", "before 2", "while it is down", "after"]
    assert alice.texts() == bob.texts() == said
    alice.page.reload()
    alice.reads("after")
    assert alice.texts() == said


def test_what_was_loaded_can_be_read_without_a_network(serving: Serving, person: Callable[..., Person]) -> None:
    alice = (
        person("alice", serving.url, service_workers="allow").visit(serving.begin).take_invitation().join("#tea")
    )
    alice.say("keep this").reads("keep this")
    alice.evaluate("navigator.serviceWorker.ready.then(() => true)")
    alice.is_kept("keep this")
    serving.kill()
    alice.page.reload()
    alice.reads("keep this")
    expect(alice.page.get_by_role("status").filter(has_text="Not connected")).to_be_visible()
    assert alice.evaluate("fetch('healthz').then(() => 'answered', () => 'not kept')") == "not kept"
    alice.say("for later")
    serving.start()
    expect(alice.message("for later")).not_to_have_class(re.compile("pending"))
    assert alice.texts() == ["keep this", "for later"]


def test_a_device_whose_token_is_revoked_is_signed_out(person: Callable[..., Person]) -> None:
    desk = person("alice").register().join("#tea").say("a secret").reads("a secret")
    phone = person("alice").sign_in()
    phone.open("#tea").reads("a secret").is_kept("a secret")
    phone.page.reload()  # from now on it is here by its token, and no more by the password
    expect(phone.item("tea")).to_be_visible()
    desk.button(re.compile("^alice")).first.click()
    expect(desk.page.get_by_role("dialog").get_by_text("this device")).to_be_visible()
    desk.button(re.compile("^Sign out Chrome on")).click()
    expect(phone.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(phone.page.get_by_text("You were signed out")).to_be_visible()
    while "a secret" in str(phone.kept()):  # it is emptied a moment later
        phone.page.wait_for_timeout(50)
    phone.page.reload()
    expect(phone.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(desk.button(re.compile("^Sign out Chrome on"))).to_have_count(0)


def test_signing_out_leaves_nothing_in_the_browser(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea").say("a secret").reads("a secret")
    alice.is_kept("a secret")
    tab = alice.context.new_page()
    tab.goto(alice.url)
    expect(tab.get_by_role("navigation").get_by_role("button", name=re.compile("^tea"))).to_be_visible()
    assert PASSWORD not in alice.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    alice.button(re.compile("^alice")).first.click()
    alice.button("Sign out").click()
    for page in (alice.page, tab):
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert alice.evaluate("Object.keys(localStorage).filter((key) => !key.includes('side'))") == []
    assert "a secret" not in str(alice.kept())
    alice.page.reload()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_invitation_makes_an_administrator_once(serving: Serving, person: Callable[..., Person]) -> None:
    alice = person("alice", serving.url).visit(serving.begin)
    expect(alice.page.get_by_text("This invitation makes you an administrator")).to_be_visible()
    assert alice.page.url == serving.url
    alice.take_invitation()
    link = alice.invite("bob")
    assert link.startswith(f"{serving.url}#invite=")
    late = person("carol", serving.url).visit(serving.begin)
    expect(late.page.get_by_role("alert")).to_be_visible()
    bob = person("bob", serving.url)
    bob.page.goto(link)
    expect(bob.page.get_by_label("Name", exact=True)).to_have_value("bob")
    bob.take_invitation()


def without_tags(answer: Callable[[Site, Request], Response]) -> Callable[[Site, Request], Response]:
    """The responses as from a proxy that compresses and drops the ETag."""

    def answered(site: Site, request: Request) -> Response:
        response = answer(site, request)
        headers = {name: value for name, value in response.headers.items() if name.lower() != "etag"}
        return response._replace(headers=headers)

    return answered


def test_a_new_version_of_the_page_is_offered(
    run_server: Callable[..., Running],
    person: Callable[..., Person],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = tmp_path / "web"
    shutil.copytree(WEB, pages)
    monkeypatch.setattr("chatstore.endpoints._WEB", pages)
    # A proxy in between rewrites or drops it, so it is nothing to go by.
    monkeypatch.setattr("chatstore.net.http.site.Site.answer", without_tags(Site.answer))
    first = run_server(listen={"web": "127.0.0.1:0"})
    port = first.port("web")
    alice = person("alice", page_of(first), service_workers="allow").visit()
    alice.evaluate("navigator.serviceWorker.ready.then(() => true)")
    alice.page.reload()
    expect(alice.button("Sign in")).to_be_visible()
    first.stop()
    signin = pages / "ui" / "sign-in.js"
    signin.write_text(signin.read_text().replace("I have an account", "An account is mine"))
    run_server(listen={"web": f"127.0.0.1:{port}"})
    alice.page.reload()
    expect(alice.page.get_by_text("A new version of this page is available")).to_be_visible()
    alice.button("Reload").click()
    alice.button("I have an invitation").click()
    expect(alice.button("An account is mine")).to_be_visible()
    caches = "caches.keys().then((names) => names.length)"
    assert alice.evaluate(caches) == 1
