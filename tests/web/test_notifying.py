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
RECORDING = """
  globalThis.shown = [];
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
    await show.call(this, title, options);
    globalThis.shown.push({ title, ...options });
  };
"""
"""Keep what the browser took. getNotifications() is no proof: while the desktop is not ready, the browser forgets a
notification that somebody asks for before it is drawn."""


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
    alice.context.add_init_script(RECORDING)
    alice.register().join("#tea").join("#coffee")
    alice.evaluate("navigator.serviceWorker.ready.then(() => true)")
    bob.ask("PRIVMSG #tea :alice: are you there?")
    expect(alice.item("#tea")).to_contain_text("1")
    alice.until("shown.length === 1")
    (note,) = alice.evaluate("shown")
    assert (note["title"], note["body"], note["tag"]) == ("bob in #tea", "alice: are you there?", "#tea")
    click(alice.context, note["data"])
    alice.reads("are you there?")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("#tea")


def click(context: BrowserContext, data: dict[str, str]) -> None:
    """Click on a notification with this data, as the browser reports it to the worker."""
    (worker,) = context.service_workers
    worker.evaluate(
        """(data) => {
          const event = new ExtendableEvent('notificationclick');
          self.dispatchEvent(Object.assign(event, { notification: { data, close() {} } }));
        }""",
        data,
    )
