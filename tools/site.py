"""Hooks of mkdocs: the site has the pages of the root folder too, and links lead to where pages are on the site.

GitHub shows README.md and others where they are, with links such as `docs/irc.md` and `../CHANGELOG.md`. On the
site all pages are in one folder, and README.md is its first page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
}
"""Pages of the root folder, and what they are called on the site."""
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?!\w+:)([^)\s#]*)")
"""The beginning of a link or picture: its text, and the file or folder where it leads."""
_NOWHERE = re.compile(r"\[([^\[\]]*)\]\(nowhere:[^)]*\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root folder."""
    for name, there in PAGES.items():
        files.append(File.generated(config, there, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links of a page. Those to what the site does not have become plain text."""
    home = next((name for name, there in PAGES.items() if there == page.file.src_uri), "")
    folder = ROOT if home else (ROOT / "docs" / page.file.src_uri).parent
    place = Path(page.file.src_uri).parent

    def rewritten(link: re.Match[str]) -> str:
        return f"{link[1]}[{link[2]}]({_on_the_site(link[3], folder, place)}"

    return _NOWHERE.sub(r"\1", _LINK.sub(rewritten, markdown))


def _on_the_site(target: str, folder: Path, place: Path) -> str:
    """Where a link leads from a page in the folder `place` of the site, if it leads elsewhere than on GitHub."""
    file = (folder / target).resolve()
    if not target or not file.is_relative_to(ROOT):
        return target
    if file.is_dir():
        file /= "README.md"
    name = file.relative_to(ROOT).as_posix()
    if name not in PAGES and not name.startswith("docs/"):
        return "nowhere:"
    return "../" * len(place.parts) + PAGES.get(name, name.removeprefix("docs/"))
