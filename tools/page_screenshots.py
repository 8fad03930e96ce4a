"""Pictures of the page, from the running program: `python -m tools.page_screenshots docs/pictures`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from chatstore.chat.changes.accounts import SetRole
from chatstore.chat.model.names import person_name
from tests.running import Running, start
from tests.web.browsing import ARGUMENTS, CHROMIUM, Person, page_of
from tests.web.example_chat import ROOMS, Cast, photograph

SIZES = {"web-light": (1280, 800, "light"), "web-dark": (1280, 800, "dark"), "web-phone": (375, 667, "light")}
"""By file name: width and height in px, and the colours."""
ADMINISTRATION = {
    f"admin-{view}{name}": size
    for view in ("people", "status", "reports", "suspend")
    for name, size in (("", (1280, 800, "light")), ("-dark", (1280, 800, "dark")), ("-phone", (375, 667, "light")))
}
"""The same, of the administration."""
LOOKS = {"": (1280, 800, "light"), "-dark": (1280, 800, "dark"), "-phone": (375, 667, "light")}
FILM = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const pen = canvas.getContext('2d');
  const draw = (at) => {
    pen.fillStyle = '#8fb8c9'; pen.fillRect(0, 0, 640, 360);
    pen.fillStyle = '#9aa58c'; pen.fillRect(0, 250, 640, 110);
    pen.fillStyle = '#7a5c45'; pen.fillRect(390 - at, 120, 170, 140);
    pen.fillStyle = '#2f2a26'; pen.fillRect(450 - at, 180, 44, 80);
    pen.fillStyle = '#e9e0cf'; pen.fillRect(405 - at, 140, 34, 30); pen.fillRect(508 - at, 140, 34, 30);
    pen.fillStyle = '#5d6a4f'; pen.beginPath(); pen.arc(150 + at, 190, 66, 0, 7); pen.fill();
    pen.fillStyle = '#4a3d31'; pen.fillRect(142 + at, 240, 16, 60);
  };
  draw(0);
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const done = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  for (let at = 0; at < 40; at += 1) {
    draw(at);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  recorder.stop();
  await done;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""
"""A second of film, recorded by the browser itself."""
FADED = 1500
"""ms until the ring that a player shows while it loads has faded."""
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
"""A network on which one can watch an upload; bytes a second."""
WARNINGS = {
    "example-certificate": "the certificate /etc/chatstore/chat.pem expires at 2026-12-05 09:00 UTC, within 6 days",
    "example-backup": "the scheduled backup has failed: /srv/backups has too little space",
}


def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        server = start(Path(scratch) / "chat.db", listen={"web": "127.0.0.1:0"}, previews={"enabled": True})
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            _take(folder, server, browser)
        finally:
            browser.close()
            server.stop()


def _context(browser: Browser, width: int, height: int, colours: str, state: object) -> BrowserContext:
    phone = width < 720
    return browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        is_mobile=phone,
        color_scheme=colours,  # type: ignore[arg-type]
        locale="en-GB",
        service_workers="block",
        storage_state=state,  # type: ignore[arg-type]
    )


def _take(folder: Path, server: Running, browser: Browser) -> None:
    cast = Cast(server)
    state: object = None
    for name, (width, height, colours) in SIZES.items():
        context = _context(browser, width, height, colours, state)
        sofia = Person(context, page_of(server), "sofia")
        if state is None:
            sofia.register()
            for room in ROOMS:
                sofia.join(room)
            sofia.open("#workshop")
            cast.faces()
            cast.talk(files=True)
            state = context.storage_state()
        else:
            sofia.visit("#to=%23workshop")
        expect(sofia.message("No hurry")).to_be_in_viewport()
        cast.type("jonas", "#workshop")
        expect(sofia.page.get_by_text("jonas is typing")).to_be_visible()
        sofia.picture(folder / f"{name}.png")
        context.close()
    _scenes(folder, server, browser, cast, state)
    cast.trouble()
    server.server.store.submit([SetRole(person_name("sofia"), "admin")]).result()
    for key, text in WARNINGS.items():
        server.server.warnings.set(key, text)
    for name, size in ADMINISTRATION.items():
        context = _context(browser, *size, state)
        _administer(Person(context, page_of(server), "sofia"), name, folder)
        context.close()


def _scenes(folder: Path, server: Running, browser: Browser, cast: Cast, state: object) -> None:
    with browser.new_context() as context:
        film = bytes(context.new_page().evaluate(FILM))
    root = cast.show(film)
    for name, show in SCENES.items():
        for look, size in LOOKS.items():
            context = _context(browser, *size, state)
            sofia = Person(context, page_of(server), "sofia")
            show(sofia, root)
            sofia.until("document.querySelectorAll('.presence.online').length === 2")
            sofia.picture(folder / f"page-{name}{look}.png")
            context.close()


def _thread(sofia: Person, root: str) -> None:
    sofia.visit("#to=%23garden")
    sofia.log.locator(f'[data-msgid="{root}"] .thread-line').click()
    panel = sofia.page.get_by_role("complementary", name="Thread", exact=True)
    expect(panel.get_by_role("article")).to_have_count(4)
    panel.get_by_role("textbox", name="Reply in the thread").fill("Then I sow them inside on Sunday, @tomek")


def _upload(sofia: Person, _root: str) -> None:
    sofia.visit("#to=%23workshop")
    expect(sofia.message("No hurry")).to_be_in_viewport()
    sofia.context.new_cdp_session(sofia.page).send("Network.emulateNetworkConditions", SLOW)
    large = {"name": "opening-speech.mov", "mimeType": "video/quicktime", "buffer": bytes(31_000_000)}
    picture = {"name": "french-captions.jpg", "mimeType": "image/jpeg", "buffer": photograph() + bytes(300_000)}
    sofia.page.locator("input[type=file]").set_input_files([picture, large])  # type: ignore[arg-type]
    tray = sofia.page.get_by_role("region", name="Files to send")
    expect(tray.get_by_role("alert")).to_be_visible()
    tray.get_by_label("Description of french-captions.jpg").fill("The captions as they hang now")
    sofia.field.fill("Read them all, two small corrections:")
    sofia.until("(document.querySelector('.tray progress')?.value ?? 0) > 0.4")


def _lightbox(sofia: Person, _root: str) -> None:
    sofia.visit("#to=%23library")
    sofia.button("Open the picture: The hall on Sunday evening").click()
    sofia.until("document.querySelector('.lightbox img')?.naturalWidth > 0")


def _media(sofia: Person, _root: str) -> None:
    sofia.visit("#to=%23library")
    expect(sofia.page.locator(".preview")).to_be_in_viewport()
    sofia.until("[...document.querySelectorAll('audio, video')].every((one) => one.readyState >= 1)")
    sofia.page.wait_for_timeout(FADED)


SCENES = {"thread": _thread, "upload": _upload, "lightbox": _lightbox, "media": _media}
"""More views of the page, each in light, dark and on a phone."""


def _administer(sofia: Person, name: str, folder: Path) -> None:
    """Take one picture of the administration."""
    view = name.split("-")[1]
    sofia.visit(f"#admin={'people' if view == 'suspend' else view}")
    page = sofia.page
    first = {"status": "the scheduled backup", "reports": "Cheap watches"}.get(view, "ana_lucia")
    expect(page.locator(".admin-section").get_by_text(first)).to_be_visible()
    if view == "suspend":
        sofia.button(re.compile("^eve")).click()
        sofia.button("Suspend…").click()
        page.get_by_label("Reason").fill("advertising in every room")
        page.get_by_label("For how long").select_option(label="30 days")
    sofia.picture(folder / f"{name}.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]))
