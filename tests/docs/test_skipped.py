"""In CI a skip for a missing tool fails the run, and every run says what was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.skipped import missing_tools

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_that_runs():
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_that_is_skipped(n):
    pytest.skip("{why}")
"""

WHOLE_FILE = """
import pytest

pytest.importorskip("no_module_of_this_name", reason="frobnicate is not installed")
"""


def run(folder: Path, why: str, ci: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The tests above in a pytest of their own."""
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.skipped"]\n')
    (folder / "test_it.py").write_text(TESTS.format(why=why))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        "/dev/null",
        "--rootdir",
        str(folder),
        *options,
        str(folder),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": ci, "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50)


@pytest.mark.parametrize("options", [["-p", "no:xdist"], ["-n", "2"]], ids=["alone", "with xdist"])
def test_a_missing_tool_fails_the_run_in_ci(tmp_path: Path, options: list[str]) -> None:
    done = run(tmp_path, "frobnicate is not installed", "true", *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 skipped: frobnicate is not installed" in done.stdout
    assert "CI=true, so the run fails: frobnicate is not installed" in done.stdout


@pytest.mark.parametrize("options", [["-p", "no:xdist"], ["-n", "2"]], ids=["alone", "with xdist"])
def test_a_whole_file_that_misses_a_tool_counts(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "test_whole_file.py").write_text(WHOLE_FILE)
    done = run(tmp_path, "no IPv6 here", "true", *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 skipped: frobnicate is not installed" in done.stdout


def test_elsewhere_it_is_only_said(tmp_path: Path) -> None:
    done = run(tmp_path, "frobnicate is not installed", "", "-p", "no:xdist")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 skipped: frobnicate is not installed" in done.stdout


def test_what_the_machine_lacks_is_no_missing_tool(tmp_path: Path) -> None:
    done = run(tmp_path, "no IPv6 here", "true", "-p", "no:xdist")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 skipped: no IPv6 here" in done.stdout


def test_which_reasons_are_a_missing_tool() -> None:
    tools = [
        "Chromium is not installed",
        "no Sopel in .venv-bots",
        "no senpai: .ci/get-senpai fetches it",
        "node is not installed",
        "npm ci was not done in tests/web/lint",
        "strace does not work here: ptrace(PTRACE_TRACEME): Operation not permitted",
        "strace is not installed",
    ]
    machine = [
        "a file system can't be mounted here: mount: permission denied",
        "needs /dev/full",
        "needs Linux's /proc",
        "no IPv6 here",
        "only root can mount a small disk",
        "strace may not be attached to a process here: Operation not permitted",
    ]
    assert missing_tools(Counter([*tools, *machine])) == tools
