"""A copy of the source and the tests, in which one file at a time is changed.

The files are links, so a copy costs little; the changed one is a file of its own. Processes that a test starts are
of the copy, too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240.0
"""For one test, with its start."""
_COPIED = ("chatstore", "tests", "migrations", "examples", "docs", "pyproject.toml", "alembic.ini", "README.md")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", ".*", "*.so")
_NO_PROOF = re.compile(
    r"NameError|SyntaxError|ImportError|IndentationError|UnboundLocalError|TypeError|AttributeError"
)
"""What a change says that is none: it breaks the program, and not what it promises."""


class SurvivedError(AssertionError):
    """No test has noticed the change."""


class Tree:
    """`folder`: an empty one, on the disk of the source if that can be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT, copy_function=_link)
            elif (ROOT / name).exists():
                _link(str(ROOT / name), str(folder / name))

    def catch(self, mutant: Mutant) -> str:
        """What the test says of the change. Raises SurvivedError if it passes."""
        path = self.folder / "chatstore" / mutant.file
        whole = path.read_text()
        self._put(path, whole.replace(mutant.old, mutant.new))
        try:
            return self._said(mutant)
        finally:
            self._put(path, whole)

    @staticmethod
    def _put(path: Path, text: str) -> None:
        path.unlink()  # the link, and not what it leads to
        path.write_text(text)

    def _said(self, mutant: Mutant) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_timeout", f"--timeout={SECONDS / 2:.0f}"]
        command += [f"--basetemp={self.folder / 'tmp'}", f"tests/{mutant.test}"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take longer than most of the tests
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if run.returncode == 0:
            raise SurvivedError(f"{mutant.name}: tests/{mutant.test} has not noticed that: {mutant.what}")
        said = [line[1:].strip() for line in run.stdout.splitlines() if line.startswith("E  ")]
        first = next((line for line in said if line), "")
        if run.returncode != 1 or (not first and "Timeout" not in run.stdout) or _NO_PROOF.match(first):
            raise SurvivedError(f"{mutant.name} was not tried:\n{run.stdout[-4000:]}{run.stderr[-1000:]}")
        return first or "it takes too long"


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
    return target
