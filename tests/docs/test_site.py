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
