"""Files in the page: sent, seen, saved and removed; and what the page never fetches."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.media.made import png
from tests.running import Running
from tests.web.browsing import Person


def zipped(content: bytes) -> bytes:
    """An archive with one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("plan.txt", content)
    return made.getvalue()


CAT = {"name": "cat.png", "mimeType": "image/png", "buffer": png(size=(800, 400))}
PLAN = {"name": "the plan.zip", "mimeType": "application/zip", "buffer": zipped(b"words")}
DROPPED = """(kind) => {
  const data = new DataTransfer();
  data.items.add(new File(['words'], `${kind}.txt`, { type: 'text/plain' }));
  const more = kind === 'paste' ? { clipboardData: data } : { dataTransfer: data };
  const Kind = kind === 'paste' ? ClipboardEvent : DragEvent;
  const event = new Kind(kind, { ...more, bubbles: true, cancelable: true });
  return document.querySelector('.log').dispatchEvent(event);
}"""
REFUSED = "Failed to load resource: the server responded with a status of "
"""What Chromium writes to the console about each answer of this kind, whatever the page does with it."""


def attach(person: Person, *files: dict[str, Any]) -> None:
    person.page.locator("input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]


def forgive(person: Person) -> None:
    """Answers that the page expected."""
    person.troubles[:] = [trouble for trouble in person.troubles if REFUSED not in trouble]


def test_files_are_sent_seen_saved_and_removed(person: Callable[..., Person], tmp_path: Path) -> None:
    alice = person("alice").register().join("#tea")
    bob = person("bob").register().join("#tea")
    page = alice.page
    attach(alice, CAT, PLAN)
    tray = page.get_by_role("region", name="Files to send")
    tray.get_by_label("Description of cat.png").fill("A cat on a mat")
    expect(tray.get_by_text("ZIP archive · 119 B")).to_be_visible()
    alice.field.fill("Look!")
    alice.field.press("Enter")
    expect(tray).to_have_count(0)
    row = bob.message("Look!")
    expect(row.locator(".body")).to_have_text("Look!\nA cat on a mat")
    picture = row.get_by_role("img", name="A cat on a mat")
    expect(picture).to_have_attribute("width", "380")
    expect(picture).to_have_attribute("height", "190")
    bob.until("document.querySelector('.picture img').naturalWidth > 0")
    expect(row.get_by_text("ZIP archive · 119 B")).to_be_visible()
    with bob.page.expect_download() as saved:
        row.get_by_role("button", name="Download the plan.zip").click()
    assert saved.value.suggested_filename == "the plan.zip"
    saved.value.save_as(tmp_path / "plan.zip")
    assert (tmp_path / "plan.zip").read_bytes() == PLAN["buffer"]
    expect(row.get_by_role("button", name=re.compile("^Remove the file"))).to_have_count(0)
    alice.message("Look!").hover()
    alice.message("Look!").get_by_role("button", name="Remove the file the plan.zip").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(alice.message("Look!").get_by_text("You removed the file the plan.zip.")).to_be_visible()
    bob.page.reload()
    expect(bob.message("Look!").get_by_text("The file was removed, or you may not see it.")).to_be_visible()
    alice.button(re.compile("^alice")).first.click()
    alice.button("Show your files").click()
    dialog = page.get_by_role("dialog", name="Your files")
    expect(dialog.get_by_text(re.compile("of 1.0 GiB used"))).to_be_visible()
    dialog.get_by_role("button", name="Remove cat.png").click()
    dialog.get_by_role("button", name="Remove for everyone").click()
    expect(dialog.get_by_text("You have sent no files.")).to_be_visible()
    forgive(bob)


def test_pictures_large(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    page, keys = alice.page, alice.page.keyboard
    for name in ("one.png", "two.png"):
        attach(alice, {**CAT, "name": name})
        alice.button("Send").click()
        expect(alice.log.get_by_role("img", name=name)).to_be_visible()
    alice.button("Open the picture: two.png").click()
    box = page.get_by_role("dialog", name="Picture: two.png")
    expect(box.get_by_role("img")).to_be_visible()
    keys.press("ArrowLeft")
    box = page.get_by_role("dialog", name="Picture: one.png")
    expect(box.get_by_text("1 of 2")).to_be_visible()
    before = (box.get_by_role("img").bounding_box() or {})["width"]
    keys.press("+")
    keys.press("+")
    alice.until(f"document.querySelector('.lightbox img').getBoundingClientRect().width > {before} * 1.4")
    box.get_by_role("button", name="Smaller").click()
    keys.press("0")
    for _ in range(12):  # the focus stays in the dialog
        keys.press("Tab")
        assert alice.evaluate("document.activeElement.matches('body, .lightbox, .lightbox *')")
    with page.expect_download() as saved:
        box.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename == "one.png"
    keys.press("Escape")
    expect(box).to_have_count(0)
    expect(alice.button("Open the picture: two.png")).to_be_focused()


def test_a_dropped_and_a_pasted_file_wait_until_one_sends_them(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea").join("#coffee")
    for kind in ("drop", "paste"):
        assert alice.page.evaluate(DROPPED, kind) is False
    tray = alice.page.get_by_role("region", name="Files to send")
    expect(tray.get_by_role("listitem")).to_have_count(2)
    alice.open("#tea")
    expect(tray).to_have_count(0)
    alice.open("#coffee")
    tray.get_by_role("button", name="Take out drop.txt").click()
    alice.button("Send").click()
    expect(alice.log.get_by_text("Text · 5 B")).to_be_visible()
    expect(alice.log.get_by_role("button", name="Download paste.txt")).to_be_visible()


@pytest.fixture
def narrow(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"}, files={"file_bytes": 2000, "account_bytes": 3000})


def test_what_is_refused_says_what_to_do_and_holds_up_nothing_else(
    narrow: Running, person: Callable[..., Person]
) -> None:
    alice = person("alice", f"http://127.0.0.1:{narrow.port('web')}/").register().join("#tea")
    sent: list[str] = []
    alice.page.on("request", lambda request: sent.append(request.headers.get("content-disposition", "")))
    tray = alice.page.get_by_role("region", name="Files to send")
    attach(alice, {**PLAN, "name": "large.bin", "buffer": bytes(5000)}, PLAN)
    alice.say("One is here")
    expect(alice.message("One is here").get_by_text("the plan.zip")).to_be_visible()
    expect(tray.get_by_role("alert")).to_have_text(
        "The message was sent without it. The file has 4.9 KiB; the server takes at most 2.0 KiB in a file."
    )
    assert [name for name in sent if "large.bin" in name] == []
    expect(alice.button("Send")).to_be_disabled()
    tray.get_by_role("button", name="Take out large.bin").click()
    expect(tray).to_have_count(0)
    attach(alice, {**PLAN, "buffer": bytes(1990)})
    expect(tray.get_by_text("ZIP archive · 1.9 KiB")).to_be_visible()
    attach(alice, {**PLAN, "name": "more.zip", "buffer": bytes(1990)})
    expect(tray.get_by_role("alert")).to_contain_text("The file has 1.9 KiB; you have 891 B left for files.")
    tray.get_by_role("button", name="See your files").click()
    dialog = alice.page.get_by_role("dialog", name="Your files")
    expect(dialog.get_by_text("of 2.9 KiB used")).to_be_visible()
    for _ in range(2):
        dialog.get_by_role("button", name="Remove the plan.zip").first.click()
        dialog.get_by_role("button", name="Remove for everyone").click()
        expect(dialog.get_by_role("status").filter(has_text="Removed the plan.zip.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    tray.get_by_role("button", name="Try more.zip again").click()
    expect(tray.get_by_role("alert")).to_have_count(0)


def test_files_for_members_only(run_server: Callable[..., Running], person: Callable[..., Person]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"}, files={"access": "members"})
    url = f"http://127.0.0.1:{server.port('web')}/"
    alice = person("alice", url).register().join("#tea")
    bob = person("bob", url).register().join("#tea")
    attach(alice, CAT, PLAN)
    alice.button("Send").click()
    expect(bob.log.get_by_role("img")).to_have_attribute("src", re.compile("^blob:"))
    bob.until("document.querySelector('.picture img').naturalWidth > 0")
    with bob.page.expect_download() as saved:
        bob.button("Download the plan.zip").click()
    assert saved.value.suggested_filename == "the plan.zip"
    for one in (alice, bob):
        forgive(one)


def test_nothing_is_fetched_from_elsewhere(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    asked: list[str] = []
    alice = person("alice").register().join("#tea")

    def note(request: Request) -> None:
        asked.append(request.url)

    alice.page.on("request", note)
    token = "A" * 22
    for text in ("https://example.org/cat.png", f"https://evil.example/files/{token}/cat.png#w=8&h=8"):
        bob.ask(f"PRIVMSG #tea :{text}")
        alice.reads(text)
    expect(alice.log.get_by_role("img")).to_have_count(0)
    assert [url for url in asked if not url.startswith(alice.url)] == []
