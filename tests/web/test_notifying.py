"""System notifications: they go through the service worker, and their errors do not disturb the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Worker, expect

from tests.push.service import PushService
from tests.running import Running
from tests.waiting import until
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
RECORDING = """() => {
  const shown = [], waiting = [];
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
    await show.call(this, title, options);
    shown.push({ title, ...options });
    for (const { count, tell } of waiting) if (shown.length >= count) tell(shown);
  };
  globalThis.shown = (count) => new Promise((tell) => {
    if (shown.length >= count) tell(shown);
    else waiting.push({ count, tell });
  });
  globalThis.happens = async (event) => {
    const work = [];
    event.waitUntil = (promise) => work.push(promise);
    self.dispatchEvent(event);
    await Promise.all(work);
  };
}"""
"""For the worker: keep what the browser took, and dispatch events until the worker has done what they ask for.
getNotifications() is no proof: while the desktop is not ready, the
browser forgets a notification that somebody asks for before it is drawn."""


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
    worker = recording(alice)
    bob.ask("PRIVMSG #tea :alice: are you there?")
    expect(alice.item("#tea")).to_contain_text("1")
    (note,) = shown(worker, 1)
    assert (note["title"], note["body"], note["tag"]) == ("bob in #tea", "alice: are you there?", "#tea")
    click(alice.context, note["data"])
    alice.reads("are you there?")
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("#tea")


PUSHES = "(lines) => Promise.all(lines.map((data) => happens(new PushEvent('push', { data }))))"


def test_a_push_is_told_once_grouped_and_taken_back_when_it_was_read(
    web: Running, person: Callable[..., Person]
) -> None:
    alice = person("alice", service_workers="allow")
    alice.context.grant_permissions(["notifications"])
    alice.context.add_init_script(ANDROID)
    alice.register().join("#tea")
    worker = recording(alice)
    alice.page.goto("about:blank")  # nobody looks at the page
    alice.troubles.clear()  # the script above has no storage there
    line = "@msgid=m{0};time=2026-01-01T00:00:0{0}.000Z :bob!b@h PRIVMSG {1} :{2}"
    first, second = line.format(1, "#Tea", "alice: are you there?"), line.format(2, "#tea", "\x02alice\x02?")
    worker.evaluate(PUSHES, [first, first, second, line.format(3, "alice", "hello :-)")])
    notes = shown(worker, 3)
    assert [(note["title"], note["tag"], note["body"]) for note in notes] == [
        ("bob in #Tea", "#tea", "alice: are you there?"),
        ("#tea (2)", "#tea", "bob: alice: are you there?\nbob: alice?"),
        ("bob", "bob", "hello :-)"),
    ]
    assert notes[2]["data"]["open"] == "bob"
    worker.evaluate(PUSHES, [":s MARKREAD #tea timestamp=2026-01-01T00:00:01.000Z", "", "nonsense", ":s", "@ :x"])
    listed = "self.registration.getNotifications().then((all) => all.map((one) => one.tag).sort())"
    assert worker.evaluate(listed) == ["#tea", "bob"]
    worker.evaluate(PUSHES, [":s MARKREAD #tea timestamp=2026-01-01T00:00:02.000Z"])
    assert worker.evaluate(listed) == ["bob"]


def recording(person: Person) -> Worker:
    """The worker of somebody's page, which keeps what it shows."""
    person.evaluate("navigator.serviceWorker.ready.then(() => true)")
    (worker,) = person.context.service_workers
    worker.evaluate(RECORDING)
    return worker


def shown(worker: Worker, count: int) -> list[dict[str, Any]]:
    """What the worker has shown, once it is so much."""
    return list(worker.evaluate("(count) => shown(count)", count))


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


SUBSCRIBES = """([endpoint, p256dh, auth]) => {
  let current = null;
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async (options) => {
    const toJSON = () => ({ endpoint, keys: { p256dh, auth } });
    const unsubscribe = async () => { current = null; };
    current = { endpoint, options, toJSON, unsubscribe };
    globalThis.asked = options;
    return current;
  };
}"""
"""A browser's push service: Chromium's own needs Google's."""


def test_the_server_pushes_what_the_worker_shows_until_one_signs_out(
    run_server: Callable[..., Running], person: Callable[..., Person]
) -> None:
    service = PushService()
    server = run_server(listen={"web": "127.0.0.1:0"}, push={"allowed": ["127.0.0.0/8"], "idle_minutes": 0})
    bob = server.member("bob", room="#tea")
    alice = person("alice", f"http://127.0.0.1:{server.port('web')}/", service_workers="allow")
    alice.context.grant_permissions(["notifications"])
    alice.register().join("#tea").join("#coffee")  # what is read at once is not pushed
    endpoint, keys = service.subscribe("alice").split(" ")
    p256dh, auth = (key.partition("=")[2] for key in keys.split(";"))
    alice.page.evaluate(SUBSCRIBES, [endpoint, p256dh, auth])
    worker = recording(alice)
    alice.button(re.compile("^alice")).first.click()
    dialog = alice.page.get_by_role("dialog")
    dialog.get_by_label("Notify me").check()
    dialog.get_by_label("Also while this page is closed").click()
    alice.until("Boolean(globalThis.asked)")
    key = alice.evaluate("[asked.userVisibleOnly, new Uint8Array(asked.applicationServerKey).length]")
    assert key == [True, 65]
    expect(dialog.get_by_label("Also while this page is closed")).to_be_checked()
    bob.ask("PRIVMSG #tea :alice: are you there?")
    line = service.next().line
    assert re.search(r"msgid=\S+", line)
    worker.evaluate(PUSHES, [line])
    assert "are you there" in shown(worker, 1)[0]["body"]
    bob.ask("PRIVMSG #tea :alice: are you still there?")
    worker.evaluate(PUSHES, [service.next().line])
    bodies = [note["body"].rpartition("alice: ")[2] for note in shown(worker, 2)]
    assert bodies == ["are you there?", "are you still there?"]  # the page and the push tell of each once
    dialog.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    until(lambda: not server.rows("SELECT * FROM push_subscriptions"))
    bob.ask("PRIVMSG #tea :alice: and now?", "PRIVMSG #tea :alice: still?")
    until(lambda: not server.server.push.busy)
    assert server.server.push.lanes.waiting == 0
    assert service.pushes.empty()
    service.close()
