"""System notifications: they go through the service worker, and their errors do not disturb the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.running import Running
from tests.web.browsing import ARGUMENTS, WHOLE_CHROMIUM, Person

ANDROID = """
  Object.defineProperty(Notification, 'permission', {get: () => 'granted'});
  globalThis.Notification = class extends Notification {
    constructor() { throw new TypeError("Failed to construct 'Notification': Illegal constructor."); }
    static get permission() { return 'granted'; }
  };
  localStorage.setItem('chatstore.notify', 'on');
"""
"""As in Chrome on Android: the constructor throws."""


@pytest.fixture(name="browser", scope="module")
def whole_browser(browser: Browser) -> Iterator[Browser]:
    """One that shows notifications."""
    if not WHOLE_CHROMIUM:
        pytest.skip("Chromium is not installed")
    whole = browser.browser_type.launch(executable_path=WHOLE_CHROMIUM, args=ARGUMENTS)
    yield whole
    whole.close()


def test_a_browser_that_throws_still_shows_the_mention(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    alice = person("alice")
    alice.context.add_init_script(ANDROID)
    alice.register().join("#tea").join("#coffee")
    bob.ask("PRIVMSG #tea :alice: are you there?")
    expect(alice.item("#tea")).to_contain_text("1")
    expect(alice.page).to_have_title("(1) #coffee – chatstore")
    alice.open("#tea").reads("are you there?")


def test_the_service_worker_notifies_and_a_click_opens_the_conversation(
    web: Running, person: Callable[..., Person]
) -> None:
    bob = web.member("bob", room="#tea")
    alice = person("alice", service_workers="allow")
    alice.context.grant_permissions(["notifications"])
    alice.context.add_init_script(ANDROID)
    alice.register().join("#tea").join("#coffee")
    alice.evaluate("navigator.serviceWorker.ready.then(() => true)")
    bob.ask("PRIVMSG #tea :alice: are you there?")
    noted = "navigator.serviceWorker.getRegistration().then((one) => one.getNotifications())"
    alice.until(f"{noted}.then((notes) => notes.length === 1)")
    found = alice.evaluate(f"{noted}.then(([note]) => [note.title, note.body, note.tag])")
    assert found == ["bob in #tea", "alice: are you there?", "#tea"]
    clicked(alice.context)
    alice.reads("are you there?")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("#tea")


def clicked(context: BrowserContext) -> None:
    """Click on the notification, as the browser reports it to the worker."""
    (worker,) = context.service_workers
    worker.evaluate(
        """async () => {
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
        }"""
    )
