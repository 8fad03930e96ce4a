"""Fixtures: one browser for all tests of the page, with a fresh profile for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.running import Running

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.web.browsing import ARGUMENTS, CHROMIUM, Person, page_of  # noqa: E402


@pytest.fixture(scope="package")
def browser() -> Iterator[playwright.Browser]:
    """Closed after the last test of this folder: meanwhile no other test of the process can have an event loop."""
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
    """Make a person with their own browser profile at a server's page. Pages may not log errors or throw.

    A service worker fetches every file again, so it is blocked unless a test asks for it.
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
