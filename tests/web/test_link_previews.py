"""What links lead to: a card under the message, whose picture comes from this server only."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.net.web_server import WebServer, answer, response
from tests.running import Running
from tests.web.browsing import Person

PAGE = b"""<title>The page</title><meta property=og:title content="A &lt;b&gt; title">
<meta property=og:description content="What it says"><meta property=og:site_name content=Example>
<meta property=og:image content="https://elsewhere.example/picture.png">"""


@pytest.fixture
def web(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"}, previews={"enabled": True, "allowed": ["127.0.0.1/32"]})


def test_a_link_gets_a_card(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    with WebServer(answer(response(PAGE, Content_Type="text/html"))) as site:
        url = site.url("/a")
        alice.say(f"look: {url}")
        card = bob.message("look:").locator(".preview")
        expect(card.get_by_text("A <b> title")).to_be_visible()
        expect(card).to_contain_text("What it says")
        expect(card).to_have_attribute("href", url)
        expect(card).to_have_attribute("rel", "noopener noreferrer")
        bob.is_kept("A <b> title").page.reload()  # what the browser has, it does not ask for again
        expect(card.get_by_text("A <b> title")).to_be_visible()
        expect(bob.log.locator('img[src^="http"]')).to_have_count(0)
        alice.tool("look:", "Remove message")
        alice.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(bob.log.get_by_text("Message removed")).to_be_visible()
        expect(card).to_have_count(0)
        alice.button(re.compile("^alice")).first.click()
        alice.page.get_by_label("Show previews of links in direct messages").click()
        alice.page.reload()
        alice.button(re.compile("^alice")).first.click()
        expect(alice.page.get_by_label("Show previews of links in direct messages")).to_be_checked()


def test_a_card_that_comes_while_the_page_is_closed_is_there_afterwards(
    web: Running, person: Callable[..., Person]
) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    come = threading.Event()

    def wait(sock: socket.socket, head: bytes) -> None:
        come.wait(30)
        answer(response(PAGE, Content_Type="text/html"))(sock, head)

    with WebServer(wait) as site:
        alice.say(f"look: {site.url('/a')}").say("and then")
        bob.reads("and then").is_kept("and then").page.goto("about:blank")
        come.set()
        expect(alice.message("look:").locator(".preview")).to_be_visible()
        bob.visit("#to=%23tea")
        expect(bob.message("look:").locator(".preview").get_by_text("A <b> title")).to_be_visible()
