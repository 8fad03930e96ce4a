"""Fixtures: one browser for all tests of the page, with a fresh profile for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.running import Running

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.web.browsing import ARGUMENTS, CHROMIUM, Person, page_of  # noqa: E402


@pytest.fixture(scope="package")
def browser() -> Iterator[playwright.Browser]:
    """Closed with the last test of this folder: while it runs, no other test of the process has an event loop."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def web(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"})


@pytest.fixture
def person(browser: playwright.Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """Makes somebody with a browser of their own, at a server's page. No page may log an error, or throw.

    A service worker fetches every file once more, so only who asks for one gets one.
    """
    people: list[Person] = []

    def make(name: str = "alice", url: str = "", **options: object) -> Person:
        context = browser.new_context(
            **{
                "locale": "en-GB",
                "timezone_id": "UTC",
                "viewport": {"width": 1280, "height": 800},
                "service_workers": "block",
                **options,
            }
        )
        people.append(Person(context, url or page_of(request.getfixturevalue("web")), name))
        return people[-1]

    yield make
    for one in people:
        one.context.close()
    assert [trouble for one in people for trouble in one.troubles] == []
