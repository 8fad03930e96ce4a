"""How far a long command is: a bar on a terminal, and lines elsewhere."""

from __future__ import annotations

import io

import pytest

from chatstore.cli import progress
from chatstore.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Progress("rows") as report:
        for done in range(0, 1001, 100):
            report("copying", done, 1000)
            now[0] += 2
        report("checking", 0, 10)
        report("checking", 10, 10)
    first, second = terminal.getvalue().replace("\r", "\n").split("checking", 1)
    assert "1000/1000" in first
    assert "45/s" in first
    assert "10/10" in second
    assert terminal.getvalue().count("\n") == 2


def test_lines_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Progress("rows") as report:
        for done in range(0, 2001, 100):
            report("copying", done, 2000)
            now[0] += 1
    assert capsys.readouterr().err.splitlines() == [
        "chatstore: copying: 1,000 of 2,000 rows, 100/s, 0:10 left",
        "chatstore: copying: 2,000 of 2,000 rows, 100/s",
    ]


def test_what_is_done_at_once_has_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("rows") as report:
        report("copying", 0, 0)
        report("checking", 1, 2)
        report("checking", 2, 2)
    assert capsys.readouterr().err == ""
