"""A person at the page in a browser. Everything is found as people find it: by name, label and text."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.running import PASSWORD, Running

MS = 30_000.0
"""How long tests wait for anything before they fail."""
WHOLE_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
CHROMIUM = shutil.which("chromium-headless-shell") or WHOLE_CHROMIUM
"""The browser without the program around it, if that is installed: with the same engine it takes two thirds of the
time. It shows no notifications."""
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]

expect.set_options(timeout=MS)


def page_of(server: Running) -> str:
    return f"http://127.0.0.1:{server.port('web')}/"


class Person:
    """`troubles`: errors that the page logged or threw, and what its policy blocked, except lost connections."""

    def __init__(self, context: BrowserContext, url: str, name: str = "alice") -> None:
        self.context = context
        self.url = url
        self.name = name
        self.troubles: list[str] = []
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(MS)
        page.on("pageerror", lambda error: self.troubles.append(f"thrown: {error}"))
        page.on("console", lambda message: self._logged(message.type, message.text))
        return page

    def _logged(self, kind: str, text: str) -> None:
        meant = ("WebSocket connection to", "net::ERR_", "Service Worker registration blocked by Playwright")
        if kind in ("error", "warning") and not any(words in text for words in meant):
            self.troubles.append(f"{kind}: {text}")

    # Coming and going.

    def visit(self, address: str = "") -> Person:
        """Open a whole address, or a path or fragment of the page's."""
        self.page.goto(address if address.startswith("http") else self.url + address)
        return self

    def register(self) -> Person:
        self.visit()
        self.button("Create an account").click()
        self._fill_in(again=True)
        self.button("Create account").click()
        self._is_inside()
        return self

    def sign_in(self, fragment: str = "") -> Person:
        self.visit(fragment)
        self._fill_in()
        self.button("Sign in").click()
        self._is_inside()
        return self

    def take_invitation(self) -> Person:
        """Register on the page that an invitation's link opens."""
        expect(self.page.get_by_role("heading", name="You are invited")).to_be_visible()
        name = self.page.get_by_label("Name", exact=True)
        if name.is_editable():
            name.fill(self.name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("Confirm password").fill(PASSWORD)
        self.button("Create account").click()
        self._is_inside()
        return self

    def invite(self, name: str = "") -> str:
        """Create an invitation link. Returns it."""
        self.button(re.compile(f"^{self.name}")).first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("heading", name="Invite people").click()
        dialog.get_by_label("Name (optional)").fill(name)
        dialog.get_by_role("button", name="Create link").click()
        link = dialog.get_by_label("Invitation link (works once)").input_value()
        dialog.get_by_role("button", name="Close").click()
        return link

    def _fill_in(self, again: bool = False) -> None:
        self.page.get_by_label("Name", exact=True).fill(self.name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        if again:
            self.page.get_by_label("Confirm password").fill(PASSWORD)

    def _is_inside(self) -> None:
        expect(self.page.get_by_role("main").get_by_role("heading", level=1)).not_to_have_text("Sign in")
        expect(self.page.locator(".chat")).to_be_visible()

    def join(self, room: str) -> Person:
        self.button("Join or create a room").first.click()
        self.page.get_by_label("Room name").fill(room)
        self.button("Join").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(room)
        expect(self.field).to_be_visible()
        return self

    # What is seen.

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message to "))

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def message(self, text: str) -> Locator:
        """The row of the message with this text in it."""
        return self.log.get_by_role("article").filter(has_text=text)

    def msgid(self, text: str) -> str:
        """The msgid of the message with this text in it. Waits until the server stored it: the page draws what one
        sends before."""
        row = self.message(text)
        expect(row).to_have_attribute("data-msgid", re.compile("."))
        return str(row.get_attribute("data-msgid"))

    def texts(self) -> list[str]:
        """The drawn messages of the open conversation."""
        return self.log.locator(".body").all_inner_texts()

    def item(self, name: str) -> Locator:
        """A conversation in the list."""
        return self.page.get_by_role("navigation").get_by_role(
            "button", name=re.compile(rf"^{re.escape(name.lstrip('#'))}\b")
        )

    def top_row(self) -> str:
        """The text of the first message that is wholly visible."""
        return str(
            self.evaluate(
                """() => {
                  const edge = document.querySelector('.log').getBoundingClientRect().top;
                  const rows = [...document.querySelectorAll('.row.said')];
                  const first = rows.find((row) => row.getBoundingClientRect().top >= edge);
                  return first.querySelector('.body').innerText;
                }"""
            )
        )

    def kept(self) -> Any:
        """The contents of the page's databases."""
        return self.evaluate(
            """async () => {
              const done = (request) => new Promise((resolve, reject) => {
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
              });
              const found = [];
              for (const { name } of await indexedDB.databases()) {
                const database = await done(indexedDB.open(name));
                for (const store of database.objectStoreNames) {
                  found.push(...await done(database.transaction(store).objectStore(store).getAll()));
                }
                database.close();
              }
              return JSON.stringify(found);
            }"""
        )

    def is_kept(self, text: str) -> Person:
        """Wait until the page's databases contain this: they are written a moment later."""
        while text not in self.kept():
            self.page.wait_for_timeout(50)
        return self

    def until(self, condition: str) -> None:
        """Wait until an expression is true. wait_for_function() would need eval, which the page's policy blocks."""
        self.evaluate(f"async () => {{ while (!({condition})) await new Promise((go) => setTimeout(go, 10)); }}")

    # What is done.

    def open(self, name: str) -> Person:
        self.item(name).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)
        return self

    def say(self, text: str) -> Person:
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.field).to_have_value("")
        return self

    def reads(self, text: str) -> Person:
        expect(self.message(text)).to_have_count(1)
        return self

    def tool(self, text: str, name: str) -> Person:
        """Press a button of a message's toolbar, which goes when a message that comes in moves the row away."""
        row = self.message(text)
        button = row.get_by_role("toolbar").get_by_role("button", name=name, exact=True)
        while True:
            row.hover()
            try:
                button.click(timeout=2000)
            except PlaywrightTimeoutError:
                continue
            return self

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path)

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)
