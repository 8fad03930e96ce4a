"""The page uses nothing that the oldest browsers named in docs/clients.md don't have."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.web.js.test_node import node
from tests.web.lint.older import CSS, older

HERE = Path(__file__).parent
WEB = HERE.parents[2] / "chatstore" / "web"
DOCS = HERE.parents[2] / "docs" / "clients.md"
ESLINT = HERE / "node_modules" / ".bin" / "eslint"


def lint(*files: str, folder: Path = WEB) -> subprocess.CompletedProcess[str]:
    node()
    if not ESLINT.exists():
        pytest.skip("npm ci was not done in tests/web/lint")
    return subprocess.run(
        [str(ESLINT), "--config", str(HERE / "eslint.config.js"), "--no-warn-ignored", *files],
        cwd=folder,
        env={**os.environ, "BROWSERSLIST_CONFIG": str(HERE / "package.json")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


def test_scripts_and_styles_work_in_the_oldest_browsers() -> None:
    done = lint("irc", "ui", "css", "vendor", "sw.js")
    assert done.returncode == 0, done.stdout + done.stderr


NEWER = {
    "a.js": ("export const found = /(?<!a)b/.test('b');\n", "no-regexp-lookbehind-assertions"),
    "b.js": ("export class A { static { A.one = 1; } }\n", "no-class-static-block"),
    "c.js": ("export const sorted = [1].toSorted();\n", "no-array-prototype-tosorted"),
    "d.js": ("export const job = navigation.navigate('x');\n", "compat/compat"),
    "e.css": ("a { color: oklch(from red l c h); &:hover { color: red; } }\n", "css/use-baseline"),
}


def test_newer_features_are_found(tmp_path: Path) -> None:
    for name, (text, _) in NEWER.items():
        (tmp_path / name).write_text(text)
    done = lint("--format", "json", *NEWER, folder=tmp_path)
    files = json.loads(done.stdout)
    found = {Path(one["filePath"]).name: [it["ruleId"] for it in one["messages"]] for one in files}
    for name, (_, rule) in NEWER.items():
        assert any(str(one).endswith(rule) for one in found[name]), (name, found[name])


def test_the_docs_name_the_browsers_that_are_checked() -> None:
    asked = dict(one.split(" >= ") for one in json.loads((HERE / "package.json").read_text())["browserslist"])
    text = DOCS.read_text(encoding="utf-8")
    for name, key in (("Chrome", "chrome"), ("Edge", "edge"), ("Firefox", "firefox"), ("Safari", "safari")):
        assert re.search(rf"{name} {re.escape(asked[key])}\b", text), f"{name} {asked[key]}"
    assert asked["ios_saf"] == asked["safari"]


def test_browsers_without_light_dark_get_the_light_colours() -> None:
    assert (CSS / "older.css").read_text(encoding="utf-8") == older()
    assert older().count("light-dark(") == 2  # in its heading, and in the question whether it is known
    index = (WEB / "index.html").read_text()
    assert index.rindex('rel="stylesheet"') == index.index('rel="stylesheet" href="css/older.css"')
