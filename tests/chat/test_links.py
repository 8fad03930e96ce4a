"""Links in what people say."""

from __future__ import annotations

import time

import pytest

from chatstore.chat.model.links import first_link, links

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


@pytest.mark.parametrize("text", ["https://a/" + ")" * 100_000, "https://" * 20_000, "http://a " * 20_000])
def test_a_long_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    list(links(text))
    assert time.process_time() - began < 0.5
