"""Pictures of the page, from the running program: `python -m tools.page_screenshots docs/pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.running import Running, start
from tests.web.browsing import ARGUMENTS, CHROMIUM, Person
from tests.web.example_chat import ROOMS, Cast

SIZES = {"web-light": (1280, 800, "light"), "web-dark": (1280, 800, "dark"), "web-phone": (375, 667, "light")}
"""By file name: width and height in px, and the colours."""


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


def _take(folder: Path, server: Running, browser: Browser) -> None:
    cast = Cast(server)
    state: object = None
    for name, (width, height, colours) in SIZES.items():
        phone = width < 720
        context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            color_scheme=colours,  # type: ignore[arg-type]
            locale="en-GB",
            service_workers="block",
            storage_state=state,  # type: ignore[arg-type]
        )
        sofia = Person(context, f"http://127.0.0.1:{server.port('web')}/", "sofia")
        if state is None:
            sofia.register()
            for room in ROOMS:
                sofia.join(room)
            sofia.open("#workshop")
            cast.talk()
            state = context.storage_state()
        else:
            sofia.visit("#to=%23workshop")
        expect(sofia.message("No hurry")).to_be_in_viewport()
        cast.type("jonas", "#workshop")
        expect(sofia.page.get_by_text("jonas is typing")).to_be_visible()
        sofia.picture(folder / f"{name}.png")
        context.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
