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
from tests.web.example_chat import ROOMS, Cast

SIZES = {"web-light": (1280, 800, "light"), "web-dark": (1280, 800, "dark"), "web-phone": (375, 667, "light")}
"""By file name: width and height in px, and the colours."""
ADMINISTRATION = {
    f"admin-{view}{name}": size
    for view in ("people", "status", "reports", "suspend")
    for name, size in (("", (1280, 800, "light")), ("-dark", (1280, 800, "dark")), ("-phone", (375, 667, "light")))
}
"""The same, of the administration."""
WARNINGS = {
    "example-certificate": "the certificate /etc/chatstore/chat.pem expires at 2026-12-05 09:00 UTC, within 6 days",
    "example-backup": "the scheduled backup has failed: /srv/backups has too little space",
}


def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        server = start(Path(scratch) / "chat.db", listen={"web": "127.0.0.1:0"})
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
            cast.talk(files=True)
            state = context.storage_state()
        else:
            sofia.visit("#to=%23workshop")
        expect(sofia.message("No hurry")).to_be_in_viewport()
        cast.type("jonas", "#workshop")
        expect(sofia.page.get_by_text("jonas is typing")).to_be_visible()
        sofia.picture(folder / f"{name}.png")
        context.close()
    cast.trouble()
    server.server.store.submit([SetRole(person_name("sofia"), "admin")]).result()
    for key, text in WARNINGS.items():
        server.server.warnings.set(key, text)
    for name, size in ADMINISTRATION.items():
        context = _context(browser, *size, state)
        _administer(Person(context, page_of(server), "sofia"), name, folder)
        context.close()


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
