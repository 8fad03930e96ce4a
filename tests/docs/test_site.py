"""The documentation as a site: every page has a place in it. (.ci/run builds it, which finds broken links.)"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_THE_ROOT = {"index.md", "changelog.md", "contributing.md", "reporting.md"}
"""What tools/site.py adds."""


def test_every_page_has_a_place_in_the_site() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^ +- [^:\n]+: (\S+\.md)$", config, flags=re.MULTILINE)
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    decisions = {page for page in pages if re.fullmatch(r"decisions/\d{4}-.*", page)}  # its README has them
    assert sorted(named) == sorted((pages - decisions) | OF_THE_ROOT), "add the page to nav in mkdocs.yml"


def test_every_table_begins_with_its_header() -> None:
    """Markdown shows rows without one as text."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        lines = ["", *page.read_text(encoding="utf-8").split("\n"), ""]
        code = False
        for number, (before, line, after) in enumerate(zip(lines, lines[1:], lines[2:], strict=False), 1):
            code ^= line.lstrip().startswith("```")
            if not code and line.startswith("|") and not before.startswith("|"):
                assert re.fullmatch(r"\|[-:| ]+\|", after), f"{page.name}:{number}: {line[:60]}"


def test_the_glossary_is_sorted() -> None:
    rows = re.findall(r"^\| (.+?) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    words = [word.lower() for word in rows[1:]]
    assert words == sorted(words)
