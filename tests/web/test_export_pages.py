"""The pages of `chatstore export`: what a browser makes of them, above all of what hostile people wrote."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatstore.exporting import html
from chatstore.storage.exporting import Scope
from chatstore.storage.store import DatabaseStore
from tests.cli.home import Home
from tests.web.test_looks import axe

HOSTILE = [
    "<script>document.title='hit'</script>",
    "<img src=x onerror=\"document.title='hit'\">",
    "</span></article></main></body></html><script>document.title='hit'</script>",
    "'><svg/onload=document.title='hit'>",
    "\"><iframe srcdoc='<script>parent.document.title=1</script>'>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><base href=https://evil.example/>",
    "javascript:document.title='hit' data:text/html,<script>1</script> vbscript:x",
    'https://evil.example/"onmouseover="document.title=1 https://evil.example/<b>x',
    "https://evil.example/'onclick='x' http://[::1]/ https://例え.jp/ä?a=1&amp;b=<2>",
    "&lt;script&gt; &#60;b&#62; &amp;amp; &",
    "<!-- --!> ]]> <![CDATA[ <?php echo 1 ?> {{constructor.constructor('x')()}} ${1} %3Cscript%3E",
    "\u202egnp.exe\u202c \u2066 \u200b \u2028line\u2029 \x00\x1b[31mred\x07 \x02bold\x02 \x0304,05colour",
    "\x01ACTION <b>waves</b>\x01",
    "\x01VERSION\x01",
    "one\ntwo\n\n   three",
    "a" * 5_000,
    "Z\u0335\u0321\u0322a\u0334\u0328l\u0337g\u0336o" * 50,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "",
]
NAMES = [
    "../../evil",
    "<img src=x onerror=alert(1)>",
    "con",
    "a/b\\c",
    "\u202egnp",
    "x" * 300,
    "日本",
    "",
    ".",
    "--",
]
KINDS = {
    "html", "head", "meta", "title", "style", "body", "nav", "main", "h1", "h2", "p", "ul", "li", "a", "article",
    "time", "div", "span", "b", "bdi",
}  # fmt: skip
FOUND = """() => {
  const all = [...document.querySelectorAll('*')];
  return {
    title: document.title,
    kinds: all.map((one) => one.localName),
    attributes: all.flatMap((one) => one.getAttributeNames()),
    protocols: [...document.querySelectorAll('a')].map((one) => one.protocol),
    styles: document.querySelectorAll('head style').length,
    width: getComputedStyle(document.body).maxWidth,
    text: document.querySelector('main').innerText,
  };
}"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", str(tmp_path / "chat.db"))
    return Home(tmp_path)


@pytest.fixture
def hostile(home: Home) -> Path:
    """A database that no server would have let people make; an import might."""
    alice = home.account("alice")
    home.say(home.room("main"), alice, "hello")
    with closing(sqlite3.connect(home.path)) as connection:
        for number, name in enumerate(NAMES, 2):
            connection.execute(
                "INSERT INTO rooms (id, kind, key, name, topic, topic_by, topic_at, flags, password, member_limit,"
                " created_at, last_seq, last_sent_at) VALUES (?, 'room', ?, ?, ?, 'x', 0, '', '', 0, 0, 1, 1)",
                (number, f"#{number}", name, HOSTILE[0]),
            )
            connection.execute(
                "INSERT INTO messages (room_id, seq, sent_at, nick, kind, body, guest, audience)"
                " VALUES (?, 1, 1, ?, 'message', ?, 'g', '')",
                (number, name, HOSTILE[1]),
            )
        for seq, body in enumerate(HOSTILE, 2):
            connection.execute(
                "INSERT INTO messages (room_id, seq, sent_at, nick, kind, body, tags, guest, audience)"
                " VALUES (1, ?, ?, ?, 'message', ?, ?, 'g', '')",
                (seq, 1_700_000_000_000 + seq, HOSTILE[seq % 4], body, f'{{"+draft/reply":"1-{seq - 1}"}}'),
            )
            connection.execute(
                "INSERT INTO reactions (room_id, seq, person, value) VALUES (1, ?, 'g', ?)", (seq, body[:500])
            )
        connection.execute("UPDATE rooms SET last_seq = ? WHERE id = 1", (len(HOSTILE) + 1,))
        connection.commit()
    return home.path


@pytest.fixture
def pages(hostile: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    store = DatabaseStore(f"sqlite:///{hostile}", 1, read_only=True)
    try:
        with store.snapshot() as snapshot:
            html.write(snapshot, Scope(), folder, "Messages", 0, lambda _done, _all: None)
    finally:
        store.close()
    return folder


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file, in one tab. Nothing may be asked for, said or loaded."""
    contexts = []
    wrong: list[str] = []

    def open_(path: Path, **options: object) -> Any:
        if not contexts:
            contexts.append(browser.new_context(**options))
            page = contexts[0].new_page()
            page.on("console", lambda message: wrong.append(message.text))
            page.on("dialog", lambda dialog: wrong.append(dialog.message))
            page.on("request", lambda request: wrong.append(request.url) if request.url[:5] != "file:" else None)
        page = contexts[0].pages[0]
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def test_what_hostile_people_wrote_is_text(pages: Path, opened: Callable[..., Any]) -> None:
    files = sorted(pages.rglob("*"))
    assert all(re.fullmatch(r"[a-z0-9.-]+", path.name) for path in files)
    seen = ""
    for path in files:
        if path.suffix == ".html":
            found = opened(path).evaluate(FOUND)
            assert found["title"] != "hit"
            assert {*found["kinds"]} <= KINDS
            assert not [name for name in found["attributes"] if name.startswith("on") or name in ("style", "src")]
            assert {*found["protocols"]} <= {"file:", "http:", "https:"}
            assert found["styles"] == 1
            assert found["width"] == "800px", "the style is used"
            seen += found["text"]
    for body in (HOSTILE[0], HOSTILE[1], HOSTILE[10], HOSTILE[11], "javascript:document.title='hit'"):
        assert body in seen
    assert "\\u202egnp.exe" in seen
    assert "\x1b" not in seen


def test_the_pages_need_no_script(pages: Path, opened: Callable[..., Any]) -> None:
    """From the index to a message and to what it answers."""
    page = opened(pages / html.INDEX, java_script_enabled=False)
    page.get_by_role("link", name="#main").click()
    page.get_by_role("link", name="November 2023").click()
    assert page.get_by_text("&lt;script&gt;", exact=False).count() >= 1
    quoted = page.locator("a.re").last
    quoted.click()
    assert re.search(r"2023-11\.html#m\d+$", page.url)
    page.get_by_role("link", name="All conversations").first.click()
    assert page.url.endswith("pages/index.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_phone(pages: Path, opened: Callable[..., Any], scheme: str) -> None:
    """In the dark theme only the contrast is judged: the rest is the same."""
    rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if scheme == "dark" else {}
    for name in (html.INDEX, "1-main/index.html", "1-main/2023-11.html"):
        page = opened(pages / name, color_scheme=scheme, viewport={"width": 360, "height": 640}, bypass_csp=True)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, name
        found = axe.Axe().run(page, options=rules).response["violations"]
        assert not [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
        ]


def test_a_long_month_has_several_pages(home: Home, tmp_path: Path) -> None:
    alice = home.account("alice")
    room = home.room("busy")
    home.say(room, alice, *(f"message {n}" for n in range(2_500)), now=1_700_000_000.0)
    home.say(room, alice, "another month", now=1_710_000_000.0)
    home.lines("export", str(tmp_path / "out"))
    folder = tmp_path / "out" / "1-busy"
    assert sorted(path.name for path in folder.iterdir()) == [
        "2023-11-2.html", "2023-11-3.html", "2023-11.html", "2024-03.html", "index.html",
    ]  # fmt: skip
    said = [text for path in sorted(folder.glob("2*")) for text in re.findall("message [0-9]+", path.read_text())]
    assert len(said) == 2_500
    index = (folder / "index.html").read_text()
    assert "part 3" in index
    assert "2,500 messages" in index
    assert 'href="2023-11-3.html"' in (folder / "2024-03.html").read_text()
