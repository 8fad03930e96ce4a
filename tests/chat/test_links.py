"""Links in what people say."""

from __future__ import annotations

import pytest

from chatstore.chat.model.links import first_link, links
from tests.growth import grows_with_the_size

SAID = [
    ("see https://example.org/a", ["https://example.org/a"]),
    ("https://a.example, http://b.example.", ["https://a.example", "http://b.example"]),
    ("(https://example.org/x_(y))", ["https://example.org/x_(y)"]),
    ("[https://example.org/x]", ["https://example.org/x"]),
    ("<https://example.org/x>", ["https://example.org/x"]),
    ('"https://example.org/x"', ["https://example.org/x"]),
    ("*https://example.org/x*", ["https://example.org/x"]),
    ("HTTPS://EXAMPLE.ORG/?a=b#c", ["HTTPS://EXAMPLE.ORG/?a=b#c"]),
    ("https://例え.jp/パス?!", ["https://例え.jp/パス"]),
    ("xhttps://a.example", []),
    ("https://", []),
    ("https://)))", []),
    ("ftp://example.org", []),
    ("nothing", []),
]


@pytest.mark.parametrize(("text", "found"), SAID)
def test_where_links_begin_and_end(text: str, found: list[str]) -> None:
    assert [url for _, url in links(text)] == found
    assert all(text[start:].startswith(url) for start, url in links(text))
    assert first_link(text) == (found[0] if found else "")


@pytest.mark.parametrize(("first", "again"), [("https://a/", ")"), ("", "https://"), ("", "http://a ")])
def test_the_time_grows_with_the_length_whatever_is_written(first: str, again: str) -> None:
    assert grows_with_the_size(lambda times: list(links(first + again * times)), 3000)
