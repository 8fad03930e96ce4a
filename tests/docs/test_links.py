"""What the documents name is there: files of the code, programs to run, and whatever links lead to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "tools/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TREES = ("chatstore/", "tests/", "tools/", "benchmarks/", "docs/", "migrations/", "packaging/", ".ci/")
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for tree in ("chatstore", "tests", "tools", "benchmarks", "migrations")
    for path in (ROOT / tree).rglob("*")
    if path.suffix in {".py", ".js"} and "node_modules" not in path.parts
]
OF_OTHERS = {"lib/client.js", "components/app.js", "components/buffer.js", "state.js", "commands.js"}
"""Files of other clients, which docs/clients.md names."""
IRC_NAME = re.compile(r"chatstore/\w+")
"""Capabilities, tags and tokens of our own have such names, too."""
FENCE = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PROGRAM = re.compile(r"python -m ((?:chatstore|tests|tools|benchmarks)[\w.]*)")


def quoted(text: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def is_there(name: str) -> bool:
    """Whether a file of the code goes by this name: its path from the root or from chatstore/, or the end of it."""
    if name.startswith(TREES):
        return bool(list(ROOT.glob(name.rstrip("/")))) if "*" in name else (ROOT / name).exists()
    return (ROOT / name).is_file() or any(source.endswith(f"/{name}") for source in SOURCES)


def named_files(text: str) -> list[str]:
    """The files that a page names, one each; `storage/{rooms,tokens}.py` is two."""
    found = []
    for name in quoted(text):
        path = re.fullmatch(r"[\w.][\w./{},*-]*", name) and (
            name.startswith(TREES) or name.endswith((".py", ".js"))
        )
        if not path or IRC_NAME.fullmatch(name):
            continue
        braces = re.search(r"\{(.*)\}", name)
        found += [name.replace(braces[0], one) for one in braces[1].split(",")] if braces else [name]
    return found


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_program_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = {name for name in named_files(text) if not is_there(name)}
    assert missing - (OF_OTHERS if page.name == "clients.md" else set()) == set()
    modules = [name.replace(".", "/") for name in PROGRAM.findall(text)]
    assert [name for name in modules if not ((ROOT / f"{name}.py").exists() or (ROOT / name).is_dir())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page not in PAGES:
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            file = (page.parent / target.partition("#")[0]).resolve()
            todo.append(file / "README.md" if file.is_dir() else file)
    assert [page for page in PAGES if page not in reached and page.parent.name != "tools"] == []


def test_what_is_missing_is_found() -> None:
    text = "`chatstore/nothing.py`, `chatstore/server.py`, `nowhere.py`, `net/{loop,mud}.py`, `chatstore/rooms`"
    assert [name for name in named_files(text) if not is_there(name)] == [
        "chatstore/nothing.py",
        "nowhere.py",
        "net/mud.py",
    ]
