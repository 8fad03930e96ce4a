"""The page's modules import in one direction, types included; the IRC layer knows nothing of the page."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "chatstore" / "web"
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]""")
"""Imports by statement, by call, or of a type only (`import('./line.js').Line` in a comment)."""


def graph(root: Path) -> dict[str, set[str]]:
    """By a module's path, the paths of those that it imports."""
    return {
        path.relative_to(root).as_posix(): {
            (path.parent / name).resolve().relative_to(root.resolve()).as_posix()
            for name in IMPORT.findall(path.read_text(encoding="utf-8"))
        }
        for folder in ("irc", "ui")
        for path in sorted((root / folder).glob("*.js"))
    }


def test_no_module_imports_itself_by_way_of_others() -> None:
    TopologicalSorter(graph(WEB)).prepare()


def test_a_circle_of_types_is_found(tmp_path: Path) -> None:
    for folder in ("irc", "ui"):
        (tmp_path / folder).mkdir()
    (tmp_path / "irc" / "a.js").write_text("import { b } from './b.js';\n")
    (tmp_path / "irc" / "b.js").write_text("/** @param {import('./a.js').A} a */\nexport function b(a) {}\n")
    with pytest.raises(CycleError):
        TopologicalSorter(graph(tmp_path)).prepare()


def test_the_irc_layer_imports_nothing_of_the_page() -> None:
    for path, imported in graph(WEB).items():
        assert not path.startswith("irc/") or all(name.startswith("irc/") for name in imported), path


def test_every_module_is_used() -> None:
    modules = graph(WEB)
    used = {name for imported in modules.values() for name in imported}
    assert set(modules) - used == {"ui/main.js", "ui/theme-init.js"}  # these two are in index.html
