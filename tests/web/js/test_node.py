"""The tests of the page's IRC layer by node's test runner, and rules for its files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LAYER = HERE.parents[2] / "chatstore" / "web" / "irc"
MAX_LINES, MAX_LINE_LENGTH = 800, 120
OLDEST = 20
"""The oldest major version of node that can run the tests."""


def node() -> str:
    """The path of node; skips the test if it is missing or too old."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.", version)
    if found is None or int(found[1]) < OLDEST:
        pytest.skip(f"node {version.strip()} is older than {OLDEST}")
    return program


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.js")), ids=lambda path: path.name)
def test_the_irc_layer(path: Path) -> None:
    done = subprocess.run(
        [node(), "--test", "--test-reporter=spec", str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", sorted(LAYER.glob("*.js")), ids=lambda path: path.name)
def test_a_module_is_short_and_imports_only_its_own_layer(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= MAX_LINE_LENGTH
    assert text.startswith("/**"), "a file says what it is"
    imported = re.findall(r"""(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""", text)
    assert [name for name in imported if not re.fullmatch(r"\./[\w-]+\.js", name)] == []
