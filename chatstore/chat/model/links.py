"""Links in what people say: where a URL begins, and where it ends.

People write URLs into sentences, so punctuation behind one is the sentence's, and so is a closing bracket that the
URL has not opened. Codes of formatting are no part of this: take them out before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_URL = re.compile(r"\bhttps?://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_TRAILING = ".,;:!?*_~"
_BRACKETS = (("(", ")"), ("[", "]"))


def links(text: str) -> Iterator[tuple[int, str]]:
    """The URLs of a text, in order, each with its place."""
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        if not url.endswith("://"):
            yield match.start(), url


def first_link(text: str) -> str:
    """The first URL of a text; empty if it has none."""
    if "://" not in text:
        return ""
    return next((url for _, url in links(text)), "")


def _trimmed(url: str) -> str:
    """The URL without punctuation that ends the sentence, and without brackets that the sentence opened."""
    unopened = {closing: url.count(closing) - url.count(opening) for opening, closing in _BRACKETS}
    end = len(url)
    while end:
        last = url[end - 1]
        if last in unopened and unopened[last] > 0:
            unopened[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]
