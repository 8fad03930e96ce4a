"""Everything that people write stays text: names, topics, messages, tags. The content policy forbids the rest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.running import Running
from tests.web.browsing import Person
from tests.web.vendor import MODULES, SUMS, VENDOR, sums

WEB = VENDOR.parent
RUNS = "window.ran=(window.ran||0)+1"
CORPUS = [
    f"<script>{RUNS}</script>",
    f"<img src=x onerror={RUNS}>",
    f"<svg/onload={RUNS}>",
    f'"><iframe src="javascript:parent.{RUNS}">',
    f'<a href="javascript:{RUNS}">click</a>',
    f"javascript:{RUNS}",
    f'http://example.org/"onmouseover="{RUNS}',
    f"https://example.org/'><script>{RUNS}</script>",
    f"data:text/html,<script>{RUNS}</script>",
    f"${{{RUNS}}} {{{{constructor.constructor('{RUNS}')()}}}}",
    f"`<b onclick={RUNS}>` ```<script>{RUNS}</script>```",
    f"&lt;script&gt;{RUNS}&lt;/script&gt; &#60;img src=x onerror={RUNS}&#62;",
    "\u202egnp.exe https://example.org/\u202ecod.exe \u2066x",
    "</textarea></title></style><style>*{display:none}</style>",
    "javascript://example.org/%0aalert(1) vbscript:x file:///etc/passwd mailto:x@example.org",
    "__proto__ constructor toString hasOwnProperty",
    "http://[::1 http://%zz http:// https://" + "a" * 300 + ".example",
]


def test_hostile_text_shows_as_text_and_runs_nothing(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea").join("#quiet").open("#tea")
    alice.evaluate(
        """() => {
          window.forbidden = [];
          document.addEventListener('securitypolicyviolation', (event) => forbidden.push(event.violatedDirective));
        }"""
    )
    eve = web.register("eve", "message-tags")
    eve.ask("NICK <b>eve</b>")  # which the server refuses; whatever it lets through is shown as text
    eve.ask("SETNAME :<img src=x onerror=window.ran=1>", "JOIN #tea", "JOIN #<u>x</u>")
    for text in CORPUS:
        eve.ask(f"PRIVMSG #tea :{text}", f"PRIVMSG alice :{text}", f"NOTICE #tea :{text}")
    web.register("op", "").ask("JOIN #own", f"TOPIC #own :{CORPUS[0]} {CORPUS[1]}")
    said = eve.ask("CAP REQ :echo-message", "PRIVMSG #tea :react to this")
    msgid = next(m[1] for line in said if (m := re.search(r"msgid=([^; ]+).* PRIVMSG ", line)))
    for emoji in ("<script>x</script>", "<img/src=x/onerror=window.ran=1>", "javascript:1"):
        eve.ask(f"@+draft/react={emoji};+draft/reply={msgid} TAGMSG #tea")
    eve.ask(f'@+draft/reply="><script>{RUNS}</script> PRIVMSG #tea :an answer to a strange message')
    eve.ask(f"@+typing=<script>{RUNS}</script> TAGMSG #tea", "AWAY :<script>window.ran=1</script>")
    alice.reads("an answer to a strange message").reads("react to this")
    shown = [re.sub(r"\s+", " ", text) for text in alice.texts()]
    for text in CORPUS:
        without = re.sub(r"[\u202a-\u202e\u2066-\u2069]", "", text)
        assert shown.count(re.sub(r"\s+", " ", without)) == 2, text
    expect(alice.message("react to this").get_by_role("list").get_by_role("button")).to_have_count(3)
    hrefs = alice.evaluate("[...document.querySelectorAll('.log a')].map((link) => link.href)")
    assert hrefs
    assert all(re.match("https?://", href) for href in hrefs)
    alice.open("eve").join("#own")
    expect(alice.page.locator(".topic")).to_contain_text("<script>")
    alice.open("#tea").tool("react to this", "Reply")
    alice.message("react to this").get_by_role("button", name="eve", exact=True).click()
    expect(alice.page.get_by_role("dialog")).to_contain_text("<img src=x")
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("Control+Shift+F")
    alice.page.get_by_role("searchbox", name="Words").fill("script")
    alice.page.get_by_role("searchbox", name="Words").press("Enter")
    expect(alice.page.locator(".results li").first).to_be_visible()
    assert alice.evaluate("window.ran") is None
    assert alice.evaluate("window.forbidden") == []
    assert (
        alice.evaluate("document.querySelectorAll('#page script, #page iframe, #page object, #page style').length")
        == 0
    )


def test_the_page_forbids_itself_what_it_does_not_need(person: Callable[..., Person]) -> None:
    alice = person("alice").visit()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    forbidden = alice.evaluate(
        """async () => {
          const found = [];
          document.addEventListener('securitypolicyviolation', (event) => found.push(event.effectiveDirective));
          const inline = document.createElement('style');
          inline.textContent = '*{color:red}';
          document.head.append(inline);
          try { document.body.insertAdjacentHTML('beforeend', '<p>markup</p>'); } catch {}
          await fetch('https://example.org/').catch(() => {});
          const image = new Image();
          const failed = new Promise((resolve) => { image.onerror = resolve; });
          image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
          await failed;
          return found;
        }"""
    )
    assert set(forbidden) == {"style-src-elem", "require-trusted-types-for", "connect-src", "img-src"}
    alice.troubles.clear()  # each of these was told to the console


MAKES_MARKUP = r"(?:inner|outer|Adjacent)HTML|dangerouslySet|document\.write|\beval\b|new Function|srcdoc"
BARE_NAME = r"""(?:\} from|^import(?: [\w$]+ from)?|\bimport\() ?['"](?!\.{1,2}/).*"""
"""Bare imports would need an import map, which is an inline script."""
OURS = sorted(path for path in WEB.rglob("*.js") if VENDOR not in path.parents)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(WEB)))
def test_nothing_of_ours_makes_markup_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(MAKES_MARKUP, text) == []
    assert len(text.splitlines()) <= 800
    assert re.findall(BARE_NAME, text, re.MULTILINE) == []


def test_the_markup_has_no_inline_script_or_style() -> None:
    text = (WEB / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|https?:", text) == []
    named = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [name for name in named if not (WEB / name).is_file()] == []


def test_vendored_files_are_what_was_fetched() -> None:
    assert SUMS.read_text(encoding="ascii") == sums()
    wanted = json.loads((VENDOR / "package.json").read_text())["dependencies"]
    locked = json.loads((VENDOR / "package-lock.json").read_text())["packages"]
    assert {
        name.removeprefix("node_modules/"): about["version"] for name, about in locked.items() if name
    } == wanted
    assert all(about["integrity"].startswith("sha512-") for name, about in locked.items() if name)
    for name, (package, _) in MODULES.items():
        first = (VENDOR / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith(f"/* {package} {wanted[package]}, ")
    assert {path.name for path in VENDOR.glob("*.js")} == set(MODULES)
    assert {path.stem for path in (VENDOR / "licences").iterdir()} == set(wanted)
    licences = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (VENDOR / "licences").iterdir()}
    assert len(licences) == len(wanted)
