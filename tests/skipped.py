"""Says at the end of a run what was skipped and why; where CI=true, a test that misses a tool fails the run.

Some skips tell of the machine (a user who is not root, a kernel without IPv6): those are only listed, because no
installation would change them. That strace "may not be attached" is one: strace is there and traces what it starts,
but the kernel lets it trace no process that runs already. A missing strace is a missing tool.
"""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest

OF_THE_MACHINE = re.compile(
    r"no IPv6|only root|needs Linux|needs /dev/full|needs a folder|SQLite alone|"
    r"may not be attached|can't be mounted"
)


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test or a whole file was skipped, in the words of the test."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def missing_tools(reasons: Counter[str]) -> list[str]:
    """The reasons that an installation would remove."""
    return sorted(each for each in reasons if not OF_THE_MACHINE.search(each))


class Skipped:
    """Hears of every skip, with pytest-xdist too: the reports of the workers reach this process."""

    def __init__(self, strict: bool) -> None:
        self.reasons: Counter[str] = Counter()
        self.strict = strict

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.reasons[reason(report)] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.reasons[reason(report)] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.strict and missing_tools(self.reasons) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("skipped")
        for why, number in self.reasons.most_common():
            terminalreporter.line(f"{number} skipped: {why}")
        if not self.reasons:
            terminalreporter.line("nothing")
        if self.strict and (missing := missing_tools(self.reasons)):
            terminalreporter.line(f"CI=true, so the run fails: {'; '.join(missing)}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skipped(os.environ.get("CI") == "true"), "skipped")
