"""What a page says of itself: OpenGraph and what stands in for it, wrong charsets, and pages that mean harm."""

from __future__ import annotations

import random

import pytest

from chatstore.previews.page import DESCRIPTION, TITLE, Page, cleaned, decoded, read_page
from tests.growth import grows_with_the_size

URL = "https://example.org/a/page.html"
HTML = "text/html"


def read(text: str, content_type: str = "text/html; charset=utf-8") -> Page:
    return read_page(text.encode("utf-8", "surrogatepass"), content_type, URL)


def test_open_graph_comes_before_twitter_and_the_pages_own_words() -> None:
    page = read(
        """<!doctype html><html><head><title>The page&#39;s title</title>
        <meta name="description" content="Own words">
        <meta name="twitter:title" content="For Twitter">
        <meta property="og:title" content="The &quot;Rock&quot; &amp; more">
        <META CONTENT='Sean Connery
          found fame' PROPERTY='og:description'>
        <meta property=og:site_name content=IMDb>
        <meta property="og:image" content="../rock.jpg">
        </head><body>"""
    )
    assert page == Page('The "Rock" & more', "Sean Connery found fame", "IMDb", "https://example.org/rock.jpg")


def test_a_page_without_open_graph_has_its_title() -> None:
    assert read("<title>\n Plain &amp; simple </title><p>text") == Page("Plain & simple")
    assert read("<title>a</title><title>b</title>").title == "a"
    assert read("<p>nothing").says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <title>no</title> --><title>yes</title>",
        "<script>var a = '<title>no</title>'</script><title>yes</title>",
        "<svg><title>no</title></svg><title>yes</title>",
        "<noscript><title>no</title></noscript><title>yes</title>",
        "<meta name='og:title' content=''><title>yes</title>",
        "<meta name=og:title content=yes><title>no</title>",
        "<body><p>1 < 2 <b>x</b><title>yes</title>",
        "<meta property='og:title' content='yes' content='no'>",
        "<meta property='og:title' content='yes'/><meta property='og:title' content='no'/>",
    ],
)
def test_only_what_is_a_tag_counts(text: str) -> None:
    assert read(text).title == "yes"


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        ("<title>naïve</title>".encode("cp1252"), HTML, "naïve"),
        ("<title>naïve</title>".encode(), HTML, "naïve"),
        ("<title>naïve</title>".encode("latin-1"), "text/html; charset=ISO-8859-1", "naïve"),
        ('<meta charset="koi8-r"><title>Привет</title>'.encode("koi8-r"), HTML, "Привет"),
        ("<title>日本</title>".encode("shift_jis"), 'text/html; charset="Shift_JIS"', "日本"),
        ("\ufeff<title>naïve</title>".encode("utf-16-le"), HTML, "naïve"),
        ("\ufeff<title>naïve</title>".encode(), "text/html; charset=koi8-r", "naïve"),
        ("<title>naïve</title>".encode(), "text/html; charset=nonsense", "naïve"),
        ("<title>naïve</title>".encode(), "text/html; charset=rot13", "naïve"),
        ("<title>naïve</title>".encode(), "text/html; charset=idna", "naïve"),
        ("<title>naïve</title>".encode(), "text/html; charset=unicode_escape", "naïve"),
        ("<title>naïve</title>".encode(), "text/html; charset=utf-7", "naïve"),
        (b'<meta charset="utf-16"><title>plain</title>', HTML, "plain"),
        ("<title>naïve</title><p>é".encode()[:-1], HTML, "naïve"),
        (b"<title>a\xff\xfeb</title>", "text/html; charset=utf-8", "a\ufffd\ufffdb"),
    ],
)
def test_the_charset_of_a_page(body: bytes, content_type: str, title: str) -> None:
    assert read_page(body, content_type, URL).title == title


def test_nothing_that_steers_or_reorders_is_left() -> None:
    page = read("<title>a\x1b[31m\u202eb\x00\r\nc\x02d</title>")
    assert page.title == "a\\x1b[31m\\u202eb\\x00 cd"
    assert page.title.isprintable()


def test_texts_are_cut() -> None:
    assert len(read(f"<title>{'word ' * 900}</title>").title) <= TITLE
    assert len(read(f"<meta name=description content='{'w' * 3000}'>").description) == DESCRIPTION
    assert cleaned("x" * 10**6, 5) == "xxxx…"


@pytest.mark.parametrize(
    "image",
    ["javascript:alert(1)", "data:image/png;base64,AA", "http://127.0.0.1/a.png", "https://u:p@example.org/a.png",
     "//[::1]/a.png", "http://[", "file:///etc/passwd", " "],
)  # fmt: skip
def test_a_picture_that_may_not_be_fetched_is_none(image: str) -> None:
    assert read(f'<title>t</title><meta property="og:image" content="{image}">').image == ""


def test_a_page_that_asks_not_to_be_quoted_is_not() -> None:
    assert read("<title>t</title><meta name=robots content='noindex, nosnippet'>").says_nothing
    assert not read("<title>t</title><meta name=robots content='noindex'>").says_nothing


BOMBS = ["<", "<meta ", "<!--", "<title>", "<meta a='", "<script>", "<a b=\"'", "</", "&#x", "<![CDATA[", "<?",
         "<!", "<meta name=a content=b>", "<svg", "=\"'>", "İ<title>"]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_the_time_grows_with_the_page_whatever_is_in_it(bomb: str) -> None:
    page = (bomb * (512 * 1024 // len(bomb.encode()) + 1)).encode()
    assert grows_with_the_size(lambda size: read_page(page[:size], HTML, URL), 64 * 1024)


def test_whatever_comes_is_a_page() -> None:
    picked = random.Random(34)
    pieces = [*BOMBS, "<title>", "</title>", "og:title", "content=", "'", '"', ">", "\x00", "\udcff", "ü", " "]
    for _ in range(2000):
        text = "".join(picked.choice(pieces) for _ in range(picked.randrange(30)))
        page = read(text, picked.choice(["", "text/html", "text/html; charset=gbk", "charset=" * 40]))
        assert len(page.title) <= TITLE
        assert page.title.isprintable()
    assert decoded(b"", "") == ""
