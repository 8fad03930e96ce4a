"""What a page says of itself: title, description, site and picture, by OpenGraph, Twitter's cards and HTML.

The page may be hostile. So nothing here takes the page as a tree: one pass over the text finds the few tags that
matter, each at most MAX_TAG characters long, and only these are given to Python's HTML parser. Every search goes on
where the one before it ended, so the time is in proportion to the size.

Specs: The Open Graph protocol (ogp.me); HTML, "Determining the character encoding"; WHATWG Encoding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Container
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

from chatstore.chat.model.text import printable, without_formatting
from chatstore.urls import NONE, UrlError, read_url

MAX_TAG = 4096
"""Characters of a tag. A longer one is passed over."""
MAX_TAGS = 200
"""Tags that are read; later ones are not looked at."""
MAX_OPENED = 20_000
"""Places where a tag might begin that are looked at."""
TITLE, DESCRIPTION, SITE = 200, 400, 60
"""Characters that are kept."""
HTML = ("text/html", "application/xhtml+xml")

_PRESCAN = 1024
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_GIVEN = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODINGS = frozenset(
    "utf-8 utf-16-le utf-16-be cp866 koi8-r koi8-u mac-roman shift_jis euc_jp iso2022_jp gbk gb18030 big5 euc_kr "
    "cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 "
    "iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16".split()
)
"""Those of the WHATWG's list that Python has, and no other: some of Python's codecs are slow, or no charsets."""
_CALLED = {"ascii": "cp1252", "iso8859-1": "cp1252", "utf-16": "utf-16-le", "gb2312": "gbk", "iso8859-9": "cp1254"}
_SKIPPED = ("script", "style", "noscript", "template", "svg", "textarea", "iframe")
"""Elements whose content is passed over: what stands there is no tag of the page."""
_TAG = re.compile(r"(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_NAME = re.compile(r"/?[A-Za-z!][A-Za-z0-9:-]{0,30}")
_SPACE = re.compile(r"\s+")


class Page(NamedTuple):
    """What a page says of itself; empty texts for what it does not say. `image`: an absolute URL."""

    title: str = ""
    description: str = ""
    site: str = ""
    image: str = ""

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.title or self.description)


def read_page(body: bytes, content_type: str, url: str, allowed: Container[str] = NONE) -> Page:
    """Read a page, or its beginning. `content_type`: the header. `url`: where it was found in the end.
    `allowed`: see read_url()."""
    found = _Reader(decoded(body, content_type)).read()
    if _forbids(found.get("robots", "")):
        return Page()
    image = found.get("og:image:secure_url") or found.get("og:image") or found.get("twitter:image") or ""
    return Page(
        cleaned(found.get("og:title") or found.get("twitter:title") or found.get("title") or "", TITLE),
        cleaned(
            found.get("og:description") or found.get("twitter:description") or found.get("description") or "",
            DESCRIPTION,
        ),
        cleaned(found.get("og:site_name", ""), SITE),
        _absolute(image.strip(), url, allowed),
    )


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page: by its byte order mark, the header, its own words, or what fits."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    given, own = _GIVEN.search(content_type[:200]), _CHARSET.search(body[:_PRESCAN])
    for label in (given[1] if given else "", own[1].decode("ascii") if own else ""):
        known = _encoding(label)
        if known and not (known.startswith("utf-16") and label != (given[1] if given else "")):
            return body.decode(known, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the end has cut is no reason to take another encoding.
        return body.decode("utf-8", "ignore") if error.start > len(body) - 4 else body.decode("cp1252", "replace")


def _encoding(label: str) -> str:
    """Python's name for an encoding; empty if it is none that a page may have."""
    try:
        name = codecs.lookup(label.strip().lower()).name if label and label.isascii() else ""
    except LookupError:
        return ""
    name = _CALLED.get(name, name)
    return name if name in _ENCODINGS else ""


def cleaned(text: str, most: int) -> str:
    """A text in one line that shows what it is: no formatting, nothing that steers or reorders, not too long."""
    said = _SPACE.sub(" ", text[: most * 20]).strip()
    said = printable(without_formatting(said)).strip()
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"


def _forbids(robots: str) -> bool:
    """Whether the page asks that nothing of it is shown elsewhere."""
    words = {word.strip() for word in robots.lower().split(",")}
    return not words.isdisjoint({"nosnippet", "none", "max-snippet:0"})


def _absolute(image: str, url: str, allowed: Container[str]) -> str:
    try:
        return str(read_url(urljoin(url, image), allowed)) if image else ""
    except (UrlError, ValueError):
        return ""


class _Reader:
    """Finds the tags that matter, in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lower = text.lower() if len(text.lower()) == len(text) else _ascii_lower(text)
        self._found: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """The first value of each name: properties and names of `meta`, and `title`."""
        at = tags = 0
        for _ in range(MAX_OPENED):
            at = self._text.find("<", at)
            if at < 0 or tags >= MAX_TAGS:
                break
            at += 1
            name = _NAME.match(self._lower, at)
            if self._lower.startswith("!--", at):
                at = self._after("-->", at)
            elif name is None:
                continue
            elif name[0] in _SKIPPED:
                at = self._after(f"</{name[0]}", at)
            elif name[0] == "title":
                tags += 1
                at = self._title(at)
            elif name[0] == "meta":
                tags += 1
                at = self._meta(at)
            if at < 0:
                break
        return self._found

    def _after(self, what: str, at: int) -> int:
        end = self._lower.find(what, at)
        return end + len(what) if end >= 0 else -1

    def _title(self, at: int) -> int:
        begins, ends = self._lower.find(">", at, at + MAX_TAG), self._lower.find("</title", at)
        if 0 <= begins < ends:
            self._note("title", unescape(self._text[begins + 1 : min(ends, begins + MAX_TAG)]))
        return ends

    def _meta(self, at: int) -> int:
        ends = _TAG.match(self._text, at, min(len(self._text), at + MAX_TAG))
        if ends is None:
            return at
        tag = _Tag()
        tag.feed(self._text[at - 1 : ends.end()])
        for key in ("property", "name", "itemprop"):
            if said := tag.values.get(key):
                self._note(said.strip().lower(), tag.values.get("content") or "")
        return ends.end()

    def _note(self, name: str, value: str) -> None:
        if value.strip():
            self._found.setdefault(name[:60], value[:MAX_TAG])


def _ascii_lower(text: str) -> str:
    """The text with ASCII letters in lower case, each character in its place."""
    return text.translate({code: code + 32 for code in range(ord("A"), ord("Z") + 1)})


class _Tag(HTMLParser):
    """The attributes of one tag."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.values.setdefault(name, value)
