"""Looks and accessibility: on a phone, by keyboard, and as axe-core judges it, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person
from tests.web.example_chat import ROOMS, Cast
from tests.web.test_files import attach

FITS = """() => {
  const boxes = [document.documentElement, document.querySelector('.log')];
  return boxes.every((box) => box.scrollWidth <= innerWidth);
}"""
SMALL = """() => {
  const inText = '.visually-hidden, .skip, .name, .quote, .text a, .topic a, .reaction, .link';
  const all = [...document.querySelectorAll('button, input, select, textarea, a')];
  return all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(inText))
    .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 40)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`);
}"""
"""Controls too small for a finger, except links in texts."""

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


@pytest.fixture
def sofia(web: Running, person: Callable[..., Person]) -> Callable[..., Person]:
    """A person at a page with an example conversation."""
    cast = Cast(web)

    def make(*, files: bool = False, **options: object) -> Person:
        web.register("sofia").ask(*(f"JOIN {room}" for room in ROOMS))
        one = person("sofia", **options).sign_in("#to=%23workshop")
        expect(one.page.get_by_role("heading", level=1)).to_have_text("#workshop")
        expect(one.page.get_by_text("sofia joined")).to_be_visible()
        cast.talk(files=files)
        return one.reads("No hurry")

    return make


def judged(one: Person, rules: Sequence[str] = ()) -> list[str]:
    """Serious and critical findings of axe-core: rule and place; by some of its rules or all."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = axe.Axe().run(one.page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("colours", "rules"), [("light", []), ("dark", ["color-contrast"])])
@pytest.mark.timeout(180)
def test_nothing_serious_is_found_in_any_view(
    sofia: Callable[..., Person], person: Callable[..., Person], colours: str, rules: list[str]
) -> None:
    """In the dark theme only the contrast is judged: the document is the same, and other rules are slow."""
    stranger = person("stranger", color_scheme=colours).visit()
    expect(stranger.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert judged(stranger, rules) == []
    one = sofia(color_scheme=colours, files=True)
    page = one.page
    assert judged(one, rules) == []
    one.message("No hurry").hover()
    page.keyboard.press("Control+Shift+F")
    page.get_by_role("searchbox", name="Words").fill("captions")
    page.get_by_role("searchbox", name="Words").press("Enter")
    expect(page.locator(".results li").first).to_be_visible()
    assert judged(one, rules) == []
    attach(one, {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(page.get_by_text("Text · 5 B")).to_be_visible()
    assert judged(one, rules) == []

    def show_files() -> None:
        one.button(re.compile("^sofia")).first.click()
        one.button("Show your files").click()

    views: list[tuple[str, Callable[[], None]]] = [
        ("Account and settings", lambda: one.button(re.compile("^sofia")).first.click()),
        ("#workshop", lambda: one.button("Room settings").click()),
        ("Notifications of #workshop", lambda: one.button("Notifications").click()),
        ("Pinned messages of #workshop", lambda: one.button("Pinned messages").click()),
        (
            "Picture: The west wall with the rail, seen from the door",
            lambda: one.button(re.compile("^Open the picture")).click(),
        ),
        ("Your files", show_files),
        ("Join or create a room", lambda: one.button("Join or create a room").click()),
        ("New direct message", lambda: one.button("New direct message").click()),
        ("Go to", lambda: page.keyboard.press("Control+K")),
        ("Keys and commands", lambda: page.keyboard.press("F1")),
        ("React to mira", lambda: one.tool("No hurry", "Add reaction") and None),
        ("mira", lambda: one.message("could you look").get_by_role("button", name="mira", exact=True).click()),
    ]
    for title, show in views:
        show()
        dialog = page.get_by_role("dialog", name=title, exact=True)
        expect(dialog).to_be_visible()
        assert judged(one, rules) == [], title
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_on_a_phone(sofia: Callable[..., Person], tmp_path: Path) -> None:
    one = sofia(viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = one.page
    assert one.evaluate(FITS)
    assert one.evaluate(SMALL) == []
    one.message("No hurry").tap()
    expect(one.message("No hurry").get_by_role("toolbar")).to_be_visible()
    assert one.evaluate(FITS)
    one.button(re.compile("^Conversations")).tap()
    expect(page.get_by_role("navigation")).to_be_in_viewport()
    assert one.evaluate(SMALL) == []
    one.picture(tmp_path / "drawer.png")
    one.item("garden").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("#garden")
    expect(page.get_by_role("navigation")).to_be_hidden()
    one.field.fill("with the button")
    one.field.press("Enter")  # which begins a line, where there is no Shift
    one.button("Send").tap()
    one.reads("with the button")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("#workshop")
    assert one.evaluate(FITS)
    assert Path(tmp_path / "drawer.png").stat().st_size > 10_000


def test_everything_is_done_by_the_keyboard(sofia: Callable[..., Person]) -> None:
    one = sofia()
    page, keys = one.page, one.page.keyboard
    heading = page.get_by_role("heading", level=1)
    keys.press("Control+K")
    keys.type("gard")
    keys.press("Enter")
    expect(heading).to_have_text("#garden")
    expect(one.field).to_be_focused()
    keys.press("Alt+ArrowDown")
    expect(heading).to_have_text("#kitchen")
    keys.press("Alt+ArrowUp")
    keys.press("Alt+a")
    expect(heading).to_have_text("ana_lucia")
    keys.press("Control+K")
    keys.type("workshop")
    keys.press("Enter")
    expect(heading).to_have_text("#workshop")
    keys.type("to")
    keys.press("Tab")
    expect(one.field).to_have_value("tomek: ")
    keys.type("see\n")
    one.reads("tomek: see")
    keys.press("ArrowUp")
    expect(one.field).to_have_value("tomek: see")
    one.field.fill("")
    keys.type("/nonsense x\n")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    one.field.fill("//slash")
    keys.press("Enter")
    one.reads("/slash")
    expect(one.message("/slash")).not_to_have_class(re.compile("pending"))
    one.log.focus()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(one.message("tomek: see")).to_be_focused()
    keys.press("r")
    expect(one.field).to_be_focused()
    expect(page.get_by_text("Replying to sofia")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_text("Replying to sofia")).to_be_hidden()
    keys.press("F1")
    expect(page.get_by_role("dialog", name="Keys and commands")).to_be_visible()
    keys.press("Escape")
    expect(one.field).to_be_focused()


def test_light_and_dark_can_be_chosen(person: Callable[..., Person]) -> None:
    alice = person("alice", color_scheme="light").register()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = alice.evaluate(ground)
    alice.button(re.compile("^alice")).first.click()
    alice.page.get_by_label("Dark").check()
    dark = alice.evaluate(ground)
    assert dark != light
    alice.page.reload()
    assert alice.evaluate(ground) == dark
